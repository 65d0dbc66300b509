"""Texts in, findings out, and an error where a scan cannot be completed."""

from __future__ import annotations

import threading
import time
import timeit
from collections.abc import Iterator

import pytest

from detectors import Family, Limits, Profile, ScanError, ScanLimitError, Scanner
from detectors.credentials.detector import Span
from detectors.overlaps import Strength
from detectors.pii.table import INFORMATIONAL

SCANNER = Scanner(Profile(without=INFORMATIONAL))


def found(text: str) -> list[tuple[str, str]]:
    return [(finding.type, text[finding.start : finding.end]) for finding in SCANNER.scan(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to jane.doe@acme.com today", ("EMAIL_ADDRESS", "jane.doe@acme.com")),
        ("paid with 4111 1111 1111 1111", ("CREDIT_CARD", "4111 1111 1111 1111")),
        ("IBAN DE89 3704 0044 0532 0130 00 please", ("IBAN_CODE", "DE89 3704 0044 0532 0130 00")),
        ("ssn 219-09-9999", ("US_SSN", "219-09-9999")),
        ("his social security number is 219099999", ("US_SSN", "219099999")),
        ("call +1 212-555-0143 now", ("PHONE_NUMBER", "+1 212-555-0143")),
        ("passport no. 123456789 expires soon", ("US_PASSPORT", "123456789")),
        ("NHS number 943 476 5919", ("UK_NHS", "943 476 5919")),
        ("from 8.8.4.4 at noon", ("IP_ADDRESS", "8.8.4.4")),
        ("born on 1990-04-05 in Rome", ("DATE_OF_BIRTH", "1990-04-05")),
    ],
)
def test_personal_data_is_found_whole(text: str, expected: tuple[str, str]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "offset=123456789 partition=11",
        "order 4111 1111 1111 1112 shipped",
        "phone support saw order_id=2125550143",
        "git@github.com:acme/site.git",
        "listening on 127.0.0.1:8080 and 0.0.0.0",
        "version 1.2.3.4.5 and OID 1.3.6.1.4.1",
        "commit 8b4e738fa51384ad601daa82ac66f99a30cee11c",
        "released on 2026-05-20 at 10:33",
        "the public passport office opens in 2026",
        "uuid 123e4567-e89b-12d3-a456-426614174000",
    ],
)
def test_look_alikes_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_python_stack_trace_is_one_internal_finding() -> None:
    trace = 'Traceback (most recent call last):\n  File "app.py", line 3, in run\n    go()\nValueError: no'
    text = f"Sorry.\n{trace}\nPlease try again."
    assert found(text) == [("STACK_TRACE", trace)]
    assert SCANNER.scan(text)[0].family is Family.INTERNAL


def test_java_stack_trace_is_one_internal_finding() -> None:
    trace = "java.lang.IllegalStateException: no\n\tat com.acme.Shop.buy(Shop.java:42)\n\tat com.acme.A.b(A.java:7)"
    assert found(f"It failed with {trace}\nSorry.") == [("STACK_TRACE", trace)]


def test_findings_come_in_text_order_and_never_hold_the_text() -> None:
    text = "card 4111111111111111, ssn 219-09-9999, mail jane@acme.com"
    findings = SCANNER.scan(text)
    assert [finding.type for finding in findings] == ["CREDIT_CARD", "US_SSN", "EMAIL_ADDRESS"]
    assert all("acme" not in repr(finding) and "4111" not in repr(finding) for finding in findings)


def test_a_value_across_a_window_border_is_found_once() -> None:
    for shift in range(4_070, 4_100):
        text = "a " * (shift // 2) + "mail jane.doe@acme.com now" + " b" * 3_000
        assert found(text) == [("EMAIL_ADDRESS", "jane.doe@acme.com")]


def test_profile_narrows_to_its_families_and_types() -> None:
    text = "ssn 219-09-9999, mail jane@acme.com"
    profile = Profile(families=frozenset({Family.PII}), without=frozenset({"US_SSN"}))
    assert [finding.type for finding in Scanner(profile).scan(text)] == ["EMAIL_ADDRESS"]
    assert Scanner(Profile(families=frozenset({Family.CREDENTIAL}))).scan(text) == ()


def test_text_above_the_byte_limit_is_refused() -> None:
    scanner = Scanner(limits=Limits(max_bytes=10))
    assert scanner.scan("é" * 5) == ()
    with pytest.raises(ScanLimitError) as caught:
        scanner.scan("é" * 6)
    assert caught.value.code == "SCAN_TOO_LARGE"


def test_too_many_findings_are_refused_not_cut_short() -> None:
    scanner = Scanner(limits=Limits(max_findings=2))
    text = "a@acme.com b@acme.com c@acme.com"
    with pytest.raises(ScanLimitError) as caught:
        scanner.scan(text)
    assert caught.value.code == "SCAN_TOO_MANY_FINDINGS"


def test_limits_must_be_positive() -> None:
    with pytest.raises(ValueError, match="max_depth"):
        Limits(max_depth=0)


class FailingDetector:
    """A detector whose error message quotes the text."""

    name = "failing"
    type = "FAILING"
    keywords = ("",)
    strength = Strength.GENERIC
    score = 0.5

    def find(self, text: str) -> Iterator[Span]:
        raise KeyError(text)


def test_failing_detector_fails_the_scan_without_quoting_the_text() -> None:
    scanner = Scanner(detectors=(FailingDetector(),))
    for scan in (scanner.scan, scanner.scan_json):
        with pytest.raises(ScanError) as caught:
            scan("hunter2")
        assert caught.value.code == "SCAN_FAILED"
        assert "hunter2" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


def test_lone_surrogates_are_scanned() -> None:
    assert found("\ud800 ssn 219-09-9999") == [("US_SSN", "219-09-9999")]


def test_one_scanner_serves_many_threads() -> None:
    scanner = Scanner()
    results: list[int] = []

    def work() -> None:
        results.append(sum(len(scanner.scan(f"mail u{number}@acme.com")) for number in range(50)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [50] * 4


def test_text_that_holds_nothing_costs_microseconds() -> None:
    text = "The refund was approved and the customer will hear from us by mail. " * 8
    assert SCANNER.scan(text) == ()
    seconds = min(timeit.repeat(lambda: SCANNER.scan(text), number=200, repeat=5, timer=time.process_time)) / 200
    assert seconds < 200e-6


def test_time_grows_linearly_with_length() -> None:
    unit = "user jane@acme.com paid 4111 1111 1111 1111 with token= abc; key: value, password: \n"
    scanner = Scanner(limits=Limits(max_findings=100_000))

    def seconds(times: int) -> float:
        text = unit * times
        return min(timeit.repeat(lambda: scanner.scan(text), number=1, repeat=3, timer=time.process_time))

    seconds(50)
    assert seconds(800) < 10 * seconds(200)


def test_element_that_is_called_like_a_type_is_no_mark_of_redaction() -> None:
    text = "<US_SSN>219099999</US_SSN> and <US_SSN>"
    assert [(f.type, text[f.start : f.end]) for f in SCANNER.scan(text)] == [("US_SSN", "219099999")]
