"""Findings are marked where they are, nothing else is, and no character is lost or moved."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.finding import Family, Finding
from detectors.limits import Limits
from detectors.scanner import Scanner
from penstock.console.acts.reasons import REASON_PROFILE
from penstock.console.web import marked as layout
from penstock.console.web.marked import marked, marked_text, pieces_of

SCANNER = Scanner(REASON_PROFILE)
CARD = "4111 1111 1111 1111"


def found_in(value: Any) -> list[tuple[str, str]]:
    """Marked pieces, with the label of their row."""
    return [
        ("".join(piece.text for piece in row.label), piece.text)
        for row in marked(SCANNER, value).rows
        for piece in (*row.label, *row.pieces)
        if piece.types
    ]


@pytest.mark.parametrize("before", ["", "card ", "😀😀 card ", "\u200b\u202ecard "])
def test_finding_is_marked_where_it_stands_whatever_stands_before_it(before: str) -> None:
    pieces = marked_text(SCANNER, f"{before}{CARD}, thanks")

    assert [piece.text for piece in pieces if "CREDIT_CARD" in piece.types] == [CARD]
    assert "".join(piece.text for piece in pieces) == f"{before}{CARD}, thanks"


def test_finding_deep_in_arguments_is_marked_in_its_row() -> None:
    assert found_in({"a": {"b": [1, {"note": f"card {CARD}"}]}, "c": "fine"}) == [("note", CARD)]


def test_finding_in_a_name_is_marked_in_the_name_and_what_is_inside_it_too() -> None:
    value = {f"card {CARD}": {"mail": "bob@example.com"}}

    assert found_in(value) == [(f"card {CARD}", CARD), ("mail", "bob@example.com")]


def test_value_that_cannot_be_scanned_is_shown_and_said_to_be_unscanned() -> None:
    strict = Scanner(REASON_PROFILE, limits=Limits(max_bytes=10))
    shown = marked(strict, {"text": "x" * 50})

    assert shown.types is None
    assert shown.rows[0].pieces[0].text == "x" * 50


def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MAX_ROWS", 3)
    shown = marked(SCANNER, {"a": [1, 2, 3, 4]})

    assert (len(shown.rows), shown.left_out, shown.is_whole) == (3, 2, False)


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 45), st.integers(0, 45), st.sampled_from(["A", "B"])), max_size=5),
)
def test_pieces_joined_are_the_text_and_marks_are_the_findings(text: str, spans: list[tuple[int, int, str]]) -> None:
    findings = [Finding(kind, Family.PII, start, end, 0.5, "test") for start, end, kind in spans]

    pieces = pieces_of(text, findings)

    assert "".join(piece.text for piece in pieces) == text
    place = 0
    for piece in pieces:
        for offset in range(place, place + len(piece.text)):
            assert set(piece.types) == {kind for start, end, kind in spans if start <= offset < end}
        place += len(piece.text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def leaves(value: Any) -> int:
    """Values and containers below the top."""
    if isinstance(value, dict):
        return len(value) + sum(leaves(child) for child in value.values())
    return len(value) + sum(map(leaves, value)) if isinstance(value, list) else 0


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=5))
def test_every_value_has_a_row(value: dict[str, Any]) -> None:
    assert len(marked(SCANNER, value).rows) == leaves(value)
