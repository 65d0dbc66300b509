"""No selection is approved at once that a person could not compare and take back."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.readmodel.rows import HoldRow
from penstock.console.web.eligibility import MAX_APPROVED, MAX_SELECTED, Candidate, batch_problem
from streams.events import ReviewVerdict


def hold_row(hold_id: str = "h1", **more: Any) -> HoldRow:
    """An open hold of the queue that can be undone."""
    known: dict[str, Any] = {
        "partition": 0,
        "state": "pending",
        "stage": "open",
        "agent_id": "agent-1",
        "action_id": f"a-{hold_id}",
        "topic": "job.support.refund",
        "tool": "pay",
        "rule_id": "refunds",
        "reason": "money leaves",
        "opened_ms": 1_000,
        "asked_ms": 1_000,
        "requests": 1,
        "digest": f"d-{hold_id}",
        "snapshot": "5" * 64,
        "approval_class": "queue",
        "approvers": 1,
        "allows_batch": True,
        "due_ms": 9_000,
        "risk_tags": (),
        "reversible": True,
        "is_sealed": False,
        "fingerprint": "f1",
        "votes": 0,
        "ended_by": (),
    }
    given_fields = {entry.name: None for entry in fields(HoldRow)} | known | {"hold_id": hold_id} | more
    return HoldRow(**given_fields)


def several(count: int, **more: Any) -> list[Candidate]:
    """Equal items that differ in their arguments' values."""
    return [Candidate(hold_row(f"h{number}", **more), {"order": number}) for number in range(count)]


@pytest.mark.parametrize("count", [1, 2, MAX_APPROVED])
def test_equal_items_of_the_queue_are_approved_at_once(count: int) -> None:
    assert batch_problem(several(count), ReviewVerdict.APPROVE) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"approval_class": "explicit"}, "class queue"),
        ({"approval_class": "auto"}, "class queue"),
        ({"reversible": False}, "reversible"),
        ({"reversible": None}, "reversible"),
        ({"allows_batch": False}, "by themselves"),
        ({"fingerprint": "f2"}, "approve those that are equal"),
        ({"fingerprint": None}, "not everything is known"),
        ({"snapshot": "6" * 64}, "different policies"),
        ({"stage": "decided"}, "decided already"),
        ({"proposed_digest": "d0"}, "changed, or asked about"),
        ({"question_by": "bo"}, "changed, or asked about"),
    ],
)
def test_one_item_that_is_otherwise_keeps_all_from_being_approved_at_once(changes: dict[str, Any], words: str) -> None:
    selected = several(4)
    selected[2] = Candidate(replace(selected[2].row, **changes), selected[2].arguments)

    assert words in str(batch_problem(selected, ReviewVerdict.APPROVE))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(None, "cannot show"), ({"order": 1, "to": "x"}, "one shape"), ({"order": "1"}, "one shape")],
)
def test_what_cannot_be_compared_is_not_approved_at_once(arguments: dict[str, Any] | None, words: str) -> None:
    selected = several(3)
    selected[1] = Candidate(selected[1].row, arguments)

    assert words in str(batch_problem(selected, ReviewVerdict.APPROVE))


@pytest.mark.parametrize(
    ("count", "verdict", "words"),
    [
        (0, ReviewVerdict.APPROVE, "nothing is selected"),
        (MAX_APPROVED + 1, ReviewVerdict.APPROVE, "at most 25"),
        (MAX_SELECTED + 1, ReviewVerdict.DENY, "at most 100"),
        (2, ReviewVerdict.MODIFY, "approved, denied or claimed"),
    ],
)
def test_size_and_kind_of_a_batch_are_limited(count: int, verdict: ReviewVerdict, words: str) -> None:
    assert words in str(batch_problem(several(count), verdict))


def test_same_item_twice_is_no_selection() -> None:
    assert "twice" in str(batch_problem([*several(2), *several(1)], ReviewVerdict.DENY))


@pytest.mark.parametrize("verdict", [ReviewVerdict.DENY, ReviewVerdict.CLAIM])
def test_anything_open_may_be_denied_or_claimed_together(verdict: ReviewVerdict) -> None:
    mixed = [
        Candidate(hold_row("h1", approval_class="explicit", reversible=False), None),
        Candidate(hold_row("h2", fingerprint="f2", snapshot="6" * 64), {"a": 1}),
    ]

    assert batch_problem(mixed, verdict) is None


ROWS = st.builds(
    hold_row,
    st.sampled_from(["h1", "h2", "h3", "h4"]),
    approval_class=st.sampled_from(["queue", "queue", "queue", "explicit", "auto", None]),
    reversible=st.sampled_from([True, True, True, False, None]),
    allows_batch=st.sampled_from([True, True, True, False]),
    fingerprint=st.sampled_from(["f1", "f1", "f1", "f2", None]),
    snapshot=st.sampled_from(["s1", "s1", "s1", "s2", None]),
    stage=st.sampled_from(["open", "open", "open", "decided", "expired"]),
)
ARGUMENTS = st.sampled_from([{"order": 1}, {"order": 2}, {"order": "x"}, {"other": 1}, None])


@given(st.lists(st.builds(Candidate, ROWS, ARGUMENTS), max_size=5), st.sampled_from(list(ReviewVerdict)))
def test_no_selection_goes_through_that_breaks_a_rule(selected: list[Candidate], verdict: ReviewVerdict) -> None:
    if batch_problem(selected, verdict) is not None:
        return
    rows = [candidate.row for candidate in selected]
    assert rows
    assert all(row.is_open for row in rows)
    assert len({row.hold_id for row in rows}) == len(rows)
    assert verdict in (ReviewVerdict.APPROVE, ReviewVerdict.DENY, ReviewVerdict.CLAIM)
    if verdict is ReviewVerdict.APPROVE:
        assert {row.approval_class for row in rows} == {"queue"}
        assert {row.reversible for row in rows} == {True}
        assert {row.allows_batch for row in rows} == {True}
        assert len({row.fingerprint for row in rows}) == len({row.snapshot for row in rows}) == 1
        assert rows[0].fingerprint is not None
        assert all(candidate.arguments is not None for candidate in selected)
        assert len({type((candidate.arguments or {}).get("order")) for candidate in selected}) == 1
