"""What people are shown of a held action is what their review binds, or nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from penstock.console.readmodel.rows import Payload
from penstock.console.web import contents as module
from penstock.console.web.contents import Contents
from streams.codec import action_digest
from streams.sealing import Sealer, hold_context
from tests.penstock.console.acts.samples import SCANNER
from tests.streams.samples import PAYLOAD_KEY, action

SEALER = Sealer(PAYLOAD_KEY)
ACTION: dict[str, Any] = action(reasoning="mail bob@example.com", context={"to": ["eve@example.com"]})
DIGEST = action_digest(ACTION)


def sealed(held: dict[str, Any], *, hold_id: str = "h1", digest: str = DIGEST, key: Sealer = SEALER) -> Payload:
    """A request's box."""
    return Payload(key.seal(orjson.dumps(held), context=hold_context(hold_id, digest)), None)


@pytest.mark.parametrize("payload", [sealed(ACTION), Payload(None, ACTION)])
def test_action_is_opened_or_taken_as_it_came(payload: Payload) -> None:
    assert Contents(SEALER, SCANNER).action("h1", DIGEST, payload) == ACTION


@pytest.mark.parametrize(
    "payload",
    [
        Payload(None, None),
        Payload(None, {**ACTION, "arguments": {"id": 8}}),
        sealed({**ACTION, "arguments": {"id": 8}}),
        sealed(ACTION, hold_id="h2"),
        sealed(ACTION, digest="0" * 64),
        sealed(ACTION, key=Sealer(bytes(32))),
    ],
)
def test_anything_else_than_what_is_held_is_not_shown(payload: Payload) -> None:
    contents = Contents(SEALER, SCANNER)

    assert contents.action("h1", DIGEST, payload) is None
    assert contents.found("h1", DIGEST, payload) is None


def test_without_a_key_nothing_is_opened() -> None:
    assert Contents(None, SCANNER).action("h1", DIGEST, sealed(ACTION)) is None


def test_findings_are_counted_by_type_and_remembered_without_the_contents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 1)
    contents = Contents(SEALER, SCANNER)

    assert contents.found("h1", DIGEST, sealed(ACTION)) == ("EMAIL_ADDRESS", "EMAIL_ADDRESS")
    # Remembered by its digest: the box is not opened again.
    assert contents.found("h1", DIGEST, Payload(None, None)) == ("EMAIL_ADDRESS", "EMAIL_ADDRESS")
    other = action("a2", arguments={"id": 9})
    assert contents.found("h2", action_digest(other), Payload(None, other)) == ()
    assert contents.found("h1", DIGEST, Payload(None, None)) is None
