"""Merging constraints: the result obeys every vote, whatever their order."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings

from policies.constraints import ConstraintConflictError, constraint_problem, merge
from tests.policies.strategies import constraints


def _merged(*votes: Mapping[str, object]) -> object:
    try:
        return {name: sorted(value) if isinstance(value, list) else value for name, value in merge([*votes]).items()}
    except ConstraintConflictError:
        return "conflict"


@settings(max_examples=150, deadline=None)
@given(constraints, constraints)
def test_the_order_of_votes_does_not_matter(left: dict[str, object], right: dict[str, object]) -> None:
    assert _merged(left, right) == _merged(right, left)


@settings(max_examples=150, deadline=None)
@given(constraints, constraints, constraints)
def test_more_votes_merge_as_if_one_after_the_other(
    first: dict[str, object], second: dict[str, object], third: dict[str, object]
) -> None:
    try:
        expected = _merged(merge([first, second]), third)
    except ConstraintConflictError:
        expected = "conflict"

    assert _merged(first, second, third) == expected


@settings(max_examples=50, deadline=None)
@given(constraints)
def test_a_vote_twice_is_the_vote(vote: dict[str, object]) -> None:
    assert _merged(vote, vote) == _merged(vote)


@pytest.mark.parametrize(
    ("name", "left", "right", "expected"),
    [
        ("max_runtime_sec", 900, 60, 60),
        ("min_reviewers", 1, 2, 2),
        ("speed", 3, 2.5, 2.5),
        ("host_allowlist", ["b", "a"], ["a", "c", "b"], ["a", "b"]),
        ("host_allowlist", ["a"], ["b"], []),
        ("host_denylist", ["b"], ["a", "b"], ["a", "b"]),
        ("read_only", False, True, True),
        ("region", "eu", "eu", "eu"),
        ("sandbox", {"cpu": 2, "image": "x"}, {"cpu": 1}, {"cpu": 1, "image": "x"}),
    ],
)
def test_two_values_merge_to_the_tightest(name: str, left: object, right: object, expected: object) -> None:
    assert merge([{name: left}, {name: right}]) == {name: expected}


@pytest.mark.parametrize(("left", "right"), [("eu", "us"), (True, 1), ("eu", ["eu"]), ({"a": "x"}, {"a": "y"})])
def test_what_cannot_be_obeyed_together_is_a_conflict(left: object, right: object) -> None:
    with pytest.raises(ConstraintConflictError):
        merge([{"x": left}, {"x": right}])


@pytest.mark.parametrize(
    ("name", "value", "is_fine"),
    [
        ("max_runtime_sec", 5, True), ("max_runtime_sec", "5", False), ("max_runtime_sec", True, False),
        ("max_runtime_sec", -1, False), ("min_reviewers", [], False), ("host_allowlist", [], True),
        ("host_allowlist", "a", False), ("host_denylist", [1], False), ("a b", 1, False), ("note", None, False),
        ("anything", {"a": [1]}, True),
    ],
)  # fmt: skip
def test_a_name_says_which_values_it_takes(name: str, value: object, is_fine: bool) -> None:
    assert (constraint_problem(name, value) is None) is is_fine
