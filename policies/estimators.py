"""How often decisions were wrong, from a sample of them, with intervals that cover the truth as often as they say.

Within a stratum every decision had the same chance to be picked, so given how many were reviewed, the wrong ones among
them are binomial at worst: the exact interval of Clopper and Pearson covers at least as often as it says. Over strata
each bound gets its share of the error probability (Bonferroni) and the bounds add up by weight; the normal interval of
the weighted estimate is for display only, because with few defects it covers too seldom.

An unreviewed sample is not a clean one. The estimates hold if it was chance that left samples unreviewed; the coverage
stands beside them, and `worst_upper` is the bound if every unreviewed sample were wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from policies.beta import beta_quantile, normal_quantile

# An interval wider than this leaves more than half of all rates open: the sample says nothing yet.
SAYS_NOTHING_WIDTH: Final = 0.5


class Interval(NamedTuple):
    """A lower and an upper bound of a rate."""

    low: float
    high: float


def clopper_pearson(defects: int, reviewed: int, *, error: float) -> Interval:
    """The exact two-sided interval for a rate; it misses the truth with a probability of at most `error`.

    Source: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404.

    Raises:
        ValueError: no such counts, or an error probability outside 0..1.
    """
    return Interval(
        lower_bound(defects, reviewed, error=error / 2),
        upper_bound(defects, reviewed, error=error / 2),
    )


def upper_bound(defects: int, reviewed: int, *, error: float) -> float:
    """The exact one-sided upper bound of a rate; 1 without a review.

    Raises:
        ValueError: as `clopper_pearson`.
    """
    _check(defects, reviewed, error)
    return 1.0 if defects == reviewed else beta_quantile(1 - error, defects + 1, reviewed - defects)


def lower_bound(defects: int, reviewed: int, *, error: float) -> float:
    """The exact one-sided lower bound of a rate; 0 without a review.

    Raises:
        ValueError: as `clopper_pearson`.
    """
    _check(defects, reviewed, error)
    return 0.0 if defects == 0 else beta_quantile(error, defects, reviewed - defects + 1)


def wilson(defects: int, reviewed: int, *, error: float) -> Interval:
    """The score interval for a rate: closer to its nominal coverage than the exact one, on average only.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.

    Raises:
        ValueError: as `clopper_pearson`.
    """
    _check(defects, reviewed, error)
    if reviewed == 0:
        return Interval(0.0, 1.0)
    z = normal_quantile(1 - error / 2)
    rate, spread = defects / reviewed, z * z / reviewed
    middle = (rate + spread / 2) / (1 + spread)
    half = z * math.sqrt(rate * (1 - rate) / reviewed + spread / (4 * reviewed)) / (1 + spread)
    # With no defect, or nothing else, the bound is 0, or 1, exactly; rounding must not exclude it.
    low = 0.0 if defects == 0 else max(0.0, middle - half)
    return Interval(low, 1.0 if defects == reviewed else min(1.0, middle + half))


def _check(defects: int, reviewed: int, error: float) -> None:
    if not 0 <= defects <= reviewed:
        raise ValueError("defects lie between 0 and the number reviewed")
    if not 0 < error < 1:
        raise ValueError("an error probability lies between 0 and 1")


def clean_reviews_needed(rate: float, *, error: float) -> int:
    """How many reviews without a defect show that the rate is at most `rate`: (1 - rate)^n <= error.

    Raises:
        ValueError: rate or error is not between 0 and 1.
    """
    if not (0 < rate < 1 and 0 < error < 1):
        raise ValueError("a rate and an error probability lie between 0 and 1")
    return math.ceil(math.log(error) / math.log1p(-rate))


class Weighted(NamedTuple):
    """An estimated total and its standard error."""

    total: float
    standard_error: float


def horvitz_thompson(observed: Iterable[tuple[float, float]]) -> Weighted:
    """The total over all decisions from the (value, inclusion probability) of the picked ones, drawn independently.

    Source: D. G. Horvitz, D. J. Thompson, J. Am. Stat. Assoc. 47 (1952) 663; the variance is that of Poisson sampling.

    Raises:
        ValueError: a probability is not above 0 and at most 1.
    """
    total = variance = 0.0
    for value, probability in observed:
        if not 0 < probability <= 1:
            raise ValueError("an inclusion probability is above 0 and at most 1")
        total += value / probability
        variance += value * value * (1 - probability) / (probability * probability)
    return Weighted(total, math.sqrt(variance))


@dataclass(frozen=True, slots=True)
class Stratum:
    """A group in which every decision had the same chance: decisions in it, picked, reviewed, and found wrong.

    `population` is a float where it had to be estimated.

    Raises:
        ValueError: the counts contradict each other.
    """

    name: str
    probability: float
    population: float
    sampled: int
    reviewed: int
    defects: int

    def __post_init__(self) -> None:
        if not (0 <= self.defects <= self.reviewed <= self.sampled) or self.population < self.reviewed:
            raise ValueError(f"the counts of stratum {self.name!r} contradict each other")

    @property
    def is_census(self) -> bool:
        """Whether every decision was reviewed, so that the rate is known and not estimated."""
        return self.probability == 1 and 0 < self.reviewed == self.population

    @property
    def rate(self) -> float | None:
        """The share of wrong decisions among the reviewed ones; None without a review."""
        return self.defects / self.reviewed if self.reviewed else None

    @property
    def coverage(self) -> float | None:
        """The share of the picked decisions that was reviewed; None when none was picked."""
        return self.reviewed / self.sampled if self.sampled else None

    def interval(self, *, error: float) -> Interval:
        """The exact interval of the rate; both ends are the rate for a census."""
        if self.is_census:
            return Interval(self.defects / self.reviewed, self.defects / self.reviewed)
        return clopper_pearson(self.defects, self.reviewed, error=error)

    def upper(self, *, error: float) -> float:
        """The one-sided upper bound of the rate; the rate itself for a census."""
        return self.defects / self.reviewed if self.is_census else upper_bound(self.defects, self.reviewed, error=error)

    def worst_upper(self, *, error: float) -> float:
        """The upper bound if every picked decision that nobody reviewed were wrong."""
        if self.is_census:
            return self.defects / self.reviewed
        return upper_bound(self.sampled - self.reviewed + self.defects, self.sampled, error=error)

    def says_nothing(self, *, error: float) -> bool:
        """Whether the interval leaves more than half of all rates open."""
        interval = self.interval(error=error)
        return interval.high - interval.low > SAYS_NOTHING_WIDTH


@dataclass(frozen=True, slots=True)
class Overall:
    """The rate over all strata, weighted by their decisions.

    `rate` is None while a stratum has no review. `upper` is the one-sided claim "at most", `interval` is two-sided.
    """

    rate: float | None
    interval: Interval
    upper: float
    worst_upper: float


def combine(strata: Sequence[Stratum], *, error: float) -> Overall:
    """The rate over all strata: U = sum of W_h U_h(error / H) over the H strata that are not a census.

    Each of the H bounds holds with a probability of at least 1 - error / H, so all of them, and their sum by weight, do
    with at least 1 - error. A stratum without a review counts with its full weight.

    Raises:
        ValueError: there is no decision in any stratum, or an error probability outside 0..1.
    """
    whole = math.fsum(stratum.population for stratum in strata)
    if whole <= 0:
        raise ValueError("there is no decision in any stratum")
    share = error / (sum(1 for stratum in strata if not stratum.is_census) or 1)
    weighted = [(stratum.population / whole, stratum) for stratum in strata if stratum.population > 0]
    intervals = [(weight, stratum.interval(error=share)) for weight, stratum in weighted]
    rates = [(weight, stratum.rate) for weight, stratum in weighted]
    known = [(weight, rate) for weight, rate in rates if rate is not None]
    return Overall(
        rate=math.fsum(weight * rate for weight, rate in known) if len(known) == len(rates) else None,
        interval=Interval(
            math.fsum(weight * interval.low for weight, interval in intervals),
            math.fsum(weight * interval.high for weight, interval in intervals),
        ),
        upper=math.fsum(weight * stratum.upper(error=share) for weight, stratum in weighted),
        worst_upper=math.fsum(weight * stratum.worst_upper(error=share) for weight, stratum in weighted),
    )


class Agreement(NamedTuple):
    """How far two reviewers agree beyond chance; None where chance alone would always agree."""

    observed: float
    kappa: float | None
    ac1: float | None


def agreement(table: Sequence[Sequence[int]]) -> Agreement:
    """Agreement of two reviewers from how often the first said i and the second j.

    Kappa collapses when nearly everything is of one kind; AC1 does not, so both are given.
    Source: J. Cohen, Educ. Psychol. Meas. 20 (1960) 37; K. L. Gwet, Br. J. Math. Stat. Psychol. 61 (2008) 29.

    Raises:
        ValueError: the table is empty, not square, or of one kind only.
    """
    kinds = len(table)
    whole = sum(map(sum, table))
    if kinds < 2 or whole <= 0 or any(len(row) != kinds or min(row) < 0 for row in table):
        raise ValueError("agreement needs a square table of counts over two or more kinds")
    observed = sum(table[kind][kind] for kind in range(kinds)) / whole
    first = [sum(row) / whole for row in table]
    second = [sum(row[kind] for row in table) / whole for kind in range(kinds)]
    by_chance = math.fsum(one * other for one, other in zip(first, second, strict=True))
    shares = [(one + other) / 2 for one, other in zip(first, second, strict=True)]
    by_guess = math.fsum(share * (1 - share) for share in shares) / (kinds - 1)
    return Agreement(observed, _beyond(observed, by_chance), _beyond(observed, by_guess))


def _beyond(observed: float, expected: float) -> float | None:
    return None if expected >= 1 else (observed - expected) / (1 - expected)
