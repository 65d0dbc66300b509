"""Held actions between `policies.approval_steps` and the lane: opened, judged again, brought on by time, and ended.

The state machine says what a hold becomes; here that is kept, written out and counted. A hold ends in one place,
`carry_out`, and what is released there goes out with the constraints that the state machine gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from policies.approval_events import Fact, FactKind, PolicyChanged, Requested, TimePassed, Transition
from policies.approval_steps import transition
from policies.approvals import Approval, Judged, Resolution, plain
from policies.conduct import new_conduct
from policies.conflicts import Conflict
from policies.decisions import Decision, Verdict
from policies.reviewers import after_close
from policies.sampling import draw_timeout_release
from streams.conduct_step import Facts, facts_of, keep, note_release, note_taint
from streams.effects import Step, timestamp
from streams.events import EventType
from streams.held import Hold
from streams.intake import Event
from streams.judgement import Judgement, deadline_ms, derived_fields, derived_of
from streams.memory import VerdictCode, id_hash
from streams.reasons import GateReason
from streams.release import drawn, emit_cleared, emit_refused, emit_sample
from streams.sealing import carried, hold_context
from streams.second_review_step import ask_again
from streams.state import LaneState
from streams.stops import stop_of
from streams.summary import summary_of
from streams.terms import Terms
from streams.topics import APPROVALS_REQUESTED
from streams.workflow_step import judge_now, note_end

# Facts after which people have to look at the request again, or other people have to.
_ANNOUNCED: Final = frozenset(
    {FactKind.REQUESTED, FactKind.MODIFIED, FactKind.ESCALATED, FactKind.REASSIGNED, FactKind.VOTES_RESET}
)
# Facts after which a hold is no longer with those who claimed it.
_MOVED: Final = frozenset({FactKind.ESCALATED, FactKind.REASSIGNED, FactKind.RESOLVED})
_CODES: Final[Mapping[Resolution, VerdictCode]] = {
    Resolution.APPROVED: VerdictCode.APPROVED,
    Resolution.APPROVED_WITH_CONSTRAINTS: VerdictCode.APPROVED,
    Resolution.MODIFIED: VerdictCode.APPROVED,
    Resolution.DENIED: VerdictCode.REJECTED,
    Resolution.SUPERSEDED: VerdictCode.REJECTED,
    Resolution.WITHDRAWN: VerdictCode.REJECTED,
    Resolution.EXPIRED: VerdictCode.EXPIRED,
    Resolution.RELEASED_BY_TIMEOUT: VerdictCode.RELEASED_BY_TIMEOUT,
}
_REASONS: Final[Mapping[Resolution, str]] = {
    Resolution.APPROVED: "a reviewer approved it",
    Resolution.APPROVED_WITH_CONSTRAINTS: "a reviewer approved it with constraints",
    Resolution.MODIFIED: "a reviewer changed it, and another approved the change",
    Resolution.DENIED: "a reviewer denied it",
    Resolution.SUPERSEDED: "the policy in force now denies it",
    Resolution.WITHDRAWN: "the agent took it back",
    Resolution.EXPIRED: "nobody decided before the deadline",
    Resolution.RELEASED_BY_TIMEOUT: "nobody decided in time, and policy releases it then",
}
BY_DEADLINE: Final[Mapping[str, Any]] = {"kind": "deadline"}
BY_POLICY: Final[Mapping[str, Any]] = {"kind": "policy"}
_RELEASING: Final = (Decision.ALLOW, Decision.ALLOW_WITH_CONSTRAINTS)


class Rebound(NamedTuple):
    """A hold under the policy in force, and that policy's verdict if it had to be asked."""

    result: Transition
    verdict: Verdict | None


def hold_action(
    terms: Terms, step: Step, event: Event, *, judgement: Judgement, decision: dict[str, Any]
) -> Sequence[Fact]:
    """Hold an action that policy wants people to decide, and ask them."""
    planner, verdict, fields = terms.bundle.approvals, judgement.verdict, event.fields
    hold_id = decision["decision_id"]
    opened = transition(
        None,
        Requested(
            hold_id,
            event.agent_id,
            event.digest,
            terms.bundle.snapshot,
            _as_judged(terms, verdict, hold_id),
            tenant_id=fields.get("tenant_id"),
            ends_ms=deadline_ms(event),
            excluded=planner.excluded(verdict, agent_id=event.agent_id, labels=fields.get("labels")),
        ),
        step.now_ms,
    )
    if isinstance(opened, Conflict):
        raise TypeError("a request opens a hold that is not there")
    hold = Hold(
        hold_id=hold_id,
        agent_id=event.agent_id,
        action=fields,
        decision=decision,
        proposed_digest=event.digest,
        derived=derived_fields(judgement.derived),
        opened_ms=step.now_ms,
        approval=opened.approval.to_json(),
        summary=summary_of(fields, verdict, risk=opened.approval.plan.approval_class.risk),
        trace=None if event.trace is None else event.trace.decode("ascii", "replace"),
    )
    step.state.put_hold(hold)
    _emit_request(terms, step, hold, opened.approval, FactKind.REQUESTED)
    step.count("hold_opened")
    return opened.facts


def _as_judged(terms: Terms, verdict: Verdict, hold_id: str) -> Judged:
    """A verdict as the state machine takes it."""
    return terms.bundle.approvals.judge(
        verdict, hold_id=hold_id, default_wait_ms=terms.limits.hold_timeout_ms, review_key=terms.sample_key
    )


def judge_again(terms: Terms, hold: Hold, action: dict[str, Any]) -> tuple[Verdict, Judged]:
    """What the policy in force says about a held action as it is now, with what was known when it was held."""
    verdict = terms.bundle.decide(action, derived_of(hold.derived))
    if hold.decision["reason_code"] == GateReason.CIRCUIT_OPEN and verdict.decision in _RELEASING:
        # Policy never held it: the breaker did, and policy has nothing milder to say about that.
        verdict = verdict._replace(decision=Decision.REQUIRE_APPROVAL)
    return verdict, _as_judged(terms, verdict, hold.hold_id)


def rebind(terms: Terms, step: Step, hold: Hold) -> Rebound:
    """The hold as the policy in force sees it; whoever acts on a hold begins here, so each policy is asked once.

    A step of a workflow is asked about each time: what comes before it may have failed while the action was held.
    """
    approval = Approval.from_json(hold.approval)
    denial = judge_now(terms, step, hold, derived_of(hold.derived)) if terms.has_workflows else None
    if denial is not None:
        verdict, judged = denial, _as_judged(terms, denial, hold.hold_id)
    elif approval.snapshot == terms.bundle.snapshot:
        return Rebound(Transition(approval), None)
    else:
        verdict, judged = judge_again(terms, hold, hold.action)
    changed = transition(approval, PolicyChanged(terms.bundle.snapshot, judged, terms.activated_by), step.now_ms)
    if isinstance(changed, Conflict):
        raise TypeError("an open hold can be judged")
    return Rebound(changed, verdict)


def joined(first: Transition, second: Transition) -> Transition:
    """Two transitions in a row as one."""
    return replace(second, facts=(*first.facts, *second.facts))


def step_due(terms: Terms, state: LaneState, hold: Hold, now_ms: int) -> Step:
    """What time makes of a hold: the next team gets it, it is refused, or it is released where policy says so."""
    step = Step(state, now_ms, None, trace_of(hold))
    result, verdict = rebind(terms, step, hold)
    decided_by = BY_POLICY
    if result.resolution is None:
        stopped = stop_of(terms, state, hold.action, terms.bundle.resolver)
        is_strict = terms.limits.is_strict or stopped is not None
        ticked = transition(result.approval, TimePassed(is_strict=is_strict), now_ms)
        if isinstance(ticked, Conflict):
            raise TypeError("time passes for an open hold")
        result, decided_by = joined(result, ticked), BY_DEADLINE
    body = {"agent_id": hold.agent_id, "action_id": hold.action["action_id"], "hold_id": hold.hold_id}
    body |= carry_out(terms, step, hold, result, decided_by=decided_by, verdict=verdict)
    if result.resolution is None:
        step.audit("hold_escalated", hold.agent_id, body)
    elif result.resolution is Resolution.SUPERSEDED:
        step.audit("hold_superseded", hold.agent_id, body)
    elif result.resolution.is_release:
        step.audit("hold_released", hold.agent_id, body)
    else:
        step.audit("hold_expired", hold.agent_id, body)
    return step


def trace_of(hold: Hold) -> bytes | None:
    """The trace that what becomes of a hold belongs to."""
    return None if hold.trace is None else hold.trace.encode()


def carry_out(
    terms: Terms,
    step: Step,
    hold: Hold,
    result: Transition,
    *,
    decided_by: Mapping[str, Any],
    action: dict[str, Any] | None = None,
    verdict: Verdict | None = None,
) -> dict[str, Any]:
    """Keep the hold as a transition left it, or end it; gives what the audit says about that.

    `action` is the edited one after an edit, `verdict` that of the policy in force where it was asked.
    """
    kinds = [fact.kind for fact in result.facts]
    after = hold.with_approval(result.approval)
    if action is not None or after.snapshot != hold.snapshot:
        after = _described(terms, after, action or hold.action, result.approval)
    body: dict[str, Any] = {"facts": told(result.facts)}
    if not _MOVED.isdisjoint(kinds):
        _free_reviewers(step.state, hold.hold_id)
    if result.resolution is None:
        step.state.put_hold(after)
        announced = [kind for kind in kinds if kind in _ANNOUNCED]
        if announced:
            _emit_request(terms, step, after, result.approval, announced[-1])
        return body
    return body | _end(terms, step, after, result, result.resolution, decided_by=decided_by, verdict=verdict)


def _described(terms: Terms, hold: Hold, action: dict[str, Any], approval: Approval) -> Hold:
    """The hold with what may be known of its action as the policy in force sees it."""
    verdict, _ = judge_again(terms, hold, action)
    return hold.with_action(action, summary_of(action, verdict, risk=approval.plan.approval_class.risk))


def told(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """Facts as the audit keeps them; its own time is theirs."""
    return [{"kind": fact.kind.value, **{name: plain(value) for name, value in fact.details.items()}} for fact in facts]


def _end(
    terms: Terms,
    step: Step,
    hold: Hold,
    result: Transition,
    resolution: Resolution,
    *,
    decided_by: Mapping[str, Any],
    verdict: Verdict | None,
) -> dict[str, Any]:
    state = step.state
    state.close_hold(hold.hold_id)
    constraints = plain(result.constraints) if resolution.is_release else hold.decision["constraints"]
    decision = Decision.DENY
    if resolution.is_release:
        decision = Decision.ALLOW_WITH_CONSTRAINTS if constraints else Decision.ALLOW
    outcome = {
        **hold.decision,
        "decision": decision.value,
        "reason": _REASONS[resolution],
        "reason_code": resolution.reason_code,
        "constraints": constraints,
        "decided_at": timestamp(step.now_ms),
        "decided_by": dict(decided_by),
    }
    if resolution is Resolution.SUPERSEDED and verdict is not None:
        outcome |= {
            "rule_id": verdict.rule_id,
            "document": verdict.document,
            "policy_snapshot": terms.bundle.short,
            "remediation": verdict.remediation,
        }
    body: dict[str, Any] = {"resolution": resolution.value, "decision": outcome}
    if resolution.is_release:
        state.note_seen(hold.agent_id, hold.action.get("tool"), hold.action["topic"])
        if conduct := _note_release(terms, step, hold):
            body["conduct"] = facts_of(conduct)
        note_taint(terms, step, hold.action)
        emit_cleared(step, hold.action, outcome, decision_id=outcome["decision_id"])
        if resolution is Resolution.RELEASED_BY_TIMEOUT:
            body |= _audited(terms, step, hold, outcome)
        if any(fact.kind is FactKind.SECOND_REVIEW_DUE for fact in result.facts):
            ask_again(terms, step, hold, result.approval)
    else:
        emit_refused(step, outcome)
    for key in (id_hash("hold", "", hold.hold_id), id_hash("action", hold.agent_id, hold.action["action_id"])):
        state.verdicts.put(key, digest=hold.proposed_digest, code=_CODES[resolution], at_ms=step.now_ms)
    if terms.has_workflows:
        note_end(terms, step, hold, derived_of(hold.derived), resolution)
    step.count("hold_resolved", resolution.value)
    step.count("decision", "hold", decision.value)
    return body


def _audited(terms: Terms, step: Step, hold: Hold, outcome: dict[str, Any]) -> dict[str, Any]:
    """Give what nobody decided to those who audit, each time; gives what the audit record says of the draw."""
    verdict = terms.bundle.decide(hold.action, derived_of(hold.derived))
    sample = draw_timeout_release(terms.bundle, class_name=verdict.class_name, risk_tags=verdict.risk_tags)
    if sample is None:
        return {}
    emit_sample(
        step,
        sample,
        hold.action,
        decision=outcome,
        summary=hold.summary,
        sealer=terms.sealer,
        suffix="-timeout",
    )
    return {"sample": drawn(sample)}


def _free_reviewers(state: LaneState, hold_id: str) -> None:
    """Take the hold out of the claims of everybody; in the order of names, so that a replay writes the same."""
    for name in sorted(name for name, record in state.reviewers.items() if hold_id in record.claims):
        state.put_reviewer(name, after_close(state.reviewer(name), hold_id))


def _note_release(terms: Terms, step: Step, hold: Hold) -> Facts:
    """Note in the agent's conduct that its held action goes out."""
    if terms.conduct.is_idle:
        return ()
    conduct, facts = note_release(
        terms,
        step,
        step.state.agents.get(hold.agent_id) or new_conduct(hold.agent_id),
        terms.conduct.classes_of(hold.action, terms.bundle.resolver),
        action_key=id_hash("action", hold.agent_id, hold.action["action_id"]).hex(),
        model=hold.action.get("model"),
    )
    keep(terms, step, conduct, facts)
    return facts


def _emit_request(terms: Terms, step: Step, hold: Hold, approval: Approval, cause: FactKind) -> None:
    """Ask people; once when the action is held, and again whenever the question or whom it goes to changes."""
    is_first = cause is FactKind.REQUESTED
    proposed = {"digest": hold.proposed_digest, "by": approval.editors[-1]} if approval.editors else None
    step.emit(
        APPROVALS_REQUESTED.name,
        EventType.APPROVAL_REQUESTED,
        {
            "hold_id": hold.hold_id,
            "partition": step.state.partition,
            "cause": cause.value,
            "summary": hold.summary,
            **carried(terms.sealer, hold.action, context=hold_context(hold.hold_id, approval.digest)),
            "decision": hold.decision,
            "digest": approval.digest,
            "proposed": proposed,
            "policy_snapshot": approval.snapshot,
            "team": approval.team,
            "approval_class": approval.plan.approval_class.value,
            "approvers": approval.plan.approvers,
            "allows_batch": approval.allows_batch,
            "opened_at": timestamp(hold.opened_ms),
            "escalate_at": None if approval.next_team_ms is None else timestamp(approval.next_team_ms),
            "due_at": timestamp(approval.due_ms),
        },
        key=hold.agent_id,
        # The number of the step's own audit record, which comes next, tells later requests apart.
        event_id=hold.hold_id if is_first else f"{hold.hold_id}-{step.state.audit_seq + 1}",
    )
