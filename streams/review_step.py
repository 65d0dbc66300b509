"""One review: what a person does about a held action, or a typed conflict that changes nothing.

The order of checks is that of `policies.conflicts.Conflict`. The review's record in the audit holds all that it led to:
what had come due before it, what another policy made of the hold, and what the act itself did.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from policies.approval_checks import final_due_ms
from policies.approval_documents import Role
from policies.approval_events import APPROVING, Act, Answered, Edit, Transition
from policies.approval_steps import transition
from policies.approvals import Approval
from policies.conflicts import Conflict
from policies.people import identity, is_among
from policies.reviewers import after_act, load_of
from policies.reviews import act_of
from streams.agent_step import review_agent
from streams.codec import action_digest
from streams.effects import Step
from streams.events import ReviewVerdict, TargetKind
from streams.held import Hold
from streams.hold_step import BY_POLICY, carry_out, joined, judge_again, rebind
from streams.intake import Event
from streams.memory import VerdictCode, id_hash
from streams.promotion_step import review_promotion
from streams.quarantine_step import review_output
from streams.review_parts import principal_of, refuse, seen
from streams.sample_step import review_sample
from streams.second_review_step import review_again
from streams.stops import STOP_CONFLICTS, stop_of
from streams.terms import Terms

# Hold ids are remembered for as long as verdicts are, so that a late review gets a precise answer.
_CLOSED: Final = {VerdictCode.EXPIRED: Conflict.EXPIRED, VerdictCode.RELEASED_BY_TIMEOUT: Conflict.CONSUMED}
# What a reviewer has to read before deciding, for whoever asks whether there was time to.
_SHOWN: Final = ("topic", "tool", "arguments", "reasoning", "context")
_ANSWERING: Final = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})


def step_review(terms: Terms, step: Step, event: Event) -> None:
    """Apply the review to what it names. The first valid review by offset wins."""
    state, review = step.state, event.fields
    problem = None if terms.review_keys is None else terms.review_keys.problem(review, step.now_ms)
    if problem is not None:
        # Nothing of it is remembered, so that nobody can use up a person's review ids without that person's key.
        refuse(step, review, Conflict.NOT_SIGNED, problem=problem.value)
        return
    # Review ids belong to their reviewer, so that nobody can use up another one's.
    review_key = id_hash("review", review["reviewer"]["id"], review["review_id"])
    given = state.verdicts.get(review_key)
    if given is not None:
        kind = "duplicate" if given.digest == event.digest else "conflict"
        step.audit(kind, "review", {"of": "review", "id": review["review_id"], "verdict": given.code.name.lower()})
        step.count(kind, "review")
        return
    state.verdicts.put(review_key, digest=event.digest, code=VerdictCode.REVIEW_TAKEN, at_ms=step.now_ms)
    if review["target"]["kind"] == TargetKind.ACTION:
        _review_action(terms, step, review)
    elif review["target"]["kind"] == TargetKind.PROMOTION:
        review_promotion(terms, step, review)
    elif review["target"]["kind"] == TargetKind.SECOND_REVIEW:
        review_again(terms, step, review)
    elif review["target"]["kind"] == TargetKind.OUTPUT:
        review_output(terms, step, review)
    elif review["target"]["kind"] == TargetKind.SAMPLE:
        review_sample(terms, step, review)
    elif review["target"]["kind"] == TargetKind.AGENT:
        review_agent(terms, step, review)
    else:
        refuse(step, review, Conflict.UNSUPPORTED_TARGET)


def _review_action(terms: Terms, step: Step, review: dict[str, Any]) -> None:
    hold = step.state.holds.get(review["target"]["id"])
    if hold is None:
        refuse(step, review, _closed(terms, step, review))
    else:
        _review_hold(terms, step, review, hold)


def _closed(terms: Terms, step: Step, review: dict[str, Any]) -> Conflict:
    """What a review of a hold that is no longer open, or never was, is told."""
    given = step.state.verdicts.get(id_hash("hold", "", review["target"]["id"]))
    if given is None:
        return Conflict.UNKNOWN_HOLD
    by = principal_of(terms, review)
    if by is None:
        return Conflict.NOT_ELIGIBLE
    if by.tenants:
        # Whose action it was is forgotten with the hold, and who may not know of it must learn nothing.
        return Conflict.UNKNOWN_HOLD
    return _CLOSED.get(given.code, Conflict.ALREADY_DECIDED)


def _review_hold(terms: Terms, step: Step, review: dict[str, Any], hold: Hold) -> None:
    result, verdict = rebind(terms, step, hold)
    who = {"agent_id": hold.agent_id, "action_id": hold.action["action_id"]}
    if result.resolution is not None:
        # Policy ended the hold before the review: both stand on the review's one record.
        ended = carry_out(terms, step, hold, result, decided_by=BY_POLICY, verdict=verdict)
        _, answer = _acted(terms, step, review, hold, result.approval)
        code = answer.value if isinstance(answer, Conflict) else Conflict.ALREADY_DECIDED.value
        step.audit("review", hold.agent_id, {**who, **seen(review), **ended, "code": code})
        step.count("review_conflict", code)
        return
    act, answer = _acted(terms, step, review, hold, result.approval)
    if isinstance(answer, Conflict):
        if result.facts:
            refuse(step, review, answer, key=hold.agent_id, **_rebound(terms, step, hold, result))
        else:
            refuse(step, review, answer, key=hold.agent_id)
        return
    decided_by = {
        "kind": "reviewer",
        "reviewers": list(answer.approval.ending.reviewers) if answer.approval.ending else [],
        "review_id": review["review_id"],
    }
    edited = _edited(hold, review) if answer.approval.digest != hold.digest else None
    body = carry_out(terms, step, hold, joined(result, answer), decided_by=decided_by, action=edited)
    if isinstance(act, Act):
        _note_act(terms, step, review, act, answer.approval)
    if answer.resolution is not None:
        body |= _shown(review, edited or hold.action)
    step.audit("review", hold.agent_id, {**who, **seen(review), **body})
    step.count("review", review["verdict"])


def _rebound(terms: Terms, step: Step, hold: Hold, result: Transition) -> dict[str, Any]:
    """Keep what another policy made of a hold whose review changed nothing."""
    return carry_out(terms, step, hold, result, decided_by=BY_POLICY)


def _acted(
    terms: Terms, step: Step, review: dict[str, Any], hold: Hold, approval: Approval
) -> tuple[Act | Answered | None, Transition | Conflict]:
    """The act that the review is, and what it makes of the hold."""
    if review["verdict"] == ReviewVerdict.ANSWER:
        return _answered(terms, step, review, approval)
    edit = None
    if review["verdict"] == ReviewVerdict.MODIFY and review.get("arguments") is not None:
        edited = _edited(hold, review)
        edit = Edit(action_digest(edited), judge_again(terms, hold, edited)[1])
    planner = terms.bundle.approvals
    record = step.state.reviewer(identity(review["reviewer"]["id"]))
    act = act_of(review, planner, edit=edit, load=load_of(record, planner.queue, step.now_ms))
    if act is None:
        return None, Conflict.UNSUPPORTED_TARGET
    answer = transition(approval, act, step.now_ms)
    if isinstance(answer, Transition) and act.kind in APPROVING:
        stopped = stop_of(terms, step.state, hold.action, terms.bundle.resolver)
        answer = answer if stopped is None else STOP_CONFLICTS[stopped]
    return act, answer


def _edited(hold: Hold, review: dict[str, Any]) -> dict[str, Any]:
    return {**hold.action, "arguments": review["arguments"]}


def _answered(
    terms: Terms, step: Step, review: dict[str, Any], approval: Approval
) -> tuple[Answered | None, Transition | Conflict]:
    """An answer to a question: from the agent's people, or from reviewers who learned it elsewhere."""
    by = principal_of(terms, review)
    if by is None:
        return None, Conflict.NOT_ELIGIBLE
    if not by.sees(approval.tenant_id):
        return None, Conflict.UNKNOWN_HOLD
    is_concerned = by.owns(approval.agent_id) or is_among(by.id, approval.excluded)
    if Role.AUDITOR in by.roles or not (is_concerned or by.has_any(_ANSWERING)):
        return None, Conflict.NOT_ELIGIBLE
    if approval.state.is_open and final_due_ms(approval) <= step.now_ms:
        return None, Conflict.EXPIRED
    event = Answered(by.id)
    answer = transition(approval, event, step.now_ms)
    if isinstance(answer, Transition) and not str(review.get("reason") or "").strip():
        return None, Conflict.REASON_MISSING
    return event, answer


def _note_act(terms: Terms, step: Step, review: dict[str, Any], act: Act, approval: Approval) -> None:
    """Keep what the act means for the reviewer's own limits."""
    name = identity(review["reviewer"]["id"])
    fatigue = terms.bundle.approvals.fatigue
    record = after_act(step.state.reviewer(name), act, approval, fatigue=fatigue, now_ms=step.now_ms)
    step.state.put_reviewer(name, record)


def _shown(review: dict[str, Any], action: Mapping[str, Any]) -> dict[str, Any]:
    """When the reviewer was shown it and decided, by the reviewer's clock, and how much there was to read."""
    shown = {name: action[name] for name in _SHOWN if name in action}
    return {
        "rendered_at": review.get("rendered_at"),
        "decided_at": review.get("decided_at"),
        "shown_chars": len(orjson.dumps(shown).decode()),
    }
