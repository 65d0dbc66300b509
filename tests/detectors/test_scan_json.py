"""JSON in, findings with paths out."""

from __future__ import annotations

from typing import Any

import pytest

from detectors import Family, Limits, Profile, ScanError, ScanLimitError, Scanner, SensitiveKeyError
from detectors.pii.table import INFORMATIONAL

SCANNER = Scanner(Profile(without=INFORMATIONAL))


def found(value: Any) -> list[tuple[str, str | None]]:
    return [(finding.type, finding.field) for finding in SCANNER.scan_json(value)]


def test_paths_name_members_elements_and_quoted_keys() -> None:
    value = {"items": [{"note": "x"}, {"note": "jane@acme.com"}], "a.b": {"c[0]": "8.8.4.4"}}
    assert found(value) == [("EMAIL_ADDRESS", "items[1].note"), ("IP_ADDRESS", '["a.b"]["c[0]"]')]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"ssn": "078-05-1120"}, ("US_SSN", "ssn")),
        ({"ssn": 219099999}, ("US_SSN", "ssn")),
        ({"dob": "1990-04-05"}, ("DATE_OF_BIRTH", "dob")),
        ({"first_name": "Ada"}, ("PERSON", "first_name")),
        ({"lastName": "Lovelace"}, ("PERSON", "lastName")),
        ({"password": "correct horse"}, ("PASSWORD", "password")),
        ({"passport": {"number": "123456789"}}, ("US_PASSPORT", "passport.number")),
        ({"phones": ["212 555 0143"], "phone": "2125550143"}, ("PHONE_NUMBER", "phone")),
        ({"street_address": "10 Main St"}, ("LOCATION", "street_address")),
        ({"client_secret": "q8Zr1LmT4vXc9wPb"}, ("ASSIGNED_SECRET", "client_secret")),
    ],
)
def test_key_names_are_evidence(value: Any, expected: tuple[str, str]) -> None:
    assert expected in found(value)


def test_offsets_count_in_the_leaf_not_in_the_label() -> None:
    (finding,) = SCANNER.scan_json({"customer": {"ssn": " 219-09-9999"}})
    assert (finding.start, finding.end) == (1, 12)
    (finding,) = SCANNER.scan_json({"note": "write to jane@acme.com"})
    assert (finding.start, finding.end) == (9, 22)


def test_a_key_does_not_speak_for_its_neighbours() -> None:
    value = {"dob": "unknown", "flights": [{"date": "1990-04-05"}], "ssn": None, "order": "123456789"}
    assert found(value) == []


def test_internal_fields_are_found_once_and_searched() -> None:
    value = {
        "internal_notes": "call back",
        "debug_trace": {"debug_level": 3, "mail": "jane@acme.com"},
        "_private": True,
    }
    assert found(value) == [
        ("INTERNAL_FIELD", "internal_notes"),
        ("INTERNAL_FIELD", "debug_trace"),
        ("EMAIL_ADDRESS", "debug_trace.mail"),
        ("INTERNAL_FIELD", "_private"),
    ]
    assert SCANNER.scan_json(value)[0].family is Family.INTERNAL


def test_field_name_that_holds_a_finding_is_refused_without_quoting_it() -> None:
    with pytest.raises(SensitiveKeyError) as caught:
        SCANNER.scan_json({"balances": {"jane@acme.com": 12}})
    assert caught.value.code == "SCAN_SENSITIVE_KEY"
    assert caught.value.types == ("EMAIL_ADDRESS",)
    assert "jane" not in str(caught.value)


def test_field_name_that_holds_a_finding_is_found_on_request_and_kept_out_of_paths() -> None:
    value = {"balances": {"total": 1, "jane@acme.com": {"ip": "8.8.4.4", "a": ["8.8.8.8"]}}}
    findings = SCANNER.scan_json(value, names=True)
    assert [(finding.type, finding.field) for finding in findings] == [
        ("EMAIL_ADDRESS", "balances{key 1}"),
        ("IP_ADDRESS", "balances{1}.ip"),
        ("IP_ADDRESS", "balances{1}.a[0]"),
    ]
    assert "jane" not in repr(findings)
    assert (findings[0].start, findings[0].end) == (0, len("jane@acme.com"))


def test_bare_values_are_scanned_as_content() -> None:
    assert found("ssn 219-09-9999") == [("US_SSN", "content")]
    assert found(["jane@acme.com"]) == [("EMAIL_ADDRESS", "[0]")]
    assert found(None) == []


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_nesting_above_the_limit_is_refused_without_recursion() -> None:
    assert found(nested(64)) == []
    for levels in (65, 50_000):
        with pytest.raises(ScanLimitError) as caught:
            SCANNER.scan_json(nested(levels))
        assert caught.value.code == "SCAN_TOO_DEEP"


def test_too_many_leaves_are_refused() -> None:
    scanner = Scanner(limits=Limits(max_leaves=3))
    assert scanner.scan_json([1, 2]) == ()
    with pytest.raises(ScanLimitError) as caught:
        scanner.scan_json([1, 2, 3, 4])
    assert caught.value.code == "SCAN_TOO_MANY_LEAVES"


def test_bytes_are_counted_over_all_leaves_and_keys() -> None:
    scanner = Scanner(limits=Limits(max_bytes=10))
    assert scanner.scan_json({"ab": "cdefghij"}) == ()
    with pytest.raises(ScanLimitError) as caught:
        scanner.scan_json({"ab": "cdef", "gh": "ijk"})
    assert caught.value.code == "SCAN_TOO_LARGE"


def test_findings_are_counted_over_all_leaves() -> None:
    scanner = Scanner(limits=Limits(max_findings=2))
    with pytest.raises(ScanLimitError) as caught:
        scanner.scan_json(["a@acme.com", "b@acme.com", "c@acme.com"])
    assert caught.value.code == "SCAN_TOO_MANY_FINDINGS"


@pytest.mark.parametrize("value", [{"a": object()}, {1: "a"}, {"a": b"bytes"}, {"a": {1, 2}}])
def test_what_is_not_json_is_refused(value: Any) -> None:
    with pytest.raises(ScanError) as caught:
        SCANNER.scan_json(value)
    assert caught.value.code == "SCAN_FAILED"


def test_huge_number_is_refused() -> None:
    with pytest.raises(ScanLimitError):
        SCANNER.scan_json({"n": 1 << 100_000})


def test_endless_field_name_is_not_scanned_again_with_every_leaf_below_it() -> None:
    """900 leaves under a name of 100,000 characters would be 90 MB to scan; only its end goes with each leaf."""
    findings = Scanner().scan_json({"k" * 100_000 + " password": ["hunter2-Zq9!xVr"] * 900})
    assert len(findings) == 900
