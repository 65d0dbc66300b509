"""The state table of held actions is total, and the machine does what it says."""

from __future__ import annotations

import pytest

from policies.approval_checks import CHECKS
from policies.approval_events import (
    ACTS,
    Act,
    Answered,
    Edit,
    Event,
    EventKind,
    PolicyChanged,
    Rebalanced,
    TimePassed,
    Transition,
    Withdrawn,
)
from policies.approval_steps import transition
from policies.approval_table import LEADS_TO, TABLE, Step
from policies.approvals import Approval, HoldState, Resolution
from policies.conflicts import Conflict
from policies.decisions import Decision
from tests.policies.holds import (
    OPENED_MS,
    OTHER_DIGEST,
    OTHER_SNAPSHOT,
    act,
    after,
    held,
    judged,
    person,
    requested,
)

EVENTS: dict[EventKind, Event] = {
    **{kind: act(kind) for kind in ACTS},
    EventKind.REQUEST: requested(),
    EventKind.CONSTRAIN: act(EventKind.CONSTRAIN, constraints={"max_runtime_sec": 5}),
    EventKind.MODIFY: act(EventKind.MODIFY, edit=Edit(OTHER_DIGEST, judged())),
    EventKind.REASSIGN: act(EventKind.REASSIGN, to_team="second"),
    EventKind.ANSWER: Answered("bob"),
    EventKind.REBALANCE: Rebalanced("second"),
    EventKind.WITHDRAW: Withdrawn("bot"),
    EventKind.TIME: TimePassed(is_strict=False),
    EventKind.POLICY: PolicyChanged(OTHER_SNAPSHOT, judged()),
}


def _in_state(state: HoldState) -> Approval | None:
    if state is HoldState.ABSENT:
        return None
    if state is HoldState.HELD:
        return held()
    if state is HoldState.ASKED:
        return after(held(), act(EventKind.ASK)).approval
    resolution = next(entry for entry in Resolution if entry.state is state)
    return held().with_changes(state=resolution.state)


def test_every_state_has_an_entry_for_every_event() -> None:
    assert set(TABLE) == set(HoldState)
    assert all(set(row) == set(EventKind) for row in TABLE.values())
    assert set(EVENTS) == set(EventKind)


def test_every_step_says_where_it_leads_and_stands_in_the_table() -> None:
    assert set(LEADS_TO) == set(Step)
    assert {entry for row in TABLE.values() for entry in row.values() if isinstance(entry, Step)} == set(Step)


@pytest.mark.parametrize("kind", list(EventKind))
@pytest.mark.parametrize("state", list(HoldState))
def test_an_event_in_a_state_does_what_the_table_says(state: HoldState, kind: EventKind) -> None:
    entry = TABLE[state][kind]

    result = transition(_in_state(state), EVENTS[kind], OPENED_MS + 1)

    if isinstance(entry, Conflict):
        assert result is entry
    else:
        assert isinstance(result, Transition)
        assert result.approval.state in LEADS_TO[entry]


@pytest.mark.parametrize("state", [state for state in HoldState if not state.is_open and state is not HoldState.ABSENT])
@pytest.mark.parametrize("kind", list(EventKind))
def test_nothing_changes_a_hold_that_ended(state: HoldState, kind: EventKind) -> None:
    ended = _in_state(state)

    result = transition(ended, EVENTS[kind], OPENED_MS + 10**9)

    assert isinstance(result, Conflict) or (result.approval == ended and not result.facts and not result.resolution)


def test_checks_stand_in_the_order_of_their_conflicts() -> None:
    order = list(Conflict)
    places = [order.index(conflict) for conflict, _ in CHECKS]

    assert places == sorted(places)
    assert len(set(places)) == len(places)


def test_every_conflict_comes_from_a_check_the_table_or_the_gate_itself() -> None:
    from_checks = {conflict for conflict, _ in CHECKS}
    from_table = {entry for row in TABLE.values() for entry in row.values() if isinstance(entry, Conflict)}
    of_the_gate = {
        Conflict.NOT_SIGNED,
        Conflict.UNSUPPORTED_TARGET,
        Conflict.ID_CONFLICT,
        Conflict.KILLED,
        Conflict.AGENT_STOPPED,
    }
    of_outputs_and_samples = {
        Conflict.UNKNOWN_QUARANTINE,
        Conflict.UNKNOWN_SAMPLE,
        Conflict.CHUNK_OF_STREAM,
        Conflict.PAYLOAD_UNREADABLE,
        Conflict.PAYLOAD_MISMATCH,
        Conflict.REDACTION_FAILED,
        Conflict.STILL_QUARANTINED,
    }

    assert from_checks | from_table | of_the_gate | of_outputs_and_samples == set(Conflict)


def test_every_resolution_ends_in_a_state_that_is_closed() -> None:
    assert not any(resolution.state.is_open for resolution in Resolution)
    assert {resolution.state for resolution in Resolution} == {
        state for state in HoldState if not state.is_open and state is not HoldState.ABSENT
    }


def test_only_acts_of_people_are_acts() -> None:
    with pytest.raises(ValueError, match="no act of a person"):
        Act(EventKind.TIME, person(), "r1")


def test_who_is_unknown_may_do_nothing() -> None:
    for kind in ACTS:
        event = EVENTS[kind]
        assert isinstance(event, Act)
        assert transition(held(), Act(kind, None, "r1"), OPENED_MS) is Conflict.NOT_ELIGIBLE


def test_a_denied_policy_ends_open_holds_only() -> None:
    denied = PolicyChanged(OTHER_SNAPSHOT, judged(Decision.DENY))

    assert after(held(), denied).approval.state is HoldState.REJECTED
    assert after(_in_state(HoldState.APPROVED), denied).approval.state is HoldState.APPROVED
