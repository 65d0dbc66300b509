"""Findings out of texts and JSON values; the words that say so."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from detectors import (
    Action,
    Family,
    Finding,
    RedactionDetail,
    RedactionError,
    Scanner,
    redact,
    redact_json,
)

SCANNER = Scanner()
KEY = b"a key of the tenant"


def pii(start: int, end: int, field: str | None = None, kind: str = "US_SSN") -> Finding:
    return Finding(kind, Family.PII, start, end, 0.9, "test", field=field)


def test_refund_output_of_the_design_is_cleaned_with_the_three_details() -> None:
    output = {
        "response": {
            "message": "Your refund of $42.10 is on its way.",
            "customer_data": {"id": "c-77", "ssn": "078-05-1120"},
            "internal_notes": "customer is flagged as high churn",
            "debug_trace": {"step": "refund.create", "took_ms": 12},
        }
    }
    before = copy.deepcopy(output)
    done = redact_json(
        output,
        [finding for finding in SCANNER.scan_json(output) if finding.family is Family.PII],
        remove_fields=[
            ("response.internal_notes", "Internal-only data in customer-facing output"),
            ("response.debug_trace", "System internals exposed"),
        ],
    )
    assert done.value == {
        "response": {
            "message": "Your refund of $42.10 is on its way.",
            "customer_data": {"id": "c-77", "ssn": "[REDACTED]"},
        }
    }
    assert done.details == (
        RedactionDetail("response.customer_data.ssn", "PII detected", "replaced with [REDACTED]"),
        RedactionDetail("response.internal_notes", "Internal-only data in customer-facing output", "field removed"),
        RedactionDetail("response.debug_trace", "System internals exposed", "field removed"),
    )
    assert done.original_fields_redacted == 3
    assert output == before


def test_all_findings_of_the_refund_output_can_be_passed_with_the_removed_fields() -> None:
    output = {"response": {"customer_data": {"ssn": "078-05-1120"}, "debug_trace": {"mail": "jane@acme.com"}}}
    done = redact_json(
        output, SCANNER.scan_json(output), remove_fields=[("response.debug_trace", "System internals exposed")]
    )
    assert done.value == {"response": {"customer_data": {"ssn": "[REDACTED]"}}}
    assert [detail.field for detail in done.details] == ["response.customer_data.ssn", "response.debug_trace"]


def test_plain_text_has_one_detail_for_content() -> None:
    text = "ssn 219-09-9999, mail jane@acme.com"
    done = redact(text, SCANNER.scan(text))
    assert done.text == "ssn [REDACTED], mail [REDACTED]"
    assert done.details == (RedactionDetail("content", "PII detected", "replaced with [REDACTED]"),)
    assert done.original_fields_redacted == 1


def test_nothing_found_changes_nothing() -> None:
    assert redact("as it was", ()).text == "as it was"
    assert redact("as it was", ()).details == ()
    assert redact_json({"a": [1, None]}, ()).value == {"a": [1, None]}


def test_overlapping_findings_are_replaced_as_one() -> None:
    assert redact("0123456789", [pii(2, 5), pii(4, 8), pii(3, 4)]).text == "01[REDACTED]89"
    assert redact("0123456789", [pii(2, 5), pii(5, 8)]).text == "01[REDACTED][REDACTED]89"


@pytest.mark.parametrize(
    ("action", "text", "words"),
    [
        (Action.MASK, "ssn [REDACTED]!", "replaced with [REDACTED]"),
        (Action.PARTIAL, "ssn ****9999!", "replaced with last four"),
        (Action.REMOVE_FIELD, "", "field removed"),
    ],
)
def test_each_action_says_what_it_did(action: Action, text: str, words: str) -> None:
    done = redact("ssn 219-09-9999!", [pii(4, 15)], action=action)
    assert done.text == text
    assert done.details[0].action == words


def test_partial_of_a_short_value_is_a_mask_and_says_so() -> None:
    done = redact("pin 12345678", [pii(4, 12)], action=Action.PARTIAL)
    assert done.text == "pin [REDACTED]"
    assert done.details[0].action == "replaced with [REDACTED]"


def test_typed_masks_name_the_type_in_texts_fields_and_numbers() -> None:
    done = redact("ssn 219-09-9999", [pii(4, 15)], typed=True)
    assert (done.text, done.details[0].action) == ("ssn <US_SSN>", "replaced with <US_SSN>")
    value = {"note": "ssn 219-09-9999", "ssn": 219099999}
    cleaned = redact_json(value, [pii(4, 15, "note"), pii(0, 9, "ssn")], typed=True)
    assert cleaned.value == {"note": "ssn <US_SSN>", "ssn": "<US_SSN>"}
    assert {detail.action for detail in cleaned.details} == {"replaced with <US_SSN>"}


def test_tokens_are_equal_for_equal_values_under_one_key_only() -> None:
    first = redact("219-09-9999", [pii(0, 11)], action=Action.TOKEN, token_key=KEY).text
    second = redact("219 09 9999", [pii(0, 11)], action=Action.TOKEN, token_key=KEY).text
    other_key = redact("219-09-9999", [pii(0, 11)], action=Action.TOKEN, token_key=b"another").text
    other_type = redact("219-09-9999", [pii(0, 11, kind="US_ITIN")], action=Action.TOKEN, token_key=KEY).text
    assert first == second
    assert len({first, other_key, other_type}) == 3
    assert first.startswith("[US_SSN:")


def test_token_without_a_key_is_refused() -> None:
    with pytest.raises(RedactionError) as caught:
        redact("219-09-9999", [pii(0, 11)], action=Action.TOKEN)
    assert caught.value.code == "REDACTION_KEY_MISSING"


def test_action_and_reason_may_depend_on_the_finding() -> None:
    value = {"mail": "jane@acme.com", "ssn": "219-09-9999"}
    done = redact_json(
        value,
        SCANNER.scan_json(value),
        action=lambda finding: Action.REMOVE_FIELD if finding.type == "US_SSN" else Action.MASK,
        reason=lambda finding: f"rule for {finding.type}",
    )
    assert done.value == {"mail": "[REDACTED]"}
    assert done.details == (
        RedactionDetail("mail", "rule for EMAIL_ADDRESS", "replaced with [REDACTED]"),
        RedactionDetail("ssn", "rule for US_SSN", "field removed"),
    )


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        (Family.PII, "PII detected"),
        (Family.CREDENTIAL, "Credential detected"),
        (Family.INTERNAL, "System internals exposed"),
    ],
)
def test_reason_follows_the_family(family: Family, reason: str) -> None:
    finding = Finding("X", family, 0, 1, 0.9, "test")
    assert redact("abc", [finding]).details[0].reason == reason


@pytest.mark.parametrize("value", [219099999, 1.5, True])
def test_number_or_boolean_with_a_finding_is_replaced_whole(value: Any) -> None:
    done = redact_json({"a": value, "b": value}, [pii(0, 1, "a")])
    assert done.value == {"a": "[REDACTED]", "b": value}


def test_container_with_a_finding_is_replaced_whole() -> None:
    value = {"debug_trace": {"mail": "jane@acme.com"}, "ok": 1}
    done = redact_json(value, SCANNER.scan_json(value))
    assert done.value == {"debug_trace": "[REDACTED]", "ok": 1}
    assert [detail.field for detail in done.details] == ["debug_trace"]


def test_internal_text_field_is_replaced_whole_even_when_empty() -> None:
    value = {"internal_notes": "", "ok": "yes"}
    assert redact_json(value, SCANNER.scan_json(value)).value == {"internal_notes": "[REDACTED]", "ok": "yes"}


def test_removing_an_element_and_a_missing_path() -> None:
    done = redact_json({"items": ["a", "b"]}, (), remove_fields=[("items[0]", "why"), ("items[9]", "why")])
    assert done.value == {"items": ["b"]}
    assert [detail.field for detail in done.details] == ["items[0]"]


def test_bare_json_string_is_redacted_as_content() -> None:
    done = redact_json("ssn 219-09-9999", SCANNER.scan_json("ssn 219-09-9999"))
    assert done.value == "ssn [REDACTED]"
    assert done.details[0].field == "content"


@pytest.mark.parametrize("finding", [pii(0, 12), pii(-1, 3), pii(5, 3)])
def test_finding_outside_the_text_is_refused(finding: Finding) -> None:
    with pytest.raises(RedactionError) as caught:
        redact("219-09-9999", [finding])
    assert caught.value.code == "REDACTION_SPAN_INVALID"


def test_finding_in_an_unknown_field_is_refused() -> None:
    with pytest.raises(RedactionError) as caught:
        redact_json({"a": "b"}, [pii(0, 1, "c")])
    assert caught.value.code == "REDACTION_FIELD_MISSING"
    with pytest.raises(RedactionError):
        redact("abc", [pii(0, 1, "c")])


def test_field_names_that_hold_findings_are_redacted_and_stay_distinct() -> None:
    value = {"balances": {"jane@acme.com": {"mail": "jane@acme.com"}, "joe@acme.com": 2, "total": 3}}
    done = redact_json(value, SCANNER.scan_json(value, names=True))
    assert done.value == {"balances": {"[REDACTED]": {"mail": "[REDACTED]"}, "[REDACTED] 2": 2, "total": 3}}
    assert [detail.field for detail in done.details] == ["balances{key 0}", "balances{0}.mail", "balances{key 1}"]
    assert "acme" not in repr(done)


def test_removing_a_field_by_its_name_removes_what_it_holds() -> None:
    value = {"balances": {"jane@acme.com": {"mail": "jane@acme.com"}, "total": 3}}
    done = redact_json(value, SCANNER.scan_json(value, names=True), action=Action.REMOVE_FIELD)
    assert done.value == {"balances": {"total": 3}}
    assert done.details == (RedactionDetail("balances{key 0}", "PII detected", "field removed"),)


def test_dropping_the_finding_in_a_name_is_refused_rather_than_leaking_its_value() -> None:
    value = {"jane@acme.com": {"mail": "jane@acme.com"}}
    findings = [finding for finding in SCANNER.scan_json(value, names=True) if finding.field == "{0}.mail"]
    with pytest.raises(RedactionError) as caught:
        redact_json(value, findings)
    assert caught.value.code == "REDACTION_FIELD_MISSING"
