"""The queue of reviewers: Erlang's formula against published values, its special cases, and a simulation."""

from __future__ import annotations

import heapq
import random
from fractions import Fraction
from math import exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.queueing import erlang_c, forecast


# Four digits, as tables of Erlang C print them for a load of 10 erlangs; the others follow from the closed forms for
# one and two reviewers, rho and 2 rho^2 / (1 + rho).
@pytest.mark.parametrize(
    ("reviewers", "load", "published"),
    [(11, 10, 0.6821), (14, 10, 0.1741), (1, 0.25, 0.25), (1, 0.9, 0.9), (2, 1, 0.3333), (2, 1.5, 0.6429)],
)
def test_chance_to_wait_is_the_published_one(reviewers: int, load: float, published: float) -> None:
    assert erlang_c(reviewers, load) == pytest.approx(published, abs=5e-5)


def test_chance_to_wait_is_the_one_of_the_curves() -> None:
    assert erlang_c(10, 6) == pytest.approx(0.10, abs=5e-3)


@given(st.integers(1, 40), st.fractions(0, 1).filter(lambda share: share < 1))
def test_recursion_is_the_closed_form(reviewers: int, share: Fraction) -> None:
    load = share * reviewers
    waiting = load**reviewers / factorial(reviewers) / (1 - share)
    closed = waiting / (sum(load**k / Fraction(factorial(k)) for k in range(reviewers)) + waiting)

    assert erlang_c(reviewers, float(load)) == pytest.approx(float(closed), rel=1e-9, abs=1e-15)


def test_queue_with_too_few_reviewers_grows_without_end() -> None:
    found = forecast(arrivals=200, span_s=3600, reviewers=2, review_s=60)

    assert found.load == pytest.approx(10 / 3)
    assert (found.busy, found.mean_wait_s, found.p95_wait_s) == (1.0, None, None)


def test_quantiles_are_those_of_the_wait() -> None:
    found = forecast(arrivals=600, span_s=3600, reviewers=11, review_s=60)

    assert found.load == 10 and found.busy == pytest.approx(0.6821, abs=5e-5)
    assert found.mean_wait_s == pytest.approx(0.6821 * 60, abs=0.01)
    for share, wait_s in ((0.5, found.median_wait_s), (0.95, found.p95_wait_s)):
        assert wait_s is not None
        assert found.busy * exp(-wait_s / 60) == pytest.approx(1 - share)


def test_most_do_not_wait_where_many_are_free() -> None:
    found = forecast(arrivals=60, span_s=3600, reviewers=14, review_s=600)

    assert found.busy == pytest.approx(0.1741, abs=5e-5)
    assert found.median_wait_s == 0.0 and found.p95_wait_s is not None and found.p95_wait_s > 0


def test_simulated_reviewers_wait_as_forecast() -> None:
    rng, free = random.Random(5), [0.0] * 4
    waits, now = [], 0.0
    for _ in range(120_000):
        now += rng.expovariate(1 / 20)
        begun = max(now, heapq.heappop(free))
        waits.append(begun - now)
        heapq.heappush(free, begun + rng.expovariate(1 / 60))
    found = forecast(arrivals=3, span_s=60, reviewers=4, review_s=60)

    assert found.mean_wait_s == pytest.approx(sum(waits) / len(waits), rel=0.08)
    assert found.p95_wait_s == pytest.approx(sorted(waits)[int(0.95 * len(waits))], rel=0.08)


@pytest.mark.parametrize(("reviewers", "load"), [(0, 1), (-1, 1), (10_001, 1), (3, -0.1), (3, float("nan"))])
def test_queue_that_cannot_be_is_refused(reviewers: int, load: float) -> None:
    with pytest.raises(ValueError, match="a queue has"):
        erlang_c(reviewers, load)


@pytest.mark.parametrize(("arrivals", "span_s", "review_s"), [(-1, 1, 1), (1, 0, 1), (1, 1, 0), (1, float("nan"), 1)])
def test_times_that_cannot_be_are_refused(arrivals: int, span_s: float, review_s: float) -> None:
    with pytest.raises(ValueError, match="arrivals come"):
        forecast(arrivals=arrivals, span_s=span_s, reviewers=1, review_s=review_s)
