"""The file that gives roles, teams and tenants to groups and people, read as strictly as a policy.

    version: v1
    groups:
      security: {roles: [senior_reviewer], teams: [security]}
      support-eu: {roles: [reviewer], teams: [support], tenants: ["eu-*"]}
    people:
      ana@example.com: {roles: [admin], subject: "00u1x2"}

What several entries give adds up, except for tenants: who is bound to tenants by one entry stays bound to those that
any entry names. `subject` says under which subject the provider knows a person; any other one is refused that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from detectors.errors import GateError
from policies.approval_documents import Role
from policies.errors import Problem, ProblemCode
from policies.globs import quoted
from policies.json_nodes import parse_json
from policies.nodes import Node, SourceError, parse_yaml
from policies.people import identity
from policies.reader import Problems, Reader

FIELDS: Final = ("version", "groups", "people")
GROUP_FIELDS: Final = ("roles", "teams", "tenants")
PERSON_FIELDS: Final = (*GROUP_FIELDS, "subject")
_ROLES: Final = {role.value: role for role in Role}


class AccessFileError(GateError):
    """A file of groups and people that does not load; `problems` says where and why."""

    code = "PEOPLE_LOAD"
    advice = "correct the file; without it nobody has a role"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(str(self.problems[0]) if self.problems else "no problem recorded")


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody has. Without `tenants` they see every tenant."""

    roles: frozenset[Role] = frozenset()
    teams: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()

    def __or__(self, other: Access) -> Access:
        return Access(
            self.roles | other.roles,
            tuple(dict.fromkeys((*self.teams, *other.teams))),
            tuple(dict.fromkeys((*self.tenants, *other.tenants))),
        )


@dataclass(frozen=True, slots=True)
class AccessMap:
    """Access by group, and by name as `policies.people.identity` compares names; `subjects` of people by name."""

    groups: Mapping[str, Access] = field(default_factory=dict)
    people: Mapping[str, Access] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)

    def of(self, person_id: str, groups: Iterable[str]) -> Access:
        """What a person of these groups has; nothing for somebody whom the file does not name."""
        found = self.people.get(identity(person_id), Access())
        for group in groups:
            found |= self.groups.get(group, Access())
        return found

    def is_other_subject(self, person_id: str, subject: str) -> bool:
        """Whether the file says that the name belongs to another subject."""
        return self.subjects.get(identity(person_id), subject) != subject


def read_access(path: Path | None) -> AccessMap:
    """What a file gives, nothing without one.

    Raises:
        AccessFileError: it cannot be read or does not load.
    """
    if path is None:
        return AccessMap()
    try:
        text = path.read_text("utf-8")
    except OSError as exc:
        raise AccessFileError([_problem(path, f"cannot be read: {exc.strerror}")]) from None
    except UnicodeDecodeError:
        raise AccessFileError([_problem(path, "the file is not UTF-8")]) from None
    return parse_access(text, file=str(path))


def parse_access(text: str, *, file: str) -> AccessMap:
    """What a text in YAML or, by the ending of `file`, JSON gives.

    Raises:
        AccessFileError: with every problem that was found.
    """
    try:
        tree = parse_json(text) if file.endswith(".json") else parse_yaml(text)
    except SourceError as exc:
        raise AccessFileError([Problem(file, exc.line, exc.column, exc.code, exc.message)]) from None
    problems = Problems()
    made = _parse(Reader(file, problems), tree)
    if problems.found:
        raise AccessFileError(sorted(problems.found))
    return made


def _parse(reader: Reader, tree: Node) -> AccessMap:
    given = reader.fields(tree, what="the file", known=FIELDS) or {}
    reader.word(given.get("version"), what="version", known={"v1": "v1"})
    groups = {name: _access(reader, node, f"group {quoted(name)}") for name, node in _entries(reader, given, "groups")}
    people: dict[str, Access] = {}
    subjects: dict[str, str] = {}
    for name, node in _entries(reader, given, "people"):
        key, what = identity(name), f"person {quoted(name)}"
        if key in people:
            reader.report(node, ProblemCode.DUPLICATE_ID, f"{what} stands here twice, in another case")
        people[key] = _access(reader, node, what, known=PERSON_FIELDS)
        subject = reader.text((_fields(node)).get("subject"), what=f"subject of {what}", max_chars=255)
        if subject is not None:
            subjects[key] = subject
    return AccessMap(groups, people, subjects)


def _entries(reader: Reader, given: Mapping[str, Node], name: str) -> list[tuple[str, Node]]:
    node = given.get(name)
    return [] if node is None else list((reader.mapping(node, what=name) or {}).items())


def _fields(node: Node) -> Mapping[str, Node]:
    return node.value if isinstance(node.value, dict) else {}


def _access(reader: Reader, node: Node, what: str, *, known: tuple[str, ...] = GROUP_FIELDS) -> Access:
    given = reader.fields(node, what=what, known=known) or {}
    roles = reader.each(
        given.get("roles"), lambda item: reader.word(item, what="role", known=_ROLES), what=f"roles of {what}"
    )
    teams = reader.each(given.get("teams"), lambda item: reader.name(item, what="team"), what=f"teams of {what}")
    tenants = reader.globs(given.get("tenants"), what=f"tenants of {what}")
    return Access(frozenset(roles or ()), teams or (), tenants or ())


def _problem(path: Path, message: str) -> Problem:
    return Problem(str(path), 0, 0, ProblemCode.SYNTAX, message)
