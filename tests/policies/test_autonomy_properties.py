"""What holds for every history of an agent, and what simulated agents come to."""

from __future__ import annotations

import random
import statistics
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.action_class import WHOLE_AGENT, defined_class, topic_class
from policies.autonomy import note_outcome
from policies.autonomy_record import ERROR_WINDOW, MAX_CLASSES, MAX_RELEASED, PERIOD_PARTS, Record, Status
from policies.autonomy_rules import ChangeKind
from tests.policies.autonomy_samples import Agent, rules_of

SUCCESS, FAILURE, INCIDENT = Status.SUCCESS, Status.FAILURE, Status.INCIDENT
CLASSES = (defined_class("refund"), topic_class("job.crm.read"))
PER_AGENT = rules_of("{cool_off_days: 0}", successes=2, rate=0.4, days=0, note="one")
PER_CLASS = rules_of("{cool_off_days: 0, per: action_class}", successes=2, rate=0.4, days=0)
OTHER = rules_of("{cool_off_days: 0}", successes=2, rate=0.4, days=0, note="two")

statuses = st.sampled_from((SUCCESS, SUCCESS, SUCCESS, FAILURE, INCIDENT))
events: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    st.tuples(st.just("act"), statuses),
    st.tuples(st.just("act"), st.just(SUCCESS)),
    st.tuples(st.just("model"), st.sampled_from(("m1", "m2"))),
    st.tuples(st.just("policy"), st.sampled_from((PER_AGENT, OTHER))),
    st.tuples(st.just("violate"), st.none()),
    st.tuples(st.just("again"), statuses),
    st.tuples(st.just("wait"), st.floats(-0.5, 3)),
    st.tuples(st.just("sign"), st.booleans()),
)
histories = st.lists(events, max_size=40)


def _play(agent: Agent, history: list[tuple[str, Any]], action_class: str = WHOLE_AGENT) -> None:
    model = "m1"
    for kind, value in history:
        if kind == "act":
            agent.act(value, action_class=action_class, model=model)
        elif kind == "model":
            model = value
        elif kind == "policy":
            agent.rules = value
        elif kind == "violate":
            agent.violate(action_class)
        elif kind == "again" and agent.record.released:
            agent.outcome([*agent.record.released][-1], value)
        elif kind == "wait":
            agent.wait(value)
        elif kind == "sign" and action_class in agent.record.standings:
            agent.sign(action_class=action_class, is_approved=value)


@settings(max_examples=300, deadline=None)
@given(histories)
def test_a_level_rises_by_one_and_only_by_a_signature(history: list[tuple[str, Any]]) -> None:
    agent = Agent(PER_AGENT)
    level = 0
    for event in history:
        seen = len(agent.changes)
        _play(agent, [event])
        if WHOLE_AGENT not in agent.record.standings:
            continue
        if agent.level > level:
            assert event == ("sign", True)
            assert agent.level == level + 1
            assert agent.changes[seen].kind is ChangeKind.PROMOTED and agent.changes[seen].by == "ana"
        level = agent.level
        assert 0 <= level <= 3


@settings(max_examples=200, deadline=None)
@given(histories)
def test_every_change_of_a_level_is_a_fact_and_every_fact_is_a_change(history: list[tuple[str, Any]]) -> None:
    agent = Agent(PER_AGENT)
    _play(agent, history)

    level = 0
    for change in agent.changes:
        assert change.level_before == level
        assert (change.kind in (ChangeKind.PROMOTED, ChangeKind.DEMOTED)) == (change.level != change.level_before)
        assert orjson.loads(orjson.dumps(change.to_json()))["cause"] == change.cause
        level = change.level
    if WHOLE_AGENT in agent.record.standings:
        assert agent.level == level


@settings(max_examples=200, deadline=None)
@given(histories)
def test_a_record_survives_its_way_through_json_at_any_point(history: list[tuple[str, Any]]) -> None:
    agent, restored = Agent(PER_CLASS), Agent(PER_CLASS)
    for event in history:
        _play(agent, [event], CLASSES[0])
        _play(restored, [event], CLASSES[0])
        restored.record = Record.from_json("agent-1", orjson.loads(orjson.dumps(restored.record.to_json())))
        assert restored.record == agent.record


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CLASSES), statuses), max_size=30), st.randoms(use_true_random=False))
def test_duplicates_in_any_order_change_nothing(outcomes: list[tuple[str, Status]], draw: random.Random) -> None:
    once, often = Agent(PER_CLASS), Agent(PER_CLASS)
    done: list[tuple[str, Status]] = []
    for action_class, status in outcomes:
        key = once.release(action_class=action_class)
        often.release(action_class=action_class)
        once.outcome(key, status)
        often.outcome(key, status)
        done.append((key, status))
        for repeated in draw.sample(done, draw.randint(0, len(done))):
            often.outcome(*repeated)
        assert often.record == once.record
    assert often.changes == once.changes


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(statuses, statuses), max_size=30))
def test_only_the_worst_outcome_of_an_action_counts(outcomes: list[tuple[Status, Status]]) -> None:
    agent, plain = Agent(rules_of(days=9)), Agent(rules_of(days=9))
    for first, second in outcomes:
        key = agent.release()
        agent.outcome(key, first)
        agent.outcome(key, second)
        plain.outcome(plain.release(), max(first, second, key=lambda status: status.rank))
    if outcomes and INCIDENT not in {status for pair in outcomes for status in pair} and not plain.changes:
        assert not agent.changes
        for name in ("level", "successes", "errors", "errors_lately", "outcomes_lately"):
            assert getattr(agent.standing(), name) == getattr(plain.standing(), name)


_harmful = st.one_of(
    st.tuples(st.just("model"), st.sampled_from(("m1", "m2", "m3"))), st.tuples(st.just("violate"), st.none())
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from((SUCCESS,) * 9 + (FAILURE,)), min_size=1, max_size=200),
    st.lists(st.tuples(st.integers(0, 200), _harmful), max_size=6),
)
def test_no_claim_and_no_violation_brings_a_promotion_nearer(
    outcomes: list[Status], claims: list[tuple[int, tuple[str, Any]]]
) -> None:
    rules = rules_of("{evidence: true, cool_off_days: 0}", successes=5, rate=0.25, days=0)
    plain, claiming = Agent(rules), Agent(rules)
    model = "m1"
    for index, status in enumerate(outcomes):
        for _, (kind, value) in (claim for claim in claims if claim[0] == index):
            model = value if kind == "model" else model
            if kind == "violate":
                claiming.violate()
        plain.act(status)
        claiming.act(status, model=model)
        if claiming.standing().is_offered:
            assert plain.standing().is_offered


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), statuses, st.floats(0, 0.4)), min_size=1, max_size=150))
def test_a_record_stays_small(actions: list[tuple[int, Status, float]]) -> None:
    agent = Agent(rules_of("{per: action_class}"))
    for number, status, days in actions:
        agent.act(status, action_class=topic_class(f"job.{number}.x"))
        agent.wait(days)
    record = agent.record

    assert len(record.standings) <= MAX_CLASSES and len(record.released) <= MAX_RELEASED
    assert all(len(standing.parts) <= PERIOD_PARTS + 1 for standing in record.standings.values())
    assert all(standing.errors_lately < 1 << ERROR_WINDOW for standing in record.standings.values())
    assert len(orjson.dumps(record.to_json())) < 700 * len(record.standings) + 80 * len(record.released) + 100


def _first_offer(draw: random.Random, *, error_rate: float, most: int) -> int | None:
    """After how many actions an agent is offered a promotion, looked at after every one; None for never."""
    rules = SIMULATED
    record = Record("agent-1")
    for number in range(1, most + 1):
        status = FAILURE if draw.random() < error_rate else SUCCESS
        record, changes = note_outcome(rules, record, action_key=f"{number:x}", status=status, at_ms=number)
        if changes:
            assert changes[0].kind is ChangeKind.OFFERED
            return number
    return None


# The published criteria, with evidence, and without a demotion that would end a run.
SIMULATED = rules_of("{evidence: true}", successes=50, rate=0.02, days=0, triggers="[]")


def test_bad_agents_are_promoted_in_at_most_five_percent_of_runs_though_checked_after_every_action() -> None:
    draw = random.Random(6)
    # Nothing can pass before action 224, and after 240 an agent of 6 % without an error is one of three million.
    promoted = [_first_offer(draw, error_rate=0.06, most=240) for _ in range(2_000)]

    assert sum(after is not None for after in promoted) <= 0.05 * len(promoted)


def test_good_agents_are_promoted_after_340_actions_in_the_median() -> None:
    draw = random.Random(7)

    promoted = [_first_offer(draw, error_rate=0.005, most=3_000) for _ in range(200)]
    known = [after for after in promoted if after is not None]

    assert len(known) == len(promoted)
    assert 310 <= statistics.median(known) <= 370
    assert min(known) == 224


def _falls(draw: random.Random, *, error_rate: float, most: int) -> int | None:
    """After how many actions an agent of level 1 falls by its error rate; None for never."""
    record = Record("agent-1", start_level=1)
    for number in range(1, most + 1):
        status = FAILURE if draw.random() < error_rate else SUCCESS
        record, changes = note_outcome(FALLING, record, action_key=f"{number:x}", status=status, at_ms=number)
        if any(change.kind is ChangeKind.DEMOTED for change in changes):
            return number
    return None


FALLING = rules_of(successes=10**6, days=365)


def test_good_agents_rarely_fall_and_bad_ones_fall_soon() -> None:
    draw = random.Random(8)

    good = [_falls(draw, error_rate=0.005, most=1_000) for _ in range(150)]
    bad = [_falls(draw, error_rate=0.10, most=1_000) for _ in range(150)]

    assert sum(after is not None for after in good) <= 0.05 * len(good)
    assert all(after is not None for after in bad)
    assert statistics.median(after for after in bad if after is not None) <= 30
