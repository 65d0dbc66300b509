"""The figures of a run as text."""

from __future__ import annotations

from collections.abc import Iterable

from tests.crash.faults import FaultKind
from tests.crash.scenario import Outcome, Plan
from tests.crash.verdict import Fault

# The longest silences that are told.
TOLD_SILENCES = 12
DECISIONS = ("decision", "output", "chunk", "hold_expired", "hold_released", "hold_superseded", "review")


def table(plan: Plan, outcome: Outcome) -> str:
    """Everything worth knowing about a run, a line each."""
    verdict, faults = outcome.verdict, outcome.faults
    rows: list[tuple[str, object]] = [
        ("seed", plan.seed),
        ("chaos, seconds", round(plan.chaos_s)),
        ("inputs", verdict.inputs),
        ("audit records", verdict.audited),
        ("decisions", sum(verdict.kinds[kind] for kind in DECISIONS)),
        ("kills of workers", faults[FaultKind.KILL] + faults[FaultKind.TRAP_KILL]),
        ("pauses of workers", faults[FaultKind.PAUSE] + faults[FaultKind.TRAP_STOP]),
        ("broker restarts", faults[FaultKind.BROKER_KILL]),
        ("broker pauses", faults[FaultKind.BROKER_PAUSE]),
        ("policy switches", faults[FaultKind.POLICY]),
        ("workers added, removed", f"{faults[FaultKind.ADD]}, {faults[FaultKind.REMOVE]}"),
        ("workers that ended by themselves", faults["ended by itself"]),
        ("workers deaf to SIGTERM", faults["deaf to SIGTERM"]),
        ("fencings", _logged(outcome, "lane_reopened fenced")),
        ("lanes reopened in all", _logged(outcome, "lane_reopened")),
        ("records not written", outcome.not_written),
        ("drained after, seconds", round(outcome.drain_s, 1)),
        ("checked in, seconds", round(outcome.check_s, 1)),
        *((fault.value, verdict.faults[fault]) for fault in Fault),
    ]
    lines = [f"{name:36}{value}" for name, value in rows]
    lines += ["audit kinds", *_counted(verdict.kinds.most_common())]
    lines += ["workflows", *_counted(verdict.turns.most_common())]
    lines += ["worker logs", *_counted(outcome.logged.most_common())]
    lines += ["longest silences of a lane", *_silences(outcome)]
    lines += verdict.told
    return "\n".join(lines)


def _logged(outcome: Outcome, start: str) -> int:
    return sum(count for name, count in outcome.logged.items() if name.startswith(start))


def _counted(counts: Iterable[tuple[str, int]]) -> list[str]:
    return [f"    {count:10,}  {name}" for name, count in counts]


def _silences(outcome: Outcome) -> list[str]:
    longest = sorted(outcome.silences, key=lambda found: -found[0].length_s)[:TOLD_SILENCES]
    return [f"    {silence.length_s:8.1f} s  lane {silence.lane}: {cause}" for silence, cause in longest]
