"""What a person does about an agent as a whole: stop it, let it go on, lower its level, close one of its breakers.

A stop outranks everything that policy or people would release; it stays until somebody lifts it. Whoever restrains an
agent may own it. Whoever gives it back what was taken may not: that is for somebody else to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from policies.action_class import KINDS, WHOLE_AGENT
from policies.approval_documents import Role
from policies.autonomy import begin, change, counted_under, restarted, start_level
from policies.autonomy_record import Cause, Record
from policies.autonomy_rules import AutonomyRules, Change, ChangeKind
from policies.autonomy_rules import Folded as FoldedRecord
from policies.conduct import Conduct, ConductPlan, Facts
from policies.people import Principal

# More than a reviewer of single actions: these acts are about all that an agent does.
SUPERVISING: Final = frozenset({Role.SENIOR_REVIEWER, Role.ADMIN})


class AgentDeed(StrEnum):
    """What is done about an agent; the words are the verdicts of reviews."""

    STOP = "stop"
    RESUME = "resume"
    DEMOTE = "demote"
    CLOSE_BREAKER = "close_breaker"


_LOOSENING: Final = frozenset({AgentDeed.RESUME, AgentDeed.CLOSE_BREAKER})


class AgentConflict(StrEnum):
    """Why an act about an agent changes nothing; the first that applies is given, in this order."""

    NOT_ELIGIBLE = "not_eligible"
    SELF_APPROVAL = "self_approval"
    CLASS_MISSING = "class_missing"
    REASON_MISSING = "reason_missing"
    NOTHING_TO_CHANGE = "nothing_to_change"


@dataclass(frozen=True, slots=True)
class Stop:
    """Who stopped an agent, when, and by which review; the words stay on the review."""

    by: str
    review_id: str
    at_ms: int

    def to_json(self) -> dict[str, Any]:
        """The stop as a JSON object."""
        return {"by": self.by, "review_id": self.review_id, "at_ms": self.at_ms}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Stop:
        """The stop that `to_json` gave."""
        return cls(**value)


class AgentAct(NamedTuple):
    """An act about an agent. `by` is None for someone the gate does not know.

    `level` is the one to fall to, None for one below; without `action_class` it is about all that the agent does.
    """

    deed: AgentDeed
    by: Principal | None
    review_id: str
    reason: str | None
    level: int | None = None
    action_class: str | None = None


class Supervised(NamedTuple):
    """An agent after an act: its conduct, its stop (None when it may go on), and facts for the audit."""

    conduct: Conduct
    stop: Stop | None
    facts: Facts


def supervise(
    plan: ConductPlan, conduct: Conduct, stop: Stop | None, act: AgentAct, *, at_ms: int
) -> Supervised | AgentConflict:
    """The agent after the act, or why nothing changes."""
    conflict = _conflict(conduct.record.agent_id, act)
    if conflict is not None or act.by is None:
        return conflict or AgentConflict.NOT_ELIGIBLE
    after = Supervised(conduct, stop, ())
    if act.deed is AgentDeed.STOP and stop is None:
        after = after._replace(stop=Stop(act.by.id, act.review_id, at_ms))
    elif act.deed is AgentDeed.RESUME:
        after = after._replace(stop=None)
    elif act.deed is AgentDeed.DEMOTE and plan.rules is not None:
        record, changes = demoted(
            plan.rules, conduct.record, action_class=act.action_class, level=act.level, by=act.by.id, at_ms=at_ms
        )
        if changes:
            after = after._replace(conduct=conduct._replace(record=record), facts=changes)
    elif act.deed is AgentDeed.CLOSE_BREAKER:
        closed, facts = plan.close_breaker(conduct, act.action_class or "", by=act.by.id, at_ms=at_ms)
        after = after._replace(conduct=closed, facts=facts)
    return AgentConflict.NOTHING_TO_CHANGE if after == (conduct, stop, ()) else after


def _conflict(agent_id: str, act: AgentAct) -> AgentConflict | None:
    by = act.by
    # An agent serves every tenant, so who sees only some of them does not decide about it.
    if by is None or by.tenants or Role.AUDITOR in by.roles or not by.has_any(SUPERVISING):
        return AgentConflict.NOT_ELIGIBLE
    if act.deed in _LOOSENING and by.owns(agent_id):
        return AgentConflict.SELF_APPROVAL
    if act.deed is AgentDeed.CLOSE_BREAKER and not act.action_class:
        return AgentConflict.CLASS_MISSING
    if not (act.reason or "").strip():
        return AgentConflict.REASON_MISSING
    return None


def demoted(
    rules: AutonomyRules, record: Record, *, action_class: str | None, level: int | None, by: str, at_ms: int
) -> FoldedRecord:
    """The record at a lower level, in one class or in all, known or still to come; without facts nothing is lower."""
    before, is_wide = record, rules.is_per_agent or action_class is None
    first = start_level(rules, record)
    if rules.is_per_agent and WHOLE_AGENT not in record.standings:
        record = begin(rules, record, WHOLE_AGENT, model=None, at_ms=at_ms)
    names = [*record.standings]
    if action_class is not None and not is_wide:
        names = [name for name in record.standings if action_class in (name, name.partition(":")[2])]
        # A class is begun by its full name alone: under another one nothing would ever be judged.
        if not names and action_class.startswith(KINDS):
            record = begin(rules, record, action_class, model=None, at_ms=at_ms)
            names = [action_class] if action_class in record.standings else []
    changes: list[Change] = []
    for name in names:
        record, fallen = _fall(rules, record, name, level=level, by=by, at_ms=at_ms)
        changes.extend(fallen)
    lower = _lower(first, level)
    if is_wide and lower < first:
        record = record._replace(start_level=lower)
        if not changes:
            changes.append(Change(ChangeKind.DEMOTED, WHOLE_AGENT, first, lower, Cause.BY_PERSON, at_ms, by=by))
    return (record, tuple(changes)) if changes else (before, ())


def _lower(present: int, level: int | None) -> int:
    return max(0, present - 1) if level is None else min(present, level)


def _fall(rules: AutonomyRules, record: Record, name: str, *, level: int | None, by: str, at_ms: int) -> FoldedRecord:
    counted, renewed = counted_under(rules, record, name, at_ms=at_ms)
    standing = counted.standings[name]
    # A policy may have fewer levels than the one under which the agent rose; a fall is felt under the one in force.
    lower = _lower(min(standing.level, rules.highest), level)
    if lower >= standing.level:
        return record, ()
    after = restarted(rules, standing, Cause.BY_PERSON, level=lower, at_ms=at_ms)
    found = change(ChangeKind.DEMOTED, name, standing, after, cause=Cause.BY_PERSON, at_ms=at_ms, by=by)
    return counted.with_standing(name, after), (*renewed, found)
