"""What the tests of the gate share: policies, events, and one lane that keeps what its steps wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from hypothesis import HealthCheck, settings

from detectors import Family, Profile, Scanner
from policies.bundle import Bundle, load_bundle
from streams.effects import Emit, Step
from streams.gate import Gate
from streams.intake import Intake, Position, Reader
from streams.sealing import Sealer, carried_action, hold_context, sample_context, second_review_context
from streams.state import LaneState
from streams.terms import Limits, Terms
from streams.topics import ACTIONS_OUTCOMES, ACTIONS_PROPOSED, OUTPUTS_PRODUCED, REVIEWS

# No deadline and no complaint about slow draws: the machine may be busy, and nothing here is a matter of time.
MODEST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOW_MS = 1_800_000_000_000
HOUR_MS = 60 * 60 * 1000
HOLD_MS = 4 * HOUR_MS
MAX_EVENT_BYTES = 256 * 1024
SAMPLE_KEY = bytes(range(32))
PAYLOAD_KEY = bytes(range(32, 64))
# GitHub's own documented example of a token, in two parts so that no scanner of repositories takes it for a real one.
TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"

RULES = """
rules:
  - {id: no-deletes, match: {topics: ["job.*.delete"]}, decision: deny, reason: agents delete nothing,
     remediation: ask an operator}
  - {id: refunds, match: {topics: ["job.support.refund"]}, decision: require_approval, reason: money leaves}
  - {id: held-limited, match: {topics: ["job.limited.*"]}, decision: require_approval,
     constraints: {max_runtime_sec: 30}}
  - {id: deploys, match: {topics: ["job.deploy.*"]}, decision: allow_with_constraints,
     constraints: {max_runtime_sec: 60, network_allowlist: [api.example.com], extra: {deep: [1, 2.5]}}}
  - {id: storms, match: {topics: ["job.retry.*"], retry_count_above: 1}, decision: deny, reason: a retry storm}
  - {id: first, match: {topics: ["job.first.*"], first_time_action: true}, decision: require_approval}
  - {id: rest, match: {topics: ["job.*"]}, decision: allow}
"""
STRICT_RULES = """
rules:
  - {id: frozen, match: {topics: ["*"]}, decision: deny, reason: everything is stopped}
"""
OTHER_RULES = RULES.replace("money leaves", "money leaves the house")
# Two teams and as many people as one likes: without a directory, reviews say who they are.
PEOPLE = """
action_classes:
  - {class: refunds, match: {topics: [job.support.refund]}, reversible: true, customer_facing: false, approval: auto}
approval_classes:
  - {match: {topics: ["job.first.*"]}, class: queue, approvers: 2}
approval_timeouts:
  low: {after_sec: 7200, on_timeout: release}
  medium: {after_sec: 7200, on_timeout: escalate}
routing: {default: first}
approval_queue_policy: {max_open_requests_per_reviewer: 2, escalate_after_sec: 3600}
fatigue_controls: {cooldown_after_approvals: 3, cooldown_sec: 3600, sampled_second_review_rate: 0.5}
teams: {first: {members: [ann], escalates_to: second}, second: {members: [ann, bob]}}
"""
OUTPUT_RULES = """
output_rules:
  - {id: tokens, match: {findings: [GITHUB_TOKEN], audiences: [internal, customer]}, decision: redact, action: mask,
     reason: a token}
  - {id: keyed, match: {findings: [GITHUB_TOKEN], audiences: [partner]}, decision: redact, action: token}
  - {id: keys, match: {findings: [PRIVATE_KEY]}, decision: quarantine, reason: a private key}
  - {id: others, match: {findings: ["*"]}, decision: quarantine}
field_rules:
  - {id: margins, match: {fields: ["finance.margin"]}, decision: redact, reason: internal}
"""
AUDIT = """
audit:
  sampling: {rate: 0.5, strategy: uniform}
  routing: {default: ops-review}
"""


@lru_cache(maxsize=16)
def bundle_of(rules: str = RULES, *, outputs: str = OUTPUT_RULES, audit: str = "", people: str = "") -> Bundle:
    """A bundle of the given documents; one object per text."""
    texts = {"rules.yaml": rules, "outputs.yaml": outputs, "audit.yaml": audit, "people.yaml": people}
    return load_bundle({name: text for name, text in texts.items() if text})


# Credentials and internal data only, so that Presidio is never loaded.
SCANNER = Scanner(Profile(families=frozenset({Family.CREDENTIAL, Family.INTERNAL})))


def gate_of(
    bundle: Bundle | None = None,
    *,
    scanner: Scanner = SCANNER,
    limits: Limits | None = None,
    is_sealing: bool = True,
    token_key: bytes | None = None,
) -> Gate:
    """A gate under a bundle, the ordinary one unless told."""
    return Gate(
        Terms(
            bundle or bundle_of(),
            scanner,
            SAMPLE_KEY,
            limits or Limits(hold_timeout_ms=HOLD_MS),
            Sealer(PAYLOAD_KEY) if is_sealing else None,
            token_key,
        )
    )


def action(
    action_id: str = "a1", topic: str = "job.crm.read", *, agent: str = "agent-1", **more: Any
) -> dict[str, Any]:
    """A proposed action; a field given as None is left out."""
    base = {"action_id": action_id, "agent_id": agent, "topic": topic, "tool": "crm", "arguments": {"id": 7}}
    return {name: value for name, value in (base | more).items() if value is not None}


def output(
    output_id: str = "o1", content: Any = "all is well", *, agent: str = "agent-1", **more: Any
) -> dict[str, Any]:
    """An output; a field given as None is left out."""
    base = {
        "output_id": output_id,
        "job_id": "job-1",
        "agent_id": agent,
        "topic": "job.support.answer",
        "audience": "customer",
        "content": content,
    }
    return {name: value for name, value in (base | more).items() if value is not None}


def withdrawal(action_id: str = "a1", *, agent: str = "agent-1", **more: Any) -> dict[str, Any]:
    """An agent that takes its action back."""
    return {"kind": "withdrawal", "action_id": action_id, "agent_id": agent, **more}


def outcome(action_id: str = "a1", status: str = "success", *, agent: str = "agent-1") -> dict[str, Any]:
    """What an executor says about an action."""
    return {"action_id": action_id, "agent_id": agent, "status": status}


def review(request: dict[str, Any], verdict: str = "approve", *, review_id: str = "r1", **more: Any) -> dict[str, Any]:
    """A review that answers an approval request as it was shown."""
    return {
        "review_id": review_id,
        "target": {"kind": "action", "id": request["hold_id"]},
        "verdict": verdict,
        "reviewer": {"id": "ann", "roles": ["senior_reviewer"]},
        "digest": request["digest"],
        "policy_snapshot": request["policy_snapshot"],
        "reason": "I looked at it",
        **more,
    }


def opened(record: dict[str, Any]) -> dict[str, Any]:
    """The action in a request, second request or sample of a gate with the payload key."""
    if "sample_id" in record:
        context = sample_context(record["sample_id"])
    elif "second_review_id" in record:
        context = second_review_context(record["second_review_id"])
    else:
        context = hold_context(record["hold_id"], record["digest"])
    assert record["action"] is None
    action = carried_action(Sealer(PAYLOAD_KEY), record, context=context)
    assert action is not None
    return action


TOPIC_OF = {
    "action": ACTIONS_PROPOSED.name,
    "output": OUTPUTS_PRODUCED.name,
    "withdrawal": ACTIONS_PROPOSED.name,
    "outcome": ACTIONS_OUTCOMES.name,
    "review": REVIEWS.name,
}


def kind_of(fields: dict[str, Any]) -> str:
    """Which kind of event the fields are."""
    for name, kind in (("review_id", "review"), ("output_id", "output"), ("status", "outcome")):
        if name in fields:
            return kind
    return "action"


@dataclass(slots=True)
class OneLane:
    """A lane without Kafka: gives records to the gate, keeps effects, takes changes as a transaction would."""

    gate: Gate = field(default_factory=gate_of)
    state: LaneState = field(default_factory=lambda: LaneState(0))
    now_ms: int = NOW_MS
    partitions: int = 1
    offset: int = 0
    written: list[Emit] = field(default_factory=list)

    def read(self, value: bytes | None, *, topic: str, key: bytes | None = None, headers: Any = ()) -> Intake:
        """The record as the reader takes it in."""
        position = Position(topic, self.state.partition, self.offset)
        self.offset += 1
        return Reader(self.partitions, MAX_EVENT_BYTES).read(position, key=key, value=value, headers=headers)

    def give(self, fields: dict[str, Any], **record: Any) -> Step:
        """Step on one event."""
        return self.step(self.read(orjson.dumps(fields), topic=TOPIC_OF[kind_of(fields)], **record))

    def step(self, intake: Intake) -> Step:
        """Step on what the reader gave."""
        step = self.gate.step(self.state, intake, self.now_ms)
        self.written += step.effects
        return step

    def expire(self) -> list[Step]:
        """Resolve what is due."""
        steps = self.gate.expire(self.state, self.now_ms)
        for step in steps:
            self.written += step.effects
        return steps

    def values(self, topic: str) -> list[dict[str, Any]]:
        """Everything written to a topic so far, decoded."""
        return values(self.written, topic)


def values(effects: Sequence[Emit], topic: str) -> list[dict[str, Any]]:
    """The values written to a topic, decoded."""
    return [orjson.loads(effect.value or b"null") for effect in effects if effect.topic == topic]


def topics_of(step: Step) -> list[str]:
    """The topics that a step writes to, in order."""
    return [effect.topic for effect in step.effects]
