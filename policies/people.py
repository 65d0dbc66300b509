"""Who a person is to the gate: roles, teams, own agents; and when two names are one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from policies.approval_documents import Role
from policies.documents import Approvals
from policies.globs import matches_any


def identity(name: str) -> str:
    """What is compared when two names may be one person: case and outer blanks do not tell people apart."""
    return name.strip().casefold()


def is_among(name: str, names: Iterable[str]) -> bool:
    """Whether a person is one of those named."""
    return identity(name) in {identity(other) for other in names}


@dataclass(frozen=True, slots=True)
class Principal:
    """A person as the gate knows them; `agents` and `tenants` are globs.

    `agents` are the agents that are this person's own. Without `tenants` the person sees every tenant.
    """

    id: str
    roles: tuple[Role, ...] = ()
    teams: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()

    def has_any(self, roles: frozenset[Role]) -> bool:
        """Whether the person has one of the roles."""
        return not roles.isdisjoint(self.roles)

    def sees(self, tenant_id: str | None) -> bool:
        """Whether the person may know of this tenant's actions; who is bound to tenants sees none without one."""
        return not self.tenants or (tenant_id is not None and matches_any(self.tenants, tenant_id))

    def owns(self, agent_id: str) -> bool:
        """Whether the agent is this person's own, or goes by the person's name."""
        return identity(self.id) == identity(agent_id) or matches_any(self.agents, agent_id)


_ROLES: Final = {entry.value: entry for entry in Role}


class Directory:
    """The people of a bundle. Without a directory in the documents, roles and teams are what a signed review says."""

    def __init__(self, approvals: Approvals | None) -> None:
        people = approvals.people if approvals else None
        teams = (approvals.teams if approvals else None) or {}
        self._people = None if people is None else {identity(name): person for name, person in people.items()}
        self._teams = {
            name: tuple(team.name for team in teams.values() if is_among(name, team.members)) for name in people or ()
        }

    @property
    def is_given(self) -> bool:
        """Whether the documents list the people."""
        return self._people is not None

    def principal(self, person_id: str, *, roles: Iterable[str] = (), teams: Iterable[str] = ()) -> Principal | None:
        """The person of that name, None for someone the directory does not know.

        `roles` and `teams` are what a signed review claims; they count only where the documents list nobody. Words that
        are no role give nothing.
        """
        if self._people is None:
            known = tuple(_ROLES[word] for word in roles if word in _ROLES)
            return Principal(person_id, known, tuple(teams))
        person = self._people.get(identity(person_id))
        if person is None:
            return None
        return Principal(person.id, person.roles, self._teams[person.id], person.agents, person.tenants)

    def owners_of(self, agent_id: str) -> tuple[str, ...]:
        """The people whose own the agent is, in the order of their names."""
        people = (self._people or {}).values()
        return tuple(sorted(person.id for person in people if matches_any(person.agents, agent_id)))
