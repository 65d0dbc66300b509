"""JSON that stands in a field as text: found by name, taken out at its place, still JSON afterwards."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import Action, Limits, ScanLimitError, Scanner, redact_json
from detectors.embedded import Value, decoded, values_of

SCANNER = Scanner()
NAMES = st.sampled_from(("note", "status", "id", "a.b", "items", "\u00e9"))
TEXTS = st.text(max_size=12) | st.sampled_from(("219-09-9999", 'jane "j" doe', "a@b.co", "{}", "\\u0040", "\U0001f600"))
LEAVES = (
    TEXTS | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))
DOCUMENTS = st.lists(JSON, min_size=1, max_size=4) | st.dictionaries(NAMES, JSON, min_size=1, max_size=4)


def leaves_of(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for child in value.values() for leaf in leaves_of(child)]
    return [leaf for child in value for leaf in leaves_of(child)] if isinstance(value, list) else [value]


@given(document=DOCUMENTS, indent=st.sampled_from((None, 2)), is_ascii=st.booleans())
def test_every_leaf_is_met_in_order_with_its_text_and_place(
    document: object, indent: int | None, is_ascii: bool
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=is_ascii)
    values = [value for value in values_of(text, Limits()) if not value.is_container]

    assert [decoded(text, v).text if v.is_string else json.loads(text[v.start : v.end]) for v in values] == leaves_of(
        document
    )


@given(text=TEXTS, start=st.integers(0, 12), size=st.integers(0, 12), is_ascii=st.booleans())
def test_a_part_of_a_string_is_mapped_to_the_escapes_that_write_it(
    text: str, start: int, size: int, is_ascii: bool
) -> None:
    written = json.dumps(text, ensure_ascii=is_ascii)
    value = Value("", "", False, 1, len(written) - 1, is_string=True)
    start, end = min(start, len(text)), min(start + size, len(text))

    first, last = decoded(written, value).span(start, end)

    assert json.loads(f'"{written[first:last]}"') == text[start:end]


CUSTOMER = {
    "customer": {"ssn": "219-09-9999", "first_name": 'Jane "j" \u00e9', "dob": "1990-04-05"},
    "internal_notes": {"x": ["margin", 3], "_private": 1},
    "phone": 2125551234,
    "debug_trace": None,
    "order": [7, "all is well"],
}


@pytest.mark.parametrize("is_ascii", [True, False])
def test_names_inside_are_evidence_and_redaction_leaves_the_document_whole(is_ascii: bool) -> None:
    value = {"event": {"payload": json.dumps(CUSTOMER, ensure_ascii=is_ascii), "ok": "x"}}
    findings = SCANNER.scan_json(value)

    done = redact_json(value, findings)

    assert {finding.field for finding in findings} == {"event.payload"}
    assert json.loads(done.value["event"]["payload"]) == {
        "customer": {"ssn": "[REDACTED]", "first_name": "[REDACTED]", "dob": "[REDACTED]"},
        "internal_notes": "[REDACTED]",
        "phone": "[REDACTED]",
        "debug_trace": "[REDACTED]",
        "order": [7, "all is well"],
    }
    assert [detail.field for detail in done.details] == ["event.payload"]
    assert SCANNER.scan_json(done.value) == ()


def test_field_above_the_text_is_evidence_for_what_is_inside() -> None:
    text = json.dumps([{"value": "219099999"}])
    assert [f.type for f in SCANNER.scan_json({"ssn_of_customer": text})] == ["US_SSN"]
    assert SCANNER.scan_json({"reference": text}) == ()


@pytest.mark.parametrize("action", [Action.MASK, Action.PARTIAL, Action.TOKEN])
@given(document=DOCUMENTS)
def test_redacted_document_is_json_and_holds_nothing_that_was_found(action: Action, document: object) -> None:
    value = {"payload": json.dumps({"order": document, "card": 4111111111111111, "mail": "jane.doe@acme.com"})}
    findings = [f for f in SCANNER.scan_json(value) if f.type in ("CREDIT_CARD", "EMAIL_ADDRESS")]

    done = redact_json(value, findings, action=action, token_key=b"k")

    assert json.loads(done.value["payload"])["order"] == document or len(findings) > 2
    assert "4111111111111111" not in done.value["payload"]
    assert "jane.doe" not in done.value["payload"]


@pytest.mark.parametrize("text", ["{", "[1, 2", "{a: 1}", "[1] and [2]", "[not json]", "", "{}", "null"])
def test_text_that_is_no_document_is_text(text: str) -> None:
    assert values_of(text, Limits()) == []


def test_document_inside_a_document_is_text() -> None:
    twice = json.dumps({"inner": json.dumps({"internal_notes": "margin"})})
    assert SCANNER.scan_json({"payload": twice}) == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 65 + "]" * 65, "SCAN_TOO_DEEP"),
        ("[" * 50_000 + "]" * 50_000, "SCAN_TOO_DEEP"),
        (json.dumps(list(range(20_001))), "SCAN_TOO_MANY_LEAVES"),
    ],
)
def test_document_past_a_budget_is_refused(text: str, code: str) -> None:
    with pytest.raises(ScanLimitError) as caught:
        SCANNER.scan_json({"payload": text})
    assert caught.value.code == code
