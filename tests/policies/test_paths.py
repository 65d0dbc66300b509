"""Paths and patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.paths import child_index, child_name
from policies.paths import parse_pattern, parse_steps, render_steps

steps = st.lists(st.one_of(st.text(max_size=6), st.integers(0, 999)), min_size=1, max_size=6)


@given(steps)
def test_a_rendered_path_reads_back_as_the_same_steps(given_steps: list[str | int]) -> None:
    assert parse_steps(render_steps(given_steps)) == tuple(given_steps)


@given(steps)
def test_paths_are_written_as_detectors_write_them(given_steps: list[str | int]) -> None:
    path = ""
    for step in given_steps:
        path = child_index(path, step) if isinstance(step, int) else child_name(path, step)

    assert render_steps(given_steps) == path


SELECTIONS = (
    ("response.notes", "response.notes", True),
    ("response.notes", "response.notes.x", False),
    ("response.notes", "response[0].notes", True),
    ("response.notes", "[2].response.notes[1]", True),
    ("items[*].note", "items[3].note", True),
    ("items[*].note", "items.note", False),
    ("items[3].note", "items[4].note", False),
    ("**.note", "note", True),
    ("**.note", "a.b[1].note", True),
    ("**.note", "a.notes", False),
    ("a.**", "a", True),
    ("a.**", "a.b.c", True),
    ("a.**.d", "a.d", True),
    ("a.*.d", "a.b.d", True),
    ("a.*.d", "a.d", False),
    ("a.*.d", "a.b.c.d", False),
    ("*_trace", "debug_trace", True),
    ("*_trace", "a.debug_trace", False),
    ('["a.b"].c', '["a.b"].c', True),
    ('["a.b"].c', "a.b.c", False),
)


@pytest.mark.parametrize(("pattern", "path", "is_selected"), SELECTIONS)
def test_a_pattern_selects_exactly_what_it_says(pattern: str, path: str, is_selected: bool) -> None:
    assert parse_pattern(pattern).selects(parse_steps(path)) is is_selected


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a..b", "a b", "[", "a[x]", "a[1", '["a', "a**", "**", "**.**", 'a"b', "a.[1]",
             ".".join("abcdefghijklmnopq")],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"path|selects"):
        parse_pattern(text)
