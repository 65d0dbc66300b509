"""A policy with people in it, and a lane under it: two teams, classes, limits, deadlines and who may do what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from policies.bundle import Bundle, load_bundle
from policies.kill import KillSwitch
from streams.effects import Step
from streams.gate import Gate
from streams.review_signing import ReviewKeys
from streams.terms import Limits
from streams.topics import APPROVALS_REQUESTED, AUDIT
from tests.streams.samples import HOLD_MS, OneLane, action, gate_of, review, topics_of, values

MINUTE_MS = 60_000
RULES = """
rules:
  - {id: refunds, match: {tools: [pay], topics: [job.support.refund]}, decision: require_approval,
     constraints: {max_amount_usd: 5000}}
  - {id: notes, match: {topics: [job.note.*]}, decision: require_approval, approval: auto}
  - {id: wires, match: {topics: [job.wire.*]}, decision: require_approval, approval: explicit}
  - {id: rest, match: {topics: ["job.*"]}, decision: allow}
"""
INVARIANTS = "invariants: [{id: never, match: {amount_usd_above: 9000}, decision: deny, reason: too much}]\n"
PEOPLE = """
action_classes:
  - {class: financial, match: {topics: [job.support.refund]}, reversible: true, customer_facing: false,
     derive: {amount_usd: arguments.amount}}
  - {class: notes, match: {topics: ["job.note.*"]}, reversible: true, customer_facing: false,
     derive: {amount_usd: arguments.amount}}
  - {class: wires, match: {topics: ["job.wire.*"]}, reversible: false, derive: {amount_usd: arguments.amount}}
approval_classes:
  - {match: {topics: [job.support.refund]}, class: queue}
  - {match: {amount_usd_above: 1000}, class: queue, approvers: 2}
approval_timeouts:
  low: {after_sec: 600, on_timeout: release}
routing: {financial_actions: finance, default: ops}
approval_queue_policy: {max_open_requests_per_reviewer: 2, escalate_after_sec: 1200}
fatigue_controls: {cooldown_after_approvals: 3}
evidence_contract: {required_fields: [policy_snapshot, job_hash, approver_id, decision_ts]}
teams:
  finance: {members: [ana, bo, eve, tim, aud, ten], escalates_to: ops}
  ops: {members: [cy, max]}
reviewers:
  ana: {roles: [reviewer]}
  eve: {roles: [reviewer]}
  bo: {roles: [reviewer], agents: ["agent-1"]}
  tim: {roles: [reviewer]}
  aud: {roles: [reviewer, auditor]}
  ten: {roles: [reviewer], tenants: [t-1]}
  cy: {roles: [senior_reviewer]}
  max: {roles: [admin]}
"""
DOCUMENTS = {"rules.yaml": RULES, "invariants.yaml": INVARIANTS, "people.yaml": PEOPLE}


def bundle_with(**changes: tuple[str, str]) -> Bundle:
    """The bundle with some text of its documents replaced, by the name of the document: (old, new)."""
    texts = dict(DOCUMENTS)
    for name, (old, new) in changes.items():
        assert old in texts[f"{name}.yaml"]
        texts[f"{name}.yaml"] = texts[f"{name}.yaml"].replace(old, new)
    return load_bundle(texts)


# Finance shares with ops, and nothing else happens by time within the hour.
_SHARING = {
    "fatigue_controls: {cooldown_after_approvals: 3}": "fatigue_controls: {auto_rebalance: true}",
    "max_open_requests_per_reviewer: 2, escalate_after_sec: 1200": "target_median_wait_sec: 900",
    "escalates_to: ops": "shares_with: [ops]",
}


def sharing(*, most_usd: int = 9000) -> Bundle:
    """The bundle whose finance team shares with ops when it is over its target."""
    people = PEOPLE
    for old, new in _SHARING.items():
        assert old in people
        people = people.replace(old, new)
    return bundle_with(people=(PEOPLE, people), invariants=("_above: 9000", f"_above: {most_usd}"))


class Desk:
    """A lane under the policy, its latest requests by hold, and people who review."""

    def __init__(self, bundle: Bundle | None = None, *, keys: ReviewKeys | None = None, strict: bool = False) -> None:
        limits = Limits(hold_timeout_ms=HOLD_MS, is_strict=strict)
        self.lane = OneLane(gate_of(bundle or bundle_with(), limits=limits))
        self.change(review_keys=keys)
        self._reviews = 0

    def change(self, **terms: Any) -> None:
        """Put other terms in force."""
        self.lane.gate = Gate(replace(self.lane.gate.terms, **terms))

    def activate(self, bundle: Bundle, *, by: str = "pat") -> None:
        """Put another policy in force."""
        self.change(bundle=bundle, activated_by=by)

    def kill(self, switch: KillSwitch) -> None:
        """Set the kill switch."""
        self.change(kill=switch)

    def hold(self, action_id: str = "a1", *, amount: int = 420, topic: str = "job.support.refund", **more: Any) -> str:
        """Propose what is held; gives the hold's id."""
        arguments = {"order": action_id, "amount": amount}
        step = self.lane.give(action(action_id, topic, tool="pay", arguments=arguments, **more))
        (request,) = values(step.effects, APPROVALS_REQUESTED.name)
        return str(request["hold_id"])

    def request(self, hold_id: str) -> dict[str, Any]:
        """The latest request about a hold."""
        asked = self.lane.values(APPROVALS_REQUESTED.name)
        return [entry for entry in asked if entry.get("hold_id") == hold_id][-1]

    def fields(self, hold_id: str, name: str, verdict: str = "approve", **more: Any) -> dict[str, Any]:
        """A review as it goes out."""
        self._reviews += 1
        made = {"reviewer": {"id": name}, "decided_at": "2027-01-15T08:00:05Z", "review_id": f"r{self._reviews}"}
        return review(self.request(hold_id), verdict, **{**made, **more})

    def review(self, hold_id: str, name: str, verdict: str = "approve", **more: Any) -> Step:
        """Somebody's review of a hold as it was last asked for."""
        return self.lane.give(self.fields(hold_id, name, verdict, **more))

    def refusal(self, hold_id: str, name: str, verdict: str = "approve", **more: Any) -> str:
        """The conflict that a review meets; nothing may change by it."""
        return self.refused(self.fields(hold_id, name, verdict, **more))

    def refused(self, fields: dict[str, Any]) -> str:
        """The conflict that a review meets; nothing may change by it."""
        state = self.lane.state
        before = dict(state.holds), dict(state.reviewers)
        step = self.lane.give(fields)
        assert topics_of(step) == [AUDIT.name]
        assert (state.holds, state.reviewers) == before
        record = audited(step)
        assert record["kind"] == "review_conflict"
        assert ("review_conflict", record["code"]) in step.facts
        return str(record["code"])

    def wait(self, ms: int) -> list[Step]:
        """Let time pass, and do what is due."""
        self.lane.now_ms += ms
        return self.lane.expire()


def audited(step: Step) -> dict[str, Any]:
    """The one audit record of a step."""
    (record,) = values(step.effects, AUDIT.name)
    return record


def kinds_of(record: dict[str, Any]) -> Sequence[str]:
    """The kinds of the facts of an audit record."""
    return [fact["kind"] for fact in record["facts"]]
