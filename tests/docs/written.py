"""One of everything that the gate writes, made by the gate itself: a story told to one lane without Kafka."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import orjson

from policies.bundle import load_bundle
from policies.kill import KillSwitch, kill_entry
from streams.effects import Emit
from streams.gate import Gate
from streams.policy_feed import ACTIVE_KEY, activation_records
from streams.review_signing import ReviewKeys
from streams.state import LaneState
from streams.topics import ACTIONS_PROPOSED, APPROVALS_REQUESTED, AUDIT
from tests.streams.approval_samples import MINUTE_MS, Desk, bundle_with, sharing
from tests.streams.quarantine_samples import Hearing, Ward
from tests.streams.samples import (
    AUDIT as SAMPLING,
)
from tests.streams.samples import (
    HOLD_MS,
    HOUR_MS,
    PRIVATE_KEY,
    RULES,
    STRICT_RULES,
    TOKEN,
    OneLane,
    action,
    bundle_of,
    gate_of,
    outcome,
    output,
    review,
    withdrawal,
)
from tests.streams.workflow_samples import ANALYZE, LARGE, PAY, TRIGGER
from tests.streams.workflow_samples import Desk as RefundDesk

LEVELS: Final = """
autonomy_levels:
  level_0: {name: new, rules: [{match: {topics: ["*"]}, decision: allow}]}
  level_1: {name: known, rules: [{match: {topics: ["*"]}, decision: allow}]}
"""
UNROUTED: Final = "audit: {sampling: {rate: 1, strategy: uniform}}"
# Every field that may go through the gate to somebody, so that no column of the documentation is forgotten.
FULL_ACTION: Final[dict[str, Any]] = {
    "environment": "prod",
    "tenant_id": "t-1",
    "session_id": "s-1",
    "deadline": "2030-01-01T00:00:00Z",
    "context": {"order": 7},
}


def _request(lane: OneLane) -> dict[str, Any]:
    return lane.values(APPROVALS_REQUESTED.name)[-1]


def _actions(lane: OneLane) -> None:
    lane.give(action("a1", **FULL_ACTION))
    lane.give(action("a1", **FULL_ACTION))
    lane.give(action("a1", arguments={"id": 8}))
    lane.give(action("a2", "job.deploy.start"))
    lane.give(action("a3", "job.crm.delete"))
    lane.give(action("a4", "other.topic"))
    for status in ("success", "success"):
        lane.give(outcome("a1", status))


def _people(lane: OneLane) -> None:
    for number, verdict in enumerate(("approve", "deny")):
        lane.give(action(f"h{number}", "job.support.refund", **FULL_ACTION))
        answer = review(_request(lane), verdict, review_id=f"r{number}")
        lane.give(answer)
        lane.give(answer)
    lane.give(action("h2", "job.limited.run"))
    lane.give(review(_request(lane), review_id="r2", digest="0" * 64))
    lane.give(review(_request(lane), review_id="r3"))
    lane.give(review(_request(lane), review_id="r4"))
    lane.give(action("h3", "job.support.refund", arguments={"id": 9}))
    lane.now_ms += HOLD_MS
    lane.expire()
    lane.give(action("h5", "job.support.refund", arguments={"id": 11}))
    for _ in range(2):
        lane.give(withdrawal("h5"))
    lane.give(action("h4", "job.support.refund", arguments={"id": 10}))
    request = _request(lane)
    lane.gate = gate_of(bundle_of(STRICT_RULES))
    _adopt(lane)
    lane.give(review(request, review_id="r5"))


def _teams() -> Iterable[Emit]:
    """Holds that go through several hands, or that time or policy ends."""
    desk = Desk()
    hold_id = desk.hold("t1", amount=1500)
    for name, verdict, more in (
        ("ana", "claim", {}),
        ("ana", "modify", {"arguments": {"order": "t1", "amount": 1400}}),
        ("eve", "approve", {}),
        ("tim", "constrain", {"constraints": {"max_amount_usd": 1450}}),
    ):
        desk.review(hold_id, name, verdict, rendered_at="2027-01-15T08:00:01Z", **more)
    desk.hold("t2", topic="job.note.add")
    desk.wait(10 * MINUTE_MS)
    desk.hold("t3")
    desk.wait(20 * MINUTE_MS)
    desk.hold("t4")
    desk.activate(bundle_with(invariants=("amount_usd_above: 9000", "amount_usd_above: 100")))
    desk.wait(20 * MINUTE_MS)
    drawn = ("fatigue_controls: {", "fatigue_controls: {sampled_second_review_rate: 1, ")
    desk.activate(bundle_with(people=drawn))
    desk.review(desk.hold("t5"), "ana")
    asked = _request(desk.lane)
    target = {"kind": "second_review", "id": asked["second_review_id"]}
    again = review({"hold_id": "", **asked}, "deny", target=target, reviewer={"id": "eve"}, review_id="s0")
    desk.lane.give(again)
    desk.change(sealer=None)
    desk.review(desk.hold("t6"), "ana")
    desk.change(review_keys=ReviewKeys([]))
    desk.review(hold_id, "ana")
    return desk.lane.written


def _queues() -> Iterable[Emit]:
    """A queue that waits too long and shares its work."""
    desk = Desk(sharing())
    for number in range(4):
        desk.hold(f"u{number}")
    desk.wait(16 * MINUTE_MS)
    return desk.lane.written


def _outputs(lane: OneLane) -> None:
    lane.give(output("o1", "all is well"))
    lane.give(output("o1", "all is well"))
    lane.give(output("o1", "all is otherwise"))
    lane.give(output("o2", {"note": f"use {TOKEN}"}))
    lane.give(output("o3", PRIVATE_KEY))
    lane.give(output("o4", "part", final=True, tenant_id="t-1", session_id="s-1"))
    lane.give(output("o6", "the first part, ", sequence=0))
    lane.give(output("o6", f"use {TOKEN}, the last", sequence=1, final=True))
    lane.give(output("o7", "a beginning without an end", sequence=0))
    lane.gate = gate_of(is_sealing=False)
    lane.give(output("o5", PRIVATE_KEY, audience=None))


def _reviewed() -> Iterable[Emit]:
    """Outputs that were held back and samples, and what people make of them."""
    ward, hearing = Ward(), Hearing()
    for number, (name, verdict) in enumerate((("sen", "release"), ("ana", "redact"), ("ana", "reject"))):
        record = ward.hold(f"w{number}")
        ward.review(record, "ana", "reveal")
        ward.review(record, name, verdict)
        ward.review(record, "sen", verdict)
    ward.review(ward.hold("w3", {TOKEN: 1}), "ana", "redact")
    hearing.review("ada", "wrong", defect="too mild")
    hearing.review("ada", "correct")
    return (*ward.lane.written, *hearing.lane.written)


def _adopt(lane: OneLane) -> None:
    step = lane.gate.adopt(lane.state, lane.now_ms)
    lane.written += step.effects if step else []


def _conduct() -> Iterable[Emit]:
    """An agent that earns a promotion, falls by a person's hand, and is stopped, by a person and by the kill switch."""
    rising = LEVELS + "promotion_criteria: {min_successful_actions: 2, max_error_rate: 0.5, review_period_days: 1,"
    rising += " requires_human_sign_off: true}\n"
    bundle = load_bundle({"rules.yaml": RULES, "levels.yaml": rising})
    lane = OneLane(gate_of(bundle))
    for number in range(4):
        lane.now_ms += 12 * HOUR_MS
        lane.give(action(f"c{number}", arguments={"n": number}))
        lane.give(outcome(f"c{number}", "success"))
    asked = _request(lane)
    target = {"kind": "promotion", "id": asked["promotion_id"]}
    signed = review({"hold_id": "", **asked}, target=target)
    lane.give({**signed, "digest": "0" * 64, "review_id": "p0"})
    lane.give(signed)
    target = {"kind": "agent", "id": "agent-1"}
    for number, verdict in enumerate(("demote", "stop")):
        lane.give(review({"hold_id": "", **asked}, verdict, target=target, digest="-", review_id=f"g{number}"))
    lane.give(action("c8"))
    entry = kill_entry("agent", "agent-1", reason="an incident", by="ana", at_ms=lane.now_ms)
    lane.gate = Gate(replace(lane.gate.terms, kill=KillSwitch([entry])))
    _adopt(lane)
    lane.give(action("c9"))
    return lane.written


def _workflows() -> Iterable[Emit]:
    """A refund that goes its way with a person's yes, and one that takes too long."""
    desk = RefundDesk().analyzed(LARGE)
    desk.propose(PAY, amount=400)
    desk.decide()
    desk.propose(TRIGGER, session="s-2")
    desk.propose(ANALYZE, session="s-2")
    desk.lane.now_ms += HOUR_MS
    desk.lane.expire()
    return desk.lane.written


@lru_cache(maxsize=1)
def story() -> tuple[Emit, ...]:
    """Every record of the story, audit included."""
    with_levels = load_bundle({"rules.yaml": RULES, "audit.yaml": SAMPLING, "levels.yaml": LEVELS})
    lane = OneLane(gate_of(with_levels))
    _adopt(lane)
    _actions(lane)
    for number in range(8):
        lane.give(action(f"s{number}", arguments={"n": number}))
    lane.gate = gate_of(bundle_of(audit=UNROUTED), is_sealing=False)
    lane.give(action("s8", arguments={"n": 8}))
    lane.gate = gate_of()
    _adopt(lane)
    lane.step(lane.read(b"{", topic=ACTIONS_PROPOSED.name, key=b"agent-1"))
    _outputs(lane)
    _people(lane)
    other = OneLane(gate_of(), state=LaneState(0), partitions=64)
    other.give(action("far"))
    return (*lane.written, *other.written, *_teams(), *_queues(), *_conduct(), *_reviewed(), *_workflows())


def values_of(topic: str) -> list[dict[str, Any]]:
    """The values that the story wrote to a topic."""
    return [orjson.loads(emit.value) for emit in story() if emit.topic == topic and emit.value is not None]


def audit_records() -> dict[str, list[dict[str, Any]]]:
    """The story's audit records by kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for record in values_of(AUDIT.name):
        found.setdefault(record["kind"], []).append(record)
    return found


def activations() -> list[dict[str, Any]]:
    """The activation of a policy, the first and a later one."""
    bundle = bundle_of()
    return [
        orjson.loads(value)
        for previous in (None, bundle.snapshot)
        for key, value in activation_records(
            bundle,
            previous=previous,
            reason="why",
            activated_by="ann",
            activated_at="2030-01-01T00:00:00.000Z",
            second_person=previous and "ben",
        )
        if key == ACTIVE_KEY
    ]


_WORDS: Final[dict[type, str]] = {
    str: "text",
    bool: "true or false",
    int: "integer",
    float: "number",
    dict: "object",
    list: "list",
    type(None): "null",
}


def observed_fields(values: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The fields of some objects in the order in which they first appear, with the JSON types that they have."""
    types: dict[str, dict[str, None]] = {}
    for value in values:
        for name, item in value.items():
            types.setdefault(name, {})[_WORDS[type(item)]] = None
    return {name: " or ".join(sorted(words, key=lambda word: (word == "null", word))) for name, words in types.items()}
