"""What people read must be what is there."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.web import words

NOW_MS = 1_772_442_000_000


@given(st.text(max_size=60))
def test_visible_text_has_no_character_that_a_reader_cannot_see(text: str) -> None:
    shown = words.visible(text)
    assert not [c for c in shown if words.is_hidden(c)]
    hidden = {f"U+{ord(c):04X}" for c in text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
    assert all(code in shown for code in hidden)


@given(st.text(alphabet="<>&\"'ab\u202e\u200b", max_size=40))
def test_visible_text_never_opens_a_tag_or_leaves_an_attribute(text: str) -> None:
    shown = str(words.visible(text)).replace('<span class="codepoint">', "").replace("</span>", "")
    assert not set("<>\"'") & set(shown)


def test_direction_overrides_print_as_their_code_point() -> None:
    assert words.visible("pay\u202efdp.exe") == 'pay<span class="codepoint">U+202E</span>fdp.exe'


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [(0, "0 s"), (59_999, "59 s"), (60_000, "1 min"), (3_660_000, "1 h 1 min"), (172_800_000, "2 days")],
)
def test_a_span_names_its_largest_units(length_ms: int, text: str) -> None:
    assert words.span(length_ms) == text


def test_time_that_runs_out_is_urgent_before_it_is_late() -> None:
    assert words.urgency(NOW_MS - 1, NOW_MS) == "is-late"
    assert words.urgency(NOW_MS + words.MINUTE_MS, NOW_MS) == "is-soon"
    assert words.urgency(NOW_MS + words.HOUR_MS, NOW_MS, 8 * words.HOUR_MS) == "is-soon"
    assert words.urgency(NOW_MS + 7 * words.HOUR_MS, NOW_MS, 8 * words.HOUR_MS) == "is-calm"


@pytest.mark.parametrize(
    ("value", "text"),
    [("420", "USD 420.00"), ("1200.505", "USD 1,200.50"), (9, "USD 9.00"), ("what?", "USD ?")],
)
def test_amounts_have_cents_and_nothing_else_is_an_amount(value: object, text: str) -> None:
    assert words.amount(value) == text
