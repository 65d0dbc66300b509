"""Evidence against an error rate: exact values, and a guarantee that holds however often one looks."""

from __future__ import annotations

import math
import random
import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.evidence import STRONGEST, clean_actions_needed, e_value

THRESHOLD = 20.0  # 1 / 0.05


def _exact(actions: int, errors: int, rate: Fraction) -> float:
    """The definition in fractions: the integrand multiplied out and integrated term by term."""
    clean = actions - errors
    integral = sum(
        Fraction((-1) ** j * math.comb(clean, j), errors + j + 1) * rate ** (errors + j + 1) for j in range(clean + 1)
    )
    return float(integral / (rate * rate**errors * (1 - rate) ** clean))


@pytest.mark.parametrize("rate", [Fraction(1, 50), Fraction(1, 3), Fraction(9, 10)])
@pytest.mark.parametrize(("actions", "errors"), [(0, 0), (1, 0), (1, 1), (50, 0), (60, 7), (223, 0), (300, 2)])
def test_the_series_is_the_exact_integral(actions: int, errors: int, rate: Fraction) -> None:
    exact = _exact(actions, errors, rate)

    assert e_value(actions, errors, rate=float(rate)) == pytest.approx(min(exact, STRONGEST), rel=1e-12) or (
        exact > STRONGEST and e_value(actions, errors, rate=float(rate)) >= STRONGEST
    )


def test_224_actions_without_an_error_show_less_than_two_percent() -> None:
    assert clean_actions_needed(0.02, error_probability=0.05) == 224
    assert e_value(223, 0, rate=0.02) < THRESHOLD <= e_value(224, 0, rate=0.02)


@given(st.floats(0.001, 0.9), st.floats(0.001, 0.5))
def test_the_needed_number_is_the_smallest(rate: float, error_probability: float) -> None:
    needed = clean_actions_needed(rate, error_probability=error_probability)

    assert e_value(needed, 0, rate=rate) * error_probability >= 1
    assert needed == 1 or e_value(needed - 1, 0, rate=rate) * error_probability < 1


@given(st.integers(0, 2_000), st.integers(0, 200), st.floats(0.001, 0.9))
def test_an_error_weakens_and_a_success_strengthens(actions: int, errors: int, rate: float) -> None:
    if errors > actions:
        return
    here = e_value(actions, errors, rate=rate)

    assert e_value(actions + 1, errors + 1, rate=rate) < here or here >= STRONGEST
    assert e_value(actions + 1, errors, rate=rate) > here or here >= STRONGEST


@given(st.integers(0, 300), st.integers(0, 300), st.floats(0.01, 0.9))
def test_one_more_action_of_an_agent_at_the_limit_adds_no_evidence_on_average(
    actions: int, errors: int, rate: float
) -> None:
    # The martingale property, on which the guarantee rests.
    if errors > actions or e_value(actions + 1, errors, rate=rate) >= STRONGEST:
        return
    expected = rate * e_value(actions + 1, errors + 1, rate=rate) + (1 - rate) * e_value(actions + 1, errors, rate=rate)

    assert expected == pytest.approx(e_value(actions, errors, rate=rate), rel=1e-9)


def _boundary(length: int, rate: float) -> list[int]:
    """The most errors with which the evidence suffices after each number of actions, -1 for none."""
    most, found = -1, []
    for actions in range(length + 1):
        while e_value(actions, most + 1, rate=rate) >= THRESHOLD if most + 1 <= actions else False:
            most += 1
        found.append(most)
    return found


def _passed_after(draw: random.Random, rate: float, boundary: list[int]) -> int | None:
    errors = 0
    for actions in range(1, len(boundary)):
        errors += draw.random() < rate
        if errors <= boundary[actions]:
            return actions
    return None


def test_looking_after_every_action_promotes_few_agents_that_are_no_better_than_the_limit() -> None:
    draw, boundary = random.Random(2), _boundary(3_000, 0.02)

    at_limit = [_passed_after(draw, 0.02, boundary) for _ in range(1_000)]
    good = [_passed_after(draw, 0.005, boundary) for _ in range(400)]
    passed = [actions for actions in good if actions is not None]

    assert sum(actions is not None for actions in at_limit) <= 0.05 * len(at_limit)
    assert len(passed) == len(good)
    assert statistics.median(passed) == pytest.approx(340, abs=20)


def test_one_look_at_fifty_clean_actions_shows_far_less() -> None:
    # Why the switch exists: an agent of the limit itself shows 50 clean actions in a row with 36 %.
    assert math.pow(0.98, 50) == pytest.approx(0.364, abs=5e-4)
    assert e_value(50, 0, rate=0.02) < 2


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.5, math.nan])
def test_a_rate_that_nothing_can_show_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        e_value(10, 0, rate=rate)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="errors"):
        e_value(1, 2, rate=0.1)
    with pytest.raises(ValueError, match="probability"):
        clean_actions_needed(0.1, error_probability=1.0)
