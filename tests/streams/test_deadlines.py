"""Deadlines: the earliest first, at most so many, and none that has moved or gone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.deadlines import Deadlines
from tests.streams.samples import MODEST

STEPS = st.lists(st.tuples(st.sampled_from("abcd"), st.none() | st.integers(0, 5)), max_size=30)


@given(steps=STEPS, now_ms=st.integers(0, 6), most=st.integers(1, 5))
@MODEST
def test_what_is_due_is_what_a_plain_search_finds(steps: list[tuple[str, int | None]], now_ms: int, most: int) -> None:
    known: dict[str, int] = {}
    deadlines = Deadlines(known.get)
    for name, due_ms in steps:
        known.pop(name, None)
        if due_ms is not None:
            known[name] = due_ms
            deadlines.push(due_ms, name)

    for _ in range(2):  # to look changes nothing
        expected = sorted((due_ms, name) for name, due_ms in known.items() if due_ms <= now_ms)[:most]
        assert deadlines.due(now_ms, most) == [name for _, name in expected]
        assert deadlines.next_ms() == min(known.values(), default=None)
