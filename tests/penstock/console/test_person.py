"""Who may do what in the console, against what the gate lets them do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.person import GRANTS, ForbiddenError, Permission
from policies.approval_documents import Role
from tests.penstock.console.fakes import a_person

DECIDING = {
    Permission.DECIDE, Permission.DECIDE_EXPLICIT, Permission.REASSIGN, Permission.REVEAL, Permission.RELEASE_REDACTED,
    Permission.RELEASE_AS_IS, Permission.PROMOTE, Permission.STOP_AGENTS,
}  # fmt: skip


def test_every_role_has_something_and_every_permission_somebody() -> None:
    assert set(GRANTS) == set(Role)
    assert frozenset().union(*GRANTS.values()) == frozenset(Permission)
    assert all(permission.text for permission in Permission)


@given(st.sets(st.sampled_from(Role)))
def test_roles_add_up_except_that_an_auditor_decides_nothing(roles: set[Role]) -> None:
    person = a_person(*roles)
    may = {permission for permission in Permission if person.may(permission)}
    granted = set().union(*(GRANTS[role] for role in roles))
    assert may == granted - (DECIDING if Role.AUDITOR in roles else set())


def test_nobody_without_a_role_may_anything() -> None:
    assert not any(a_person().may(permission) for permission in Permission)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.POLICY_AUTHOR, Role.ADMIN])
def test_who_need_not_see_payload_does_not(role: Role) -> None:
    with pytest.raises(ForbiddenError):
        a_person(role).require(Permission.SEE_PAYLOAD)


def test_senior_reviewer_may_all_that_a_reviewer_may() -> None:
    assert GRANTS[Role.REVIEWER] < GRANTS[Role.SENIOR_REVIEWER]


@pytest.mark.parametrize(
    ("tenants", "tenant", "sees"),
    [
        ((), "eu-1", True),
        ((), None, True),
        (("eu-*",), "eu-1", True),
        (("eu-*",), "us-1", False),
        (("*",), None, False),
    ],
)
def test_who_is_bound_to_tenants_knows_of_no_other(tenants: tuple[str, ...], tenant: str | None, sees: bool) -> None:
    assert a_person(Role.REVIEWER, tenants=tenants).sees(tenant) is sees
