"""Who uses the console, and what each role may do here. The gate checks every act again, by its own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from detectors.errors import GateError
from policies.approval_documents import Role
from policies.globs import matches_any


class Permission(StrEnum):
    """What a page or an act asks for."""

    SEE = "see"
    SEE_PAYLOAD = "see_payload"
    DECIDE = "decide"
    DECIDE_EXPLICIT = "decide_explicit"
    REASSIGN = "reassign"
    REVEAL = "reveal"
    RELEASE_REDACTED = "release_redacted"
    RELEASE_AS_IS = "release_as_is"
    JUDGE_SAMPLES = "judge_samples"
    PROMOTE = "promote"
    STOP_AGENTS = "stop_agents"
    SEE_AUDIT = "see_audit"
    SEE_POLICY = "see_policy"
    SEE_HEALTH = "see_health"
    MANAGE_PEOPLE = "manage_people"

    @property
    def text(self) -> str:
        """What it allows, for people."""
        return _TEXTS[self]


_TEXTS: Final[Mapping[Permission, str]] = MappingProxyType(
    {
        Permission.SEE: "see lists of held actions, quarantined outputs and agents, without their contents",
        Permission.SEE_PAYLOAD: "see arguments, reasoning and source data of held actions and samples",
        Permission.DECIDE: "claim, ask about and deny held actions; approve and edit what is not explicit",
        Permission.DECIDE_EXPLICIT: "approve and edit what is explicit",
        Permission.REASSIGN: "give a held action to another team",
        Permission.REVEAL: "reveal a quarantined finding, with a reason",
        Permission.RELEASE_REDACTED: "release a quarantined output redacted, or reject it",
        Permission.RELEASE_AS_IS: "release a quarantined output as it is",
        Permission.JUDGE_SAMPLES: "judge sampled decisions",
        Permission.PROMOTE: "sign an agent's promotion",
        Permission.STOP_AGENTS: "stop, resume and demote agents",
        Permission.SEE_AUDIT: "search the audit log",
        Permission.SEE_POLICY: "see the policy in force and what changed",
        Permission.SEE_HEALTH: "see waits, lag and other signs of health",
        Permission.MANAGE_PEOPLE: "see the people of this console and the journal of sign-ins",
    }
)
_EVERYBODY: Final = frozenset({Permission.SEE, Permission.SEE_HEALTH, Permission.SEE_POLICY})
_REVIEWER: Final = _EVERYBODY | {
    Permission.SEE_PAYLOAD,
    Permission.DECIDE,
    Permission.REVEAL,
    Permission.RELEASE_REDACTED,
    Permission.JUDGE_SAMPLES,
}
_SENIOR: Final = _REVIEWER | {
    Permission.DECIDE_EXPLICIT,
    Permission.REASSIGN,
    Permission.RELEASE_AS_IS,
    Permission.PROMOTE,
    Permission.STOP_AGENTS,
    Permission.SEE_AUDIT,
}

GRANTS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.VIEWER: _EVERYBODY,
        Role.REVIEWER: _REVIEWER,
        Role.SENIOR_REVIEWER: _SENIOR,
        Role.POLICY_AUTHOR: _EVERYBODY | {Permission.SEE_AUDIT},
        Role.AUDITOR: _EVERYBODY | {Permission.SEE_PAYLOAD, Permission.SEE_AUDIT, Permission.JUDGE_SAMPLES},
        Role.ADMIN: _EVERYBODY
        | {Permission.REASSIGN, Permission.STOP_AGENTS, Permission.SEE_AUDIT, Permission.MANAGE_PEOPLE},
    }
)
# An auditor decides nothing, whatever other roles they have: whoever checks decisions must not have made them.
_NOT_FOR_AUDITORS: Final = frozenset(
    {
        Permission.DECIDE,
        Permission.DECIDE_EXPLICIT,
        Permission.REASSIGN,
        Permission.REVEAL,
        Permission.RELEASE_REDACTED,
        Permission.RELEASE_AS_IS,
        Permission.PROMOTE,
        Permission.STOP_AGENTS,
    }
)


class ForbiddenError(GateError):
    """The person may not see or do this."""

    code = "FORBIDDEN"


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person. `id` is what stands on reviews and in the audit; `subject` is `(issuer, subject)`.

    `signed_in_ms` is when a password or the provider last vouched for them. Without `tenants` they see every tenant.
    """

    id: str
    name: str
    subject: tuple[str, str]
    roles: frozenset[Role]
    teams: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    signed_in_ms: int = 0

    def may(self, permission: Permission) -> bool:
        """Whether one of the person's roles grants it."""
        if Role.AUDITOR in self.roles and permission in _NOT_FOR_AUDITORS:
            return False
        return any(permission in GRANTS[role] for role in self.roles)

    def sees(self, tenant_id: str | None) -> bool:
        """Whether the person may know of this tenant; who is bound to tenants sees none without one."""
        return not self.tenants or (tenant_id is not None and matches_any(self.tenants, tenant_id))

    def require(self, permission: Permission) -> None:
        """Nothing, when it is granted.

        Raises:
            ForbiddenError: it is not.
        """
        if not self.may(permission):
            raise ForbiddenError("this is not among what your roles allow", advice="ask an admin for the role")
