"""Bookkeeping of acts: what waits, what was sent, and what came of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.acts.act import outgoing, review_of
from penstock.console.acts.ledger import (
    FOLLOW_MS,
    NOT_CONFIRMED,
    ActState,
    ActStatus,
    ActWaitsError,
    Answer,
    Followed,
    Ledger,
    OutboxFullError,
)
from streams.events import ReviewVerdict
from tests.penstock.console.acts.samples import act, person

UNDO_MS = 5_000


def add(ledger: Ledger, act_id: str, *, now_ms: int = 0, **more: Any) -> ActStatus:
    """Take an act in that can be undone for five seconds."""
    made = act(**more)
    review = review_of(made, review_id=act_id, reason=None, decided_ms=now_ms)
    status = ActStatus(act_id, made, ActState.WAITING, now_ms, now_ms + UNDO_MS)
    return ledger.add(status, outgoing(made, review, None))


def state_of(ledger: Ledger, act_id: str) -> ActState:
    """Where an act stands."""
    status = ledger.get(act_id)
    assert status is not None
    return status.state


def test_act_is_sent_when_its_undo_is_over_and_not_before() -> None:
    ledger = Ledger()
    add(ledger, "r1")

    assert ledger.next_due_ms() == UNDO_MS
    assert ledger.take_due(UNDO_MS - 1) == []
    assert [out.review_id for out in ledger.take_due(UNDO_MS)] == ["r1"]
    assert ledger.take_due(UNDO_MS + 1) == []
    assert state_of(ledger, "r1") is ActState.SENDING


def test_undone_act_is_never_sent() -> None:
    ledger = Ledger()
    add(ledger, "r1")

    assert ledger.undo("r1", 1)
    assert ledger.take_due(UNDO_MS, is_flushing=True) == []
    assert state_of(ledger, "r1") is ActState.UNDONE


@pytest.mark.parametrize("step", ["sending", "sent", "undone", "unknown"])
def test_undo_comes_too_late_for_what_left(step: str) -> None:
    ledger = Ledger()
    if step != "unknown":
        add(ledger, "r1")
    if step in ("sending", "sent"):
        ledger.take_due(UNDO_MS)
    if step == "sent":
        ledger.sent("r1", UNDO_MS, offset=8)
    if step == "undone":
        ledger.undo("r1", 1)

    assert not ledger.undo("r1", UNDO_MS)


def test_stop_flushes_what_waits() -> None:
    ledger = Ledger()
    add(ledger, "r1")
    add(ledger, "r2", target_id="h2")

    assert [out.review_id for out in ledger.take_due(0, is_flushing=True)] == ["r1", "r2"]


@pytest.mark.parametrize(("conflict", "state"), [(None, ActState.RECORDED), ("already_decided", ActState.REFUSED)])
def test_audit_has_the_last_word(conflict: str | None, state: ActState) -> None:
    ledger = Ledger()
    add(ledger, "r1")
    ledger.take_due(UNDO_MS)
    ledger.sent("r1", UNDO_MS, offset=8)

    assert ledger.followed(UNDO_MS) == (Followed("r1", 0, 8),)
    (ended,) = ledger.answered({"r1": Answer(3, 17, conflict), "other": Answer(0, 1)}, UNDO_MS + 5)

    assert (ended.state, ended.code, ended.answer) == (state, conflict, Answer(3, 17, conflict))
    assert ledger.followed(UNDO_MS) == ()


def test_failed_act_that_got_through_all_the_same_is_told_so() -> None:
    ledger = Ledger()
    add(ledger, "r1")
    ledger.take_due(UNDO_MS)
    ledger.failed("r1", UNDO_MS)
    status = ledger.get("r1")
    assert status is not None
    assert (status.state, status.code) == (ActState.FAILED, NOT_CONFIRMED)

    ledger.answered({"r1": Answer(0, 4)}, UNDO_MS + 1)

    assert state_of(ledger, "r1") is ActState.RECORDED


def test_act_without_an_answer_stays_sent_and_is_no_longer_looked_for() -> None:
    ledger = Ledger()
    add(ledger, "r1")
    ledger.take_due(UNDO_MS)
    ledger.sent("r1", UNDO_MS, offset=8)

    assert ledger.followed(UNDO_MS + FOLLOW_MS) == (Followed("r1", 0, 8),)
    assert ledger.followed(UNDO_MS + FOLLOW_MS + 1) == ()
    assert state_of(ledger, "r1") is ActState.SENT


def test_double_click_is_one_act() -> None:
    ledger = Ledger()
    add(ledger, "r1")

    assert add(ledger, "r2", now_ms=100, rendered_at_ms=5).act_id == "r1"
    assert len(ledger.take_due(UNDO_MS)) == 1


def test_second_act_on_a_target_waits_for_the_first_to_leave() -> None:
    ledger = Ledger()
    add(ledger, "r1")

    with pytest.raises(ActWaitsError):
        add(ledger, "r2", verdict=ReviewVerdict.DENY)
    assert add(ledger, "r3", verdict=ReviewVerdict.DENY, person=person("bob")).act_id == "r3"
    ledger.undo("r1", 1)
    assert add(ledger, "r4", verdict=ReviewVerdict.DENY).act_id == "r4"


def test_full_outbox_takes_nothing_until_something_left() -> None:
    ledger = Ledger(max_open=2)
    add(ledger, "r1", target_id="h1")
    add(ledger, "r2", target_id="h2")

    with pytest.raises(OutboxFullError):
        add(ledger, "r3", target_id="h3")
    ledger.undo("r1", 1)
    assert add(ledger, "r3", target_id="h3").act_id == "r3"


@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "undo", "due", "sent", "failed", "answer"]), st.integers(0, 9)), max_size=60
    )
)
def test_no_history_sends_an_act_twice_or_after_its_undo(history: list[tuple[str, int]]) -> None:
    ledger = Ledger(max_open=5, max_ended=3)
    sent: list[str] = []
    undone: set[str] = set()
    now_ms = count = 0
    for step, number in history:
        now_ms += 1_000
        act_id = f"r{number}"
        status = ledger.get(act_id)
        state = None if status is None else status.state
        if step == "add":
            count += 1
            try:
                add(ledger, f"r{count}", now_ms=now_ms, target_id=f"h{count}")
            except OutboxFullError:
                assert sum(entry.state.is_unsent for entry in ledger.all()) == 5
        elif step == "undo" and ledger.undo(act_id, now_ms):
            undone.add(act_id)
        elif step == "due":
            sent += [out.review_id for out in ledger.take_due(now_ms)]
        elif step in ("sent", "failed") and state is ActState.SENDING:
            if step == "sent":
                ledger.sent(act_id, now_ms, offset=number)
            else:
                ledger.failed(act_id, now_ms)
        elif step == "answer":
            ledger.answered({act_id: Answer(0, 1)}, now_ms)
        assert len(sent) == len(set(sent))
        assert undone.isdisjoint(sent)
        assert len(list(ledger.all())) <= count
