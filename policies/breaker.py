"""A circuit breaker per agent and action class: when too much goes wrong, everything of the class waits for a person.

Theory of operation. A breaker is *closed* (actions pass and are counted), *open* (everything is held) or *half open*
(one action at a time passes as a probe, the rest is held). `TRANSITIONS` has every change there is; a signal that is
not in it changes nothing. Counts are kept in eighths of their window, so that the oldest leave it; a window therefore
covers between eight and nine eighths of its length, never less. Counting begins anew whenever a breaker closes.

Source: M. T. Nygard, "Release It!" (2007), the pattern; docs/autonomy.md, the choices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from policies.autonomy_documents import CircuitBreaker, Number
from policies.globs import matches_any

_MS: Final = 1_000
_PARTS: Final = 8
# Breakers kept per agent. Agents name topics, so there must be a limit; the classes past it share one breaker.
MAX_BREAKERS: Final = 64
SHARED: Final = "*"
# Which entry of the document applies is remembered for so many pairs of agent and class; an entry is some 200 bytes.
_MEMO_ENTRIES: Final = 4_096


class State(StrEnum):
    """Whether actions pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Signal(StrEnum):
    """What can change a state; the first three are the thresholds of a document."""

    ERROR_RATE = "error_rate"
    DENIAL_RATE = "denial_rate"
    VELOCITY = "velocity"
    TIME_PASSED = "time_passed"
    PROBES_SUCCEEDED = "probes_succeeded"
    PROBE_FAILED = "probe_failed"
    CLOSED_BY_PERSON = "closed_by_person"


TRANSITIONS: Final[Mapping[tuple[State, Signal], State]] = {
    (State.CLOSED, Signal.ERROR_RATE): State.OPEN,
    (State.CLOSED, Signal.DENIAL_RATE): State.OPEN,
    (State.CLOSED, Signal.VELOCITY): State.OPEN,
    (State.OPEN, Signal.TIME_PASSED): State.HALF_OPEN,
    (State.OPEN, Signal.CLOSED_BY_PERSON): State.CLOSED,
    (State.HALF_OPEN, Signal.PROBES_SUCCEEDED): State.CLOSED,
    (State.HALF_OPEN, Signal.PROBE_FAILED): State.OPEN,
    (State.HALF_OPEN, Signal.CLOSED_BY_PERSON): State.CLOSED,
}


class Count(NamedTuple):
    """What happened in one eighth of the window of rates."""

    number: int
    decisions: int = 0
    denials: int = 0
    outcomes: int = 0
    errors: int = 0


class Breaker(NamedTuple):
    """One breaker. `proposed` has (eighth, actions) of the window of velocity; `probe` is the key of the action out."""

    state: State = State.CLOSED
    since_ms: int = 0
    cause: Signal | None = None
    counts: tuple[Count, ...] = ()
    proposed: tuple[tuple[int, int], ...] = ()
    probe: str | None = None
    probe_ms: int = 0
    probes_succeeded: int = 0

    def to_json(self) -> dict[str, Any]:
        """The breaker as a JSON object."""
        return {
            **self._asdict(),
            "state": self.state.value,
            "cause": None if self.cause is None else self.cause.value,
            "counts": [[*count] for count in self.counts],
            "proposed": [[*pair] for pair in self.proposed],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Breaker:
        """The breaker that `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: the value is none.
        """
        cause = value["cause"]
        return cls(**value)._replace(
            state=State(value["state"]),
            cause=None if cause is None else Signal(cause),
            counts=tuple(Count(*count) for count in value["counts"]),
            proposed=tuple((number, actions) for number, actions in value["proposed"]),
        )


Breakers = Mapping[str, Breaker]
"""The breakers of one agent by action class."""


class BreakerChange(NamedTuple):
    """A fact for the audit: a breaker of a class changed its state; `by` is the person who closed it."""

    action_class: str
    breaker_id: str
    before: State
    state: State
    cause: Signal
    at_ms: int
    by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The change as a JSON object, without what it does not have."""
        return {
            name: value.value if isinstance(value, StrEnum) else value
            for name, value in self._asdict().items()
            if value is not None
        }


class BreakerPlan:
    """The `circuit_breakers` of a bundle, ready to use; the first entry that fits agent and class applies."""

    def __init__(self, entries: Sequence[CircuitBreaker]) -> None:
        self._entries = tuple(entries)
        self._memo: dict[tuple[str, str], CircuitBreaker | None] = {}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def entry_for(self, agent_id: str, action_class: str) -> CircuitBreaker | None:
        """The entry for an agent in a class, None for no breaker; a class is named with or without its kind."""
        pair = (agent_id, action_class)
        if pair in self._memo:
            return self._memo[pair]
        names = (action_class, action_class.partition(":")[2])
        found = next((entry for entry in self._entries if _fits(entry, agent_id, names)), None)
        if len(self._memo) < _MEMO_ENTRIES:
            self._memo[pair] = found
        return found


def _fits(entry: CircuitBreaker, agent_id: str, names: Sequence[str]) -> bool:
    if entry.agents is not None and not matches_any(entry.agents, agent_id):
        return False
    return entry.classes is None or any(matches_any(entry.classes, name) for name in names)


def key_of(breakers: Breakers, action_class: str) -> str:
    """Under which key the breaker of a class is kept: its own, or the shared one when there is no room."""
    return action_class if action_class in breakers or len(breakers) < MAX_BREAKERS else SHARED


Folded = tuple[Breaker, BreakerChange | None]


def note_decision(entry: CircuitBreaker, breaker: Breaker, *, action_class: str, is_denied: bool, at_ms: int) -> Folded:
    """An action was proposed and policy judged it; what crosses a threshold is itself the first to be held."""
    if breaker.state is not State.CLOSED:
        return breaker, None
    counts = breaker.counts
    if entry.error_rate_above is not None or entry.denial_rate_above is not None:
        counts = _counted(counts, _eighth(entry.window_s, at_ms), Count(0, decisions=1, denials=int(is_denied)))
    proposed = breaker.proposed
    if entry.velocity is not None:
        proposed = _proposed(proposed, _eighth(entry.velocity[1], at_ms))
    breaker = breaker._replace(counts=counts, proposed=proposed)
    if entry.velocity is not None and sum(actions for _, actions in proposed) > entry.velocity[0]:
        return _move(entry, breaker, Signal.VELOCITY, action_class=action_class, at_ms=at_ms)
    if entry.denial_rate_above is not None:
        decisions = sum(count.decisions for count in counts)
        denials = sum(count.denials for count in counts)
        if decisions >= entry.min_count and denials / decisions > entry.denial_rate_above:
            return _move(entry, breaker, Signal.DENIAL_RATE, action_class=action_class, at_ms=at_ms)
    return breaker, None


class Admission(StrEnum):
    """What a breaker says to an action that policy would release."""

    RELEASE = "release"
    PROBE = "probe"
    HOLD = "hold"


def admit(
    entry: CircuitBreaker, breaker: Breaker, *, action_class: str, action_key: str, at_ms: int
) -> tuple[Breaker, Admission, BreakerChange | None]:
    """Whether an action that policy would release may pass; a probe that passes is remembered by its key.

    A probe without an outcome gives its place up after `open_s`.
    """
    if breaker.state is State.CLOSED:
        return breaker, Admission.RELEASE, None
    change = None
    open_ms = round(entry.open_s * _MS)
    if breaker.state is State.OPEN:
        if at_ms - breaker.since_ms < open_ms:
            return breaker, Admission.HOLD, None
        breaker, change = _move(entry, breaker, Signal.TIME_PASSED, action_class=action_class, at_ms=at_ms)
    if breaker.probe is not None and at_ms - breaker.probe_ms < open_ms:
        return breaker, Admission.HOLD, change
    return breaker._replace(probe=action_key, probe_ms=at_ms), Admission.PROBE, change


def note_outcome(
    entry: CircuitBreaker, breaker: Breaker, *, action_class: str, action_key: str, is_error: bool, at_ms: int
) -> Folded:
    """A released action had an outcome. While not closed, only that of the probe counts."""
    if breaker.state is State.CLOSED:
        if entry.error_rate_above is None:
            return breaker, None
        counts = _counted(breaker.counts, _eighth(entry.window_s, at_ms), Count(0, outcomes=1, errors=int(is_error)))
        breaker = breaker._replace(counts=counts)
        outcomes, errors = sum(count.outcomes for count in counts), sum(count.errors for count in counts)
        if outcomes >= entry.min_count and errors / outcomes > entry.error_rate_above:
            return _move(entry, breaker, Signal.ERROR_RATE, action_class=action_class, at_ms=at_ms)
        return breaker, None
    if breaker.state is not State.HALF_OPEN or action_key != breaker.probe:
        return breaker, None
    if is_error:
        return _move(entry, breaker, Signal.PROBE_FAILED, action_class=action_class, at_ms=at_ms)
    breaker = breaker._replace(probe=None, probes_succeeded=breaker.probes_succeeded + 1)
    if breaker.probes_succeeded < entry.probes:
        return breaker, None
    return _move(entry, breaker, Signal.PROBES_SUCCEEDED, action_class=action_class, at_ms=at_ms)


def close_by_person(entry: CircuitBreaker, breaker: Breaker, *, action_class: str, by: str, at_ms: int) -> Folded:
    """A person closed the breaker; nothing changes when it is closed."""
    return _move(entry, breaker, Signal.CLOSED_BY_PERSON, action_class=action_class, at_ms=at_ms, by=by)


def _move(
    entry: CircuitBreaker, breaker: Breaker, signal: Signal, *, action_class: str, at_ms: int, by: str | None = None
) -> Folded:
    state = TRANSITIONS.get((breaker.state, signal))
    if state is None:
        return breaker, None
    after = Breaker(state, at_ms, signal)
    return after, BreakerChange(action_class, entry.id, breaker.state, state, signal, at_ms, by)


def _eighth(window_s: Number, at_ms: int) -> int:
    return at_ms * _PARTS // round(window_s * _MS)


def _counted(counts: tuple[Count, ...], number: int, more: Count) -> tuple[Count, ...]:
    last = counts[-1] if counts else None
    if last is not None and last.number >= number:  # a clock that went back counts as one that stood still
        added = Count(
            last.number,
            last.decisions + more.decisions,
            last.denials + more.denials,
            last.outcomes + more.outcomes,
            last.errors + more.errors,
        )
        return (*counts[:-1], added)
    return (*(count for count in counts if count.number >= number - _PARTS), more._replace(number=number))


def _proposed(proposed: tuple[tuple[int, int], ...], number: int) -> tuple[tuple[int, int], ...]:
    if proposed and proposed[-1][0] >= number:
        last, actions = proposed[-1]
        return (*proposed[:-1], (last, actions + 1))
    return (*(pair for pair in proposed if pair[0] >= number - _PARTS), (number, 1))
