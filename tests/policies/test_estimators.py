"""Defect rates from samples: the published reference values, and intervals that cover as often as they say."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.estimators import (
    Interval,
    Stratum,
    agreement,
    clean_reviews_needed,
    clopper_pearson,
    combine,
    horvitz_thompson,
    lower_bound,
    upper_bound,
    wilson,
)


def stratum(name: str, population: float, reviewed: int, defects: int, *, sampled: int | None = None) -> Stratum:
    """A stratum whose samples were all reviewed, if not said otherwise."""
    picked = reviewed if sampled is None else sampled
    return Stratum(name, min(1.0, picked / population), population, picked, reviewed, defects)


# 10,000 decisions in four strata; the last is a census.
REFERENCE = (
    stratum("base", 8_000, 200, 0),
    stratum("write", 1_500, 150, 2),
    stratum("prod", 400, 100, 3),
    stratum("mandatory", 100, 100, 1),
)
counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_intervals_are_those_of_the_tables() -> None:
    assert clopper_pearson(81, 263, error=0.05) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert wilson(81, 263, error=0.05) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@pytest.mark.parametrize(("rate", "n"), [(0.05, 59), (0.02, 149), (0.01, 299)])
def test_clean_reviews_needed_are_those_of_the_tables(rate: float, n: int) -> None:
    assert clean_reviews_needed(rate, error=0.05) == n
    assert upper_bound(0, n, error=0.05) <= rate < upper_bound(0, n - 1, error=0.05)


def test_the_bounds_of_the_reference_strata_combine_to_the_reference_claim() -> None:
    uppers = [entry.upper(error=0.05 / 3) for entry in REFERENCE]
    overall = combine(REFERENCE, error=0.05)

    assert uppers == pytest.approx([0.02026, 0.05070, 0.09048, 0.01], abs=5e-6)
    assert overall.upper == pytest.approx(0.02754, abs=5e-6)
    assert overall.rate == pytest.approx(0.0033)
    assert overall.interval.low < 0.0033 < overall.upper < overall.interval.high


def test_weights_undo_the_unequal_chances() -> None:
    observed = [(1.0, 1.0)] * 3 + [(1.0, 0.02)] * 2 + [(0.0, 0.1)] * 50

    assert horvitz_thompson(observed) == pytest.approx((103, 70))
    assert horvitz_thompson([]) == (0, 0)


def test_pooling_raw_counts_misleads_where_weighting_does_not() -> None:
    # The heavy stratum is sampled six times as often and is wrong more often.
    strata = (Stratum("prod", 0.3, 1_000, 300, 300, 6), Stratum("read", 0.05, 9_000, 450, 450, 1))
    pooled = 7 / 750

    overall = combine(strata, error=0.05)

    assert overall.rate == pytest.approx(0.1 * 6 / 300 + 0.9 * 1 / 450)
    assert pooled > 2 * (overall.rate or 0)


@given(counts, st.floats(0.001, 0.5))
def test_an_interval_holds_the_observed_rate_and_narrows_with_the_error(found: tuple[int, int], error: float) -> None:
    defects, n = found
    for interval in (clopper_pearson(defects, n, error=error), wilson(defects, n, error=error)):
        assert 0 <= interval.low <= interval.high <= 1
        if n:
            assert interval.low <= defects / n <= interval.high
    tighter = clopper_pearson(defects, n, error=min(0.9, error * 1.5))
    looser = clopper_pearson(defects, n, error=error)
    assert looser.low <= tighter.low + 1e-12 and tighter.high <= looser.high + 1e-12


@given(counts)
def test_more_defects_raise_both_bounds(found: tuple[int, int]) -> None:
    defects, n = found
    if defects < n:
        before, after = (clopper_pearson(number, n, error=0.05) for number in (defects, defects + 1))
        assert before.low <= after.low and before.high <= after.high


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.05, 0.3, 0.5, 0.97])
@pytest.mark.parametrize("n", [10, 59, 150])
def test_the_exact_interval_covers_every_rate_at_least_as_often_as_it_says(rate: float, n: int) -> None:
    covered = math.fsum(
        math.comb(n, k) * rate**k * (1 - rate) ** (n - k)
        for k in range(n + 1)
        if (interval := clopper_pearson(k, n, error=0.05)).low <= rate <= interval.high
    )

    assert covered >= 0.95


def test_the_combined_bound_covers_where_the_normal_interval_of_the_weighted_estimate_does_not() -> None:
    # Few defects in the lightly sampled stratum: the case in which the normal interval fails.
    draw = random.Random(11)
    sizes, rates, chances = (4_000, 500), (0.002, 0.04), (0.02, 0.3)
    truth = (4_000 * 0.002 + 500 * 0.04) / 4_500
    wrong = [int(size * rate) for size, rate in zip(sizes, rates, strict=True)]
    claims = normals = 0
    for _ in range(400):
        strata, observed = [], []
        for number, (size, chance) in enumerate(zip(sizes, chances, strict=True)):
            picked = [index for index in range(size) if draw.random() < chance]
            defects = sum(index < wrong[number] for index in picked)
            strata.append(Stratum(str(number), chance, size, len(picked), len(picked), defects))
            observed += [(1.0, chance)] * defects
        total, standard_error = horvitz_thompson(observed)
        claims += combine(strata, error=0.05).upper >= truth
        normals += total + 1.645 * standard_error >= truth * 4_500
    assert claims >= 0.95 * 400
    assert normals < 0.9 * 400


def test_a_census_is_known_exactly_and_needs_no_share_of_the_error() -> None:
    census = stratum("mandatory", 40, 40, 3)
    sampled = stratum("base", 1_000, 100, 0)

    assert census.is_census and census.interval(error=0.05) == Interval(3 / 40, 3 / 40)
    assert combine([census], error=0.05).upper == pytest.approx(3 / 40)
    assert combine([census, sampled], error=0.05).upper == pytest.approx(
        (40 * 3 / 40 + 1_000 * upper_bound(0, 100, error=0.05)) / 1_040
    )


def test_a_census_that_was_not_reviewed_to_the_end_is_a_sample() -> None:
    half = Stratum("mandatory", 1.0, 40, 40, 20, 0)

    assert not half.is_census
    assert half.interval(error=0.05).high > 0
    assert half.coverage == 0.5


def test_unreviewed_is_not_clean() -> None:
    half = Stratum("base", 0.1, 1_000, 100, 50, 0)

    assert half.upper(error=0.05) == pytest.approx(upper_bound(0, 50, error=0.05))
    assert half.worst_upper(error=0.05) == pytest.approx(upper_bound(50, 100, error=0.05))
    assert combine([half], error=0.05).worst_upper > 0.5


def test_a_stratum_without_a_review_counts_with_its_whole_weight() -> None:
    strata = [stratum("base", 900, 300, 0), Stratum("other", 0.0, 100, 0, 0, 0)]

    overall = combine(strata, error=0.05)

    assert overall.rate is None
    assert overall.upper >= 0.1
    assert strata[1].interval(error=0.05) == (0, 1)
    assert strata[1].coverage is None and strata[1].rate is None


@pytest.mark.parametrize(
    ("defects", "reviewed", "says_nothing"), [(0, 0, True), (0, 3, True), (1, 2, True), (0, 6, False), (50, 100, False)]
)
def test_a_small_sample_says_nothing(defects: int, reviewed: int, says_nothing: bool) -> None:
    assert stratum("base", 10_000, reviewed, defects).says_nothing(error=0.05) is says_nothing


def test_agreement_is_that_of_the_reference_table() -> None:
    found = agreement([[118, 5], [2, 0]])

    assert found.observed == pytest.approx(0.944)
    assert found.kappa == pytest.approx(-0.023, abs=5e-4)
    assert found.ac1 == pytest.approx(0.941, abs=5e-4)


def test_reviewers_who_never_differ_agree_fully() -> None:
    assert agreement([[5, 0], [0, 5]]) == (1.0, 1.0, 1.0)
    assert agreement([[9, 0], [0, 0]]).kappa is None


def test_contradicting_counts_are_refused() -> None:
    for arguments in ((2, 1, 0.05), (-1, 1, 0.05), (0, 1, 0.0)):
        with pytest.raises(ValueError, match=r"defects|error"):
            lower_bound(arguments[0], arguments[1], error=arguments[2])
    with pytest.raises(ValueError, match="contradict"):
        Stratum("base", 0.1, 10, 5, 6, 0)
    with pytest.raises(ValueError, match="no decision"):
        combine([], error=0.05)
    with pytest.raises(ValueError, match="inclusion"):
        horvitz_thompson([(1, 0)])
    with pytest.raises(ValueError, match="square"):
        agreement([[1, 2]])
    with pytest.raises(ValueError, match="rate"):
        clean_reviews_needed(0, error=0.05)
