"""Strict reading, canonical writing, digests."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from streams.codec import (
    DIGEST_FIELDS,
    MAX_INTEGER,
    MIN_INTEGER,
    OUTPUT_DIGEST_FIELDS,
    DeadLetterCode,
    DecodeError,
    action_digest,
    canonical,
    content_digest,
    decode_object,
    depth_of,
    outcome_digest,
    output_digest,
)
from tests.streams.samples import MODEST, action, outcome, output

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
INTEGERS = st.integers(MIN_INTEGER, MAX_INTEGER)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def json_values(integers: st.SearchStrategy[int] = INTEGERS) -> st.SearchStrategy[Any]:
    """JSON values whose integers are drawn from `integers`."""
    leaves = st.none() | st.booleans() | integers | FLOATS | TEXT
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
    )


OBJECTS = st.dictionaries(TEXT, json_values(), max_size=5)

# RFC 8785, appendix B: the bits of a double, and how it is written.
NUMBERS = (
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
)


@pytest.mark.parametrize(("bits", "written"), NUMBERS)
def test_numbers_are_written_as_in_appendix_b_of_rfc_8785(bits: str, written: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))

    assert canonical({"a": [number]}) == b'{"a":[' + written.encode() + b"]}"


def test_example_of_rfc_8785_is_written_as_there() -> None:
    # RFC 8785, 3.2.2.
    raw = rb"""{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }"""

    assert canonical(decode_object(raw)).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


@pytest.mark.parametrize("extra", [{}, {"0": 1.5}])
def test_keys_are_sorted_by_their_utf_16_code_units(extra: dict[str, float]) -> None:
    # RFC 8785, 3.2.3: the emoji, D83D DE00 in UTF-16, comes before FB33 although its code point is larger.
    raw = rb'{"\u20ac": 1, "\r": 1, "\ufb33": 1, "1": 1, "\ud83d\ude00": 1, "\u0080": 1, "\u00f6": 1}'
    value = {"outer": decode_object(raw) | extra}

    keys = list(json.loads(canonical(value))["outer"])

    assert keys == ["\r", *extra, "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]


def test_control_characters_are_escaped_in_the_shortest_way() -> None:
    # RFC 8785, 3.2.2.2.
    value = {"a": "".join(map(chr, range(0x21))) + '"\\/\x7f'}
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"}
    escaped = "".join(short.get(code, f"\\u{code:04x}") for code in range(0x20))

    assert canonical(value).decode() == f'{{"a":"{escaped} \\"\\\\/\x7f"}}'


@given(value=json_values(st.integers(-(2**53) + 1, 2**53 - 1)))
@MODEST
def test_canonical_form_is_that_of_an_independent_implementation(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(number=st.integers(MIN_INTEGER, -(2**53) - 1) | st.integers(2**53 + 1, MAX_INTEGER))
@MODEST
def test_integers_beyond_2_to_the_53_keep_all_their_digits(number: int) -> None:
    assert canonical({"a": number, "b": 0.5}) == f'{{"a":{number},"b":0.5}}'.encode()
    assert content_digest({"a": number}) != content_digest({"a": number - number // abs(number)})


@given(value=OBJECTS)
@MODEST
def test_canonical_form_reads_back_and_is_its_own_canonical_form(value: dict[str, Any]) -> None:
    once = canonical(value)

    # A float between 2 to the 64 and 1e21 is written without a point, and is a float all the same.
    again = json.loads(once, parse_int=lambda text: float_beyond(int(text)))
    assert canonical(again) == once


def float_beyond(number: int) -> int | float:
    """The number as a float where it does not fit into 64 bits."""
    return number if MIN_INTEGER <= number <= MAX_INTEGER else float(number)


@given(value=OBJECTS, ensure_ascii=st.booleans(), indent=st.sampled_from([None, 0, 3, "\t"]), is_tight=st.booleans())
@MODEST
def test_reading_gives_what_pythons_own_parser_gives(
    value: dict[str, Any], ensure_ascii: bool, indent: int | str | None, is_tight: bool
) -> None:
    separators = (",", ":") if is_tight else None
    raw = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators).encode()

    assert repr(decode_object(raw)) == repr(json.loads(raw)) == repr(value)


@given(value=OBJECTS)
@MODEST
def test_every_way_of_writing_a_value_has_the_same_digest(value: dict[str, Any]) -> None:
    texts = {
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        json.dumps(value, indent=1),
        json.dumps(dict(reversed(value.items())), separators=(",", ":")),
        json.dumps(value, sort_keys=True),
    }

    assert len({content_digest(decode_object(text.encode())) for text in texts}) == 1


@given(pairs=st.lists(st.tuples(TEXT, INTEGERS), min_size=1, max_size=4), spaces=st.sampled_from(["", " "]))
@MODEST
def test_key_that_stands_twice_is_never_read(pairs: list[tuple[str, int]], spaces: str) -> None:
    members = [f"{json.dumps(key)}:{spaces}{number}" for key, number in [*pairs, pairs[0]]]

    with pytest.raises(DecodeError) as caught:
        decode_object(("{" + ",".join(members) + "}").encode())

    assert caught.value.dead_letter is DeadLetterCode.DUPLICATE_KEY


@pytest.mark.parametrize(
    ("value", "depth"),
    [(7, 0), ("[[[", 0), ([], 1), ({}, 1), ({"a": 1}, 1), ({"a": [1, {"b": []}], "c": [[]]}, 4)],
)
def test_depth_counts_objects_and_lists(value: object, depth: int) -> None:
    assert depth_of(value) == depth


EFFECT: dict[str, Any] = {
    "agent_id": "agent-1",
    "tenant_id": "tenant-1",
    "topic": "job.crm.read",
    "tool": "crm",
    "arguments": {"id": 7, "limit": 1, "tags": ["a", "b"]},
    "environment": "prod",
}
CLAIMS: dict[str, Any] = {
    "action_id": "other",
    "reasoning": "because",
    "context": {"a": 1},
    "confidence": 0.4,
    "anomaly_score": 0.9,
    "retry_count": 3,
    "amount_usd": 5,
    "affected_users": 2,
    "customer_facing": True,
    "reversible": False,
    "risk_tags": ["prod"],
    "labels": {"a": "b"},
    "session_id": "s",
    "model": "m",
    "proposed_at": "2026-01-01T00:00:00Z",
    "deadline": "2026-01-02T00:00:00Z",
}


def test_digest_of_an_action_is_over_exactly_what_would_be_carried_out() -> None:
    assert set(DIGEST_FIELDS) == set(EFFECT)
    assert action_digest(EFFECT) == content_digest(EFFECT)


@pytest.mark.parametrize("name", sorted(EFFECT))
@pytest.mark.parametrize("change", ["changed", "absent"])
def test_digest_changes_with_every_field_of_the_effect(name: str, change: str) -> None:
    changed = {**EFFECT, name: {"id": 8} if name == "arguments" else "other"}
    if change == "absent":
        del changed[name]

    assert action_digest(changed) != action_digest(EFFECT)


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_digest_does_not_change_with_ids_times_reasons_and_claims(name: str) -> None:
    assert action_digest(EFFECT | {name: CLAIMS[name]}) == action_digest(EFFECT)


@pytest.mark.parametrize(
    "arguments",
    [
        {"tags": ["a", "b"], "limit": 1, "id": 7},
        {"id": 7.0, "limit": 1.0, "tags": ["a", "b"]},
        {"id": 7, "limit": 1e0, "tags": ["a", "b"]},
    ],
)
def test_digest_is_equal_for_equal_arguments(arguments: dict[str, Any]) -> None:
    assert action_digest(EFFECT | {"arguments": arguments}) == action_digest(EFFECT)


@pytest.mark.parametrize(
    "arguments",
    [
        {"id": 7, "limit": 1, "tags": ["b", "a"]},
        {"id": "7", "limit": 1, "tags": ["a", "b"]},
        {"id": 7, "limit": True, "tags": ["a", "b"]},
        {"id": 7, "limit": 1, "tags": ["a", "b"], "x": None},
        {"id": 7, "limit": 1, "tags": ["a", "b\u200b"]},
        {"id": 7, "limit": 1, "tags": [["a", "b"]]},
        {},
    ],
)
def test_digest_differs_for_other_arguments(arguments: dict[str, Any]) -> None:
    assert action_digest(EFFECT | {"arguments": arguments}) != action_digest(EFFECT)


def test_digest_tells_absent_arguments_from_empty_ones() -> None:
    assert action_digest(action(arguments=None)) != action_digest(action(arguments={}))


@pytest.mark.parametrize("name", OUTPUT_DIGEST_FIELDS)
def test_digest_of_an_output_changes_with_what_is_said_and_to_whom(name: str) -> None:
    assert output_digest(output() | {name: "something else"}) != output_digest(output())


@pytest.mark.parametrize("name", ["model", "produced_at", "session_id", "output_id"])
def test_digest_of_an_output_does_not_change_with_its_circumstances(name: str) -> None:
    assert output_digest(output() | {name: "something else"}) == output_digest(output())


def test_digest_of_an_outcome_is_over_agent_action_and_status() -> None:
    told = outcome_digest(outcome())

    assert told == outcome_digest(outcome() | {"detail": "more", "finished_at": "2026-01-01T00:00:00Z"})
    assert len({told, outcome_digest(outcome("a2")), outcome_digest(outcome(status="failure"))}) == 3
    assert told != outcome_digest(outcome(agent="agent-2"))
