"""Differences between JSON values: nothing is lost, nothing is made up, and order of names is no difference."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from penstock.console.web.difference import Change, difference, lines_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text("ab{}[]", max_size=4),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=5),
    max_leaves=25,
)


def test_edit_is_told_line_by_line() -> None:
    lines = difference({"order": 9, "amount": 420}, {"amount": 80, "order": 9})

    assert [(line.change.value, line.text) for line in lines] == [
        ("same", "{"),
        ("removed", '  "amount": 420,'),
        ("added", '  "amount": 80,'),
        ("same", '  "order": 9'),
        ("same", "}"),
    ]


def test_equal_lines_far_from_a_change_are_folded_and_counted() -> None:
    before = {f"k{number:02}": number for number in range(30)}
    lines = difference(before, before | {"k15": "other"})

    assert [line.text for line in lines if line.change is Change.FOLDED] == ["13 equal lines", "12 equal lines"]


def test_frequent_lines_are_lines_too() -> None:
    before = [{"a": 1}] * 300
    lines = difference(before, [*before[:150], {"a": 2}, *before[151:]])

    assert [line.text.strip() for line in lines if line.change is Change.ADDED] == ['"a": 2']


@given(JSON, JSON)
def test_removed_lines_are_the_old_ones_and_added_lines_the_new_ones(before: Any, after: Any) -> None:
    lines = difference(before, after)
    if not lines:
        assert lines_of(before) == lines_of(after)
        return
    folded = sum(int(line.text.split()[0]) for line in lines if line.change is Change.FOLDED)
    old = [line.text for line in lines if line.change in (Change.SAME, Change.REMOVED)]
    new = [line.text for line in lines if line.change in (Change.SAME, Change.ADDED)]
    assert len(old) + folded == len(lines_of(before))
    assert len(new) + folded == len(lines_of(after))
    assert set(old) <= set(lines_of(before))
    assert set(new) <= set(lines_of(after))
