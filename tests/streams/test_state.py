"""The state of a lane: holds and their deadlines, agent records and their bounds, what is taken as changes."""

from __future__ import annotations

import orjson
import pytest

from policies.autonomy_record import Record, Standing
from policies.breaker import Breaker
from policies.conduct import Conduct
from streams.held import Hold
from streams.state import (
    LANE_KEY,
    MAX_SEEN,
    LaneState,
)
from tests.streams.histories import facts_of, restored
from tests.streams.samples import NOW_MS


def conduct_of(agent_id: str, *, level: int) -> Conduct:
    """The conduct of an agent that stands at a level."""
    standing = Standing(level, NOW_MS, NOW_MS, "a-model", "snapshot", successes=3)
    return Conduct(Record(agent_id).with_standing("", standing), {"topic:crm": Breaker()})


def hold_of(hold_id: str, *, due_ms: int, agent: str = "agent-1", action_id: str | None = None) -> Hold:
    """A hold with little in it."""
    return Hold(
        hold_id=hold_id,
        agent_id=agent,
        action={"action_id": action_id or hold_id, "agent_id": agent},
        decision={"constraints": {}},
        proposed_digest="d",
        derived={"autonomy_level": 0, "first_time": True, "retry_count": 0},
        opened_ms=NOW_MS,
        approval={"digest": "d", "snapshots": ["s"], "due_ms": due_ms, "escalate_ms": None},
        summary={},
        trace="00-trace",
    )


def due_ids(state: LaneState, now_ms: int, most: int = 100) -> list[str]:
    """The ids of what is due."""
    return [hold.hold_id for hold in state.due(now_ms, most)]


def test_holds_are_due_in_the_order_of_their_deadlines() -> None:
    state = LaneState(0)
    for hold_id, due_ms in (("late", 30), ("b", 20), ("a", 20), ("early", 10)):
        state.put_hold(hold_of(hold_id, due_ms=due_ms))

    assert state.next_due_ms() == 10
    assert due_ids(state, 9) == []
    assert due_ids(state, 20) == ["early", "a", "b"]
    assert due_ids(state, 99, most=2) == ["early", "a"]
    assert due_ids(state, 99) == ["early", "a", "b", "late"]


def test_closed_hold_is_no_longer_due() -> None:
    state = LaneState(0)
    state.put_hold(hold_of("a", due_ms=10))
    state.put_hold(hold_of("b", due_ms=20))

    assert state.close_hold("a").hold_id == "a"

    assert (state.next_due_ms(), due_ids(state, 99)) == (20, ["b"])
    with pytest.raises(KeyError):
        state.close_hold("a")


def test_hold_opened_again_under_its_id_is_due_once_and_at_its_new_deadline() -> None:
    state = LaneState(0)
    state.put_hold(hold_of("a", due_ms=10))
    state.close_hold("a")
    state.put_hold(hold_of("a", due_ms=20))

    assert (state.next_due_ms(), due_ids(state, 15), due_ids(state, 20)) == (20, [], ["a"])


def test_hold_opened_again_with_the_same_deadline_is_due_once() -> None:
    state = LaneState(0)
    state.put_hold(hold_of("a", due_ms=10))
    state.close_hold("a")
    state.put_hold(hold_of("a", due_ms=10))

    assert due_ids(state, 10) == ["a"]


def test_hold_of_an_action_is_found_while_it_is_open() -> None:
    state = LaneState(0)
    state.put_hold(hold_of("h", due_ms=10, action_id="a1"))
    state.take_changes(NOW_MS)

    assert state.hold_of("agent-1", "a1") is state.holds["h"]
    assert state.hold_of("agent-2", "a1") is None
    state.close_hold("h")
    assert state.hold_of("agent-1", "a1") is None


def test_hold_of_an_action_is_found_after_a_restore_and_gone_after_its_tombstone() -> None:
    state = LaneState(0)
    state.put_hold(hold_of("h", due_ms=10, action_id="a1"))
    changes = state.take_changes(NOW_MS)

    twin = restored(changes)

    assert twin.hold_of("agent-1", "a1") == state.holds["h"]
    twin.restore("hold/h", None, orjson.loads)
    twin.restore("hold/h", None, orjson.loads)
    assert twin.hold_of("agent-1", "a1") is None


def test_changes_hold_each_touched_part_once_and_the_position_last() -> None:
    state = LaneState(0, positions={"t": 5})
    for number in range(3):
        state.note_seen("agent/1", "tool", f"topic-{number}")
        state.put_agent(conduct_of("agent/1", level=number))
        state.put_times("agent/1", {"topic:crm": [NOW_MS + number]})
    state.put_hold(hold_of("h", due_ms=10))

    keys = [key for key, _ in state.take_changes(NOW_MS)]

    assert keys == ["seen/agent/1", "agent/agent/1", "times/agent/1", "hold/h", LANE_KEY]
    assert [key for key, _ in state.take_changes(NOW_MS)] == [LANE_KEY]


def test_hold_opened_and_closed_in_one_transaction_leaves_a_tombstone() -> None:
    state = LaneState(0)
    state.put_hold(hold_of("h", due_ms=10))
    state.close_hold("h")

    assert dict(state.take_changes(NOW_MS))["hold/h"] is None


def test_first_time_memory_is_bounded_and_forgets_the_oldest() -> None:
    state = LaneState(0)
    for number in range(MAX_SEEN + 1):
        assert state.is_first("agent-1", "tool", f"topic-{number}")
        state.note_seen("agent-1", "tool", f"topic-{number}")

    assert len(state.seen["agent-1"]) == MAX_SEEN
    assert state.is_first("agent-1", "tool", "topic-0")
    assert not state.is_first("agent-1", "tool", "topic-1")


def test_first_time_memory_tells_agents_and_tools_apart_and_no_tool_from_any() -> None:
    state = LaneState(0)
    state.note_seen("agent-1", "a", "topic")

    assert not state.is_first("agent-1", "a", "topic")
    assert state.is_first("agent-2", "a", "topic")
    assert state.is_first("agent-1", "b", "topic") and state.is_first("agent-1", None, "topic")
    assert state.is_first("agent-1", "a", "topic2")


def test_memory_of_an_agent_comes_back_with_its_order() -> None:
    state = LaneState(0)
    for number in range(MAX_SEEN + 5):
        state.note_seen("a", None, f"topic-{number}")
    state.put_agent(conduct_of("a", level=2))
    state.put_times("a", {"topic:crm": [1, 2], "class:pay": [3]})

    assert facts_of(restored(state.take_changes(NOW_MS))) == facts_of(state)


def test_open_streams_are_counted_by_agent_also_after_a_restore() -> None:
    state = LaneState(0)
    for name, agent in (("s1", "a"), ("s2", "a"), ("s3", "b"), ("s1", "a")):
        state.put_stream(name, {"agent_id": agent, "due_ms": 5})
    changes = state.take_changes(NOW_MS)
    state.close_stream("s2")
    state.close_stream("s2")
    twin = restored([*changes, *state.take_changes(NOW_MS)])

    for found in (state, twin):
        assert [found.open_streams(agent) for agent in ("a", "b", "c")] == [1, 1, 0]
