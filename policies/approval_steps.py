"""The one function that changes a held action: an event and the time in; the hold, facts or a conflict out.

Theory of operation. The table says what an event means in the present state. A person's act passes every check first.
Then one step makes the new hold. A step adds approvals, or takes what was approved back; it never makes a hold milder:
constraints merge to the tightest, classes and numbers of approvers only grow, and what changed without anybody's
approval can no longer be released by time.

# INVARIANT: a transition that releases has `plan.approvers` distinct approvals of the present digest, made after the
# last edit and after the last change of the verdict, or it is a timeout that the documents release.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, assert_never

from policies.approval_checks import conflict_of, constraints_after, is_as_tight, tightest
from policies.approval_documents import ApprovalClass, OnTimeout
from policies.approval_events import (
    Act,
    Answered,
    Event,
    Fact,
    FactKind,
    PolicyChanged,
    Rebalanced,
    Requested,
    TimePassed,
    Transition,
    Withdrawn,
)
from policies.approval_table import TABLE, Step
from policies.approvals import (
    CLAIM_MS,
    MAX_SNAPSHOTS,
    Approval,
    Claim,
    Ending,
    HoldPlan,
    HoldState,
    Judged,
    Question,
    Resolution,
    Vote,
    plain,
)
from policies.conflicts import Conflict
from policies.constraints import ConstraintConflictError
from policies.decisions import NO_CONSTRAINTS, Decision
from policies.people import Principal, is_among

_TIMEOUT_ORDER: Final = tuple(OnTimeout)


def transition(approval: Approval | None, event: Event, now_ms: int) -> Transition | Conflict:
    """What the event makes of the hold, or why it changes nothing; None is a hold that does not exist."""
    if approval is None:
        return _open(event, now_ms) if isinstance(event, Requested) else Conflict.UNKNOWN_HOLD
    if isinstance(event, Act):
        return _act(approval, event, now_ms)
    entry = TABLE[approval.state][event.kind]
    if isinstance(entry, Conflict):
        return entry
    if entry is Step.NOTHING:
        return Transition(approval)
    match event:
        case Requested():
            return Transition(approval) if event.digest == approval.digest else Conflict.ID_CONFLICT
        case Answered():
            return _answer(approval, event, now_ms)
        case Rebalanced():
            return _rebalance(approval, event, now_ms)
        case Withdrawn():
            return _withdraw(approval, event, now_ms)
        case TimePassed():
            return _tick(approval, now_ms, is_strict=event.is_strict)
        case PolicyChanged():
            return _judge(approval, event, now_ms)
        case _:
            assert_never(event)


def _act(approval: Approval, act: Act, now_ms: int) -> Transition | Conflict:
    """What a person's act does, after what had come due before it: a late timer gives nobody more time or rights."""
    due = _tick(approval, now_ms, is_strict=True) if approval.state.is_open else Transition(approval)
    current = due.approval if due.approval.state.is_open else approval
    conflict = conflict_of(current, act, now_ms)
    if conflict is not None or act.by is None:
        return conflict or Conflict.NOT_ELIGIBLE
    entry = TABLE[current.state][act.kind]
    result = entry if isinstance(entry, Conflict) else _ACTS[entry](current, act, act.by, now_ms)
    return result if isinstance(result, Conflict) else replace(result, facts=(*due.facts, *result.facts))


def _withdraw(approval: Approval, event: Withdrawn, now_ms: int) -> Transition | Conflict:
    if event.agent_id != approval.agent_id:
        return Conflict.NOT_ELIGIBLE
    return _ended(approval, Resolution.WITHDRAWN, now_ms)


def _verdict_digest(judged: Judged) -> str:
    """What tells two verdicts on one action apart, as far as approving it is concerned."""
    plan = judged.plan
    parts = [judged.decision, plain(judged.constraints), plan.approval_class, plan.approvers]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _open(event: Requested, now_ms: int) -> Transition:
    judged, plan = event.judged, event.judged.plan
    due_ms = now_ms + plan.after_ms
    has_next = len(plan.chain) > 1 and plan.escalate_after_ms is not None
    approval = Approval(
        hold_id=event.hold_id,
        agent_id=event.agent_id,
        tenant_id=event.tenant_id,
        digest=event.digest,
        snapshots=(event.snapshot,),
        decision=judged.decision,
        constraints=judged.constraints,
        amount_usd=judged.amount_usd,
        reversible=judged.reversible,
        plan=plan,
        judged_as=_verdict_digest(judged),
        team=next(iter(plan.chain), None),
        opened_ms=now_ms,
        due_ms=due_ms if event.ends_ms is None else min(due_ms, event.ends_ms),
        escalate_ms=now_ms + (plan.escalate_after_ms or 0) if has_next else None,
        ends_ms=event.ends_ms,
        excluded=event.excluded,
    )
    details = {
        "team": approval.team,
        "approval_class": plan.approval_class.value,
        "approvers": plan.approvers,
        "due_ms": approval.due_ms,
    }
    return Transition(approval, (Fact(FactKind.REQUESTED, now_ms, details),))


def _ended(
    approval: Approval,
    resolution: Resolution,
    now_ms: int,
    *,
    reviewers: tuple[str, ...] = (),
    before: tuple[Fact, ...] = (),
    constraints: Mapping[str, object] = NO_CONSTRAINTS,
) -> Transition:
    ended = approval.with_changes(
        state=resolution.state, ending=Ending(resolution, now_ms, reviewers), claim=None, escalate_ms=None
    )
    details: dict[str, object] = {
        "resolution": resolution.value,
        "reviewers": list(reviewers),
        "team": approval.team,
        "tier": approval.tier,
        "waited_ms": now_ms - approval.opened_ms,
    }
    facts = (*before, Fact(FactKind.RESOLVED, now_ms, details))
    if resolution.is_release and resolution.is_by_people and approval.plan.has_second_review:
        facts = (*facts, Fact(FactKind.SECOND_REVIEW_DUE, now_ms, {"excluded": sorted({*reviewers, *ended.editors})}))
    return Transition(ended, facts, resolution, constraints)


def _claim(approval: Approval, act: Act, by: Principal, now_ms: int) -> Transition:
    claimed = approval.with_changes(claim=Claim(by.id, now_ms + CLAIM_MS), is_seen=True)
    details = {"reviewer": by.id, "until_ms": now_ms + CLAIM_MS}
    return Transition(claimed, (Fact(FactKind.CLAIMED, now_ms, details),))


def _vote(approval: Approval, act: Act, by: Principal, now_ms: int) -> Transition:
    vote = Vote(by.id, act.review_id, now_ms, act.constraints)
    voted = approval.with_changes(votes=(*approval.votes, vote), is_seen=True)
    details = {
        "reviewer": by.id,
        "review_id": act.review_id,
        "votes": len(voted.votes),
        "approvers": approval.plan.approvers,
        "constraints": plain(act.constraints),
        "is_evidence_complete": all(act.evidence.get(name) for name in approval.plan.evidence),
    }
    fact = Fact(FactKind.VOTED, now_ms, details)
    if len(voted.votes) < approval.plan.approvers:
        return Transition(voted, (fact,))
    resolution = Resolution.APPROVED
    if voted.editors:
        resolution = Resolution.MODIFIED
    elif any(entry.constraints for entry in voted.votes):
        resolution = Resolution.APPROVED_WITH_CONSTRAINTS
    reviewers = tuple(entry.reviewer for entry in voted.votes)
    return _ended(voted, resolution, now_ms, reviewers=reviewers, before=(fact,), constraints=constraints_after(voted))


def _edit(approval: Approval, act: Act, by: Principal, now_ms: int) -> Transition | Conflict:
    if act.edit is None:
        return Conflict.EDIT_UNCHANGED
    judged = act.edit.judged
    editors = (*(name for name in approval.editors if not is_among(name, (by.id,))), by.id)
    edited = approval.with_changes(
        digest=act.edit.digest,
        constraints=tightest((approval.constraints, judged.constraints)),
        amount_usd=judged.amount_usd,
        reversible=judged.reversible if approval.reversible is True else approval.reversible,
        plan=_stricter(approval.plan, judged.plan),
        decision=judged.decision,
        judged_as=_verdict_digest(judged),
        snapshots=(approval.snapshot,),
        votes=(),
        editors=editors,
        is_seen=True,
        may_release=False,
    )
    details = {
        "reviewer": by.id,
        "review_id": act.review_id,
        "digest_before": approval.digest,
        "digest": edited.digest,
        "votes_dropped": len(approval.votes),
    }
    return Transition(edited, (Fact(FactKind.MODIFIED, now_ms, details),))


def _stricter(plan: HoldPlan, other: HoldPlan) -> HoldPlan:
    """The plan with the stricter class, number and timeout of both; deadlines and teams stay as they were fixed."""
    return replace(
        plan,
        approval_class=max(plan.approval_class, other.approval_class, key=lambda entry: entry.strictness),
        approvers=max(plan.approvers, other.approvers),
        on_timeout=max(plan.on_timeout, other.on_timeout, key=_TIMEOUT_ORDER.index),
    )


def _reject(approval: Approval, act: Act, by: Principal, now_ms: int) -> Transition:
    return _ended(approval, Resolution.DENIED, now_ms, reviewers=(by.id,))


def _ask(approval: Approval, act: Act, by: Principal, now_ms: int) -> Transition:
    question = Question(by.id, act.review_id, now_ms)
    asked = approval.with_changes(state=HoldState.ASKED, question=question, is_seen=True)
    details = {"reviewer": by.id, "review_id": act.review_id}
    return Transition(asked, (Fact(FactKind.ASKED, now_ms, details),))


def _answer(approval: Approval, event: Answered, now_ms: int) -> Transition:
    answered = approval.with_changes(state=HoldState.HELD, question=None)
    asked_by = approval.question.reviewer if approval.question else None
    return Transition(answered, (Fact(FactKind.ANSWERED, now_ms, {"by": event.by, "asked_by": asked_by}),))


def _climb(approval: Approval, *, from_ms: int, now_ms: int, cause: str, by: str | None = None) -> Transition:
    """To the next team of the chain, which must be there; its escalation counts from `from_ms`."""
    after_ms = approval.plan.escalate_after_ms
    tier = approval.tier + 1
    has_next = tier + 1 < len(approval.plan.chain) and after_ms is not None
    climbed = approval.with_changes(
        tier=tier,
        team=approval.plan.chain[tier],
        claim=None,
        escalate_ms=from_ms + (after_ms or 0) if has_next else None,
    )
    details = {"from_team": approval.team, "to_team": climbed.team, "tier": tier, "cause": cause, "by": by}
    return Transition(climbed, (Fact(FactKind.ESCALATED, now_ms, details),))


def _escalate(approval: Approval, act: Act, by: Principal, now_ms: int) -> Transition:
    return _climb(approval, from_ms=now_ms, now_ms=now_ms, cause="reviewer", by=by.id)


def _moved(approval: Approval, to_team: str, now_ms: int, *, cause: str, by: str | None) -> Transition:
    moved = approval.with_changes(team=to_team, claim=None)
    details = {"from_team": approval.team, "to_team": to_team, "cause": cause, "by": by}
    return Transition(moved, (Fact(FactKind.REASSIGNED, now_ms, details),))


def _reassign(approval: Approval, act: Act, by: Principal, now_ms: int) -> Transition | Conflict:
    if act.to_team is None:
        return Conflict.UNKNOWN_TEAM
    return _moved(approval, act.to_team, now_ms, cause="reviewer", by=by.id)


def _rebalance(approval: Approval, event: Rebalanced, now_ms: int) -> Transition:
    if approval.is_seen or approval.team == event.to_team:
        # Somebody is at it: moving it away now would only make it wait longer.
        return Transition(approval)
    return _moved(approval, event.to_team, now_ms, cause="rebalance", by=None)


def _tick(approval: Approval, now_ms: int, *, is_strict: bool) -> Transition:
    """Everything that came due by now, in the order in which it came due; after a standstill that can be several."""
    current = approval
    facts: tuple[Fact, ...] = ()
    while (at_ms := current.next_due_ms) is not None and at_ms <= now_ms:
        if current.due_ms > at_ms:
            climbed = _climb(current, from_ms=at_ms, now_ms=now_ms, cause="waiting")
            current, facts = climbed.approval, (*facts, *climbed.facts)
            continue
        if current.climbs_at_deadline:
            climbed = _climb(current, from_ms=at_ms, now_ms=now_ms, cause="deadline")
            due_ms = at_ms + current.plan.after_ms
            due_ms = due_ms if current.ends_ms is None else min(due_ms, current.ends_ms)
            current, facts = climbed.approval.with_changes(due_ms=due_ms), (*facts, *climbed.facts)
            continue
        if _is_released_by_time(current, now_ms, is_strict=is_strict):
            travelling = constraints_after(current)
            return _ended(current, Resolution.RELEASED_BY_TIMEOUT, now_ms, before=facts, constraints=travelling)
        return _ended(current, Resolution.EXPIRED, now_ms, before=facts)
    return Transition(current, facts)


def _is_released_by_time(approval: Approval, now_ms: int, *, is_strict: bool) -> bool:
    return (
        not is_strict
        and approval.may_release
        and approval.plan.on_timeout is OnTimeout.RELEASE
        and approval.plan.approval_class is ApprovalClass.AUTO
        and approval.reversible is True
        and approval.state is HoldState.HELD
        and (approval.ends_ms is None or now_ms < approval.ends_ms)
    )


def _judge(approval: Approval, event: PolicyChanged, now_ms: int) -> Transition:
    """What another policy in force makes of the hold: denied now, the same, or to be approved anew."""
    judged = event.judged
    if judged.decision is Decision.DENY:
        # Also under the same snapshot: what the verdict rests on may have changed, such as the run of a workflow.
        return _ended(approval, Resolution.SUPERSEDED, now_ms)
    if event.snapshot == approval.snapshot:
        return Transition(approval)
    digest = _verdict_digest(judged)
    if digest == approval.judged_as:
        snapshots = (*(old for old in approval.snapshots if old != event.snapshot), event.snapshot)[-MAX_SNAPSHOTS:]
        return Transition(
            approval.with_changes(snapshots=snapshots),
            (Fact(FactKind.REBOUND, now_ms, {"snapshot": event.snapshot}),),
        )
    try:
        constraints = tightest((approval.constraints, judged.constraints))
    except ConstraintConflictError:
        return _ended(approval, Resolution.SUPERSEDED, now_ms)
    is_looser = _is_looser(approval, judged)
    loosened_by = approval.loosened_by
    if is_looser and event.author is not None and not is_among(event.author, loosened_by):
        loosened_by = (*loosened_by, event.author)
    changed = approval.with_changes(
        snapshots=(event.snapshot,),
        decision=judged.decision,
        judged_as=digest,
        constraints=constraints,
        amount_usd=judged.amount_usd,
        reversible=judged.reversible if approval.reversible is True else approval.reversible,
        plan=_stricter(approval.plan, judged.plan),
        votes=(),
        loosened_by=loosened_by,
        may_release=False,
    )
    details = {"snapshot": event.snapshot, "votes_dropped": len(approval.votes), "is_looser": is_looser}
    return Transition(changed, (Fact(FactKind.VOTES_RESET, now_ms, details),))


def _is_looser(approval: Approval, judged: Judged) -> bool:
    """Whether the new verdict asks for less than the hold does: then its author has an interest in it."""
    return (
        judged.decision.strictness < approval.decision.strictness
        or judged.plan.approval_class.strictness < approval.plan.approval_class.strictness
        or judged.plan.approvers < approval.plan.approvers
        or not is_as_tight(judged.constraints, approval.constraints)
        or any(name not in judged.constraints for name in approval.constraints)
    )


_ACTS: Final[Mapping[Step, Callable[[Approval, Act, Principal, int], Transition | Conflict]]] = {
    Step.CLAIM: _claim,
    Step.VOTE: _vote,
    Step.EDIT: _edit,
    Step.REJECT: _reject,
    Step.ASK: _ask,
    Step.CLIMB: _escalate,
    Step.MOVE: _reassign,
}
