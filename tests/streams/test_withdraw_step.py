"""Withdrawals: an agent takes its own held action back, once, and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, AUDIT
from tests.streams.approval_samples import MINUTE_MS, Desk, audited, kinds_of, sharing
from tests.streams.histories import OPS, Life, Op, facts_of, restored
from tests.streams.samples import HOLD_MS, MODEST, OneLane, action, topics_of, values, withdrawal


def test_held_action_is_taken_back_and_its_agent_told() -> None:
    desk = Desk()
    hold_id = desk.hold("a1")

    step = desk.lane.give(withdrawal("a1"))

    assert topics_of(step) == [ACTIONS_REFUSED.name, AUDIT.name]
    (refused,) = values(step.effects, ACTIONS_REFUSED.name)
    decision = refused["decision"]
    assert (decision["decision"], decision["reason_code"], decision["decided_by"]) == (
        "DENY", "withdrawn_by_agent", {"kind": "agent"},
    )  # fmt: skip
    record = audited(step)
    assert (record["kind"], record["hold_id"], record["code"], record["resolution"]) == (
        "withdrawal", hold_id, None, "withdrawn",
    )  # fmt: skip
    assert kinds_of(record) == ["resolved"]
    assert desk.lane.state.holds == {}
    assert ("hold_resolved", "withdrawn") in step.facts


def test_what_was_taken_back_cannot_be_approved_or_proposed_again() -> None:
    desk = Desk()
    hold_id = desk.hold("a1")
    proposed = desk.request(hold_id)
    desk.lane.give(withdrawal("a1"))

    assert desk.refusal(hold_id, "ana") == "already_decided"
    again = desk.lane.give(action("a1", "job.support.refund", tool="pay", arguments={"order": "a1", "amount": 420}))
    assert audited(again)["kind"] == "duplicate"
    assert proposed["summary"]["action_id"] == "a1"


def test_same_withdrawal_again_changes_nothing() -> None:
    desk = Desk()
    desk.hold("a1")
    desk.lane.give(withdrawal("a1"))
    before = facts_of(desk.lane.state)

    step = desk.lane.give(withdrawal("a1", withdrawn_at="2027-01-15T08:00:00Z"))

    assert topics_of(step) == [AUDIT.name]
    assert (audited(step)["hold_id"], audited(step)["code"]) == (None, "already_decided")
    assert {**facts_of(desk.lane.state), "position": 0} == {**before, "position": 0}


def test_nobody_takes_back_what_another_agent_proposed() -> None:
    desk = Desk()
    hold_id = desk.hold("a1")

    step = desk.lane.give(withdrawal("a1", agent="agent-2"))

    assert topics_of(step) == [AUDIT.name]
    assert audited(step)["code"] == "unknown_hold"
    assert hold_id in desk.lane.state.holds


@pytest.mark.parametrize(
    ("topic", "wait_ms", "code"),
    [
        ("job.other.run", 0, "already_decided"),
        ("job.note.add", 10 * MINUTE_MS, "consumed"),
        ("job.wire.out", 2 * HOLD_MS, "expired"),
    ],
)
def test_what_does_not_wait_any_more_stays_as_it_ended(topic: str, wait_ms: int, code: str) -> None:
    desk = Desk()
    desk.lane.give(action("a1", topic, tool="pay", arguments={"order": "a1", "amount": 10}))
    desk.wait(wait_ms)

    step = desk.lane.give(withdrawal("a1"))

    assert (topics_of(step), audited(step)["code"]) == ([AUDIT.name], code)


def test_action_under_question_is_taken_back_too() -> None:
    desk = Desk()
    desk.review(desk.hold("a1"), "ana", "ask")

    assert audited(desk.lane.give(withdrawal("a1")))["resolution"] == "withdrawn"


def test_policy_that_denies_the_hold_ends_it_first_and_both_stand_on_the_record() -> None:
    desk = Desk(sharing())
    desk.hold("a1")
    desk.activate(sharing(most_usd=100))

    record = audited(desk.lane.give(withdrawal("a1")))

    assert (record["resolution"], record["code"]) == ("superseded", "already_decided")


def test_withdrawal_that_comes_before_the_proposal_does_not_stop_it() -> None:
    lane = OneLane()

    assert audited(lane.give(withdrawal("a1")))["code"] == "unknown_hold"
    assert audited(lane.give(action("a1")))["decision"]["decision"] == "ALLOW"


WITHDRAWALS = st.tuples(st.just("withdraw"), st.sampled_from(["agent-1", "agent/2"]), st.integers(0, 2))
BUSY = st.lists(
    st.tuples(st.sampled_from([0, 1]), st.sampled_from([0, 3, 4]), st.lists(OPS | WITHDRAWALS, max_size=8)), max_size=6
)


@given(history=BUSY)
@MODEST
def test_what_was_taken_back_never_goes_out(history: Sequence[tuple[int, int, Sequence[Op]]]) -> None:
    life = Life().live(history)
    taken: dict[tuple[str, str], int] = {}
    for place, effect in enumerate(life.lane.written):
        for record in values([effect], AUDIT.name):
            if record.get("resolution") == "withdrawn":
                taken[record["agent_id"], record["action_id"]] = place
            elif record["kind"] == "decision":
                taken.pop((record["agent_id"], record["action_id"]), None)  # the id was forgotten, and is new
        for released in values([effect], ACTIONS_CLEARED.name):
            assert (released["action"]["agent_id"], released["action"]["action_id"]) not in taken
    assert facts_of(restored(life.changes)) == facts_of(life.lane.state)
