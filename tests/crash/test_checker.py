"""The checker accepts what the gate writes, and finds each kind of damage: one that finds nothing proves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import orjson
import pytest

from streams.intake import Reader
from streams.state import LaneState
from streams.topics import ACTIONS_CLEARED, ACTIONS_PROPOSED, ACTIONS_REFUSED, AUDIT
from tests.crash.checker import INPUTS, OUTPUTS, Forwards, LaneCheck
from tests.crash.cursors import Cursor
from tests.crash.memory import MemoryCursor, Topics, gates, run_lane
from tests.crash.policy import LOOK
from tests.crash.replay import LaneReplay
from tests.crash.turns import ALL_TURNS
from tests.crash.verdict import Fault, Verdict
from tests.crash.watcher import Seen

EVENTS = 800
# Enough for all that refunds come to.
MANY_EVENTS = 10_000


async def check(
    topics: Topics, state: LaneState, *, seen: dict[str, Seen] | None = None, overdue_ms: int = 0
) -> Verdict:
    """The verdict on a lane in memory."""
    cursors = {topic: cast("Cursor", MemoryCursor(topics.records[topic])) for topic in (*INPUTS, *OUTPUTS, AUDIT.name)}
    replay = LaneReplay(LaneState(topics.lane), gates(), Reader(1, 512 * 1024))
    forwards = Forwards(Counter(), Counter())
    lane = LaneCheck(topics.lane, cursors, replay=replay, forwards=forwards, seen=seen or {})
    await lane.run()
    lane.compare_state(state, overdue_ms)
    forwards.judge(lane.verdict)
    return lane.verdict


async def test_what_the_gate_writes_is_clean() -> None:
    topics, state = run_lane(MANY_EVENTS)
    seen = {AUDIT.name: Seen()}
    for record in topics.records[AUDIT.name]:
        seen[AUDIT.name].add(record)
    verdict = await check(topics, state, seen=seen)
    assert verdict.is_clean, verdict.told
    assert verdict.inputs == MANY_EVENTS
    kinds = {"decision", "hold_expired", "review", "policy", "duplicate", "dead_letter", "quarantine_review"}
    kinds |= {"withdrawal", "agent_review", "workflow"}
    assert kinds <= verdict.kinds.keys()
    assert verdict.turns.keys() >= ALL_TURNS
    assert {entry.decided for entry in state.quarantines.entries.values()} >= {None, "redact", "reject"}


def _lose_input(topics: Topics) -> None:
    topics.append(ACTIONS_PROPOSED.name, b"agent-000", b"{}", ())


def _lose_release(topics: Topics) -> None:
    del topics.records[ACTIONS_CLEARED.name][-1]


def _release_again(topics: Topics) -> None:
    records = topics.records[ACTIONS_CLEARED.name]
    record = next(found for found in records if LOOK.encode() in (found.value or b""))
    topics.append(ACTIONS_CLEARED.name, record.key, record.value, record.headers)


def _refuse_without_audit(topics: Topics) -> None:
    topics.append(ACTIONS_REFUSED.name, b"agent-000", b"{}", ())


def _audit_again(topics: Topics) -> None:
    record = topics.records[AUDIT.name][-1]
    topics.append(AUDIT.name, record.key, record.value, record.headers)


def _cut_audit(topics: Topics) -> None:
    del topics.records[AUDIT.name][-1]


def _other_verdict(topics: Topics) -> None:
    records = topics.records[ACTIONS_CLEARED.name]
    value = orjson.loads(records[5].value or b"")
    value["decision"]["reason"] = "something else"
    topics.change(ACTIONS_CLEARED.name, 5, value=orjson.dumps(value))


def _other_header(topics: Topics) -> None:
    topics.change(ACTIONS_CLEARED.name, 5, headers=(("ce_id", b"x"),))


def _other_time(topics: Topics) -> None:
    _rewrite_audit(topics, 30, at_ms=1)


def _call_successes_failures(topics: Topics) -> None:
    for index, record in enumerate(topics.records[AUDIT.name]):
        if orjson.loads(record.value or b"")["kind"] == "outcome":
            _rewrite_audit(topics, index, status="failure")


def _rewrite_audit(topics: Topics, index: int, **fields: Any) -> None:
    value = orjson.loads(topics.records[AUDIT.name][index].value or b"")
    topics.change(AUDIT.name, index, value=orjson.dumps({**value, **fields}))


DAMAGES: list[tuple[Callable[[Topics], None], Fault]] = [
    (_lose_input, Fault.LOST),
    (_lose_release, Fault.LOST),
    (_release_again, Fault.TWICE),
    (_refuse_without_audit, Fault.CONTRADICTION),
    (_audit_again, Fault.TWICE),
    (_audit_again, Fault.FORK),
    (_cut_audit, Fault.FORK),
    (_cut_audit, Fault.LOST),
    (_other_verdict, Fault.CONTRADICTION),
    (_other_header, Fault.CONTRADICTION),
    (_other_time, Fault.CONTRADICTION),
    (_other_time, Fault.FORK),
    (_call_successes_failures, Fault.OUT_OF_TURN),
    (_release_again, Fault.OUT_OF_TURN),
]


@pytest.mark.parametrize(("damage", "fault"), DAMAGES)
async def test_damage_is_found(damage: Callable[[Topics], None], fault: Fault) -> None:
    topics, state = run_lane(EVENTS)
    damage(topics)
    verdict = await check(topics, state)
    assert verdict.faults[fault], verdict.told


async def test_verdict_that_forgot_the_agent_is_found() -> None:
    """A lane that lost its memory of an agent in the middle decides otherwise, and the replay tells."""
    topics, state = run_lane(EVENTS)
    other, _ = run_lane(EVENTS, seed=4)
    topics.records[ACTIONS_CLEARED.name] = other.records[ACTIONS_CLEARED.name]
    assert (await check(topics, state)).faults[Fault.CONTRADICTION]


async def test_restored_state_that_differs_is_found() -> None:
    topics, state = run_lane(EVENTS)
    agent_id, seen = next(iter(state.seen.items()))
    seen.popitem()
    verdict = await check(topics, state)
    assert verdict.faults[Fault.STATE] == 1
    assert agent_id in verdict.told[0]


async def test_restored_workflow_that_differs_is_found() -> None:
    topics, state = run_lane(EVENTS)
    run_id = next(iter(state.runs.runs))
    state.runs.drop(run_id)
    verdict = await check(topics, state)
    assert verdict.faults[Fault.STATE] == 1
    assert "runs of workflows" in verdict.told[0]


async def test_step_whose_time_is_up_and_that_nothing_was_done_about_is_found() -> None:
    topics, state = run_lane(EVENTS)
    due_ms = min(run.next_due_ms for run in state.runs.runs.values())
    before = await check(topics, state, overdue_ms=due_ms)
    after = await check(topics, state, overdue_ms=due_ms + 1)
    assert not [text for text in before.told if "run" in text]
    assert [text for text in after.told if "run" in text]


async def test_position_before_what_was_decided_is_found() -> None:
    topics, state = run_lane(EVENTS)
    state.positions[ACTIONS_PROPOSED.name] -= 1
    assert (await check(topics, state)).faults[Fault.STATE] == 1


async def test_record_that_only_a_live_reader_saw_is_found() -> None:
    topics, state = run_lane(EVENTS)
    seen = {ACTIONS_CLEARED.name: Seen()}
    for record in topics.records[ACTIONS_CLEARED.name]:
        seen[ACTIONS_CLEARED.name].add(record)
    del topics.records[ACTIONS_CLEARED.name][-1]
    assert (await check(topics, state, seen=seen)).faults[Fault.VANISHED] == 1
