"""What happened to a held action is told in words, whatever happened."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.console.readmodel.rows import HoldEvent
from penstock.console.web.timeline import entries_of, since
from policies.approval_events import FactKind
from policies.approvals import Resolution


def event(kind: str, **more: Any) -> HoldEvent:
    """Something that happened."""
    known: dict[str, Any] = {"seq": 1, "at_ms": 10, "person": "bo", "verdict": None, "code": None, "details": {}}
    return HoldEvent(kind=kind, **known | {"reason": None} | more)


@pytest.mark.parametrize("kind", list(FactKind))
def test_every_kind_of_fact_has_words(kind: FactKind) -> None:
    (entry,) = entries_of([event(kind.value)])

    assert entry.text
    assert "_" not in entry.text


@pytest.mark.parametrize("resolution", list(Resolution))
def test_every_end_has_words(resolution: Resolution) -> None:
    (entry,) = entries_of([event("resolved", details={"resolution": resolution.value})])

    assert entry.text != "ended"


def test_attempt_that_changed_nothing_is_told_with_its_reason() -> None:
    (entry,) = entries_of([event("conflict", verdict="approve", code="wrong_team")])

    assert entry.text == "approve: it is another team's turn"
    assert entry.is_conflict


def test_what_changed_since_a_page_was_made_leaves_attempts_out() -> None:
    events = [event("claimed", at_ms=5), event("conflict", at_ms=15, verdict="deny", code="expired")]
    events.append(event("escalated", at_ms=20, details={"to_team": "ops"}))

    assert [entry.text for entry in since(entries_of(events), 10)] == ["given to the next team: ops"]
