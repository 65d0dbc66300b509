"""The beta and the normal distribution, as far as intervals for rates need them, without a numerical library.

The regularised incomplete beta function is a continued fraction, evaluated front to back by the modified method of
Lentz. Against exact binomial sums the relative error stays below `RELATIVE_ERROR` for up to a million observations; it
comes from `lgamma`, whose result grows with n log n while its precision is that of a double.
Source: https://dlmf.nist.gov/8.17 (8.17.22 the fraction, 8.17.4 the reflection, 8.17.5 the binomial sum); W. J. Lentz,
Applied Optics 15 (1976) 668, modified by I. J. Thompson and A. R. Barnett, J. Comput. Phys. 64 (1986) 490.
"""

from __future__ import annotations

import math
from typing import Final

# Bound on the relative error of `incomplete_beta` for a + b up to 1,000,000; tests/policies/test_beta.py measures it.
RELATIVE_ERROR: Final = 1e-8
# Steps of the fraction. It needs about the square root of the larger parameter, so this serves beyond 10^9.
_MAX_STEPS: Final = 100_000
_PRECISION: Final = 2.0**-52
# What a denominator that vanishes is replaced by, so that the next step goes on.
_TINY: Final = 1e-300
# Halvings of [0, 1] until neighbouring doubles meet.
_HALVINGS: Final = 200


def incomplete_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b), the share of a beta(a, b) distribution below x; for whole a and b also a binomial tail.

    P(Bin(n, p) >= k) is I_p(k, n - k + 1).

    Raises:
        ValueError: a or b is not positive, or x is outside 0..1.
    """
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        raise ValueError("incomplete_beta needs positive parameters and 0 <= x <= 1")
    if x in (0, 1):
        return float(x)
    # The fraction converges fast below the mean; above it the mirror image does.
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _below_mean(1.0 - x, b, a)
    return _below_mean(x, a, b)


def _below_mean(x: float, a: float, b: float) -> float:
    log_scale = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(log_scale) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)), the denominator of the continued fraction."""
    value = numerator = 1.0
    denominator = 0.0
    for step in range(1, _MAX_STEPS):
        half = step // 2
        if step % 2:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        denominator = 1.0 / (1.0 + term * denominator or _TINY)
        numerator = 1.0 + term / numerator or _TINY
        factor = numerator * denominator
        value *= factor
        if abs(factor - 1.0) <= _PRECISION:
            return value
    raise ValueError("incomplete_beta does not converge for such large parameters")


def beta_quantile(share: float, a: float, b: float) -> float:
    """The x below which `share` of a beta(a, b) distribution lies, to the last bits of a double.

    Raises:
        ValueError: as `incomplete_beta`, or `share` is outside 0..1.
    """
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    if share in (0, 1):
        return float(share)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if incomplete_beta(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def normal_quantile(share: float) -> float:
    """The z below which `share` of the standard normal distribution lies.

    Raises:
        ValueError: `share` is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError("a share of the normal distribution lies between 0 and 1")
    low, high = -40.0, 40.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if math.erfc(-middle / math.sqrt(2)) / 2 < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2
