"""The index over globs says what each glob says alone, and no topic makes it slow."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.bits import bits_of, mask_of
from policies.globs import glob_problem, matches_any
from policies.topics import TopicIndex

globs = (
    st.lists(st.sampled_from(("a", "b", "ab", "*", "a*", "*b")), min_size=1, max_size=4)
    .map(".".join)
    .filter(lambda glob: glob_problem(glob, dotted=True) is None)
)
names = st.lists(st.sampled_from(("a", "b", "ab", "", "x")), min_size=1, max_size=6).map(".".join)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.none() | st.lists(globs, min_size=1, max_size=3).map(tuple), min_size=1, max_size=6),
    st.lists(names, min_size=1, max_size=12),
)
def test_the_index_agrees_with_each_glob_alone(rules: list[tuple[str, ...] | None], topics: list[str]) -> None:
    index = TopicIndex(rules)
    for topic in topics:
        expected = {number for number, rule in enumerate(rules) if rule is None or matches_any(rule, topic)}
        assert set(bits_of(index.search(topic))) == set(bits_of(index.mask(topic))) == expected


def test_a_glob_that_begins_or_ends_with_a_dot_in_a_name_is_found() -> None:
    index = TopicIndex([(".*",), ("*.",), ("*",)])

    assert [index.search(name) for name in (".a", "a.", "a")] == [0b101, 0b110, 0b100]


@settings(max_examples=100, deadline=None)
@given(st.sets(st.integers(0, 2_000), max_size=60))
def test_bits_of_a_mask_are_the_numbers_it_was_made_of(numbers: set[int]) -> None:
    assert bits_of(mask_of(numbers, size=2_001)) == sorted(numbers)


def _took(index: TopicIndex, topics: list[str]) -> float:
    best = 1.0
    for _ in range(7):
        began = time.perf_counter()
        for topic in topics:
            index.search(topic)
        best = min(best, time.perf_counter() - began)
    return best


def test_a_topic_of_very_many_segments_costs_little_more_than_a_short_one() -> None:
    index = TopicIndex([(f"job.area{number}.*.read",) for number in range(1_000)])
    short = [f"job.area{number}.x.read" for number in range(200)]
    long = [f"job.area{number}" + ".x" * 110 + ".read" for number in range(200)]

    assert _took(index, long) < 8 * _took(index, short)


def test_many_globs_that_end_within_a_name_cost_no_test_each() -> None:
    few = TopicIndex([(f"get_{number:03}*",) for number in range(10)])
    many = TopicIndex([(f"get_{number:03}*",) for number in range(1_000)])
    names = [f"get_999_{number}" for number in range(200)]

    assert bits_of(many.search("get_999_x")) == [999]
    assert _took(many, names) < 8 * _took(few, names)
