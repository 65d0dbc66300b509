"""Random lives of a lane: transactions of events, deadlines, policy switches and forgetting, and what they leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from hypothesis import strategies as st

from streams.effects import Emit
from streams.events import ReviewVerdict
from streams.state import LaneState
from streams.terms import Limits
from streams.topics import APPROVALS_REQUESTED
from tests.streams.samples import (
    AUDIT,
    HOUR_MS,
    OTHER_RULES,
    PEOPLE,
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
    values,
    withdrawal,
)

Changes = list[tuple[str, bytes | None]]
Op = tuple[Any, ...]

# Small enough that both ways of forgetting happen; holds may outlive the memory of their verdicts.
LIMITS = Limits(hold_timeout_ms=4 * HOUR_MS, verdict_retention_ms=3 * HOUR_MS, verdict_most=12)
GATES = tuple(
    gate_of(bundle, limits=LIMITS)
    for bundle in (
        bundle_of(audit=AUDIT),
        bundle_of(OTHER_RULES),
        bundle_of(STRICT_RULES),
        bundle_of(people=PEOPLE),
        bundle_of(OTHER_RULES, people=PEOPLE.replace("approvers: 2", "approvers: 1")),
    )
)
TOPICS = ("job.crm.read", "job.support.refund", "job.deploy.api", "job.crm.delete", "job.first.x", "job.retry.x")
CONTENTS = ("all is well", f"use {TOKEN}", PRIVATE_KEY, {"finance": {"margin": 5}, "n": [1.5, None]})

AGENTS = st.sampled_from(["agent-1", "agent/2"])
NUMBERS = st.integers(0, 2)
ACTIONS = st.tuples(st.just("action"), AGENTS, NUMBERS, st.sampled_from(TOPICS), NUMBERS)
REFUNDS = st.tuples(st.just("action"), AGENTS, NUMBERS, st.just("job.support.refund"), st.just(0))
# What goes with the verdicts of reviews; every verdict is here.
ACTS: dict[str, dict[str, Any]] = {
    **{verdict.value: {} for verdict in ReviewVerdict},
    "constrain": {"constraints": {"max_runtime_sec": 5}},
    "modify": {"arguments": {"content": 9}},
    "reassign": {"to_team": "second"},
}
# Which request is answered, counted from the latest; how; by whom; and what is wrong with the answer.
REVIEWS = st.tuples(
    st.just("review"),
    st.integers(0, 3),
    st.sampled_from(["approve", "approve", "deny", *ACTS]),
    st.sampled_from(["ann", "ann", "bob"]),
    st.sampled_from(["", "", "", "digest"]),
)
OPS = st.one_of(
    REFUNDS,
    ACTIONS,
    ACTIONS,
    st.tuples(st.just("outcome"), AGENTS, NUMBERS, st.sampled_from(["success", "failure", "incident"])),
    st.tuples(st.just("output"), AGENTS, NUMBERS, st.sampled_from(range(len(CONTENTS)))),
    REVIEWS,
    REVIEWS,
    st.tuples(st.just("withdraw"), AGENTS, NUMBERS),
    st.tuples(st.just("garbage")),
)
# A transaction: hours since the last one, the policy in force, and what arrives.
TRANSACTIONS = st.tuples(st.sampled_from([0, 1, 2, 5]), st.sampled_from([0, 3, 3, 4, 1, 2]), st.lists(OPS, max_size=6))
HISTORIES = st.lists(TRANSACTIONS, min_size=1, max_size=8)


@dataclass(slots=True)
class Life:
    """A lane that lives through transactions, and everything that it wrote to the state topic and elsewhere."""

    lane: OneLane = field(default_factory=lambda: OneLane(GATES[0]))
    changes: Changes = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    reviews: int = 0

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
        due = len(lane.written)
        lane.expire()
        self._asked(lane.written[due:])
        for op in ops:
            self._apply(op)
        gate.forget(lane.state, lane.now_ms)
        lane.state.positions["events"] = lane.offset
        self.changes += lane.state.take_changes(lane.now_ms)

    def _apply(self, op: Op) -> None:
        lane = self.lane
        match op:
            case ("action", agent, number, topic, content):
                step = lane.give(action(f"a{number}", topic, agent=agent, arguments={"content": content}))
                self._asked(step.effects)
            case ("withdraw", agent, number):
                lane.give(withdrawal(f"a{number}", agent=agent))
            case ("outcome", agent, number, status):
                lane.give(outcome(f"a{number}", status, agent=agent))
            case ("output", agent, number, content):
                lane.give(output(f"o{number}", CONTENTS[content], agent=agent))
            case ("review", number, verdict, name, flaw):
                self._asked(lane.give(self._review(number, verdict, name, flaw)).effects)
            case _:
                lane.step(lane.read(b"garbage", topic="agent.actions.proposed.v1"))

    def _asked(self, effects: Sequence[Emit]) -> None:
        """Keep what people were asked."""
        self.requests += values(effects, APPROVALS_REQUESTED.name)

    def _review(self, number: int, verdict: str, name: str, flaw: str) -> dict[str, Any]:
        """A review of one of the latest requests, or of a hold that never was."""
        self.reviews += 1
        nothing = {"hold_id": "none", "digest": "d", "policy_snapshot": "s"}
        request = self.requests[-1 - number] if number < len(self.requests) else nothing
        wrong: dict[str, Any] = {flaw: "0" * 64} if flaw else {}
        if "second_review_id" in request:
            target = {"kind": "second_review", "id": request["second_review_id"]}
            request, wrong = request | {"hold_id": ""}, wrong | {"target": target}
        by = {"id": name, "roles": ["senior_reviewer"], "teams": ["first", "second"]}
        return review(request, verdict, review_id=f"r{self.reviews}", reviewer=by, **ACTS[verdict], **wrong)

    def again(self, state: LaneState) -> Life:
        """A life that goes on from another state at the same time and place."""
        lane = OneLane(self.lane.gate, state, self.lane.now_ms, offset=self.lane.offset)
        return Life(lane, list(self.changes), list(self.requests), self.reviews)


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
    twin = LaneState(state.partition, holds=dict(state.holds))
    for due_ms, hold_id in state._due._heap:
        twin._due.push(due_ms, hold_id)
    memory = state.verdicts
    return {
        "position": state.position(),
        "partition": state.partition,
        "verdicts": dict(memory.entries),
        "next_segment": memory.next_segment,
        "segments": [(segment.number, segment.at_ms, segment.ids) for segment in memory._segments],
        "holds": {hold_id: as_json(asdict(hold)) for hold_id, hold in state.holds.items()},
        "held": dict(state.held)
        == {(hold.agent_id, hold.action["action_id"]): hold.hold_id for hold in state.holds.values()},
        "agents": dict(state.agents),
        "times": as_json(state.times),
        "tainted": dict(state.tainted),
        "streams": as_json(state.streams),
        "reviewers": dict(state.reviewers),
        "seconds": list(state.seconds.items()),
        "stops": dict(state.stops),
        "quarantines": list(state.quarantines.entries.items()),
        "seen": {agent: list(seen) for agent, seen in state.seen.items()},
        "attempts": memory.attempt_index.times,
        "next_due_ms": twin.next_due_ms(),
        "due": [(hold.due_ms, hold.hold_id) for hold in twin.due(2**62, 1_000)],
    }


def as_json(value: object) -> Any:
    """The value as it would come back from the wire."""
    return orjson.loads(orjson.dumps(value))
