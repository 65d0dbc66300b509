"""Paths and patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.paths import child_index, child_name
from policies.paths import parse_pattern, parse_steps

steps = st.lists(st.one_of(st.text(max_size=6), st.integers(0, 999)), min_size=1, max_size=6)


@given(steps)
def test_a_path_as_detectors_write_it_reads_back_as_its_steps(given_steps: list[str | int]) -> None:
    path = ""
    for step in given_steps:
        path = child_index(path, step) if isinstance(step, int) else child_name(path, step)

    assert parse_steps(path) == tuple(given_steps)


@pytest.mark.parametrize(
    ("pattern", "path", "is_selected"),
    [("a.*", "a{0}", True), ("a.ssn", "a{0}", None), ("**.note", "a{2}.note", True), ("a.b.c", "a{2}.note", False),
     ("a.b.note", "a{2}.note", None), ("**.ssn", "a{key 0}", None), ("b.ssn", "a{key 0}", False)],
)  # fmt: skip
def test_a_hidden_name_may_be_any(pattern: str, path: str, is_selected: bool | None) -> None:
    assert parse_pattern(pattern).selects(parse_steps(path)) is is_selected


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
