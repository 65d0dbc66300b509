"""The action in a record for people: opened where it is sealed, given only if it is the one that the record names."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from penstock.errors import CommandError
from streams.codec import action_digest
from streams.sealing import Sealer, carried_action


class Unopened(StrEnum):
    """Why nothing of an action can be shown, in the words of a page."""

    NO_KEY = "This console has no key that opens it."
    OTHER_CONTENTS = "What it holds is not what its record names by the digest, so nothing of it is shown."

    @property
    def in_terminal(self) -> str:
        """The same for who could name a key."""
        return "sealed; with PENSTOCK_PAYLOAD_KEY_FILE it is shown" if self is Unopened.NO_KEY else self.value


class OpenedAction(NamedTuple):
    """An action, or why there is none to show."""

    action: dict[str, Any] | None
    unopened: Unopened | None = None


def opened_action(
    sealer: Sealer | None, record: Mapping[str, Any], *, context: str, digest: str | None
) -> OpenedAction:
    """The action in a record that `carried` made, if it has the digest that the record names.

    # INVARIANT: what is given has this digest, so that people are shown what their review binds and nothing else.
    """
    action: Any = carried_action(sealer, record, context=context)
    box = record.get("payload")
    if action is None and box is not None and (sealer is None or box.get("key_id") != sealer.key_id):
        return OpenedAction(None, Unopened.NO_KEY)
    # With the right key a box stays shut when it was changed, or sealed for another record.
    if not isinstance(action, Mapping) or digest is None or action_digest(dict(action)) != digest:
        return OpenedAction(None, Unopened.OTHER_CONTENTS)
    return OpenedAction(dict(action))


def require_same(unopened: Unopened | None) -> None:
    """Nothing, unless what would be let pass is known to be something else than the record names.

    Raises:
        CommandError: `CONTENTS_MISMATCH`.
    """
    if unopened is Unopened.OTHER_CONTENTS:
        raise CommandError(
            "what it holds is not what its record names by the digest, so it is not let pass from here",
            code="CONTENTS_MISMATCH",
            advice="find out who can write to the gate's topics; it can be denied",
        )
