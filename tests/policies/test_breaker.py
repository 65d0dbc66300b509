"""Circuit breakers: every state and signal, the windows, the probes, and what holds for any history."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.autonomy_documents import CircuitBreaker
from policies.breaker import (
    MAX_BREAKERS,
    SHARED,
    TRANSITIONS,
    Admission,
    Breaker,
    BreakerChange,
    BreakerPlan,
    Signal,
    State,
    admit,
    close_by_person,
    key_of,
    note_decision,
    note_outcome,
)
from policies.bundle import load_bundle

CLASS = "class:refund"
ERRORS = CircuitBreaker("errors", None, ("*",), error_rate_above=0.2, window_s=80, min_count=10, open_s=60, probes=2)
DENIALS = CircuitBreaker("denials", None, ("*",), denial_rate_above=0.5, window_s=80, min_count=4, open_s=60)
VELOCITY = CircuitBreaker("velocity", None, ("*",), velocity=(3, 8), open_s=60)


class Circuit:
    """One breaker as its events come."""

    def __init__(self, entry: CircuitBreaker, breaker: Breaker | None = None) -> None:
        self.entry = entry
        self.breaker = breaker or Breaker()
        self.now_ms = 1_000_000
        self.changes: list[BreakerChange] = []
        self._count = 0

    def _take(self, folded: tuple[Breaker, BreakerChange | None]) -> None:
        self.breaker, change = folded
        if change is not None:
            self.changes.append(change)

    def decide(self, *, denied: bool = False, times: int = 1) -> None:
        for _ in range(times):
            self._take(note_decision(self.entry, self.breaker, action_class=CLASS, is_denied=denied, at_ms=self.now_ms))

    def admit(self, key: str | None = None) -> Admission:
        self._count += 1
        self.breaker, admission, change = admit(
            self.entry, self.breaker, action_class=CLASS, action_key=key or f"k{self._count}", at_ms=self.now_ms
        )
        if change is not None:
            self.changes.append(change)
        return admission

    def outcome(self, key: str = "other", *, error: bool = False, times: int = 1) -> None:
        for _ in range(times):
            self._take(
                note_outcome(
                    self.entry, self.breaker, action_class=CLASS, action_key=key, is_error=error, at_ms=self.now_ms
                )
            )

    def close(self) -> None:
        self._take(close_by_person(self.entry, self.breaker, action_class=CLASS, by="ana", at_ms=self.now_ms))

    def wait(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)

    def state(self) -> State:
        return self.breaker.state


def _opened(entry: CircuitBreaker = ERRORS) -> Circuit:
    circuit = Circuit(entry)
    circuit.outcome(error=True, times=10)
    assert circuit.state() is State.OPEN
    return circuit


def _half_open(entry: CircuitBreaker = ERRORS) -> Circuit:
    circuit = _opened(entry)
    circuit.wait(60)
    assert circuit.admit("probe") is Admission.PROBE
    return circuit


def test_a_closed_breaker_lets_everything_pass() -> None:
    circuit = Circuit(ERRORS)
    circuit.decide(denied=True, times=100)
    circuit.outcome(times=100)

    assert (circuit.state(), circuit.admit(), circuit.changes) == (State.CLOSED, Admission.RELEASE, [])


def test_an_error_rate_above_the_threshold_opens_once_there_are_enough_outcomes() -> None:
    circuit = Circuit(ERRORS)
    circuit.outcome(error=True, times=9)
    assert circuit.state() is State.CLOSED
    circuit.outcome()

    assert circuit.state() is State.OPEN
    (change,) = circuit.changes
    assert (change.cause, change.before, change.state) == (Signal.ERROR_RATE, State.CLOSED, State.OPEN)


def test_a_rate_at_the_threshold_opens_nothing() -> None:
    circuit = Circuit(ERRORS)
    for _ in range(50):
        circuit.outcome(times=4)
        circuit.outcome(error=True)
    assert circuit.state() is State.CLOSED
    circuit.outcome(error=True)
    assert circuit.state() is State.OPEN


def test_a_denial_rate_above_the_threshold_opens() -> None:
    circuit = Circuit(DENIALS)
    circuit.decide(times=2)
    circuit.decide(denied=True, times=2)
    assert circuit.state() is State.CLOSED
    circuit.decide(denied=True)
    assert (circuit.state(), circuit.changes[0].cause) == (State.OPEN, Signal.DENIAL_RATE)


def test_the_action_that_is_too_many_is_itself_held() -> None:
    circuit = Circuit(VELOCITY)
    admissions = []
    for _ in range(5):
        circuit.decide()
        admissions.append(circuit.admit())

    assert admissions == [Admission.RELEASE] * 3 + [Admission.HOLD] * 2
    assert circuit.changes[0].cause is Signal.VELOCITY


@pytest.mark.parametrize(("seconds", "state"), [(7, State.OPEN), (8, State.OPEN), (9.5, State.CLOSED)])
def test_actions_leave_the_window_after_it_and_at_most_an_eighth_later(seconds: float, state: State) -> None:
    circuit = Circuit(VELOCITY)
    circuit.decide(times=3)

    circuit.wait(seconds)
    circuit.decide()

    assert circuit.state() is state


@pytest.mark.parametrize("act", [Circuit.decide, Circuit.outcome])
def test_old_errors_leave_the_rate(act: Callable[..., None]) -> None:
    circuit = Circuit(ERRORS)
    circuit.outcome(error=True, times=9)
    circuit.wait(91)

    act(circuit)

    assert circuit.state() is State.CLOSED
    assert sum(count.errors for count in circuit.breaker.counts) == 0


def test_an_open_breaker_holds_everything_until_its_time() -> None:
    circuit = _opened()

    circuit.wait(59.9)
    assert circuit.admit() is Admission.HOLD
    circuit.outcome(times=100)
    assert circuit.state() is State.OPEN
    circuit.wait(0.1)
    assert circuit.admit() is Admission.PROBE
    assert circuit.state() is State.HALF_OPEN


def test_only_one_probe_is_out_at_a_time() -> None:
    circuit = _half_open()

    assert circuit.admit() is Admission.HOLD
    circuit.outcome("probe")
    assert circuit.state() is State.HALF_OPEN
    assert circuit.admit() is Admission.PROBE


def test_enough_probes_that_succeed_close_it_with_nothing_on_the_counts() -> None:
    circuit = _half_open()
    circuit.outcome("probe")
    circuit.admit("second")

    circuit.outcome("second")

    assert circuit.state() is State.CLOSED
    assert circuit.breaker.counts == () and circuit.changes[-1].cause is Signal.PROBES_SUCCEEDED
    circuit.outcome(error=True, times=9)
    assert circuit.state() is State.CLOSED


def test_a_probe_that_fails_opens_it_for_the_whole_time_again() -> None:
    circuit = _half_open()

    circuit.outcome("probe", error=True)

    assert (circuit.state(), circuit.changes[-1].cause) == (State.OPEN, Signal.PROBE_FAILED)
    circuit.wait(59)
    assert circuit.admit() is Admission.HOLD


def test_only_the_probes_own_outcome_counts_and_only_once() -> None:
    circuit = _half_open()

    circuit.outcome("other", times=5)
    circuit.outcome("other", error=True, times=5)
    circuit.outcome("probe", times=3)

    assert (circuit.state(), circuit.breaker.probes_succeeded) == (State.HALF_OPEN, 1)


def test_a_probe_without_an_outcome_gives_its_place_up() -> None:
    circuit = _half_open()
    circuit.wait(59)
    assert circuit.admit() is Admission.HOLD
    circuit.wait(1)

    assert circuit.admit("second") is Admission.PROBE
    circuit.outcome("probe")
    assert circuit.breaker.probes_succeeded == 0


def test_a_person_closes_it_by_name() -> None:
    for circuit in (_opened(), _half_open()):
        circuit.close()
        assert circuit.state() is State.CLOSED
        assert (circuit.changes[-1].by, circuit.changes[-1].cause) == ("ana", Signal.CLOSED_BY_PERSON)
    closed = Circuit(ERRORS)
    closed.close()
    assert closed.changes == []


def test_the_table_says_what_each_signal_does_in_each_state() -> None:
    changing = {State.CLOSED: set[Signal](), State.OPEN: set[Signal](), State.HALF_OPEN: set[Signal]()}
    for state, signal in TRANSITIONS:
        changing[state].add(signal)

    thresholds = {Signal.ERROR_RATE, Signal.DENIAL_RATE, Signal.VELOCITY}
    assert changing == {
        State.CLOSED: thresholds,
        State.OPEN: {Signal.TIME_PASSED, Signal.CLOSED_BY_PERSON},
        State.HALF_OPEN: {Signal.PROBES_SUCCEEDED, Signal.PROBE_FAILED, Signal.CLOSED_BY_PERSON},
    }
    assert all(TRANSITIONS[State.CLOSED, signal] is State.OPEN for signal in thresholds)


_events = st.one_of(
    st.tuples(st.just("decide"), st.booleans()),
    st.tuples(st.just("outcome"), st.booleans()),
    st.tuples(st.just("probe"), st.booleans()),
    st.tuples(st.just("admit"), st.none()),
    st.tuples(st.just("wait"), st.floats(-5, 90)),
    st.tuples(st.just("close"), st.none()),
)
ALL = CircuitBreaker(
    "all",
    None,
    ("*",),
    error_rate_above=0.2,
    denial_rate_above=0.4,
    velocity=(20, 30),
    window_s=60,
    min_count=3,
    open_s=40,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_events, max_size=80))
def test_whatever_happens_an_open_breaker_releases_only_probes_and_changes_follow_the_table(
    history: list[tuple[str, bool | float | None]],
) -> None:
    circuit = Circuit(ALL)
    state = State.CLOSED
    probes = 0
    for kind, value in history:
        if kind == "decide":
            circuit.decide(denied=bool(value))
        elif kind == "outcome":
            circuit.outcome(error=bool(value))
        elif kind == "probe" and circuit.breaker.probe is not None:
            circuit.outcome(circuit.breaker.probe, error=bool(value))
        elif kind == "admit":
            before = circuit.state()
            admission = circuit.admit()
            assert (admission is Admission.RELEASE) == (before is State.CLOSED)
            probes += admission is Admission.PROBE
        elif kind == "wait":
            circuit.wait(value or 0)
        elif kind == "close":
            circuit.close()
        again = Breaker.from_json(orjson.loads(orjson.dumps(circuit.breaker.to_json())))
        assert again == circuit.breaker
        assert len(again.counts) <= 9 and len(again.proposed) <= 9
    for change in circuit.changes:
        assert change.before is state
        assert change.state is TRANSITIONS[state, change.cause]
        state = change.state
    assert circuit.state() is state


BREAKERS = """
circuit_breakers:
  - {id: bots, match: {agents: ["bot-*"], classes: [refund, "topic:crm"]}, error_rate_above: 0.1}
  - {match: {classes: ["*"]}, velocity: {max: 100, window_sec: 60}}
"""


@pytest.mark.parametrize(
    ("agent", "action_class", "expected"),
    [
        ("bot-1", "class:refund", "bots"),
        ("bot-1", "topic:refund", "bots"),
        ("bot-1", "topic:crm", "bots"),
        ("bot-1", "class:crm", "doc/circuit_breakers/1"),
        ("agent-1", "class:refund", "doc/circuit_breakers/1"),
    ],
)
def test_the_first_entry_that_fits_agent_and_class_applies(agent: str, action_class: str, expected: str) -> None:
    entries = load_bundle({"doc.yaml": BREAKERS}).documents[0].circuit_breakers
    assert entries is not None
    plan = BreakerPlan(entries)

    for _ in range(2):
        found = plan.entry_for(agent, action_class)
        assert found is not None and found.id == expected
    assert not BreakerPlan(()) and BreakerPlan(()).entry_for(agent, action_class) is None


def test_classes_past_the_limit_share_one_breaker() -> None:
    breakers = {f"topic:{number}": Breaker() for number in range(MAX_BREAKERS)}

    assert key_of(breakers, "topic:3") == "topic:3"
    assert key_of(breakers, "topic:new") == SHARED
    assert key_of({}, "topic:new") == "topic:new"
