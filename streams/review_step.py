"""One review: a person's decision about a held action, or a typed conflict that changes nothing."""

from __future__ import annotations

from typing import Any, Final

from policies.conduct import new_conduct
from policies.constraints import ConstraintConflictError, merge
from policies.decisions import Decision, Derived, Verdict
from streams.action_step import emit_cleared, emit_refused, remember, resolved
from streams.conduct_step import Facts, facts_of, keep, note_release, note_taint
from streams.effects import Step
from streams.events import ReviewVerdict, TargetKind
from streams.intake import Event
from streams.memory import VerdictCode, id_hash
from streams.reasons import GateReason, ReviewConflict
from streams.state import Hold
from streams.terms import Terms

# Hold ids are remembered for as long as verdicts are, so that a late review gets a precise answer.
_RESOLVED: Final = {VerdictCode.EXPIRED: ReviewConflict.EXPIRED}


def step_review(terms: Terms, step: Step, event: Event) -> None:
    """Apply the review to the hold it names. The first valid review by offset wins."""
    state, review = step.state, event.fields
    # Review ids belong to their reviewer, so that nobody can use up another one's.
    review_key = id_hash("review", review["reviewer"]["id"], review["review_id"])
    given = state.verdicts.get(review_key)
    if given is not None:
        kind = "duplicate" if given.digest == event.digest else "conflict"
        step.audit(kind, "review", {"of": "review", "id": review["review_id"], "verdict": given.code.name.lower()})
        step.count(kind, "review")
        return
    state.verdicts.put(review_key, digest=event.digest, code=VerdictCode.REVIEW_TAKEN, at_ms=step.now_ms)
    hold = state.holds.get(review["target"]["id"])
    conflict = _conflict(terms, step, review, hold)
    if conflict is not None or hold is None:
        _refuse(step, review, conflict or ReviewConflict.UNKNOWN_HOLD, hold)
        return
    _decide(terms, step, review, hold)


def _conflict(terms: Terms, step: Step, review: dict[str, Any], hold: Hold | None) -> ReviewConflict | None:
    target = review["target"]
    if target["kind"] != TargetKind.ACTION:
        return ReviewConflict.UNSUPPORTED_TARGET
    if hold is None:
        given = step.state.verdicts.get(id_hash("hold", "", target["id"]))
        if given is None:
            return ReviewConflict.UNKNOWN_HOLD
        return _RESOLVED.get(given.code, ReviewConflict.ALREADY_DECIDED)
    if hold.due_ms <= step.now_ms:
        return ReviewConflict.EXPIRED
    if review["verdict"] == ReviewVerdict.APPROVE and terms.kill.match(hold.action, terms.bundle.resolver) is not None:
        return ReviewConflict.KILLED
    if review["reviewer"]["id"].strip().casefold() == hold.agent_id.strip().casefold():
        return ReviewConflict.SELF_APPROVAL
    if review["digest"] != hold.digest:
        return ReviewConflict.DIGEST_MISMATCH
    if review["policy_snapshot"] != hold.snapshot:
        return ReviewConflict.SNAPSHOT_MISMATCH
    if not str(review.get("reason") or "").strip():
        return ReviewConflict.REASON_MISSING
    return None


def _refuse(step: Step, review: dict[str, Any], conflict: ReviewConflict, hold: Hold | None) -> None:
    key = "review" if hold is None else hold.agent_id
    step.audit("review_conflict", key, {**_seen(review), "code": conflict.value})
    step.count("review_conflict", conflict.value)


def _seen(review: dict[str, Any]) -> dict[str, Any]:
    """What the audit keeps of a review: who, what, which digest; the reason stays on the review itself."""
    return {
        "review_id": review["review_id"],
        "hold_id": review["target"]["id"],
        "reviewer": review["reviewer"]["id"],
        "verdict": review["verdict"],
        "digest": review["digest"],
    }


def _decide(terms: Terms, step: Step, review: dict[str, Any], hold: Hold) -> None:
    state = step.state
    decided_by = {"kind": "reviewer", "reviewers": [review["reviewer"]["id"]], "review_id": review["review_id"]}
    denial, constraints = _judged_again(terms, hold)
    by_policy: dict[str, Any] = {}
    facts: Facts = ()
    if review["verdict"] != ReviewVerdict.APPROVE:
        code, reason_code, reason = VerdictCode.REJECTED, GateReason.REJECTED_BY_REVIEWER, "a reviewer denied it"
        decision = Decision.DENY
    elif denial is not None:
        code, reason_code = VerdictCode.REJECTED, GateReason.SUPERSEDED_BY_POLICY
        reason, decision = "approved, but the policy in force now denies it", Decision.DENY
        by_policy = {
            "rule_id": denial.rule_id,
            "document": denial.document,
            "policy_snapshot": terms.bundle.short,
            "remediation": denial.remediation,
        }
    else:
        code, reason_code, reason = VerdictCode.APPROVED, GateReason.APPROVED_BY_REVIEWER, "a reviewer approved it"
        decision = Decision.ALLOW_WITH_CONSTRAINTS if constraints else Decision.ALLOW
        by_policy = {"constraints": constraints}
        state.note_seen(hold.agent_id, hold.action.get("tool"), hold.action["topic"])
        facts = _note_release(terms, step, hold)
        note_taint(terms, step, hold.action)
    state.close_hold(hold.hold_id)
    outcome = {
        **resolved(
            hold, step.now_ms, decision=decision, reason_code=reason_code.value, reason=reason, decided_by=decided_by
        ),
        **by_policy,
    }
    if code is VerdictCode.APPROVED:
        emit_cleared(step, hold.action, outcome)
    else:
        emit_refused(step, outcome)
    remember(state, hold, code, at_ms=step.now_ms)
    body = {"agent_id": hold.agent_id, "action_id": hold.action["action_id"], **_seen(review), "decision": outcome}
    if facts:
        body["conduct"] = facts_of(facts)
    step.audit("review", hold.agent_id, body)
    step.count("review", review["verdict"])
    step.count("hold_resolved", code.name.lower())
    step.count("decision", "hold", decision.value)


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


def _judged_again(terms: Terms, hold: Hold) -> tuple[Verdict | None, dict[str, Any]]:
    """The denial that the policy in force gives the held action, if it does, and the constraints of its release.

    An unchanged policy is not asked again. A changed one can only make the release stricter: its constraints are merged
    with those of the hold, and where nobody could obey both, that is a denial.
    """
    before: dict[str, Any] = hold.decision["constraints"]
    if hold.snapshot == terms.bundle.snapshot:
        return None, before
    verdict = terms.bundle.decide(hold.action, Derived(**hold.derived))
    if verdict.decision is Decision.DENY:
        return verdict, before
    try:
        return None, dict(merge([found for found in (before, verdict.constraints) if found]))
    except ConstraintConflictError:
        return verdict, before
