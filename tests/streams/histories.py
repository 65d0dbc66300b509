"""Random lives of a lane: transactions of events, deadlines, policy switches and forgetting, and what they leave."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from hypothesis import strategies as st

from streams.action_step import decision_id
from streams.codec import action_digest
from streams.effects import Emit
from streams.state import LaneState
from streams.terms import Limits
from tests.streams.samples import (
    AUDIT,
    HOUR_MS,
    OTHER_RULES,
    PRIVATE_KEY,
    STRICT_RULES,
    TOKEN,
    OneLane,
    action,
    bundle_of,
    gate_of,
    outcome,
    output,
    review,
)

Changes = list[tuple[str, bytes | None]]
Op = tuple[Any, ...]

# Small enough that both ways of forgetting happen; holds may outlive the memory of their verdicts.
LIMITS = Limits(hold_timeout_ms=4 * HOUR_MS, verdict_retention_ms=3 * HOUR_MS, verdict_most=12)
GATES = tuple(
    gate_of(bundle, limits=LIMITS)
    for bundle in (bundle_of(audit=AUDIT), bundle_of(OTHER_RULES), bundle_of(STRICT_RULES))
)
TOPICS = ("job.crm.read", "job.support.refund", "job.deploy.api", "job.crm.delete", "job.first.x", "job.retry.x")
CONTENTS = ("all is well", f"use {TOKEN}", PRIVATE_KEY, {"finance": {"margin": 5}, "n": [1.5, None]})

AGENTS = st.sampled_from(["agent-1", "agent/2"])
NUMBERS = st.integers(0, 2)
ACTIONS = st.tuples(st.just("action"), AGENTS, NUMBERS, st.sampled_from(TOPICS), NUMBERS)
OPS = st.one_of(
    ACTIONS,
    ACTIONS,
    st.tuples(st.just("outcome"), AGENTS, NUMBERS, st.sampled_from(["success", "failure", "incident"])),
    st.tuples(st.just("output"), AGENTS, NUMBERS, st.sampled_from(range(len(CONTENTS)))),
    st.tuples(st.just("review"), AGENTS, NUMBERS, NUMBERS, st.sampled_from(["approve", "deny"]), NUMBERS),
    st.tuples(st.just("garbage")),
)
# A transaction: hours since the last one, the policy in force, and what arrives.
TRANSACTIONS = st.tuples(st.sampled_from([0, 1, 2, 5]), st.sampled_from([0, 0, 1, 2]), st.lists(OPS, max_size=6))
HISTORIES = st.lists(TRANSACTIONS, min_size=1, max_size=8)


@dataclass(slots=True)
class Life:
    """A lane that lives through transactions, and everything that it wrote to the state topic and elsewhere."""

    lane: OneLane = field(default_factory=lambda: OneLane(GATES[0]))
    changes: Changes = field(default_factory=list)

    def live(self, history: Iterable[tuple[int, int, Sequence[Op]]]) -> Life:
        """Go through transactions as `streams.transaction` does."""
        for hours, policy, ops in history:
            self._transact(hours, GATES[policy], ops)
        return self

    def _transact(self, hours: int, gate: Any, ops: Sequence[Op]) -> None:
        lane = self.lane
        lane.now_ms += hours * HOUR_MS
        lane.gate = gate
        adopted = gate.adopt(lane.state, lane.now_ms)
        if adopted is not None:
            lane.written += adopted.effects
        lane.expire()
        for op in ops:
            self._apply(op)
        gate.forget(lane.state, lane.now_ms)
        lane.state.positions["events"] = lane.offset
        self.changes += lane.state.take_changes(lane.now_ms)

    def _apply(self, op: Op) -> None:
        lane = self.lane
        match op:
            case ("action", agent, number, topic, content):
                lane.give(held(agent, number, content, topic=topic))
            case ("outcome", agent, number, status):
                lane.give(outcome(f"a{number}", status, agent=agent))
            case ("output", agent, number, content):
                lane.give(output(f"o{number}", CONTENTS[content], agent=agent))
            case ("review", agent, number, content, verdict, review_id):
                lane.give(self._review(agent, number, content, verdict=verdict, review_id=review_id))
            case _:
                lane.step(lane.read(b"garbage", topic="agent.actions.proposed.v1"))

    def _review(self, agent: str, number: int, content: int, *, verdict: str, review_id: int) -> dict[str, Any]:
        """A review of what the agent may have proposed under this id and content."""
        digest = action_digest(held(agent, number, content))
        hold_id = decision_id(agent, f"a{number}", digest)
        hold = self.lane.state.holds.get(hold_id)
        snapshot = GATES[0].terms.bundle.snapshot if hold is None else hold.snapshot
        request = {"hold_id": hold_id, "digest": digest, "policy_snapshot": snapshot}
        return review(request, verdict, review_id=f"r{len(self.changes)}-{review_id}")

    def again(self, state: LaneState) -> Life:
        """A life that goes on from another state at the same time and place."""
        lane = OneLane(self.lane.gate, state, self.lane.now_ms, offset=self.lane.offset)
        return Life(lane, list(self.changes))


def held(agent: str, number: int, content: int, *, topic: str = "job.support.refund") -> dict[str, Any]:
    """An action of an agent; `content` makes its effect another."""
    return action(f"a{number}", topic, agent=agent, arguments={"content": content})


def restored(changes: Iterable[tuple[str, bytes | None]]) -> LaneState:
    """The state that the records of the state topic give."""
    state = LaneState(0)
    for key, value in changes:
        state.restore(key, value, orjson.loads)
    return state


def compacted(changes: Changes) -> Changes:
    """The last record of each key, in the order of the log; what Kafka's compaction may leave."""
    last: dict[str, bytes | None] = {}
    for key, value in changes:
        last.pop(key, None)
        last[key] = value
    return list(last.items())


def without_tombstones(changes: Changes) -> Changes:
    """A compacted log whose tombstones have been dropped too."""
    return [(key, value) for key, value in compacted(changes) if value is not None]


def facts_of(state: LaneState) -> dict[str, Any]:
    """Everything about a state that may decide anything later."""
    twin = copy.deepcopy(state)
    memory = state.verdicts
    return {
        "position": state.position(),
        "partition": state.partition,
        "verdicts": dict(memory.entries),
        "next_segment": memory.next_segment,
        "segments": [(segment.number, segment.at_ms, segment.ids) for segment in memory._segments],
        "holds": {hold_id: as_json(hold.to_json()) for hold_id, hold in state.holds.items()},
        "agents": {agent: as_json(record.to_json()) for agent, record in state.agents.items()},
        "seen_order": {agent: list(record.seen) for agent, record in state.agents.items()},
        "attempt_order": {agent: list(record.attempts) for agent, record in state.agents.items()},
        "next_due_ms": twin.next_due_ms(),
        "due": [(hold.due_ms, hold.hold_id) for hold in twin.due(2**62, 1_000)],
    }


def as_json(value: object) -> object:
    """The value as it would come back from the wire."""
    return orjson.loads(orjson.dumps(value))


def written_since(life: Life, count: int) -> list[Emit]:
    """The effects after the first `count`."""
    return life.lane.written[count:]
