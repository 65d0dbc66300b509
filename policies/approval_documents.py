"""The sections of approval documents after loading: plain data, every value checked; `documents.Approvals` has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ApprovalClass(StrEnum):
    """How much attention a held action needs, least first."""

    AUTO = "auto"
    QUEUE = "queue"
    EXPLICIT = "explicit"

    @property
    def strictness(self) -> int:
        """0 for the mildest; the strictest class that applies wins."""
        return _CLASS_STRICTNESS[self]

    @property
    def risk(self) -> Risk:
        """The risk whose timeout applies."""
        return _RISKS[self]


class Risk(StrEnum):
    """What a wrong release costs; timeouts are written by it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_CLASS_STRICTNESS: Final = {entry: rank for rank, entry in enumerate(ApprovalClass)}
_RISKS: Final = dict(zip(ApprovalClass, Risk, strict=True))


class OnTimeout(StrEnum):
    """What happens to a hold that nobody decided in time, mildest first."""

    RELEASE = "release"
    ESCALATE = "escalate"
    DENY = "deny"


class Role(StrEnum):
    """What a person may do."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    SENIOR_REVIEWER = "senior_reviewer"
    POLICY_AUTHOR = "policy_author"
    AUDITOR = "auditor"
    ADMIN = "admin"


class EvidenceField(StrEnum):
    """What a review can be asked to carry."""

    POLICY_SNAPSHOT = "policy_snapshot"
    JOB_HASH = "job_hash"
    APPROVER_ID = "approver_id"
    DECISION_TS = "decision_ts"
    RENDERED_TS = "rendered_ts"
    REASON = "reason"
    SIGNATURE = "signature"


# Pause of a reviewer after `cooldown_after_approvals`, seconds; chosen, because the published document names none.
DEFAULT_COOLDOWN_S: Final = 900


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Targets and limits of the queue, seconds and counts; None is no target and no limit."""

    target_median_wait_s: float | None = None
    target_p95_wait_s: float | None = None
    max_open_per_reviewer: int | None = None
    escalate_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class FatigueControls:
    """What keeps reviewers awake; `second_review_rate` is the share 0..1 that a second person looks at."""

    auto_rebalance: bool = False
    cooldown_after_approvals: int | None = None
    cooldown_s: float = DEFAULT_COOLDOWN_S
    second_review_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class EvidenceContract:
    """What a review has to carry; without `is_enforced` a gap is recorded and not refused."""

    required: tuple[EvidenceField, ...]
    is_enforced: bool = True


@dataclass(frozen=True, slots=True)
class Timeout:
    """How long a hold waits, seconds, None for the gate's own limit, and what happens then."""

    after_s: float | None
    action: OnTimeout


# High denies, medium climbs, low climbs too unless a document says that it is released. The strictest of each risk.
DEFAULT_TIMEOUTS: Final[Mapping[Risk, Timeout]] = {
    Risk.LOW: Timeout(None, OnTimeout.ESCALATE),
    Risk.MEDIUM: Timeout(None, OnTimeout.ESCALATE),
    Risk.HIGH: Timeout(None, OnTimeout.DENY),
}
# What a document may say for each risk.
# Source: OWASP AISVS 9.6.2 and OWASP APTS, which forbid releasing by timeout what is risky.
ALLOWED_TIMEOUTS: Final[Mapping[Risk, frozenset[OnTimeout]]] = {
    Risk.LOW: frozenset(OnTimeout),
    Risk.MEDIUM: frozenset({OnTimeout.ESCALATE, OnTimeout.DENY}),
    Risk.HIGH: frozenset({OnTimeout.DENY}),
}


@dataclass(frozen=True, slots=True)
class Team:
    """People who decide together; `escalates_to` is the next team of the chain, `shares_with` may take work over."""

    name: str
    members: tuple[str, ...] = ()
    escalates_to: str | None = None
    shares_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the directory; `agents` are globs of their own agents, `tenants` of what they see (all without)."""

    id: str
    roles: tuple[Role, ...]
    agents: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
