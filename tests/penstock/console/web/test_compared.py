"""Values side by side: differences are those of the JSON, and findings are marked where `marked` marks them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.limits import Limits
from detectors.scanner import Scanner
from penstock.console.acts.reasons import REASON_PROFILE
from penstock.console.web import compared as module
from penstock.console.web.compared import ABSENT, Comparison
from penstock.console.web.compared import compared as compared_by
from penstock.console.web.marked import marked

SCANNER = Scanner(REASON_PROFILE)
CARD = "4111 1111 1111 1111"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text("ab{}[]", max_size=4),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text("abc.", max_size=3), inner, max_size=5),
    max_leaves=25,
)


def compared(values: Sequence[Any], scanner: Scanner = SCANNER) -> Comparison:
    """The values side by side, all searched alike."""
    return compared_by([scanner] * len(values), values)


def marks(*values: Any) -> list[tuple[str, str]]:
    """Marked pieces of all places, with the path of each."""
    found = compared(values)
    return [
        (place.path, piece.text)
        for place in (*found.differ, *found.equal)
        for piece in (*place.label, *(piece for value in place.values for piece in value.pieces))
        if piece.types
    ]


def test_places_where_items_differ_are_told_apart_from_those_where_they_do_not() -> None:
    found = compared([{"a": 1, "b": [1, 2], "c": "x"}, {"a": 1, "b": [1, 3]}])

    told = [(place.path, tuple(value.text for value in place.values)) for place in found.differ]
    assert told == [("b[1]", ("2", "3")), ("c", ('"x"', ABSENT.text))]
    assert [place.path for place in found.equal] == ["a", "b[0]"]
    assert (found.types, found.is_whole) == ((), True)


@given(st.lists(JSON, min_size=1, max_size=4))
def test_items_without_a_differing_place_are_equal(values: list[Any]) -> None:
    written = {orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in values}
    assert (len(written) == 1) is (not compared(values).differ)


def test_findings_are_marked_in_each_item_where_they_stand() -> None:
    first, second = {"to": [f"\n{CARD} ok"], "n": 1}, {"to": ["bob@example.com"], "n": 1}

    assert marks(first, second) == [("to[0]", CARD), ("to[0]", "bob@example.com")]
    found = compared([first, second])
    assert found.types is not None and set(found.types) == {"CREDIT_CARD", "EMAIL_ADDRESS"}
    # The text is the JSON still, escapes and all.
    assert found.differ[0].values[0].text == f'"\\n{CARD} ok"'


def test_number_and_names_are_marked_like_texts() -> None:
    assert marks({"card": 4111111111111111}) == [("card", "4111111111111111")]
    assert marks({"bob@example.com": {"x": 1}}, {"y": 2})[0][1] == "bob@example.com"
    assert marks({f"card {CARD}": "bob@example.com"}) == [
        (f'["card {CARD}"]', CARD),
        (f'["card {CARD}"]', "bob@example.com"),
    ]


@given(JSON, st.sampled_from([CARD, "bob@example.com", "fine"]))
def test_what_is_found_is_what_the_page_of_one_item_marks(value: Any, text: str) -> None:
    arguments = {"note": text, "value": value}
    one = marked(SCANNER, arguments)
    found = compared([arguments])

    assert found.types == one.types
    told = [piece.text for row in one.rows for piece in row.pieces if piece.types]
    assert [text for _, text in marks(arguments)] == told


def test_value_that_cannot_be_scanned_is_compared_and_said_to_be_unscanned() -> None:
    found = compared([{"a": CARD}, {"a": "x" * 99}], Scanner(REASON_PROFILE, limits=Limits(max_bytes=60)))

    assert found.types is None
    assert len(found.differ) == 1


def test_more_places_than_are_compared_are_no_whole_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PLACES", 2)

    assert compared([{"a": [1, 2]}]).is_whole
    assert not compared([{"a": [1, 2, 3]}]).is_whole
