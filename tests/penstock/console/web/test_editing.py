"""What people write into forms: read as strictly as the gate reads, with the place of what is wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.web.editing import (
    Mistake,
    constraint_conflict,
    editable,
    written_arguments,
    written_constraints,
)
from penstock.console.web.words import is_hidden

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=5))
def test_arguments_that_nobody_touched_come_back_as_they_were(value: dict[str, Any]) -> None:
    assert written_arguments(editable(value)) == value
    assert written_arguments(editable(value).replace("\n", "\r\n")) == value


def test_nothing_in_the_text_field_is_invisible_or_turns_text_around() -> None:
    value = {"to": "a\u202eb\u200b\U000e0041", "note": "\x7f\n"}

    assert all(not is_hidden(character) for character in editable(value))
    assert written_arguments(editable(value)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n  "amount": 80,\n}', "line 3, column 1: "),
        ('{"a": 1 "b": 2}', "line 1, column 9: expecting ',' delimiter"),
        ("", "line 1, column 1: expecting value"),
        ("[1]", "not a JSON object"),
        ('{"a": 1, "a": 2}', "an object holds the same key twice"),
        ('{"a": NaN}', "not JSON"),
        ('{"a": 1e999}', "beyond a double"),
        ('{"a": 99999999999999999999999}', "64 bits"),
        ('{"a": "\\ud800"}', ""),
        ('{"a":' * 70 + "1" + "}" * 70, "nested deeper than 64"),
        ("[" * 100_000, ""),
    ],
)
def test_mistake_is_named_with_its_place(text: str, message: str) -> None:
    found = written_arguments(text)

    assert isinstance(found, Mistake)
    assert message in str(found)


HELD = {"max_amount_usd": 500, "network_allowlist": ["a.example", "b.example"], "mode": "slow"}


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ({}, {}),
        ({"constraint:max_amount_usd": "500", "constraint:mode": "slow"}, {}),
        ({"constraint:max_amount_usd": "80"}, {"max_amount_usd": 80}),
        ({"constraint:max_amount_usd": " "}, {}),
        ({"constraint:network_allowlist": "a.example"}, {"network_allowlist": ["a.example"]}),
        ({"constraint:network_allowlist": '["a.example", "b.example"]'}, {}),
        ({"name1": "max_rows", "value1": "10", "name3": "region", "value3": "eu"}, {"max_rows": 10, "region": "eu"}),
        ({"constraint:unknown": "5"}, {}),
    ],
)
def test_only_what_was_changed_or_added_is_sent(form: dict[str, str], found: dict[str, Any]) -> None:
    assert written_constraints(form, HELD) == found


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"value1": "10"}, "no name"),
        ({"name1": "a", "value1": "1", "name2": "a", "value2": "2"}, "twice"),
        ({"name1": "network_allowlist", "value1": '["a'}, "not JSON"),
    ],
)
def test_constraint_that_makes_no_sense_is_a_mistake(form: dict[str, str], words: str) -> None:
    found = written_constraints(form, HELD)

    assert isinstance(found, Mistake)
    assert words in str(found)


@pytest.mark.parametrize(
    ("given_constraints", "amount", "code"),
    [
        ({"max_amount_usd": 450}, "420", None),
        ({"max_amount_usd": 450}, None, "constraint_exceeded"),
        ({"max_amount_usd": 400}, "420", "constraint_exceeded"),
        ({"max_amount_usd": 600}, "420", "constraint_widened"),
        ({"max_amount_usd": "much"}, "420", "constraint_invalid"),
        ({"network_allowlist": ["a.example"]}, None, None),
        ({"network_allowlist": ["a.example", "c.example"]}, None, "constraint_widened"),
        ({"mode": "fast"}, None, "constraint_widened"),
        ({"region": "eu"}, None, None),
        ({"region": None}, None, "constraint_invalid"),
        ({}, None, "constraint_invalid"),
    ],
)
def test_constraints_may_only_tighten(given_constraints: dict[str, Any], amount: str | None, code: str | None) -> None:
    problem = constraint_conflict(given_constraints, HELD, amount_usd=None if amount is None else Decimal(amount))

    assert (None if problem is None else problem.conflict.value) == code
