"""From a bundle's documents to a release, as a gate does it: decide, hold, review, judge again, release once."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from policies.approval_events import Edit, PolicyChanged, Requested, TimePassed, Transition
from policies.approval_steps import transition
from policies.approvals import Approval, Judged, Resolution
from policies.bundle import Bundle
from policies.conflicts import Conflict
from policies.decisions import Decision
from policies.reviewers import NO_RECORD, ReviewerRecord, after_act, load_of
from policies.reviews import act_of
from tests.policies.samples import derived, rules_bundle

HOUR_MS, NOW_MS = 3_600_000, 1_000_000_000
KEY = b"epoch-7"
ACTION: dict[str, Any] = {
    "action_id": "a1",
    "agent_id": "billing-7",
    "topic": "job.support.refund",
    "tool": "issue_refund",
    "arguments": {"order": 9, "amount": 420},
    "labels": {"requested_by": "tim"},
}
DOCUMENTS = """
rules: [{id: hold-refunds, match: {tools: [issue_refund], amount_usd_above: 100}, decision: require_approval,
         constraints: {max_amount_usd: 5000}},
        {id: small, match: {tools: [issue_refund]}, decision: allow}]
invariants: [{id: never, match: {amount_usd_above: 9000}, decision: deny}]
action_classes: [{class: financial, match: {tools: [issue_refund]}, reversible: true, customer_facing: false,
                  derive: {amount_usd: arguments.amount}}]
routing: {financial_actions: finance, default: ops}
approval_queue_policy: {max_open_requests_per_reviewer: 40, escalate_after_sec: 1200}
fatigue_controls: {cooldown_after_approvals: 2}
evidence_contract: {required_fields: [policy_snapshot, job_hash, approver_id, decision_ts]}
teams: {finance: {members: [ana, bo, tim], escalates_to: ops}, ops: {members: [cy]}}
reviewers: {ana: {roles: [reviewer]}, bo: {roles: [reviewer], agents: ["billing-*"]}, tim: {roles: [reviewer]},
            cy: {roles: [senior_reviewer]}}
"""


def _digest(action: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(action["arguments"], sort_keys=True).encode()).hexdigest()


class Gate:
    """One hold and one bundle, as a lane has them; everything it keeps goes through JSON, as in a restart."""

    def __init__(self, text: str = DOCUMENTS) -> None:
        self.bundle: Bundle = rules_bundle(text)
        self.action = ACTION
        self.stored: str | None = None
        self.records: dict[str, str] = {}
        self.now_ms = NOW_MS

    @property
    def hold(self) -> Approval | None:
        return None if self.stored is None else Approval.from_json(json.loads(self.stored))

    def judge(self, action: dict[str, Any]) -> Judged:
        verdict = self.bundle.decide(action, derived(3))
        return self.bundle.approvals.judge(verdict, hold_id="h1", default_wait_ms=HOUR_MS, review_key=KEY)

    def propose(self) -> Transition | Conflict:
        verdict = self.bundle.decide(self.action, derived(3))
        assert verdict.decision is Decision.REQUIRE_APPROVAL
        planner = self.bundle.approvals
        return self._apply(
            Requested(
                "h1",
                self.action["agent_id"],
                _digest(self.action),
                self.bundle.snapshot,
                self.judge(self.action),
                excluded=planner.excluded(verdict, agent_id=self.action["agent_id"], labels=self.action["labels"]),
            )
        )

    def activate(self, text: str, author: str = "pat") -> Transition | Conflict:
        self.bundle = rules_bundle(text)
        return self._apply(PolicyChanged(self.bundle.snapshot, self.judge(self.action), author))

    def review(self, name: str, verdict: str = "approve", **changes: Any) -> Transition | Conflict:
        hold = self.hold
        review = {
            "review_id": "r1", "verdict": verdict, "reviewer": {"id": name}, "digest": hold.digest if hold else "",
            "policy_snapshot": hold.snapshot if hold else "", "reason": "looked", "decided_at": "2030-01-01T00:00:00Z",
            **changes,
        }  # fmt: skip
        record = self._record(name)
        edit = None
        if verdict == "modify":
            edited = {**self.action, "arguments": review["arguments"]}
            edit = Edit(_digest(edited), self.judge(edited))
        load = load_of(record, self.bundle.approvals.queue, self.now_ms)
        act = act_of(review, self.bundle.approvals, edit=edit, load=load)
        assert act is not None
        result = self._apply(act)
        if isinstance(result, Transition):
            fatigue = self.bundle.approvals.fatigue
            after = after_act(record, act, result.approval, fatigue=fatigue, now_ms=self.now_ms)
            self.records[name] = json.dumps(after.to_json())
            if edit is not None:
                self.action = edited
        return result

    def _record(self, name: str) -> ReviewerRecord:
        return ReviewerRecord.from_json(json.loads(self.records[name])) if name in self.records else NO_RECORD

    def _apply(self, event: Any) -> Transition | Conflict:
        result = transition(self.hold, event, self.now_ms)
        if isinstance(result, Transition):
            self.stored = json.dumps(result.approval.to_json())
        return result

    def wait(self, ms: int) -> Transition | Conflict:
        self.now_ms += ms
        return self._apply(TimePassed(is_strict=False))


def _resolution(result: Transition | Conflict) -> Resolution | None:
    assert isinstance(result, Transition), result
    return result.resolution


def _open() -> Gate:
    gate = Gate()
    gate.propose()
    return gate


def test_a_refund_goes_to_finance_and_is_released_by_one_of_them() -> None:
    gate = _open()
    assert gate.hold is not None and gate.hold.plan.chain == ("finance", "ops")

    released = gate.review("ana")

    assert _resolution(released) is Resolution.APPROVED
    assert isinstance(released, Transition) and released.constraints == {"max_amount_usd": 5000}
    assert gate.review("ana") is Conflict.ALREADY_DECIDED


def test_who_owns_the_agent_who_asked_who_is_elsewhere_and_who_is_unknown_cannot() -> None:
    gate = _open()

    assert gate.review("bo") is Conflict.SELF_APPROVAL
    assert gate.review("tim") is Conflict.SELF_APPROVAL
    assert gate.review("cy") is Conflict.WRONG_TEAM
    assert gate.review("mallory", reviewer={"id": "mallory", "roles": ["admin"], "teams": ["finance"]}) is (
        Conflict.NOT_ELIGIBLE
    )
    assert gate.review("ana", decided_at=None) is Conflict.INCOMPLETE_EVIDENCE


def test_an_edit_is_judged_by_the_same_policy_and_approved_by_the_next_team() -> None:
    gate = _open()
    assert gate.review("ana", "modify", arguments={"order": 9, "amount": 9001}) is Conflict.EDIT_DENIED
    assert _resolution(gate.review("ana", "modify", arguments={"order": 9, "amount": 150})) is None
    assert gate.review("ana") is Conflict.EDITOR_VOTE

    gate.wait(1_200_000)

    assert _resolution(gate.review("cy")) is Resolution.MODIFIED
    assert gate.action["arguments"]["amount"] == 150


def test_a_policy_that_denies_it_now_ends_the_hold_and_another_text_of_the_same_keeps_it() -> None:
    kept, denied = _open(), _open()

    assert _resolution(kept.activate(DOCUMENTS + "description: the same in other words\n")) is None
    assert _resolution(kept.review("ana")) is Resolution.APPROVED
    assert _resolution(denied.activate(DOCUMENTS.replace("9000", "400"))) is Resolution.SUPERSEDED


def test_who_raised_the_limit_cannot_approve_what_it_now_lets_pass() -> None:
    gate = _open()

    gate.activate(DOCUMENTS.replace("max_amount_usd: 5000", "max_amount_usd: 8000"), author="ANA")

    assert gate.review("ana") is Conflict.OWN_LOOSENING
    assert gate.hold is not None and gate.hold.constraints == {"max_amount_usd": 5000}


def test_nobody_decides_and_it_climbs_and_expires() -> None:
    gate = _open()

    assert _resolution(gate.wait(1_200_000)) is None
    assert gate.hold is not None and gate.hold.team == "ops"
    assert gate.review("ana") is Conflict.WRONG_TEAM
    assert _resolution(gate.wait(HOUR_MS)) is Resolution.EXPIRED


def test_approvals_in_a_row_over_several_holds_ask_for_a_pause() -> None:
    gate = _open()
    gate.review("ana")
    for _ in range(2):
        gate.stored = None
        gate.propose()
        result = gate.review("ana")

    assert result is Conflict.IN_COOLDOWN
    assert _resolution(gate.wait(900_000)) is None
    assert _resolution(gate.review("ana")) is Resolution.APPROVED
