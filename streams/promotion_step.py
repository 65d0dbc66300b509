"""A person's decision on an agent's promotion: the level rises, the counts begin anew, or a conflict says why not."""

from __future__ import annotations

from typing import Any, Final

from policies.approval_documents import Role
from policies.conflicts import Conflict
from policies.people import Principal
from policies.promotion import PromotionConflict, SignOff, decide_promotion
from streams.conduct_step import facts_of, keep
from streams.effects import Step
from streams.events import ReviewVerdict
from streams.review_parts import principal_of, refuse, seen
from streams.terms import Terms

# More than a reviewer of single actions: a level lets all of an agent's actions of a class pass.
_SIGNING: Final = frozenset({Role.SENIOR_REVIEWER, Role.ADMIN})
_VERDICTS: Final = frozenset({ReviewVerdict.APPROVE, ReviewVerdict.DENY})


def review_promotion(terms: Terms, step: Step, review: dict[str, Any]) -> None:
    """Apply a review of a promotion; it counts for the evidence whose digest it names."""
    if review["verdict"] not in _VERDICTS:
        refuse(step, review, Conflict.UNSUPPORTED_TARGET)
        return
    conduct = step.state.agent_of_promotion(review["target"]["id"])
    rules = terms.conduct.rules
    if conduct is None or rules is None:
        refuse(step, review, PromotionConflict.UNKNOWN_PROMOTION)
        return
    agent_id = conduct.record.agent_id
    by = principal_of(terms, review)
    sign_off = SignOff(
        promotion_id=review["target"]["id"],
        digest=review["digest"],
        is_approved=review["verdict"] == ReviewVerdict.APPROVE,
        reviewer=review["reviewer"]["id"],
        reason=review.get("reason"),
        is_owner=by is not None and by.owns(agent_id),
        may_decide=_may_sign(by),
    )
    decided = decide_promotion(rules, conduct.record, sign_off, at_ms=step.now_ms)
    if isinstance(decided, PromotionConflict):
        refuse(step, review, decided, key=agent_id)
        return
    record, changes = decided
    keep(terms, step, conduct._replace(record=record), changes)
    step.audit("promotion", agent_id, {"agent_id": agent_id, **seen(review), "conduct": facts_of(changes)})
    step.count("review", review["verdict"])


def _may_sign(by: Principal | None) -> bool:
    """Whether a person may decide what an agent may do for everybody; who sees only some tenants may not."""
    return by is not None and not by.tenants and Role.AUDITOR not in by.roles and by.has_any(_SIGNING)
