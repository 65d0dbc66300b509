"""Paths are unambiguous."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detectors.paths import child_index, child_name

NAMES = st.text(max_size=6)


@given(first=NAMES, second=NAMES)
def test_two_names_never_share_a_path(first: str, second: str) -> None:
    assert (child_name("", first) == child_name("", second)) == (first == second)
    assert child_name("a", first) != child_index("a", 0)


def test_dots_brackets_quotes_and_spaces_are_quoted() -> None:
    assert child_name("a", "b.c") == 'a["b.c"]'
    assert child_name("a", "") == 'a[""]'
    assert child_name("a", 'say "x"') == 'a["say \\"x\\""]'
