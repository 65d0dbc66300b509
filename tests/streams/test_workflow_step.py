"""Workflows at the gate: what leaves a lane, step by step, and what a restart or time makes of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.bundle import load_bundle
from policies.workflow_runs import RUN_MS
from streams.gate import Gate
from streams.terms import Limits, Terms
from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, APPROVALS_REQUESTED, AUDIT
from streams.workflow_step import MAX_RUNS
from tests.streams.histories import compacted, restored
from tests.streams.samples import HOLD_MS, MODEST, SAMPLE_KEY, SCANNER, OneLane, action, values
from tests.streams.workflow_samples import (
    ANALYZE,
    LARGE,
    PAY,
    SMALL,
    TELL,
    TEXTS,
    TRIGGER,
    Desk,
    changes_of,
    decision_of,
    gate_with,
)  # fmt: skip


def test_small_refund_goes_its_way_without_a_person() -> None:
    desk = Desk()

    assert desk.propose(ANALYZE) == "workflow_not_started"
    desk.analyzed(SMALL)
    assert desk.propose(PAY) == "rule_matched"
    assert desk.propose(TELL) == "workflow_out_of_order"
    desk.finish(None, number=desk.count - 1)
    assert desk.propose(TELL) == "ALLOW"

    cleared = desk.lane.values(ACTIONS_CLEARED.name)
    assert [value["action"]["topic"] for value in cleared] == [TRIGGER, ANALYZE, PAY, TELL]
    assert cleared[2]["decision"]["constraints"] == {"max_amount_usd": 10000, "max_runtime_sec": 60}


def test_nothing_is_paid_before_the_analysis_succeeded() -> None:
    desk = Desk()
    desk.propose(TRIGGER)
    before = desk.propose(PAY)
    desk.propose(ANALYZE)
    running = desk.propose(PAY)
    desk.finish(None, number=desk.count - 1, status="failure")
    failed = desk.propose(PAY)

    assert (before, running, failed) == ("workflow_out_of_order",) * 3
    assert desk.paid == 0
    assert [value["decision"]["rule_id"] for value in desk.lane.values(ACTIONS_REFUSED.name)] == [
        "customer-refund/steps/process"
    ] * 3


def test_large_refund_waits_for_a_person_and_is_paid_once() -> None:
    desk = Desk().analyzed(LARGE)
    assert desk.propose(PAY, amount=400) == "workflow_approval"
    asked = desk.lane.values(APPROVALS_REQUESTED.name)[-1]
    assert desk.propose(PAY, amount=400) == "workflow_out_of_order", "another action has the step"

    released = desk.decide()

    assert desk.paid == 1
    assert (asked["approval_class"], asked["due_at"]) == ("explicit", "2027-01-15T12:00:00.000Z")
    assert changes_of(released) == [("approved", "human-review"), ("released", "process")]
    assert desk.propose(PAY, amount=400) == "workflow_out_of_order"


@pytest.mark.parametrize("ending", ["deny", "expire"])
def test_refund_that_nobody_approves_is_not_paid_later_either(ending: str) -> None:
    desk = Desk(gate_with(flow=("on_timeout: escalate\n  process", "on_timeout: deny\n  process"))).analyzed(LARGE)
    desk.propose(PAY, amount=400)
    if ending == "deny":
        desk.decide("deny")
    else:
        desk.lane.now_ms += 14_400_000
        desk.lane.expire()

    assert desk.lane.state.holds == {}
    assert desk.propose(PAY, amount=400) == "workflow_out_of_order"
    assert desk.paid == 0


def test_result_that_leaves_the_way_open_asks_a_person_who_settles_it() -> None:
    desk = Desk().analyzed({"amount": 40})
    assert desk.propose(PAY) == "workflow_undecided"

    released = desk.decide()

    assert changes_of(released) == [("chosen", "decide"), ("approved", "human-review"), ("released", "process")]
    assert desk.paid == 1


def test_agent_cannot_take_another_sessions_or_agents_analysis() -> None:
    desk = Desk().analyzed(SMALL)

    assert desk.propose(PAY, session="s-2") == "workflow_not_started"
    assert desk.propose(PAY, session=None) == "workflow_not_started"
    assert desk.propose(PAY, agent="agent-2") == "workflow_not_started"
    assert desk.propose(PAY) == "rule_matched"


def test_workflow_begins_once_in_a_session_and_again_when_it_is_over() -> None:
    desk = Desk()
    assert [desk.propose(TRIGGER), desk.propose(TRIGGER)] == ["ALLOW", "workflow_in_progress"]
    assert desk.propose(TRIGGER, session="s-2") == "ALLOW"
    desk.propose(ANALYZE)
    desk.finish(None, status="failure")

    assert desk.propose(TRIGGER) == "ALLOW"
    assert desk.propose(ANALYZE) == "ALLOW"


def test_analysis_that_failed_after_all_refuses_the_payment_that_waits() -> None:
    desk = Desk().analyzed(LARGE)
    desk.propose(PAY, amount=400)
    desk.finish(None, number=2, status="incident")

    step = desk.decide()

    assert desk.paid == 0 and desk.lane.state.holds == {}
    assert decision_of(step)["reason_code"] == "superseded_by_policy"
    assert decision_of(step)["rule_id"] == "customer-refund/steps/process"


def test_outcomes_of_steps_that_were_never_released_move_nothing() -> None:
    desk = Desk()
    desk.propose(TRIGGER)
    desk.finish(SMALL, number=7)
    desk.lane.give({"action_id": "a1", "agent_id": "agent-2", "status": "success", "result": SMALL})

    assert desk.propose(PAY) == "workflow_out_of_order"


def test_analysis_that_takes_too_long_has_failed_and_a_late_success_does_not_help() -> None:
    desk = Desk()
    desk.propose(TRIGGER)
    desk.propose(ANALYZE)
    desk.lane.now_ms += 30_000
    (timed,) = desk.lane.expire()
    desk.finish(SMALL)

    assert changes_of(timed) == [("failed", "analyze")]
    assert desk.propose(PAY) == "workflow_out_of_order"


def test_deadline_counts_although_its_timer_has_not_fired_yet() -> None:
    desk = Desk()
    desk.propose(TRIGGER)
    desk.propose(ANALYZE)
    desk.lane.now_ms += 30_000

    step = desk.finish(SMALL)

    assert changes_of(step) == [("failed", "analyze")]
    assert desk.lane.state.next_due_ms() == desk.lane.now_ms - 30_000 + 30_000 + RUN_MS


def test_payment_that_takes_too_long_asks_a_person_before_the_customer_hears_of_it() -> None:
    desk = Desk().analyzed(SMALL)
    desk.propose(PAY)
    desk.lane.now_ms += 600_000
    (timed,) = desk.lane.expire()

    assert changes_of(timed) == [("overdue", "process")]
    assert desk.propose(TELL) == "workflow_undecided"
    assert changes_of(desk.decide()) == [("approved", "process"), ("released", "tell")]


def test_two_approvals_in_a_row_need_two_people() -> None:
    second = "  countersign: {type: approval, depends_on: [decide], reason: two see more}\n  process:\n"
    gate = gate_with(flow=("  process:\n", second))
    text = TEXTS["customer-refund.yaml"].replace("  process:\n", second)
    text = text.replace("depends_on: [decide]\n    timeout_sec: 600", "depends_on: [countersign]\n    timeout_sec: 600")
    text = text.replace("        next: process\n", "        next: human-review\n").replace("needs_review:\n", "more:\n")
    gate = Gate(
        Terms(
            load_bundle({**TEXTS, "customer-refund.yaml": text}), SCANNER, SAMPLE_KEY, Limits(hold_timeout_ms=HOLD_MS)
        )
    )
    desk = Desk(gate).analyzed(LARGE)
    assert desk.propose(PAY, amount=400) == "workflow_approval"

    desk.decide(by="ann")
    after_one = desk.paid
    desk.decide(by="bob")

    assert (after_one, desk.paid) == (0, 1)


def test_rewritten_workflow_ends_its_runs_and_refuses_what_waits() -> None:
    desk = Desk().analyzed(LARGE)
    desk.propose(PAY, amount=400)
    desk.lane.gate = gate_with(flow=("max_amount_usd: 10000", "max_amount_usd: 9000"))
    desk.lane.gate.adopt(desk.lane.state, desk.lane.now_ms)

    desk.decide()

    assert desk.paid == 0 and desk.lane.state.runs.runs == {}
    assert desk.propose(PAY, amount=400) == "workflow_not_started"


def test_other_changes_of_policy_leave_runs_alone() -> None:
    desk = Desk().analyzed(SMALL)
    desk.lane.gate = gate_with(rules=("max_runtime_sec: 60", "max_runtime_sec: 30"))
    desk.lane.gate.adopt(desk.lane.state, desk.lane.now_ms)

    assert desk.propose(PAY) == "rule_matched"


def test_run_that_nothing_happens_to_ends_and_leaves_no_state() -> None:
    desk = Desk()
    desk.propose(TRIGGER)
    changes = desk.lane.state.take_changes(desk.lane.now_ms)
    assert len(restored(changes).runs.runs) == 1
    desk.lane.now_ms += RUN_MS

    (timed,) = desk.lane.expire()

    assert changes_of(timed) == [("ended", None)]
    after = desk.lane.state.take_changes(desk.lane.now_ms)
    assert [value for key, value in after if key.startswith("run/")] == [None]
    assert restored([*changes, *after]).runs.runs == {}


def test_agent_has_so_many_runs_at_most_and_those_that_are_over_make_room() -> None:
    desk = Desk()
    for number in range(MAX_RUNS):
        assert desk.propose(TRIGGER, session=f"s-{number}") == "ALLOW"
    assert desk.propose(TRIGGER, session="one more") == "too_many_runs"
    assert desk.propose(ANALYZE, session="s-3") == "ALLOW"
    desk.finish(None, status="failure")

    assert desk.propose(TRIGGER, session="one more") == "ALLOW"
    assert len(desk.lane.state.runs.runs) == MAX_RUNS
    assert desk.propose(ANALYZE, session="s-3") == "workflow_not_started"


def test_bundle_without_workflows_keeps_nothing_and_says_nothing_of_them() -> None:
    lane = OneLane()
    step = lane.give(action("a1", "job.crm.read", session_id="s-1"))

    (record,) = values(step.effects, AUDIT.name)
    assert "workflow" not in record and "workflows" not in record["derived"]
    assert lane.state.runs.runs == {} and lane.gate.terms.has_workflows is False


def test_decision_holds_what_it_knew_of_the_run() -> None:
    desk = Desk().analyzed({**SMALL, "note": "x" * 500, "customer": "Ann"})
    desk.propose(PAY)

    known = desk.lane.values(AUDIT.name)[-1]["derived"]["workflows"]["customer-refund"]
    assert known == {"event": {}, "states": {"analyze": "done"}, "results": {"analyze": SMALL}, "choices": {}}


OPS = st.one_of(
    st.tuples(st.just("propose"), st.sampled_from((TRIGGER, ANALYZE, PAY, TELL)), st.sampled_from(("s-1", None))),
    st.tuples(st.just("propose"), st.sampled_from((ANALYZE, PAY, PAY, TELL)), st.just("s-1")),
    st.tuples(
        st.just("finish"), st.integers(0, 5), st.sampled_from((SMALL, LARGE, {"amount": 1}, None)),
        st.sampled_from(("success", "success", "success", "failure")),
    ),
    st.tuples(st.just("decide"), st.sampled_from(("approve", "approve", "deny"))),
    st.tuples(st.just("wait"), st.sampled_from((1_000, 31_000, 700_000, 14_400_000))),
)  # fmt: skip


def _live(desk: Desk, ops: Sequence[tuple[Any, ...]]) -> None:
    for op in ops:
        match op:
            case ("propose", topic, session):
                desk.propose(topic, session=session)
            case ("finish", back, result, status) if desk.count > back:
                desk.finish(result, number=desk.count - back, status=status)
            case ("decide", verdict) if desk.lane.values(APPROVALS_REQUESTED.name):
                desk.decide(verdict)
            case ("wait", wait_ms):
                desk.lane.now_ms += wait_ms
                desk.lane.expire()


@given(st.lists(st.lists(OPS, max_size=8), min_size=1, max_size=6), st.sets(st.integers(0, 5)))
@settings(MODEST, max_examples=150)
def test_restarts_change_nothing_and_no_step_goes_out_twice(
    history: list[list[tuple[Any, ...]]], restarts: set[int]
) -> None:
    steady, shaken = Desk(), Desk()
    log: list[tuple[str, bytes | None]] = []
    for number, ops in enumerate(history):
        if number in restarts:
            shaken.lane.state = restored(compacted(log))
        for desk in (steady, shaken):
            _live(desk, ops)
        steady.lane.state.take_changes(steady.lane.now_ms)
        log += shaken.lane.state.take_changes(shaken.lane.now_ms)

    assert shaken.lane.written == steady.lane.written
    assert shaken.lane.state.runs == steady.lane.state.runs == restored(log).runs
    sessions = [
        (value["action"].get("session_id"), value["action"]["topic"])
        for value in steady.lane.values(ACTIONS_CLEARED.name)
    ]
    for session in ("s-1", None):
        begun = sessions.count((session, TRIGGER))
        for topic in (ANALYZE, PAY, TELL):
            assert sessions.count((session, topic)) <= begun
        assert sessions.count((session, PAY)) <= sessions.count((session, ANALYZE))
