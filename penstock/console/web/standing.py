"""An agent's standing as the audit shows it: the counts on which a promotion would rest, before anybody asks for one.

The gate keeps the real record; here the changes that it wrote down and the outcomes that were reported are folded once
more, by the same tables. What the audit does not tell is taken as it usually is: every outcome belongs to an action
that was released under the present counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from penstock.audit_report import percent
from policies.autonomy import evidence_of
from policies.autonomy_record import Cause, Part, Standing, Status
from policies.autonomy_rules import RESTARTS, AutonomyRules, ChangeKind
from policies.evidence import e_value

# Changes after which the counts begin anew.
_RESTARTING: Final = frozenset(
    {
        ChangeKind.PROMOTED.value,
        ChangeKind.DEMOTED.value,
        ChangeKind.RESTRAINED.value,
        ChangeKind.DECLINED.value,
        ChangeKind.RESTARTED.value,
    }
)
# Most further actions that "what is missing" is looked for among.
_MOST_MISSING: Final = 1_000_000


class LevelChange(NamedTuple):
    """A change of an agent's standing in one class, as the audit has it."""

    kind: str
    cause: str
    level: int
    at_ms: int


class Report(NamedTuple):
    """An outcome of one released action: the worst that was reported."""

    status: str
    at_ms: int


def standing_of(
    rules: AutonomyRules, *, level: int, first_ms: int, changes: Sequence[LevelChange], reports: Iterable[Report]
) -> Standing:
    """The standing after these changes and outcomes of one class, both the oldest first."""
    standing = Standing(level, first_ms, first_ms, None, rules.snapshot)
    waiting = [change for change in changes if change.kind in _RESTARTING and change.cause in set(Cause)]
    for report in reports:
        # An outcome that causes a fall has its time, and counts before it.
        while waiting and waiting[0].at_ms < report.at_ms:
            standing = _restarted(rules, standing, waiting.pop(0))
        standing = _counted(rules, standing, report)
    for change in waiting:
        standing = _restarted(rules, standing, change)
    return standing._replace(level=level)


def _restarted(rules: AutonomyRules, standing: Standing, change: LevelChange) -> Standing:
    cause = Cause(change.cause)
    how = RESTARTS[cause]
    return standing._replace(
        since_ms=change.at_ms if how.begins_level else standing.since_ms,
        counted_from_ms=change.at_ms,
        successes=0,
        errors=0,
        successes_before=standing.successes_before + standing.successes if how.keeps_errors else 0,
        errors_before=standing.errors_before + standing.errors if how.keeps_errors else 0,
        parts=tuple(part._replace(successes=0) for part in standing.parts if part.errors) if how.keeps_errors else (),
        cool_off_until_ms=change.at_ms + rules.cool_off_ms if how.cools_off else standing.cool_off_until_ms,
        cause=cause,
    )


def _counted(rules: AutonomyRules, standing: Standing, report: Report) -> Standing:
    is_error = Status(report.status).is_error
    width = rules.part_ms
    number = report.at_ms // width if width else 0
    last = standing.parts[-1] if standing.parts else None
    part = last if last is not None and last.number >= number else Part(number, 0, 0)
    kept = standing.parts[:-1] if part is last else standing.parts
    part = part._replace(successes=part.successes + (not is_error), errors=part.errors + is_error)
    return standing._replace(
        successes=standing.successes + (not is_error), errors=standing.errors + is_error, parts=(*kept, part)
    )


class Criterion(NamedTuple):
    """One thing that a promotion needs: what the document wants, what there is, and what is missing; in words."""

    name: str
    wanted: str
    found: str
    is_met: bool
    missing: str = ""


def criteria(
    rules: AutonomyRules, evidence: dict[str, Any], *, at_ms: int, cool_off_until_ms: int = 0
) -> tuple[Criterion, ...]:
    """The evidence against each criterion of the document; empty where the document promotes nobody."""
    if rules.promotion is None:
        return ()
    found = [
        _successes(rules, evidence),
        _error_rate(rules, evidence),
        _age(rules, evidence, at_ms),
        Criterion(
            "Cool-off",
            "none runs",
            f"runs for {_days(cool_off_until_ms - at_ms)}" if at_ms < cool_off_until_ms else "none",
            at_ms >= cool_off_until_ms,
            _days(cool_off_until_ms - at_ms) if at_ms < cool_off_until_ms else "",
        ),
        Criterion(
            "Higher level",
            f"the document defines levels up to {rules.highest}",
            f"level {evidence['level']} now",
            evidence["level"] < rules.highest,
            "" if evidence["level"] < rules.highest else "a higher level in the document",
        ),
    ]
    if rules.records.needs_evidence:
        found.append(_test_value(rules, evidence))
    return tuple(found)


def evidence_now(
    rules: AutonomyRules, agent_id: str, action_class: str, standing: Standing, at_ms: int
) -> dict[str, Any]:
    """What a request for promotion would rest on now."""
    return evidence_of(rules, agent_id, action_class, standing, at_ms=at_ms)


def _successes(rules: AutonomyRules, evidence: dict[str, Any]) -> Criterion:
    wanted = rules.promotion.min_successful_actions if rules.promotion else 0
    have = int(evidence["period_successes"])
    return Criterion(
        f"Successes in the last {_period(rules)}",
        f"at least {wanted:,}",
        f"{have:,}",
        have >= wanted,
        f"{wanted - have:,} more" if have < wanted else "",
    )


def _error_rate(rules: AutonomyRules, evidence: dict[str, Any]) -> Criterion:
    limit = float(rules.promotion.max_error_rate) if rules.promotion else 0.0
    errors, successes = int(evidence["period_errors"]), int(evidence["period_successes"])
    outcomes = errors + successes
    is_met = not errors or errors / outcomes < limit
    missing = ""
    if not is_met:
        # The rate falls below the limit when there are more than errors / limit outcomes; at a limit of 0 never.
        missing = f"{int(errors / limit) + 1 - outcomes:,} more successes without an error" if limit else "no error"
    return Criterion(
        f"Error rate in the last {_period(rules)}",
        f"below {percent(limit)}, or no error",
        f"{errors:,} of {outcomes:,}" + (f" ({percent(errors / outcomes)})" if outcomes else ""),
        is_met,
        missing,
    )


def _age(rules: AutonomyRules, evidence: dict[str, Any], at_ms: int) -> Criterion:
    age_ms = at_ms - max(int(evidence["level_since_ms"]), int(evidence["counted_from_ms"]))
    return Criterion(
        "Time at this level, and of these counts",
        f"at least {_period(rules)}",
        _days(age_ms),
        age_ms >= rules.period_ms,
        f"{_days(rules.period_ms - age_ms)} more" if age_ms < rules.period_ms else "",
    )


def _test_value(rules: AutonomyRules, evidence: dict[str, Any]) -> Criterion:
    threshold = 1 / float(rules.records.error_probability)
    value = evidence["e_value"]
    rate = float(rules.promotion.max_error_rate) if rules.promotion else 0.0
    is_met = value is not None and value >= threshold
    missing = ""
    if not is_met and 0 < rate < 1:
        more = max(
            actions_missing(int(evidence["successes"]), int(evidence["errors"]), rate=rate, threshold=threshold),
            actions_missing(
                int(evidence["successes"]) + int(evidence["successes_before"]),
                int(evidence["errors"]) + int(evidence["errors_before"]),
                rate=rate,
                threshold=threshold,
            ),
        )
        missing = f"some {more:,} more actions without an error" if more < _MOST_MISSING else "very many more actions"
    return Criterion(
        "Test value (e-value) of the evidence",
        f"at least {threshold:,.6g}",
        "none" if value is None else f"{float(value):,.6g}",
        is_met,
        missing,
    )


def actions_missing(successes: int, errors: int, *, rate: float, threshold: float) -> int:
    """How many further actions without an error bring the e-value to the threshold, at most a million.

    Each success multiplies the value by at least one, so the answer is found by halving.
    """
    low, high = -1, 1
    while high < _MOST_MISSING and e_value(successes + errors + high, errors, rate=rate) < threshold:
        low, high = high, high * 2
    if high >= _MOST_MISSING:
        return _MOST_MISSING
    while high - low > 1:
        middle = (low + high) // 2
        if e_value(successes + errors + middle, errors, rate=rate) < threshold:
            low = middle
        else:
            high = middle
    return high


def _period(rules: AutonomyRules) -> str:
    return _days(rules.period_ms)


def _days(length_ms: int) -> str:
    days = length_ms / 86_400_000
    if days < 1:
        return f"{max(0, length_ms) / 3_600_000:.1f} hours"
    return f"{days:.3g} days" if days != 1 else "1 day"
