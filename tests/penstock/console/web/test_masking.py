"""What is masked: no value survives, and the shape stays."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Finding, Scanner
from detectors.paths import child_index, child_name
from penstock.console.web.masking import (
    CLEAR_CHARS,
    MAX_PIECES,
    MAX_ROWS,
    Found,
    Masked,
    Masking,
    Piece,
    PieceKind,
    findings_of,
    mask,
    masking_for,
    shown_field,
    text_at,
)

SCANNER = Scanner()
# Values are of letters that no name and no word of the layout has, so that each of them can be told in the result.
GREEK = st.text(alphabet="αβγδεζηθικλμ", min_size=1, max_size=40)
NAMES = st.text(alphabet="abcdef_", min_size=1, max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | GREEK,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


def found(start: int, end: int, *, field: str | None = None) -> Found:
    return Found("US_SSN", field, start, end, 0.9, "us_ssn")


def written(masked: Masked) -> str:
    """Everything that the layout could put on a page."""
    return "\n".join(f"{row.label} {row.kind} {' '.join(piece.text for piece in row.pieces)}" for row in masked.rows)


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        return [leaf for child in (value.values() if isinstance(value, dict) else value) for leaf in leaves(child)]
    return [value] if isinstance(value, str) else []


@settings(max_examples=200, deadline=None)
@given(content=JSON | GREEK)
def test_no_character_of_any_value_survives_where_nothing_may_be_clear(content: Any) -> None:
    text = written(mask(content, (), masking=Masking()))
    assert not set("αβγδεζηθικλμ") & set(text)


@settings(max_examples=200, deadline=None)
@given(content=JSON | GREEK, clear_chars=st.integers(0, 20))
def test_no_value_longer_than_allowed_survives(content: Any, clear_chars: int) -> None:
    masked = mask(content, (), masking=Masking(clear_chars))
    shown = [piece.text for row in masked.rows for piece in row.pieces if piece.text]
    assert all(
        len(text) <= clear_chars and text in leaves(content) for text in shown if set(text) & set("αβγδεζηθικλμ")
    )


@settings(max_examples=200, deadline=None)
@given(data=st.data(), value=GREEK, clear_chars=st.integers(0, 60))
def test_no_character_of_a_finding_or_of_its_leaf_survives(data: st.DataObject, value: str, clear_chars: int) -> None:
    start = data.draw(st.integers(0, len(value) - 1))
    end = data.draw(st.integers(start + 1, len(value) + 5))
    for content, field in ((value, None), ({"a": {"b": [1, value]}}, "a.b[1]")):
        masked = mask(content, (found(start, end, field=field),), masking=Masking(clear_chars))
        assert not set("αβγδεζηθικλμ") & set(written(masked))
        assert masked.unplaced == ()


@settings(max_examples=200, deadline=None)
@given(data=st.data(), value=GREEK)
def test_pieces_cover_a_leaf_and_say_which_findings_cover_them(data: st.DataObject, value: str) -> None:
    bounds = st.tuples(st.integers(0, len(value)), st.integers(0, len(value)))
    spans = [(min(pair), max(pair)) for pair in data.draw(st.lists(bounds, max_size=5)) if pair[0] != pair[1]]
    masked = mask({"a": value}, [found(start, end, field="a") for start, end in spans], masking=Masking())
    pieces = masked.rows[1].pieces
    assert sum(piece.chars for piece in pieces) == len(value)
    place = 0
    for piece in pieces:
        over = {index for index, (start, end) in enumerate(spans, 1) if start < place + piece.chars and end > place}
        assert set(piece.findings) == over
        place += piece.chars


def test_a_text_keeps_its_lines_and_a_finding_over_two_lines_is_marked_in_both() -> None:
    masked = mask("one\ntwo three\n\nfour", (found(4, 15),), masking=Masking())
    assert [(row.label, row.size) for row in masked.rows] == [
        ("line 1", 3),
        ("line 2", 9),
        ("line 3", 0),
        ("line 4", 4),
    ]
    assert [piece.findings for row in masked.rows for piece in row.pieces] == [(), (1,), (1,), ()]


@pytest.mark.parametrize(
    "content",
    [
        {"customer": {"ssn": "219-09-9999", "name": "ok"}},
        {"rows": [{"note": "mail jane.doe@acme.com or 219-09-9999"}, 4111111111111111]},
        "card 4111 1111 1111 1111\nand jane.doe@acme.com",
        {"debug_trace": {"inner": "secret"}, "n": 1},
    ],
)
def test_every_finding_of_the_scanner_has_its_place_and_its_text(content: Any) -> None:
    raw = SCANNER.scan(content) if isinstance(content, str) else SCANNER.scan_json(content)
    findings = findings_of([asdict(finding) for finding in raw])
    assert findings
    masked = mask(content, findings, masking=Masking(40))
    assert masked.unplaced == ()
    marked = {number for row in masked.rows for piece in row.pieces for number in piece.findings}
    assert marked == set(range(1, len(findings) + 1))
    for number in marked:
        text = text_at(content, findings, number)
        assert text
        assert text not in written(masked)


def test_a_finding_is_revealed_exactly() -> None:
    content = {"a": [{"note": "mail jane.doe@acme.com now"}], "n": 219099999, "inner": {"x": 1}}
    findings = (
        found(5, 22, field="a[0].note"),
        found(0, 9, field="n"),
        found(0, 0, field="inner"),
        found(0, 3, field="nowhere"),
        found(5, 400, field="a[0].note"),
    )
    assert [text_at(content, findings, number) for number in range(1, 6)] == [
        "jane.doe@acme.com",
        "219099999",
        '{\n  "x": 1\n}',
        None,
        None,
    ]


def test_a_name_with_a_finding_is_hidden_with_its_length_and_can_be_revealed() -> None:
    content = {"jane.doe@acme.com": {"balance": 3}}
    findings = (found(0, 17, field="{key 0}"), found(0, 1, field="{0}.balance"))
    masked = mask(content, findings, masking=Masking(40))
    assert "jane" not in written(masked)
    assert [(row.label, row.label_chars, row.name_findings) for row in masked.rows] == [
        ("", 0, ()),
        (None, 17, (1,)),
        ("balance", 7, ()),
    ]
    assert text_at(content, findings, 1) == "jane.doe@acme.com"


@pytest.mark.parametrize("name", ["jane.doe@acme.com", "two words", "<script>", "a" * 41, "", "ключ"])
def test_what_does_not_look_like_a_name_is_hidden(name: str) -> None:
    assert mask({name: 1}, (), masking=Masking()).rows[1].label is None


@settings(max_examples=200, deadline=None)
@given(
    names=st.lists(st.text(alphabet="αβγ .[]{}\"'\\\\\n@", min_size=1, max_size=12) | NAMES, min_size=1, max_size=4),
    index=st.integers(0, 99),
)
def test_a_path_tells_names_that_look_like_names_and_lengths_of_the_others(names: list[str], index: int) -> None:
    path = ""
    for name in names:
        path = child_index(child_name(path, name), index)
    told = shown_field(path)
    assert not set("αβγ@\"'\\\\") & set(told)
    assert told.count(f"[{index}]") == len(names)
    for name in names:
        assert (name if set(name) <= set("abcdef_") else f"a name of {len(name)} characters") in told


@pytest.mark.parametrize("path", ["{key 0}", "balances{0}.sum", "content", "rows[12].note"])
def test_a_path_without_names_to_hide_stays_as_it_is(path: str) -> None:
    assert shown_field(path) == path


@pytest.mark.parametrize("reason_code", ["sensitive_key", "scan_limit", "scan_failed", "killed", "redaction_failed"])
def test_names_are_hidden_where_the_detectors_did_not_finish(reason_code: str) -> None:
    masking = masking_for(audience="internal", reason_code=reason_code)
    assert masking == Masking(0, are_names_shown=False)
    assert mask({"hunter2": {"hunter3": 1}}, (), masking=masking).rows[1].label is None


@pytest.mark.parametrize(
    ("audience", "clear_chars"),
    [("internal", CLEAR_CHARS), ("customer", 0), ("partner", 0), ("public", 0), (None, 0), ("nobody knows", 0)],
)
def test_only_what_is_for_inside_readers_shows_short_values(audience: str | None, clear_chars: int) -> None:
    masking = masking_for(audience=audience, reason_code="rule_matched")
    assert masking == Masking(clear_chars, are_names_shown=True)


def test_without_a_reason_nothing_is_taken_for_harmless() -> None:
    assert masking_for(audience="internal", reason_code=None) == Masking(0, are_names_shown=False)


def test_a_long_content_is_cut_and_its_findings_stay() -> None:
    content = {"many": ["x" * 20] * 5_000, "last": "219-09-9999"}
    masked = mask(content, (found(0, 11, field="last"),), masking=Masking())
    assert len(masked.rows) == MAX_ROWS + 1
    assert masked.left_out == 5_000 + 3 - MAX_ROWS - 1
    assert masked.rows[-1].pieces == (Piece(PieceKind.FOUND, 11, (1,)),)


def test_thousands_of_findings_in_one_leaf_make_few_pieces() -> None:
    findings = [found(place, place + 1, field="a") for place in range(0, 10_000, 2)]
    pieces = mask({"a": "x" * 10_000}, findings, masking=Masking()).rows[1].pieces
    assert len(pieces) == MAX_PIECES + 1
    assert sum(piece.chars for piece in pieces) == 10_000


def test_deep_nesting_ends_in_one_hidden_row() -> None:
    content: Any = "αβγ"
    for _ in range(5_000):
        content = [content]
    masked = mask(content, (), masking=Masking(40))
    assert len(masked.rows) < 40
    assert "α" not in written(masked)


@pytest.mark.parametrize("value", [None, "x", 7, {}, [None, 1, "x", {"type": 5}, {"start": "a", "end": True}]])
def test_damaged_findings_are_findings_without_a_place(value: object) -> None:
    findings = findings_of(value)
    assert len(findings) == (len(value) if isinstance(value, list) else 0)
    assert all(text_at("a text", findings, number) is None for number in range(1, len(findings) + 1))


def test_found_has_what_the_gate_writes_about_a_finding() -> None:
    fields = set(Finding.__dataclass_fields__) - {"family"}
    assert set(Found._fields) == fields
