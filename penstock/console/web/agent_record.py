"""An agent's record as its page tells it: levels, what a promotion still needs, and the last weeks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from penstock.console.readmodel.agents_queries import AgentEvent, AgentRow, ClassLevel, DayCount, Promotion, ReportRow
from penstock.console.web.history import Day
from penstock.console.web.standing import Criterion, LevelChange, Report, criteria, evidence_now, standing_of
from policies.action_class import WHOLE_AGENT
from policies.autonomy_rules import AutonomyRules

DAY_MS: Final = 86_400_000
# Days that the picture shows.
SHOWN_DAYS: Final = 30

# The classes that an action of this topic and tool may belong to.
ClassesOf = Callable[[ReportRow], Sequence[str]]


class ClassRecord(NamedTuple):
    """What stands between an agent and its next level in one class; the class is empty for all that it does.

    `promotion` is the request that waits for a person; then the counts are those that it rests on. Else they are
    counted here, from the audit. `criteria` are empty where the policy promotes nobody.
    """

    action_class: str
    level: int
    evidence: Mapping[str, Any]
    criteria: tuple[Criterion, ...]
    promotion: Promotion | None

    @property
    def missing(self) -> tuple[Criterion, ...]:
        """The criteria that are not met."""
        return tuple(criterion for criterion in self.criteria if not criterion.is_met)


class Told(NamedTuple):
    """What the read model knows of an agent; times are the agent's own.

    `reports` is None where there are too many to count them here.
    """

    row: AgentRow
    levels: Sequence[ClassLevel]
    changes: Sequence[AgentEvent]
    reports: Sequence[ReportRow] | None
    promotions: Sequence[Promotion]


def class_records(rules: AutonomyRules, told: Told, classes_of: ClassesOf, *, now_ms: int) -> tuple[ClassRecord, ...]:
    """The records of all classes that the rules keep apart, in the order of their names."""
    known = {level.action_class: level.level for level in told.levels}
    by_class: dict[str, list[Report]] = {}
    for report in told.reports or ():
        for name in _names(rules, report, classes_of):
            by_class.setdefault(name, []).append(Report(report.status, report.at_ms))
    waiting = {entry.action_class: entry for entry in told.promotions if entry.state == "open"}
    if rules.is_per_agent:
        names = [WHOLE_AGENT]
    else:
        names = sorted({*by_class, *waiting, *(name for name in known if name != WHOLE_AGENT)})
    first = known.get(WHOLE_AGENT, told.row.level if told.row.level is not None else rules.default_level)
    return tuple(
        _class_record(rules, told, name, known.get(name, first), by_class.get(name, []), waiting.get(name), now_ms)
        for name in names
    )


def _names(rules: AutonomyRules, report: ReportRow, classes_of: ClassesOf) -> Sequence[str]:
    if rules.is_per_agent:
        return (WHOLE_AGENT,)
    # An action whose kind the audit does not tell is counted in no class; the gate knows better.
    return () if report.topic is None else classes_of(report)[:1]


def _class_record(
    rules: AutonomyRules,
    told: Told,
    name: str,
    level: int,
    reports: Sequence[Report],
    promotion: Promotion | None,
    now_ms: int,
) -> ClassRecord:
    if promotion is not None:
        evidence = dict(promotion.evidence)
        return ClassRecord(name, level, evidence, _judged(rules, evidence, promotion.asked_ms), promotion)
    if told.reports is None:
        return ClassRecord(name, level, {}, (), None)
    changes = [
        LevelChange(event.kind, str(event.details.get("cause")), int(event.details.get("level", 0)), event.at_ms)
        for event in told.changes
        if (event.action_class or "") == name
    ]
    standing = standing_of(rules, level=level, first_ms=told.row.first_ms, changes=changes, reports=reports)
    evidence = evidence_now(rules, told.row.agent_id, name, standing, now_ms)
    found = criteria(rules, evidence, at_ms=now_ms, cool_off_until_ms=standing.cool_off_until_ms)
    return ClassRecord(name, level, evidence, found, None)


_COUNTS: Final = (
    "level",
    "level_since_ms",
    "counted_from_ms",
    "successes",
    "errors",
    "period_successes",
    "period_errors",
    "successes_before",
    "errors_before",
)


def _judged(rules: AutonomyRules, evidence: dict[str, Any], at_ms: int) -> tuple[Criterion, ...]:
    """The criteria for evidence that came from Kafka; none for one that lacks what they compare."""
    if any(not isinstance(evidence.get(name), int) for name in _COUNTS) or "e_value" not in evidence:
        return ()
    return criteria(rules, evidence, at_ms=at_ms)


def days_of(
    counts: Sequence[DayCount], changes: Sequence[AgentEvent], *, row: AgentRow, level: int | None, now_ms: int
) -> tuple[Day, ...]:
    """The last days with what the agent's actions came to, and the level of all that it does at the end of each."""
    today = now_ms // DAY_MS
    by_day = {count.day: count for count in counts}
    moves = [
        (event.at_ms // DAY_MS, event.details)
        for event in changes
        if (event.action_class or WHOLE_AGENT) == WHOLE_AGENT
    ]
    found = []
    for day in range(today - SHOWN_DAYS + 1, today + 1):
        count = by_day.get(day)
        successes, errors = (count.successes, count.errors) if count else (0, 0)
        found.append(Day(successes, errors, _level_on(day, moves, first_day=row.first_ms // DAY_MS, level=level)))
    return tuple(found)


def _level_on(
    day: int, moves: Sequence[tuple[int, Mapping[str, Any]]], *, first_day: int, level: int | None
) -> int | None:
    """The level at the end of a day; what it was before the first change stands in that change."""
    if day < first_day or level is None:
        return None
    before = [details.get("level") for moved, details in moves if moved <= day]
    if before:
        return _whole(before[-1])
    return _whole(moves[0][1].get("level_before")) if moves else level


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
