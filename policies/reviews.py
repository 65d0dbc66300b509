"""From a review as it stands on the wire to what it does about a hold; whether it may is for `approval_steps`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from policies.approval_documents import EvidenceField
from policies.approval_events import ACTS, IDLE, Act, Edit, EventKind, Load
from policies.approval_plan import ApprovalPlanner

_ACTS: Final = {kind.value: kind for kind in ACTS}
# Where a review keeps what an evidence contract can ask for.
# Source: Cordum's reviewer operations: the job hash is the action's digest, the decision's time the reviewer's.
_EVIDENCE: Final[Mapping[EvidenceField, tuple[str, ...]]] = {
    EvidenceField.POLICY_SNAPSHOT: ("policy_snapshot",),
    EvidenceField.JOB_HASH: ("digest",),
    EvidenceField.APPROVER_ID: ("reviewer", "id"),
    EvidenceField.DECISION_TS: ("decided_at",),
    EvidenceField.RENDERED_TS: ("rendered_at",),
    EvidenceField.REASON: ("reason",),
    EvidenceField.SIGNATURE: ("signature",),
}


def evidence_of(review: Mapping[str, Any]) -> dict[EvidenceField, object]:
    """What the review carries of everything that a contract can ask for."""
    found: dict[EvidenceField, object] = {}
    for name, path in _EVIDENCE.items():
        value: Any = review
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            found[name] = value
    return found


def lacks_evidence(review: Mapping[str, Any], planner: ApprovalPlanner) -> bool:
    """Whether the documents ask for something that the review does not carry, and refuse it for that."""
    contract = planner.evidence
    if contract is None or not contract.is_enforced:
        return False
    found = evidence_of(review)
    return any(not str(found.get(name) or "").strip() for name in contract.required)


def act_of(
    review: Mapping[str, Any],
    planner: ApprovalPlanner,
    *,
    edit: Edit | None = None,
    load: Load = IDLE,
) -> Act | None:
    """The act that a review of a held action stands for, None for a verdict that is no act on one.

    `edit` is what policy says about the review's `arguments`, for the verdict `modify`; `load` is how busy the reviewer
    is. Who the reviewer is comes from the directory, where the documents have one, else from the review, which is why
    only a review whose signature was checked may come here.
    """
    kind = _ACTS.get(str(review.get("verdict")))
    reviewer = review.get("reviewer")
    if kind is None or not isinstance(reviewer, Mapping):
        return None
    by = planner.directory.principal(
        str(reviewer.get("id")), roles=_texts(reviewer.get("roles")), teams=_texts(reviewer.get("teams"))
    )
    constraints = review.get("constraints")
    team = review.get("to_team")
    return Act(
        kind,
        by,
        str(review.get("review_id")),
        digest=str(review.get("digest") or ""),
        snapshot=str(review.get("policy_snapshot") or ""),
        reason=str(review.get("reason") or ""),
        evidence=evidence_of(review),
        constraints=constraints if isinstance(constraints, Mapping) else {},
        edit=edit if kind is EventKind.MODIFY else None,
        to_team=team if isinstance(team, str) else None,
        teams=planner.team_names,
        is_batch=review.get("batch_id") is not None,
        load=load,
    )


def _texts(value: object) -> Iterable[str]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()
