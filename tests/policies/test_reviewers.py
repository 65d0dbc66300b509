"""Reviewers at work: open limits, cooldowns, waiting times, and teams that help each other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.approval_documents import FatigueControls, QueuePolicy, Role, Team
from policies.approval_events import Act, EventKind, Load
from policies.approvals import CLAIM_MS, Approval
from policies.reviewers import (
    NO_RECORD,
    Move,
    ReviewerRecord,
    Waiting,
    Waits,
    after_act,
    after_close,
    is_over_target,
    load_of,
    quantile,
    queue_for,
    rebalance,
    waits_of,
)
from tests.policies.holds import MINUTE_MS, OPENED_MS, act, after, held, judged, person

QUEUE = QueuePolicy(900, 1800, 3, 1200)
FATIGUE = FatigueControls(True, 5, 900)
COOLDOWN_MS = 900_000
TEAMS = {
    "first": Team("first", ("ana", "bo"), shares_with=("second",)),
    "second": Team("second", ("cy",)),
}


def _do(record: ReviewerRecord, event: Act, hold: Approval, now_ms: int) -> ReviewerRecord:
    return after_act(record, event, after(hold, event, now_ms).approval, fatigue=FATIGUE, now_ms=now_ms)


def _approve(record: ReviewerRecord, number: int, now_ms: int) -> ReviewerRecord:
    return _do(record, act(), held(hold_id=f"h{number}"), now_ms)


def test_a_claim_counts_until_it_runs_out_or_the_hold_is_decided() -> None:
    claimed = _do(NO_RECORD, act(EventKind.CLAIM), held(), OPENED_MS)

    assert load_of(claimed, QUEUE, OPENED_MS) == Load(1, 3, 0)
    assert load_of(claimed, QUEUE, OPENED_MS + CLAIM_MS).claims == 0
    assert load_of(_do(claimed, act(), held(), OPENED_MS + 1), QUEUE, OPENED_MS + 1).claims == 0
    assert after_close(claimed, "h1").claims == {}
    assert after_close(claimed, "other") == claimed


def test_so_many_approvals_in_a_row_ask_for_a_pause() -> None:
    record = NO_RECORD
    for number in range(4):
        record = _approve(record, number, OPENED_MS + number)
    assert record.cooldown_until_ms == 0

    record = _approve(record, 5, OPENED_MS + 10)

    assert record.cooldown_until_ms == OPENED_MS + 10 + COOLDOWN_MS
    assert record.approvals_in_row == 0
    assert load_of(record, QUEUE, OPENED_MS + 11).cooldown_until_ms > OPENED_MS + 11


@pytest.mark.parametrize("kind", [EventKind.DENY, EventKind.ASK])
def test_a_row_ends_with_anything_else_that_was_decided(kind: EventKind) -> None:
    record = _approve(_approve(NO_RECORD, 1, OPENED_MS + 1), 2, OPENED_MS + 2)
    assert record.approvals_in_row == 2

    assert _do(record, act(kind), held(), OPENED_MS + 3).approvals_in_row == 0


def test_a_claim_or_a_handing_on_does_not_end_a_row() -> None:
    record = _approve(NO_RECORD, 1, OPENED_MS + 1)

    assert _do(record, act(EventKind.CLAIM), held(), OPENED_MS + 3).approvals_in_row == 1
    assert _do(record, act(EventKind.ESCALATE), held(), OPENED_MS + 3).approvals_in_row == 1


def test_a_pause_as_long_as_a_cooldown_ends_a_row() -> None:
    record = _approve(NO_RECORD, 1, OPENED_MS)
    late = held(judged(after_ms=10 * COOLDOWN_MS))

    assert _do(record, act(), late, OPENED_MS + COOLDOWN_MS - 1).approvals_in_row == 2
    assert _do(record, act(), late, OPENED_MS + COOLDOWN_MS).approvals_in_row == 1


def test_without_a_limit_nobody_needs_a_pause() -> None:
    record = NO_RECORD
    for number in range(200):
        record = after_act(
            record, act(), held(hold_id=f"h{number}"), fatigue=FatigueControls(), now_ms=OPENED_MS + number
        )

    assert record.cooldown_until_ms == 0


def test_a_record_survives_json() -> None:
    record = ReviewerRecord({"h1": 5}, 3, 4, 9)

    assert ReviewerRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_the_queue_of_a_person_has_what_they_may_decide_the_most_urgent_first() -> None:
    later, sooner = held(hold_id="later"), held(judged(after_ms=5 * MINUTE_MS), hold_id="sooner")
    other_team = held(judged(chain=("moon",)), hold_id="moon")
    own = held(hold_id="own", agent_id="mine-1")
    patient = held(judged(after_ms=60 * MINUTE_MS), hold_id="claimed")
    claimed = after(patient, act(EventKind.CLAIM, person("bo"))).approval
    voted = after(held(judged(approvers=2), hold_id="voted"), act()).approval
    closed = after(held(hold_id="closed"), act()).approval

    found = queue_for(
        person(agents=("mine-*",)), [later, sooner, other_team, own, claimed, voted, closed], OPENED_MS + 1
    )

    assert [hold.hold_id for hold in found] == ["sooner", "later"]
    assert [hold.hold_id for hold in queue_for(person("bo"), [claimed], OPENED_MS + 1)] == ["claimed"]
    assert [hold.hold_id for hold in queue_for(person(), [claimed], OPENED_MS + 1 + CLAIM_MS)] == ["claimed"]
    assert queue_for(person("x", Role.VIEWER), [later], OPENED_MS) == ()


@pytest.mark.parametrize(
    ("values", "median", "p95"),
    [((), None, None), ((7,), 7, 7), ((1, 2), 1, 2), ((3, 1, 2), 2, 3), (tuple(range(1, 101)), 50, 95)],
)
def test_waits_are_quantiles_by_nearest_rank(values: tuple[int, ...], median: int | None, p95: int | None) -> None:
    assert waits_of(values) == Waits(len(values), median, p95)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50), st.sampled_from((0.01, 0.5, 0.95, 1.0)))
def test_a_quantile_is_a_value_that_enough_values_do_not_exceed(values: list[int], share: float) -> None:
    found = quantile(sorted(values), share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


@pytest.mark.parametrize(
    ("waits", "is_over"),
    [
        (Waits(0, None, None), False),
        (Waits(2, 900_000, 1_800_000), False),
        (Waits(2, 900_001, 1_000_000), True),
        (Waits(2, 1, 1_800_001), True),
    ],
)
def test_a_queue_is_over_its_target_past_the_median_or_the_p95(waits: Waits, is_over: bool) -> None:
    assert is_over_target(waits, QUEUE) is is_over
    assert not is_over_target(waits, QueuePolicy())


def _waiting(number: int, *, team: str = "first", opened_ms: int = OPENED_MS, seen: bool = False) -> list[Waiting]:
    return [Waiting(f"{team}{place:02d}", team, opened_ms + place, seen) for place in range(number)]


def _moves(holds: list[Waiting], **changes: Any) -> tuple[Move, ...]:
    given = {"queue": QueuePolicy(900, 1800, 40, 1200), "fatigue": FATIGUE, "now_ms": OPENED_MS + 1_000_000, **changes}
    return rebalance(holds, TEAMS, **given)


def test_a_team_over_its_target_shares_its_youngest_unseen_holds_until_the_loads_are_even() -> None:
    moves = _moves(_waiting(9))

    assert moves == (Move("first08", "second"), Move("first07", "second"), Move("first06", "second"))


def test_a_team_within_its_target_keeps_its_holds() -> None:
    assert _moves(_waiting(9), now_ms=OPENED_MS + 800_000) == ()


def test_nothing_moves_where_rebalancing_is_off_or_nobody_shares() -> None:
    assert _moves(_waiting(9), fatigue=FatigueControls()) == ()
    assert _moves(_waiting(9, team="second")) == ()


def test_what_somebody_has_looked_at_stays() -> None:
    assert _moves(_waiting(9, seen=True)) == ()


def test_a_team_that_is_over_its_own_target_or_full_takes_nothing() -> None:
    busy = _waiting(2, team="second")
    fresh = _waiting(3, team="second", opened_ms=OPENED_MS + 900_000)

    assert _moves([*_waiting(9), *busy]) == ()
    assert _moves([*_waiting(9), *fresh], queue=QueuePolicy(900, 1800, 3, 1200)) == ()
    assert _moves([*_waiting(9), *fresh]) == (Move("first08", "second"),)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 5))
def test_moves_never_make_the_taking_team_worse_off_than_the_giving_one(first: int, second: int, most: int) -> None:
    fresh = _waiting(second, team="second", opened_ms=OPENED_MS + 900_000)
    holds = [*_waiting(first), *fresh]

    moves = _moves(holds, most=most)

    assert len(moves) <= most and len({move.hold_id for move in moves}) == len(moves)
    if moves:
        assert second + len(moves) <= (first - len(moves) + 1) / 2
    assert moves == _moves(list(reversed(holds)), most=most)


NAMES = ("first", "second", "third")
SIZES = st.lists(st.integers(0, 3), min_size=3, max_size=3)
SHARES = st.lists(st.lists(st.sampled_from([*NAMES, "nobody"]), unique=True), min_size=3, max_size=3)
HOLDS = st.lists(
    st.tuples(st.sampled_from([*NAMES, "nobody", None]), st.integers(0, 2_000_000), st.booleans()), max_size=40
)


@given(sizes=SIZES, shares=SHARES, holds=HOLDS, limit=st.none() | st.integers(1, 4), most=st.integers(1, 10))
@settings(deadline=None)
def test_any_queues_come_to_rest_and_nothing_seen_or_full_is_moved(
    sizes: list[int],
    shares: list[list[str]],
    holds: list[tuple[str | None, int, bool]],
    limit: int | None,
    most: int,
) -> None:
    teams = {
        name: Team(name, tuple(f"{name}{number}" for number in range(size)), shares_with=tuple(with_whom))
        for name, size, with_whom in zip(NAMES, sizes, shares, strict=True)
    }
    queue = QueuePolicy(900, 1800, limit)
    now_ms = OPENED_MS + 2_000_000
    waiting = {
        f"h{number}": Waiting(f"h{number}", team, OPENED_MS + after_ms, is_seen)
        for number, (team, after_ms, is_seen) in enumerate(holds)
    }
    for _ in range(len(holds) * 4 + 1):
        moves = rebalance(waiting.values(), teams, queue=queue, fatigue=FATIGUE, now_ms=now_ms, most=most)
        if not moves:
            break
        assert len({move.hold_id for move in moves}) == len(moves) <= most
        for move in moves:
            hold = waiting[move.hold_id]
            assert not hold.is_seen
            assert hold.team is not None and move.to_team in teams[hold.team].shares_with
            waiting[move.hold_id] = hold._replace(team=move.to_team)
            mine = sum(other.team == move.to_team for other in waiting.values())
            assert limit is None or mine <= limit * max(1, len(teams[move.to_team].members))
    assert moves == ()
