"""Delays between attempts: they grow, they end, and nobody gets around them by hurrying."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penstock.console.people import throttle
from penstock.console.people.throttle import FIRST_DELAY_MS, FORGET_MS, FREE, LONGEST_DELAY_MS, Throttle


def failures(made: Throttle, *, account: str, address: str, for_ms: int, step_ms: int) -> int:
    """How many attempts get through in a time, one tried at every step."""
    return sum(made.take(account=account, address=address, now_ms=at) is None for at in range(0, for_ms, step_ms))


def test_delay_doubles_up_to_its_longest() -> None:
    made, now_ms, waits = Throttle(), 0, []
    for _ in range(FREE["account"] + 12):
        while (refusal := made.take(account="ana", address=str(now_ms), now_ms=now_ms)) is not None:
            waits.append(refusal.wait_ms)
            now_ms += refusal.wait_ms
    assert waits[:4] == [FIRST_DELAY_MS, 2 * FIRST_DELAY_MS, 4 * FIRST_DELAY_MS, 8 * FIRST_DELAY_MS]
    assert waits[-1] == LONGEST_DELAY_MS["account"]


def test_a_day_of_guessing_gets_few_attempts() -> None:
    assert failures(Throttle(), account="ana", address="a", for_ms=86_400_000, step_ms=1000) < 320


def test_attempts_from_everywhere_at_one_account_are_slowed_down() -> None:
    made = Throttle()
    through = sum(made.take(account="ana", address=f"10.0.{n}", now_ms=n) is None for n in range(1000))
    assert through == FREE["account"]


def test_attempts_at_many_accounts_from_one_address_are_slowed_down() -> None:
    made = Throttle()
    through = sum(made.take(account=f"user-{n}", address="10.0.0.1", now_ms=n) is None for n in range(1000))
    assert through == FREE["address"]


def test_own_account_helps_nobody_to_guess_others() -> None:
    made, through = Throttle(), 0
    for n in range(1000):
        if made.take(account="mallory", address="10.0.0.1", now_ms=n) is None:
            made.succeeded(account="mallory", address="10.0.0.1")
        through += made.take(account=f"user-{n}", address="10.0.0.1", now_ms=n) is None
    assert through <= FREE["address"]


def test_who_succeeds_starts_anew_and_an_hour_forgets() -> None:
    made = Throttle()
    for _ in range(FREE["account"]):
        assert made.take(account="ana", address="a", now_ms=0) is None
    refusal = made.take(account="ana", address="b", now_ms=0)
    assert refusal is not None and refusal.is_first
    again = made.take(account="ana", address="b", now_ms=1)
    assert again is not None and not again.is_first
    assert made.take(account="ana", address="b", now_ms=FORGET_MS + 1) is None
    made.succeeded(account="ana", address="b")
    assert [made.take(account="ana", address="c", now_ms=FORGET_MS + 1) for _ in range(FREE["account"])] == [
        None
    ] * FREE["account"]


def test_memory_is_bounded() -> None:
    made = Throttle()
    for n in range(throttle.MOST_KEYS):
        made.take(account=f"a{n}", address=f"b{n}", now_ms=n)
    assert len(made._counts) == throttle.MOST_KEYS


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 5_000)), max_size=80))
def test_somebody_is_told_to_wait_and_after_that_may_try(steps: list[tuple[str, str, int]]) -> None:
    made, now_ms = Throttle(), 0
    for account, address, passed_ms in steps:
        now_ms += passed_ms
        refusal = made.take(account=account, address=address, now_ms=now_ms)
        if refusal is not None:
            assert 0 < refusal.wait_ms <= max(LONGEST_DELAY_MS.values())
            now_ms += refusal.wait_ms
            assert made.take(account=account, address=address, now_ms=now_ms) is None
