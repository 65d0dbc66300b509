"""A person's decision on a request for promotion: the level rises by one, or a conflict says why it does not."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final, NamedTuple

from policies.autonomy import change, restarted, rise
from policies.autonomy_record import Cause, OfferState, Record, Standing
from policies.autonomy_rules import AutonomyRules, ChangeKind, Folded
from policies.people import identity

_ID_HEX: Final = 32


class PromotionConflict(StrEnum):
    """Why a decision on a promotion changes nothing; the first that applies is given, in this order."""

    UNKNOWN_PROMOTION = "unknown_promotion"
    NOT_ELIGIBLE = "not_eligible"
    SELF_APPROVAL = "self_approval"
    ALREADY_DECIDED = "already_decided"
    COOLING_OFF = "cooling_off"
    STALE_EVIDENCE = "stale_evidence"
    REASON_MISSING = "reason_missing"


class SignOff(NamedTuple):
    """What a reviewer said. `digest` is that of the evidence on the screen.

    `is_owner` and `may_decide` are the caller's to know: whether the agent is the reviewer's own, and whether the
    reviewer has the role.
    """

    promotion_id: str
    digest: str
    is_approved: bool
    reviewer: str
    reason: str | None
    is_owner: bool
    may_decide: bool


def promotion_id(agent_id: str, action_class: str) -> str:
    """What a review of a promotion names: 32 hex digits, the same for each request of an agent in a class."""
    return hashlib.sha256(f"promotion\0{agent_id}\0{action_class}".encode("utf-8", "surrogatepass")).hexdigest()[
        :_ID_HEX
    ]


def promotion_ids(record: Record) -> tuple[str, ...]:
    """The ids of all requests that a record knows of, pending or not: what a lane must find its agent by."""
    return tuple(promotion_id(record.agent_id, name) for name, known in record.standings.items() if known.offer)


def decide_promotion(
    rules: AutonomyRules, record: Record, sign_off: SignOff, *, at_ms: int
) -> Folded | PromotionConflict:
    """The record after a decision on one of its requests, or why nothing changes.

    A refusal makes the counts begin anew, so that the same evidence does not come back with the next action.
    """
    found = _find(record, sign_off.promotion_id)
    if found is None:
        return PromotionConflict.UNKNOWN_PROMOTION
    action_class, standing = found
    conflict = _conflict(rules, record, standing, sign_off, at_ms)
    if conflict is not None:
        return conflict
    by = sign_off.reviewer
    if sign_off.is_approved:
        return rise(rules, record, action_class, cause=Cause.SIGNED_OFF, at_ms=at_ms, by=by)
    after = restarted(rules, standing, Cause.DECLINED, level=standing.level, at_ms=at_ms)
    if standing.offer is not None:
        after = after._replace(offer=standing.offer._replace(state=OfferState.DECIDED))
    declined = change(
        ChangeKind.DECLINED,
        action_class,
        standing,
        after,
        cause=Cause.DECLINED,
        at_ms=at_ms,
        digest=sign_off.digest,
        by=by,
    )
    return record.with_standing(action_class, after), (declined,)


def _find(record: Record, wanted: str) -> tuple[str, Standing] | None:
    for name, standing in record.standings.items():
        if standing.offer is not None and promotion_id(record.agent_id, name) == wanted:
            return name, standing
    return None


def _conflict(
    rules: AutonomyRules, record: Record, standing: Standing, sign_off: SignOff, at_ms: int
) -> PromotionConflict | None:
    offer = standing.offer
    if offer is None:
        return PromotionConflict.UNKNOWN_PROMOTION
    reviewer = identity(sign_off.reviewer)
    is_same = sign_off.digest == offer.digest
    if not sign_off.may_decide or not reviewer:
        return PromotionConflict.NOT_ELIGIBLE
    if sign_off.is_owner or reviewer == identity(record.agent_id):
        return PromotionConflict.SELF_APPROVAL
    if is_same and offer.state is OfferState.DECIDED:
        return PromotionConflict.ALREADY_DECIDED
    if at_ms < standing.cool_off_until_ms:
        return PromotionConflict.COOLING_OFF
    if not is_same or not standing.is_offered or standing.snapshot != rules.snapshot:
        return PromotionConflict.STALE_EVIDENCE
    if not (sign_off.reason or "").strip():
        return PromotionConflict.REASON_MISSING
    return None
