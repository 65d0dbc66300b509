"""The picture of an agent's last weeks."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.console.web.history import DAY_WIDTH, HEIGHT, Day, picture, words

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = st.integers(0, 100_000)
DAYS = st.lists(st.builds(Day, COUNTS, COUNTS, st.none() | st.integers(0, 9)), min_size=1, max_size=60)


def drawn(days: list[Day]) -> ElementTree.Element:
    # As in a page, where the parser of HTML knows the namespace.
    text = str(picture(days)).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ElementTree.fromstring(text)  # noqa: S314 - made here


def number(element: ElementTree.Element, name: str) -> int:
    return int(element.attrib[name])


@settings(max_examples=200, deadline=None)
@given(days=DAYS)
def test_everything_lies_within_the_picture_and_nothing_overlaps(days: list[Day]) -> None:
    root = drawn(days)
    assert number(root, "width") == DAY_WIDTH * len(days)
    by_day: dict[int, list[tuple[int, int]]] = {}
    for bar in root.iter(f"{SVG}rect"):
        top, height = number(bar, "y"), number(bar, "height")
        assert 0 <= top < top + height <= HEIGHT
        by_day.setdefault(number(bar, "x") // DAY_WIDTH, []).append((top, top + height))
    for place, day in enumerate(days):
        stacked = sorted(by_day.get(place, []))
        assert len(stacked) <= (day.successes > 0) + (day.errors > 0)
        assert bool(stacked) == (day.outcomes > 0)
        assert all(upper[1] == lower[0] for upper, lower in pairwise(stacked))
    for line in root.iter(f"{SVG}polyline"):
        pairs = [tuple(map(int, pair.split(","))) for pair in line.attrib["points"].split()]
        assert all(0 <= x <= DAY_WIDTH * len(days) and 0 <= y <= HEIGHT for x, y in pairs)


@settings(max_examples=100, deadline=None)
@given(days=DAYS)
def test_an_error_is_always_seen(days: list[Day]) -> None:
    kinds = [bar.attrib["class"] for bar in drawn(days).iter(f"{SVG}rect")]
    assert kinds.count("bar-error") == sum(1 for day in days if day.errors)


def test_without_days_there_is_no_picture() -> None:
    assert picture([]) == ""


def test_the_picture_is_told_in_words() -> None:
    days = [Day(), Day(3, 1, 0), Day(1_200, 0, 1)]
    assert words(days) == "3 days: 1,204 outcomes, 1 of them errors; level 1, between 0 and 1"
    assert drawn(days).attrib["aria-label"] == words(days)
    assert words([Day(level=2)]) == "1 day: 0 outcomes, 0 of them errors; level 2"
    assert words([Day()]) == "1 day: 0 outcomes, 0 of them errors"


def test_a_level_is_a_line_that_steps_and_begins_where_it_is_known() -> None:
    (line,) = drawn([Day(), Day(level=0), Day(level=3)]).iter(f"{SVG}polyline")
    assert line.attrib["points"] == "8,52 16,52 16,4 24,4"
