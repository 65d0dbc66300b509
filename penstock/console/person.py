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

    SEE = "see"  # lists and metadata, without payload
    SEE_PAYLOAD = "see_payload"  # arguments, reasoning and context of held actions and samples
    DECIDE = "decide"  # approve, deny, edit, ask, claim
    DECIDE_EXPLICIT = "decide_explicit"  # what needs a senior reviewer
    REASSIGN = "reassign"
    REVEAL = "reveal"  # one quarantined finding, with a reason
    RELEASE_REDACTED = "release_redacted"
    RELEASE_AS_IS = "release_as_is"
    JUDGE_SAMPLES = "judge_samples"
    PROMOTE = "promote"
    STOP_AGENTS = "stop_agents"
    SEE_AUDIT = "see_audit"
    SEE_POLICY = "see_policy"
    SEE_HEALTH = "see_health"
    MANAGE_PEOPLE = "manage_people"


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
