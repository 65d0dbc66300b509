"""The incomplete beta function against exact sums, and its inverses."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.beta import RELATIVE_ERROR, beta_quantile, incomplete_beta, normal_quantile

RATES = (Fraction(1, 1000), Fraction(1, 50), Fraction(1, 3), Fraction(9, 10))


def _exact_tail(n: int, k: int, rate: Fraction) -> float:
    """P(Bin(n, rate) >= k) in whole numbers."""
    other = 1 - rate
    total = sum(math.comb(n, j) * rate.numerator**j * other.numerator ** (n - j) for j in range(k, n + 1))
    return float(Fraction(total, rate.denominator**n))


def _decimal_tail(n: int, k: int, rate: Decimal) -> float:
    """P(Bin(n, rate) >= k) with 40 digits: terms relative to the largest, in both directions until they vanish."""
    with localcontext() as context:
        context.prec = 40
        odds, mode = rate / (1 - rate), int(n * rate)
        terms = {mode: Decimal(1)}
        for j in range(mode, 0, -1):
            terms[j - 1] = terms[j] * j / ((n - j + 1) * odds)
            if terms[j - 1] < Decimal("1e-40"):
                break
        for j in range(mode, n):
            terms[j + 1] = terms[j] * (n - j) * odds / (j + 1)
            if terms[j + 1] < Decimal("1e-40"):
                break
        return float(sum(term for j, term in terms.items() if j >= k) / sum(terms.values()))


@pytest.mark.parametrize("n", [1, 2, 7, 60, 400])
@pytest.mark.parametrize("rate", RATES)
def test_the_incomplete_beta_function_is_the_exact_binomial_tail(n: int, rate: Fraction) -> None:
    for k in sorted({1, 2, n // 50 + 1, n // 3 + 1, (9 * n) // 10 + 1, n} - {0}):
        if k <= n:
            exact = _exact_tail(n, k, rate)
            if exact > 1e-290:
                assert incomplete_beta(float(rate), k, n - k + 1) == pytest.approx(exact, rel=1e-10, abs=0)


@pytest.mark.parametrize("deviations", [-4, -1, 0, 2, 6])
def test_the_stated_error_holds_for_a_million_observations(deviations: int) -> None:
    n, rate = 1_000_000, Decimal("0.02")
    k = 20_000 + 140 * deviations

    assert incomplete_beta(0.02, k, n - k + 1) == pytest.approx(_decimal_tail(n, k, rate), rel=RELATIVE_ERROR, abs=0)


@given(st.floats(0, 1), st.integers(1, 5_000), st.integers(1, 5_000))
def test_the_function_and_its_mirror_image_add_up(x: float, a: int, b: int) -> None:
    assert 0 <= incomplete_beta(x, a, b) <= 1
    assert incomplete_beta(x, a, b) + incomplete_beta(1 - x, b, a) == pytest.approx(1, abs=1e-9)


@given(st.floats(1e-6, 1 - 1e-6), st.integers(1, 2_000), st.integers(1, 2_000))
def test_the_quantile_undoes_the_function(share: float, a: int, b: int) -> None:
    assert incomplete_beta(beta_quantile(share, a, b), a, b) == pytest.approx(share, rel=1e-6)


@pytest.mark.parametrize(("share", "z"), [(0.5, 0.0), (0.975, 1.959963984540054), (0.05, -1.6448536269514722)])
def test_normal_quantiles_are_those_of_the_tables(share: float, z: float) -> None:
    assert normal_quantile(share) == pytest.approx(z, abs=1e-12)


@pytest.mark.parametrize(
    ("x", "a", "b"), [(-0.1, 1, 1), (1.1, 1, 1), (0.5, 0, 1), (0.5, 1, -1), (math.nan, 1, 1), (0.5, math.nan, 1)]
)
def test_what_is_outside_the_domain_is_refused(x: float, a: float, b: float) -> None:
    with pytest.raises(ValueError, match="incomplete_beta"):
        incomplete_beta(x, a, b)


def test_shares_outside_the_domain_are_refused() -> None:
    with pytest.raises(ValueError, match="share"):
        beta_quantile(1.5, 1, 1)
    with pytest.raises(ValueError, match="share"):
        normal_quantile(1.0)
    assert (beta_quantile(0, 2, 3), beta_quantile(1, 2, 3)) == (0.0, 1.0)
    assert (incomplete_beta(0, 2, 3), incomplete_beta(1, 2, 3)) == (0.0, 1.0)
