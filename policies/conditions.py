"""One condition of a match on one action, in three values: it holds, it does not, or the field is absent (None).

This is the plain meaning of each condition. The compiled index in `matcher` must agree with it; explanations and the
reference evaluator are built on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

from policies.decisions import Amount, Facts
from policies.documents import AtLeast, Match, Number, Velocity
from policies.expression_types import FACT_TYPES
from policies.expression_values import Expression
from policies.globs import matches_any

FIELD_OF_CONDITION: Mapping[str, str] = {
    "topics": "topic",
    "risk_tags": "risk_tags",
    "risk_tags_all": "risk_tags",
    "agents": "agent_id",
    "tenants": "tenant_id",
    "tools": "tool",
    "environments": "environment",
    "labels": "labels",
    "confidence_below": "confidence",
    "anomaly_score_above": "anomaly_score",
    "retry_count_above": "retry_count",
    "amount_usd_above": "amount_usd",
    "affected_users_above": "affected_users",
    "first_time_action": "first_time_action",
    "customer_facing": "customer_facing",
    "reversible": "reversible",
    "session_tainted": "session_tainted",
    "velocity": "velocity",
    "at_least": "",
    "when": "",
}
"""The fact that each condition reads; empty for those that read what they name themselves."""


def _glob(globs: Sequence[str], fact: str, facts: Facts) -> bool | None:
    value: str | None = getattr(facts, fact)
    return None if value is None else matches_any(globs, value)


def _labels(wanted: Sequence[tuple[str, tuple[str, ...]]], facts: Facts) -> bool | None:
    """All names must hold; a label that is not given is absent, not different."""
    if facts.labels is None:
        return None
    result: bool | None = True
    for name, globs in wanted:
        value = facts.labels.get(name)
        if value is None:
            result = None
        elif not isinstance(value, str):
            raise TypeError("a label is not text")
        elif not matches_any(globs, value):
            return False
    return result


def _tags(wanted: Sequence[str], facts: Facts, *, every: bool) -> bool | None:
    """A tag that only the agent claims makes the condition possible and never certain, where a class names the tags."""
    choose = all if every else any
    if facts.certain_tags is None or facts.risk_tags is None:
        return None
    if choose(tag in facts.certain_tags for tag in wanted):
        return True
    return None if choose(tag in facts.risk_tags for tag in wanted) else False


def _velocity(wanted: Velocity, facts: Facts) -> bool | None:
    """The proposed action counts too: with `max: 3`, three pass and the fourth is the first that is more."""
    for window_s, count in facts.velocity:
        if window_s == wanted.window_s:
            return count + 1 > wanted.most
    return None


def _at_least(wanted: AtLeast, facts: Facts) -> bool | None:
    """True when enough hold for certain, false when not even the unknown ones would make enough."""
    results = [holds(match, facts) for match in wanted.of]
    certain = results.count(True)
    if certain >= wanted.count:
        return True
    return False if certain + results.count(None) < wanted.count else None


def read_path(facts: Facts, names: tuple[str, ...]) -> object:
    """The value of an expression's path: a fact where its name is one, else a field of the event; None when absent.

    Raises: TypeError where the path leads through what has no fields.
    """
    if names[0] in FACT_TYPES:
        return getattr(facts, names[0])
    value: object = facts.event
    for name in names:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise TypeError("a path leads through what has no fields")
        value = value.get(name)
    return value


def _compare(value: Amount, cut: Number) -> int:
    """-1, 0 or 1; a Decimal is compared with the decimal that the policy's text gives, not its binary neighbour."""
    other = Decimal(repr(cut)) if isinstance(value, Decimal) else cut
    return (value > other) - (value < other)


def evaluate(match: Match, condition: str, facts: Facts) -> bool | None:
    """Whether one given condition of a match holds; None when the field it reads is absent."""
    wanted = getattr(match, condition)
    if isinstance(wanted, Velocity):
        return _velocity(wanted, facts)
    if isinstance(wanted, AtLeast):
        return _at_least(wanted, facts)
    if isinstance(wanted, Expression):
        return wanted.holds(partial(read_path, facts))
    fact = FIELD_OF_CONDITION[condition]
    if condition in ("risk_tags", "risk_tags_all"):
        return _tags(wanted, facts, every=condition == "risk_tags_all")
    if condition == "labels":
        return _labels(wanted, facts)
    value = getattr(facts, fact)
    if value is None:
        return None
    if isinstance(wanted, tuple):
        return _glob(wanted, fact, facts)
    if isinstance(wanted, bool):
        return bool(value is wanted)
    if condition.endswith("_below"):
        return _compare(value, wanted) < 0
    return _compare(value, wanted) > 0


def holds(match: Match, facts: Facts) -> bool | None:
    """Whether all conditions of a match hold: false if one does not, else None if a field is absent, else true.

    Those that a lookup answers come first, and what comes after a false one is not looked at: an expression is
    computed, and may be an error, only where everything else of its rule holds or may hold.
    """
    result: bool | None = True
    for name in sorted(match.given, key=LAZY_CONDITIONS.__contains__):
        found = evaluate(match, name, facts)
        if found is False:
            return False
        if found is None:
            result = None
    return result


def absent_fields(match: Match, condition: str, facts: Facts) -> tuple[str, ...]:
    """The fields whose absence left a condition unknown."""
    wanted = getattr(match, condition)
    if isinstance(wanted, Expression):
        return tuple(dict.fromkeys(path.text for path in wanted.paths() if read_path(facts, path.names) is None))
    if isinstance(wanted, AtLeast):
        unknown = [
            absent_fields(part, name, facts)
            for part in wanted.of
            if holds(part, facts) is None
            for name in part.given
            if evaluate(part, name, facts) is None
        ]
        return tuple(dict.fromkeys(name for names in unknown for name in names))
    if condition in ("risk_tags", "risk_tags_all") and facts.risk_tags is not None:
        return ()  # a claimed tag left it open; nothing is absent
    return (FIELD_OF_CONDITION[condition],)


LAZY_CONDITIONS = frozenset({"labels", "velocity", "at_least", "when"})
"""The conditions that no lookup answers."""
