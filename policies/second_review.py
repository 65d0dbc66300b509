"""Second reviews: somebody else decides a released action again, without knowing how it was decided.

Which releases are drawn is fixed when the action is held (`approval_plan`); what comes out never changes the release.
It says how often reviewers agree, and a disagreement is recorded and shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from policies.approval_documents import Role
from policies.approval_events import Act, EventKind
from policies.approvals import Approval, plain
from policies.conflicts import Conflict
from policies.people import Principal, is_among

_ROLES: Final = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})
# What would tell a second reviewer how the first one decided.
_TELLING: Final = frozenset({"state", "votes", "ending", "editors", "claim", "question", "tier", "is_seen", "due_ms"})


@dataclass(frozen=True, slots=True)
class SecondReview:
    """A drawn release; `excluded` are the people who decided it, edited it, or may not decide it at all.

    `verdict` is approve or deny as soon as somebody decided, and `agrees` whether it is what happened.
    """

    hold_id: str
    agent_id: str
    tenant_id: str | None
    team: str | None
    digest: str
    excluded: tuple[str, ...]
    opened_ms: int
    verdict: EventKind | None = None
    reviewer: str | None = None
    decided_ms: int | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether the second reviewer would have released it too; None while nobody said."""
        return None if self.verdict is None else self.verdict is EventKind.APPROVE

    def to_json(self) -> dict[str, Any]:
        """The second review as a JSON object."""
        found = plain(self)
        if not isinstance(found, dict):
            raise TypeError("a dataclass gives an object")
        return found

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SecondReview:
        """The second review that `to_json` gave."""
        verdict = value["verdict"]
        given = {
            **value,
            "excluded": tuple(value["excluded"]),
            "verdict": None if verdict is None else EventKind(verdict),
        }
        return cls(**given)


def open_second_review(approval: Approval, now_ms: int) -> SecondReview:
    """The second review of a hold that people released and that was drawn.

    Raises: ValueError for a hold that people did not release.
    """
    ending = approval.ending
    if ending is None or not (ending.resolution.is_release and ending.resolution.is_by_people):
        raise ValueError("only what people released is reviewed again")
    excluded = (*ending.reviewers, *approval.editors, *approval.excluded, *approval.loosened_by)
    return SecondReview(
        hold_id=approval.hold_id,
        agent_id=approval.agent_id,
        tenant_id=approval.tenant_id,
        team=approval.team,
        digest=approval.digest,
        excluded=tuple(dict.fromkeys(excluded)),
        opened_ms=now_ms,
    )


def blind_view(approval: Approval) -> dict[str, Any]:
    """The hold as JSON data without anything that tells how it was decided."""
    return {name: value for name, value in approval.to_json().items() if name not in _TELLING}


def decide_second(second: SecondReview | None, act: Act, now_ms: int) -> SecondReview | Conflict:
    """The second review with the act's verdict, or why the act changes nothing; checked in the order of conflicts."""
    if act.kind not in (EventKind.APPROVE, EventKind.DENY):
        return Conflict.UNSUPPORTED_TARGET
    if second is None:
        return Conflict.UNKNOWN_HOLD
    conflict = Conflict.NOT_ELIGIBLE if act.by is None else _conflict(second, act, act.by)
    if conflict is not None or act.by is None:
        return conflict or Conflict.NOT_ELIGIBLE
    return replace(second, verdict=act.kind, reviewer=act.by.id, decided_ms=now_ms)


def _conflict(second: SecondReview, act: Act, by: Principal) -> Conflict | None:
    if not by.sees(second.tenant_id):
        return Conflict.UNKNOWN_HOLD
    if Role.AUDITOR in by.roles or not by.has_any(_ROLES):
        return Conflict.NOT_ELIGIBLE
    if second.team is not None and second.team not in by.teams:
        return Conflict.WRONG_TEAM
    if by.owns(second.agent_id) or is_among(by.id, second.excluded):
        return Conflict.SELF_APPROVAL
    if second.verdict is not None:
        return Conflict.ALREADY_DECIDED
    if act.digest != second.digest:
        return Conflict.DIGEST_MISMATCH
    if act.kind is EventKind.DENY and not act.reason.strip():
        return Conflict.REASON_MISSING
    return None
