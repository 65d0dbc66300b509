"""The sections on how agents' records are kept and when a circuit breaker opens: plain data, every value checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Number = int | float


class RecordsPer(StrEnum):
    """What one record of autonomy is about."""

    AGENT = "agent"
    ACTION_CLASS = "action_class"


# Chance that an agent no better than the criterion is ever promoted on evidence; the usual 5 %.
DEFAULT_ERROR_PROBABILITY: Final = 0.05
# How long a demoted agent cannot rise, days; chosen, as the published document names none: its review period.
DEFAULT_COOL_OFF_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class AutonomyRecords:
    """The `autonomy_records` section. With `needs_evidence`, promotion also needs the sequential test."""

    per: RecordsPer = RecordsPer.AGENT
    needs_evidence: bool = False
    error_probability: Number = DEFAULT_ERROR_PROBABILITY
    cool_off_days: Number = DEFAULT_COOL_OFF_DAYS


# How far back the rates of a breaker look, seconds; below how many events a rate says nothing; how long a breaker stays
# open before it lets a probe through, seconds; how many probes must succeed. Chosen.
DEFAULT_WINDOW_S: Final = 600
DEFAULT_MIN_COUNT: Final = 20
DEFAULT_OPEN_S: Final = 900
DEFAULT_PROBES: Final = 1


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """One entry of `circuit_breakers`: for which agents and classes (globs), and what opens it.

    Rates are shares 0..1 of the decisions or outcomes of the last `window_s`; `velocity` is (actions, seconds).
    """

    id: str
    agents: tuple[str, ...] | None
    classes: tuple[str, ...] | None
    error_rate_above: Number | None = None
    denial_rate_above: Number | None = None
    velocity: tuple[int, Number] | None = None
    window_s: Number = DEFAULT_WINDOW_S
    min_count: int = DEFAULT_MIN_COUNT
    open_s: Number = DEFAULT_OPEN_S
    probes: int = DEFAULT_PROBES


PER_WORDS: Final[Mapping[str, RecordsPer]] = {entry.value: entry for entry in RecordsPer}
