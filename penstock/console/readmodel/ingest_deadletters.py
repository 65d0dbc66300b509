"""gate.deadletters.v1: where a record stood and what was wrong with it, from the headers; never its value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from penstock.console.readmodel.record import Record, UnreadableError
from penstock.console.readmodel.statements import Statement, upsert

_DEAD_LETTER: Final = upsert(
    "deadletters",
    ("partition", "offset"),
    ("at_ms", "source_topic", "source_partition", "source_offset", "stage", "code", "sha256", "value_bytes"),
)


def deadletter_changes(record: Record) -> Sequence[Statement]:
    """What a dead letter changes.

    Raises:
        UnreadableError: it does not say what was wrong, so the gate did not write it.
    """
    code = record.header("gate.errors.code")
    if code is None:
        raise UnreadableError("no code")
    row = (
        record.partition,
        record.offset,
        record.event_ms,
        record.header("gate.errors.topic"),
        _number(record.header("gate.errors.partition")),
        _number(record.header("gate.errors.offset")),
        record.header("gate.errors.stage"),
        code,
        record.header("gate.errors.sha256"),
        len(record.value or b""),
    )
    return (Statement(_DEAD_LETTER, row),)


def _number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= 18
    return int(text) if text is not None and is_number else None
