"""One condition of a match on one action, in three values: it holds, it does not, or the field is absent (None).

This is the plain meaning of each condition. The compiled index in `matcher` must agree with it; explanations and the
reference evaluator are built on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from policies.decisions import Amount, Facts
from policies.documents import Match, Number
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
}
"""The event field that each condition reads."""


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


def _compare(value: Amount, cut: Number) -> int:
    """-1, 0 or 1; a Decimal is compared with the decimal that the policy's text gives, not its binary neighbour."""
    other = Decimal(repr(cut)) if isinstance(value, Decimal) else cut
    return (value > other) - (value < other)


def evaluate(match: Match, condition: str, facts: Facts) -> bool | None:
    """Whether one given condition of a match holds; None when the field it reads is absent."""
    wanted = getattr(match, condition)
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
    """Whether all conditions of a match hold: false if one does not, else None if a field is absent, else true."""
    results = [evaluate(match, name, facts) for name in match.given]
    if False in results:
        return False
    return None if None in results else True


LAZY_CONDITIONS = frozenset({"labels"})
"""The conditions that no lookup answers."""
