"""Evidence that an agent errs less often than a criterion allows, which may be looked at after every action.

Whoever looks at an ordinary test after each action finds a passing moment sooner or later. The e-value below does not
have this fault: for an agent whose error rate is at least p1, the chance that it *ever* reaches 1/a is at most a.

For k errors in n actions, with the unknown rate q averaged over 0..p1:

    E = (1/p1) * integral from 0 to p1 of q^k (1-q)^(n-k) dq / (p1^k (1-p1)^(n-k))

which is (1-p1)/(k+1) * sum over j >= 0 of the product over i = 1..j of p1 (n+1+i)/(k+1+i): all terms are positive, so
nothing cancels, and the tail after a falling term is below a geometric series.
Source: J. Ville, "Etude critique de la notion de collectif" (1939), the inequality; A. Ramdas and others,
"Game-theoretic statistics and safe anytime-valid inference", Statist. Sci. 38 (2023) 576; the series:
https://dlmf.nist.gov/8.17#E8
"""

from __future__ import annotations

from typing import Final

# The sum ends here: evidence this strong passes every threshold that a document may ask for.
STRONGEST: Final = 1e12
_PRECISION: Final = 2.0**-52


def e_value(actions: int, errors: int, *, rate: float) -> float:
    """The evidence in `errors` of `actions` against an error rate of `rate` or more, at most about `STRONGEST`.

    1 without actions; below 1 the record speaks for the rate.

    Raises:
        ValueError: the rate is not between 0 and 1, or there are more errors than actions.
    """
    if not 0 < rate < 1:
        raise ValueError("evidence needs a rate between 0 and 1, both excluded")
    if not 0 <= errors <= actions:
        raise ValueError("errors lie between 0 and the number of actions")
    scale = (1 - rate) / (errors + 1)
    total = term = 1.0
    above, below = actions + 2, errors + 2
    while scale * total < STRONGEST:
        factor = rate * above / below
        term *= factor
        total += term
        above += 1
        below += 1
        # The factors fall towards `rate`, so what is left out is at most term * factor / (1 - factor).
        if factor < 1 and term * factor <= _PRECISION * total * (1 - factor):
            break
    return scale * total


def clean_actions_needed(rate: float, *, error_probability: float) -> int:
    """After how many actions without an error the evidence suffices.

    Raises:
        ValueError: as `e_value`, or the error probability is not between 0 and 1.
    """
    if not 1 / STRONGEST < error_probability < 1:
        raise ValueError("an error probability lies between 0 and 1")
    low, high = 0, 1
    while e_value(high, 0, rate=rate) * error_probability < 1:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if e_value(middle, 0, rate=rate) * error_probability < 1:
            low = middle
        else:
            high = middle
    return high
