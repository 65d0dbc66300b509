"""From document trees to the approval sections: queue, routing, fatigue, evidence, timeouts, classes, teams, people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Final

from policies.approval_documents import (
    ALLOWED_TIMEOUTS,
    DEFAULT_COOLDOWN_S,
    ApprovalClass,
    EvidenceContract,
    EvidenceField,
    FatigueControls,
    OnTimeout,
    Person,
    QueuePolicy,
    Risk,
    Role,
    Team,
    Timeout,
)
from policies.documents import Approvals, ClassRule, Document
from policies.errors import ProblemCode
from policies.globs import quoted
from policies.nodes import Node
from policies.parse_match import parse_match
from policies.reader import Reader

# Key in documents and field of `Approvals`.
SECTIONS: Final[Mapping[str, str]] = {
    "approval_queue_policy": "queue",
    "routing": "routing",
    "fatigue_controls": "fatigue",
    "evidence_contract": "evidence",
    "approval_timeouts": "timeouts",
    "approval_classes": "classes",
    "teams": "teams",
    "reviewers": "people",
}
QUEUE_FIELDS: Final = (
    "target_median_wait_sec", "target_p95_wait_sec", "max_open_requests_per_reviewer", "escalate_after_sec",
)  # fmt: skip
FATIGUE_FIELDS: Final = (
    "auto_rebalance", "cooldown_after_approvals", "cooldown_sec", "sampled_second_review_rate",
)  # fmt: skip
EVIDENCE_FIELDS: Final = ("required_fields", "reject_if_incomplete")
TIMEOUT_FIELDS: Final = ("after_sec", "on_timeout")
CLASS_FIELDS: Final = ("match", "class", "approvers")
TEAM_FIELDS: Final = ("members", "escalates_to", "shares_with")
PERSON_FIELDS: Final = ("roles", "agents", "tenants")
# More people than this never agree in time; a larger number is a slip of the keyboard.
MAX_APPROVERS: Final = 10
# Longest wait that a document may ask for, seconds: thirty days.
MAX_WAIT_S: Final = 30 * 86_400


def parse_approvals(reader: Reader, sections: Mapping[str, Node]) -> Approvals | None:
    """The approval sections among the fields of a document, None when it has none."""
    if not any(key in sections for key in SECTIONS):
        return None
    get = sections.get
    return Approvals(
        queue=_queue(reader, get("approval_queue_policy")),
        routing=_routing(reader, get("routing")),
        fatigue=_fatigue(reader, get("fatigue_controls")),
        evidence=_evidence(reader, get("evidence_contract")),
        timeouts=_timeouts(reader, get("approval_timeouts")),
        classes=_classes(reader, get("approval_classes")),
        teams=_teams(reader, get("teams")),
        people=_people(reader, get("reviewers")),
    )


def _queue(reader: Reader, node: Node | None) -> QueuePolicy | None:
    if node is None:
        return None
    given = reader.fields(node, what="approval_queue_policy", known=QUEUE_FIELDS) or {}

    def seconds(name: str) -> float | None:
        return reader.number(given.get(name), what=name, low=1, high=MAX_WAIT_S)

    median, p95 = seconds("target_median_wait_sec"), seconds("target_p95_wait_sec")
    if median is not None and p95 is not None and median > p95:
        message = "target_p95_wait_sec is below target_median_wait_sec, which no queue can keep"
        reader.report_key(node, "target_p95_wait_sec", ProblemCode.CONTRADICTION, message)
    most = reader.number(
        given.get("max_open_requests_per_reviewer"), what="max_open_requests_per_reviewer", low=1, is_whole=True
    )
    return QueuePolicy(median, p95, None if most is None else int(most), seconds("escalate_after_sec"))


def _routing(reader: Reader, node: Node | None) -> Mapping[str, str] | None:
    if node is None:
        return None
    names = reader.mapping(node, what="routing") or {}
    if "default" not in names:
        reader.report(node, ProblemCode.MISSING_KEY, 'routing lacks "default"')
    found = {name: reader.name(child, what=f"routing {quoted(name)}") for name, child in sorted(names.items())}
    return {name: team for name, team in found.items() if team is not None}


def _fatigue(reader: Reader, node: Node | None) -> FatigueControls | None:
    if node is None:
        return None
    given = reader.fields(node, what="fatigue_controls", known=FATIGUE_FIELDS) or {}
    after = reader.number(given.get("cooldown_after_approvals"), what="cooldown_after_approvals", low=1, is_whole=True)
    pause = reader.number(given.get("cooldown_sec"), what="cooldown_sec", low=1, high=MAX_WAIT_S)
    if "cooldown_sec" in given and "cooldown_after_approvals" not in given:
        message = "cooldown_sec has no effect without cooldown_after_approvals"
        reader.report_key(node, "cooldown_sec", ProblemCode.CONTRADICTION, message)
    rate = reader.number(given.get("sampled_second_review_rate"), what="sampled_second_review_rate", high=1)
    return FatigueControls(
        auto_rebalance=reader.flag(given.get("auto_rebalance"), what="auto_rebalance") or False,
        cooldown_after_approvals=None if after is None else int(after),
        cooldown_s=DEFAULT_COOLDOWN_S if pause is None else pause,
        second_review_rate=rate or 0,
    )


def _evidence(reader: Reader, node: Node | None) -> EvidenceContract | None:
    if node is None:
        return None
    given = reader.fields(node, what="evidence_contract", known=EVIDENCE_FIELDS, required=("required_fields",)) or {}
    known = {entry.value: entry for entry in EvidenceField}

    def read(item: Node) -> EvidenceField | None:
        return reader.word(item, what="evidence field", known=known)

    is_enforced = reader.flag(given.get("reject_if_incomplete"), what="reject_if_incomplete")
    required = reader.each(given.get("required_fields"), read, what="required_fields")
    return EvidenceContract(required or (), is_enforced is not False)


def _timeouts(reader: Reader, node: Node | None) -> Mapping[Risk, Timeout] | None:
    if node is None:
        return None
    found: dict[Risk, Timeout] = {}
    risks = {entry.value: entry for entry in Risk}
    for name, child in (reader.fields(node, what="approval_timeouts", known=tuple(risks)) or {}).items():
        given = reader.fields(child, what=f"timeout {quoted(name)}", known=TIMEOUT_FIELDS, required=("on_timeout",))
        if given is None:
            continue
        risk = risks[name]
        after = reader.number(given.get("after_sec"), what="after_sec", low=1, high=MAX_WAIT_S)
        actions = {entry.value: entry for entry in OnTimeout}
        action = reader.word(given.get("on_timeout"), what="on_timeout", known=actions)
        if action is not None and action not in ALLOWED_TIMEOUTS[risk]:
            allowed = ", ".join(sorted(ALLOWED_TIMEOUTS[risk]))
            message = f"on_timeout of {name} risk may be {allowed}, not {action.value}"
            reader.report(given["on_timeout"], ProblemCode.CONTRADICTION, message)
        elif action is not None:
            found[risk] = Timeout(after, action)
    return found


def _classes(reader: Reader, node: Node | None) -> tuple[ClassRule, ...] | None:
    if node is None:
        return None
    words = {entry.value: entry for entry in ApprovalClass}
    found: list[ClassRule] = []
    for item in reader.items(node, what="approval_classes", may_be_empty=True) or ():
        given = reader.fields(item, what="approval class", known=CLASS_FIELDS, required=("match", "class")) or {}
        match = parse_match(reader, given["match"]) if "match" in given else None
        entry = reader.word(given.get("class"), what="approval class", known=words)
        people = reader.number(given.get("approvers"), what="approvers", low=1, high=MAX_APPROVERS, is_whole=True)
        if match is not None and entry is not None:
            found.append(ClassRule(match, entry, 1 if people is None else int(people)))
    return tuple(found)


def _teams(reader: Reader, node: Node | None) -> Mapping[str, Team] | None:
    if node is None:
        return None
    found: dict[str, Team] = {}
    for name, child in sorted((reader.mapping(node, what="teams") or {}).items()):
        given = reader.fields(child, what=f"team {quoted(name)}", known=TEAM_FIELDS) or {}
        found[name] = Team(
            name,
            members=reader.names(given.get("members"), what="members") or (),
            escalates_to=reader.name(given.get("escalates_to"), what="escalates_to"),
            shares_with=reader.names(given.get("shares_with"), what="shares_with") or (),
        )
    return found


def _people(reader: Reader, node: Node | None) -> Mapping[str, Person] | None:
    if node is None:
        return None
    roles = {entry.value: entry for entry in Role}

    def read(item: Node) -> Role | None:
        return reader.word(item, what="role", known=roles)

    found: dict[str, Person] = {}
    seen: dict[str, str] = {}
    for name, child in sorted((reader.mapping(node, what="reviewers") or {}).items()):
        given = reader.fields(child, what=f"reviewer {quoted(name)}", known=PERSON_FIELDS, required=("roles",)) or {}
        folded = name.strip().casefold()
        if folded in seen:
            message = f"{quoted(name)} and {quoted(seen[folded])} are the same person"
            reader.report_key(node, name, ProblemCode.DUPLICATE_ID, message)
        seen[folded] = name
        found[name] = Person(
            name,
            roles=reader.each(given.get("roles"), read, what="roles") or (),
            agents=reader.globs(given.get("agents"), what="agents") or (),
            tenants=reader.globs(given.get("tenants"), what="tenants") or (),
        )
    return found


def approvals_of(documents: tuple[Document, ...]) -> Approvals | None:
    """The approval sections of all documents of a bundle together, None without any; each stands in one document."""
    found: Approvals | None = None
    for document in documents:
        if document.approvals is not None:
            given = {entry.name: getattr(document.approvals, entry.name) for entry in fields(Approvals)}
            found = replace(found or Approvals(), **{name: part for name, part in given.items() if part is not None})
    return found


def contradictions(approvals: Approvals) -> Iterator[str]:
    """What the sections of a bundle say about teams and people that others of them do not know."""
    teams, people = approvals.teams, approvals.people
    if teams is not None:
        for name, team in sorted((approvals.routing or {}).items()):
            if team not in teams:
                yield f"routing {quoted(name)} goes to {quoted(team)}, which is no team"
        for entry in teams.values():
            for other in (*((entry.escalates_to,) if entry.escalates_to else ()), *entry.shares_with):
                if other not in teams:
                    yield f"team {quoted(entry.name)} hands on to {quoted(other)}, which is no team"
            if _climbs_in_a_circle(teams, entry):
                yield f"team {quoted(entry.name)} escalates in a circle"
            for member in entry.members:
                if people is not None and member not in people:
                    yield f"member {quoted(member)} of team {quoted(entry.name)} is no reviewer"


def _climbs_in_a_circle(teams: Mapping[str, Team], start: Team) -> bool:
    team: Team | None = start
    for _ in range(len(teams) + 1):
        team = teams.get(team.escalates_to) if team is not None and team.escalates_to else None
        if team is None:
            return False
        if team.name == start.name:
            return True
    return False
