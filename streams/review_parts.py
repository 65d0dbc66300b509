"""What all reviews have in common: who the reviewer is, what the audit keeps of one, and how one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.people import Principal
from streams.effects import Step
from streams.events import TargetKind
from streams.terms import Terms

_NAMES: Final[Mapping[str, str]] = {
    TargetKind.PROMOTION: "promotion_id",
    TargetKind.OUTPUT: "quarantine_id",
    TargetKind.SAMPLE: "sample_id",
    TargetKind.AGENT: "agent_id",
}


def refuse(step: Step, review: dict[str, Any], conflict: str, *, key: str = "review", **more: Any) -> None:
    """Note that a review changed nothing, and why."""
    step.audit("review_conflict", key, {**seen(review), "code": str(conflict), **more})
    step.count("review_conflict", str(conflict))


def seen(review: dict[str, Any]) -> dict[str, Any]:
    """What the audit keeps of a review: who, what, which digest; its words stay on the review itself."""
    return {
        "review_id": review["review_id"],
        _NAMES.get(review["target"]["kind"], "hold_id"): review["target"]["id"],
        "reviewer": review["reviewer"]["id"],
        "verdict": review["verdict"],
        "digest": review["digest"],
    }


def principal_of(terms: Terms, review: Mapping[str, Any]) -> Principal | None:
    """Who the reviewer is, by the policy's directory, or by the review where the policy has none."""
    by = review["reviewer"]
    return terms.bundle.approvals.directory.principal(by["id"], roles=by.get("roles", ()), teams=by.get("teams", ()))
