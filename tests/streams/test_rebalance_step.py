"""Queues that wait too long share their work: only what nobody has seen, by time and state, and people are told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.effects import Step
from streams.gate import MAX_DUE
from streams.rebalance_step import LOOK_EVERY_MS
from streams.terms import Limits
from streams.topics import APPROVALS_REQUESTED, AUDIT
from tests.streams.approval_samples import MINUTE_MS, Desk, audited, kinds_of, sharing
from tests.streams.histories import facts_of, restored
from tests.streams.samples import MODEST, NOW_MS, action, topics_of, values


def shared() -> Desk:
    """A desk whose finance team shares with ops when it is over its target."""
    desk = Desk(sharing())
    desk.change(limits=Limits(hold_timeout_ms=4 * 60 * MINUTE_MS))
    return desk


def teams(desk: Desk) -> dict[str, str]:
    """The team of each hold."""
    return {hold.action["action_id"]: hold.approval["team"] for hold in desk.lane.state.holds.values()}


def held(desk: Desk, number: int, *, apart_ms: int = 1000) -> list[str]:
    """So many holds of the finance team, one after the other."""
    found = []
    for index in range(number):
        found.append(desk.hold(f"a{index:03d}"))
        desk.lane.now_ms += apart_ms
    return found


def test_what_waits_too_long_goes_to_those_who_share_and_people_are_told() -> None:
    desk = shared()
    holds = held(desk, 9)

    assert desk.wait(14 * MINUTE_MS) == []
    steps = desk.wait(2 * MINUTE_MS)

    # Six finance people and two of ops: in the end each team has as much per member.
    assert [topics_of(step) for step in steps] == [[APPROVALS_REQUESTED.name, AUDIT.name]] * 2
    record, asked = audited(steps[0]), values(steps[0].effects, APPROVALS_REQUESTED.name)[0]
    assert (record["kind"], record["hold_id"], kinds_of(record)) == ("hold_rebalanced", holds[8], ["reassigned"])
    assert record["facts"][0]["cause"] == "rebalance" and record["source"] is None
    assert (asked["cause"], asked["team"], asked["hold_id"]) == ("reassigned", "ops", holds[8])
    assert teams(desk) == {**{f"a{n:03d}": "finance" for n in range(7)}, "a007": "ops", "a008": "ops"}
    assert audited(desk.review(holds[8], "cy"))["resolution"] == "approved"


def test_nothing_moves_twice_within_a_minute_and_nothing_without_a_target() -> None:
    desk = shared()
    held(desk, 9)
    desk.wait(16 * MINUTE_MS)
    before = teams(desk)

    assert desk.wait(1000) == []
    assert desk.wait(MINUTE_MS) == []
    assert teams(desk) == before
    still = Desk()
    held(still, 9)
    assert all(audited(step)["kind"] != "hold_rebalanced" for step in still.wait(16 * MINUTE_MS))


def test_what_somebody_has_looked_at_stays() -> None:
    desk = shared()
    holds = held(desk, 9)
    for hold_id in holds[6:]:
        desk.review(hold_id, "ana", "claim")

    desk.wait(16 * MINUTE_MS)

    moved = {name for name, team in teams(desk).items() if team == "ops"}
    assert moved == {"a004", "a005"}


def test_look_is_due_on_the_full_minute_and_only_where_something_is_held() -> None:
    desk = shared()
    assert desk.lane.gate.next_due_ms(desk.lane.state) is None
    desk.hold()

    due_ms = desk.lane.gate.next_due_ms(desk.lane.state)

    assert due_ms is not None and due_ms % LOOK_EVERY_MS == 0
    assert NOW_MS < due_ms <= NOW_MS + LOOK_EVERY_MS
    assert Desk().lane.gate.next_due_ms(desk.lane.state) == desk.lane.state.next_due_ms()


def test_idle_look_that_finds_nothing_leaves_no_trace_and_is_not_made_again_at_once() -> None:
    desk = shared()
    desk.hold()
    before = facts_of(desk.lane.state)

    assert desk.wait(MINUTE_MS) == []

    assert facts_of(desk.lane.state) == before
    due_ms = desk.lane.gate.next_due_ms(desk.lane.state)
    assert due_ms is not None and due_ms > desk.lane.now_ms


def test_first_transaction_of_a_minute_looks_whatever_idle_looks_there_were() -> None:
    desk, idle = shared(), shared()
    for each in (desk, idle):
        held(each, 9)
        each.lane.now_ms = NOW_MS + 15 * MINUTE_MS + 1_000
    # The median passes its target four seconds into the minute.
    assert idle.wait(0) == []

    moved = [len(each.wait(5_000)) for each in (desk, idle)]

    assert moved == [2, 2]
    assert facts_of(desk.lane.state) == facts_of(idle.lane.state)


def test_look_moves_so_many_at_most_and_the_next_one_goes_on() -> None:
    desk = shared()
    held(desk, 420, apart_ms=5000)

    first, second, third = (desk.wait(wait_ms) for wait_ms in (MINUTE_MS, 0, MINUTE_MS))

    assert (len(first), len(second), len(third)) == (MAX_DUE, 0, 5)
    assert list(teams(desk).values()).count("ops") == 105


def test_policy_that_denies_a_hold_ends_it_before_it_goes_to_anybody() -> None:
    desk = shared()
    held(desk, 9)
    desk.activate(sharing(most_usd=100))

    steps = desk.wait(16 * MINUTE_MS)

    assert {audited(step)["kind"] for step in steps} == {"hold_superseded"}


@pytest.mark.parametrize("is_restarted", [False, True])
def test_restart_moves_what_would_have_been_moved(is_restarted: bool) -> None:
    desk = shared()
    held(desk, 9)
    if is_restarted:
        desk.lane.state = restored(desk.lane.state.take_changes(desk.lane.now_ms))

    desk.wait(16 * MINUTE_MS)

    assert sorted(name for name, team in teams(desk).items() if team == "ops") == ["a007", "a008"]
    again = restored(desk.lane.state.take_changes(desk.lane.now_ms))
    assert again.audited_ms == desk.lane.now_ms


ACTS = st.sampled_from(["hold", "hold", "hold", "claim", "wait", "wait", "restart"])


@given(acts=st.lists(ACTS, max_size=40))
@MODEST
def test_nothing_seen_ever_moves_and_a_restart_changes_nothing(acts: Sequence[str]) -> None:
    desk, twin, changes = shared(), shared(), []
    for number, name in enumerate(acts):
        seen = {hold.hold_id for hold in desk.lane.state.holds.values() if hold.approval["is_seen"]}
        steps: list[Step] = []
        for each in (desk, twin):
            if name == "hold":
                each.hold(f"a{number:02d}")
            elif name == "claim" and each.lane.state.holds:
                each.review(next(iter(each.lane.state.holds)), "ana", "claim")
            elif name == "wait":
                steps = each.wait(5 * MINUTE_MS)
        assert seen.isdisjoint(audited(step)["hold_id"] for step in steps)
        desk.lane.state.take_changes(desk.lane.now_ms)
        changes += twin.lane.state.take_changes(twin.lane.now_ms)
        if name == "restart":
            twin.lane.state = restored(changes)
    assert teams(desk) == teams(twin)
    assert facts_of(desk.lane.state) == facts_of(twin.lane.state)


MOMENTS = st.lists(
    st.tuples(st.sampled_from(["hold", "hold", "claim", "idle", "idle"]), st.integers(1, 200)), max_size=60
)


@given(moments=MOMENTS)
@MODEST
def test_whoever_replays_a_lane_by_its_audit_moves_what_the_lane_moved(moments: Sequence[tuple[str, int]]) -> None:
    desk, replay = shared(), shared()
    for number, (name, seconds) in enumerate(moments):
        steps = desk.wait(seconds * 1000)
        replay.lane.now_ms = desk.lane.now_ms
        is_written = bool(steps) or name != "idle"
        if is_written:
            replay.wait(0)
        for each in (desk, replay) if is_written else ():
            if name == "hold":
                each.hold(f"a{number:02d}")
            elif name == "claim" and each.lane.state.holds:
                each.review(next(iter(each.lane.state.holds)), "ana", "claim")
            else:
                each.lane.give(action(f"n{number}", "job.other.run"))
    assert facts_of(desk.lane.state) == facts_of(replay.lane.state)
    assert desk.lane.values(AUDIT.name) == replay.lane.values(AUDIT.name)
