"""A quarantined output, opened in memory for one answer, and only if it is what was held back."""

from __future__ import annotations

from typing import Any, NamedTuple

from penstock.console.readmodel.quarantine_queries import QuarantineItem
from streams.codec import DecodeError, decode_object, output_digest
from streams.sealing import Sealer, SealError, quarantine_context


class Opened(NamedTuple):
    """The output's fields, or in words why they cannot be had."""

    output: dict[str, Any] | None
    why_not: str = ""

    @property
    def content(self) -> Any:
        """What was said; None where the output cannot be had."""
        return None if self.output is None else self.output.get("content")


def opened(sealer: Sealer | None, item: QuarantineItem) -> Opened:
    """The output of an item.

    # INVARIANT: what is given has the id and the digest of what was held back, as the gate itself demands.
    """
    box = item.box
    if box is None:
        return Opened(None, "The gate has no payload key, so only what is about the output travelled, not the output.")
    if sealer is None:
        return Opened(None, "This console has no payload key, so it can show what is about the output only.")
    if box.get("key_id") != sealer.key_id:
        return Opened(None, "The output is sealed with another key than this console's.")
    try:
        output = decode_object(sealer.open(dict(box), context=quarantine_context(item.row.quarantine_id)))
        is_same = output["output_id"] == item.row.output_id and output_digest(output) == item.row.digest
    except (SealError, DecodeError, KeyError):
        is_same = False
        output = {}
    if not is_same:
        return Opened(None, "What is sealed here is not what was held back; nothing of it is shown.")
    return Opened(output)
