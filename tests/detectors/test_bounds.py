"""Whatever the text, a scan ends: within its budgets, and in time that grows with the length alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from detectors import Family, Limits, Profile, ScanLimitError, Scanner, redact
from detectors.declaration import Declaration, Span
from detectors.overlaps import Claim, Strength, resolve

WIDE = Scanner(limits=Limits(max_findings=1_000_000, max_bytes=10_000_000, max_hits=5_000_000))
SCANNER = Scanner()


def growth(work: Callable[[int], object], *, size: int) -> float:
    """How many times longer four times the size takes: 4 for linear work, 16 for quadratic."""

    def seconds(times: int) -> float:
        fastest = float("inf")
        for _ in range(4):
            start = time.process_time()
            work(times)
            fastest = min(fastest, time.process_time() - start)
        return fastest

    work(size)
    return seconds(4 * size) / seconds(size)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "user@acme.com ",
            "é password: x jane@acme.com\n",
            "4111 1111 1111 1111 ",
            "key: ",
            "%41",
            "&#65;",
            "ey",
            "/a",
        ),
        *("password=", "http://", "-----BEGIN RSA PRIVATE KEY-----\n", "1 ", "0.", '{"a": ', "Traceback (", "a b c d "),
    ],
)
def test_time_grows_with_the_length(unit: str) -> None:
    chars = 8_000
    assert growth(lambda size: WIDE.scan(unit * (size // len(unit))), size=chars) < 9


def test_nine_thousand_addresses_are_found_and_redacted() -> None:
    text = " ".join(f"user{number}@acme.com" for number in range(9_000))
    findings = WIDE.scan(text)
    assert len(findings) == 9_000
    assert redact(text, findings).text == " ".join(["[REDACTED]"] * 9_000)
    with pytest.raises(ScanLimitError) as caught:
        SCANNER.scan(text)
    assert caught.value.code == "SCAN_TOO_MANY_FINDINGS"


def test_too_many_claims_stop_the_scan_before_it_has_judged_them_all() -> None:
    asked: list[int] = []

    def find(text: str, start: int, end: int) -> Iterator[Span]:
        for match in re.finditer("user", text[start:end]):
            asked.append(start)
            yield match.start() + start, match.end() + start

    counting = Declaration(name="users", type="USER", family=Family.CUSTOM, triggers=("user",), find=find)
    profile = Profile(families=frozenset({Family.CUSTOM}))
    with pytest.raises(ScanLimitError) as caught:
        Scanner(profile, limits=Limits(max_findings=10), extra=(counting,)).scan("user@acme.com " * 5_000)
    assert caught.value.code == "SCAN_TOO_MANY_FINDINGS"
    assert len(asked) < 200


@pytest.mark.parametrize(
    "character", ["a", "1", " ", "é", "-", "=", '"', "<", "%", "[", "&", "\\", "/", "@", ".", "A", "\n"]
)
def test_megabyte_of_one_character_is_clean_or_refused(character: str) -> None:
    text = character * (1_048_576 // len(character.encode()))
    try:
        assert SCANNER.scan(text) == ()
    except ScanLimitError as error:
        assert error.code == "SCAN_TOO_MANY_HITS"


def test_ten_thousand_brackets_are_one_text_or_too_deep() -> None:
    assert SCANNER.scan("[" * 10_000 + "]" * 10_000) == ()
    value: Any = "x"
    for _ in range(10_000):
        value = [value]
    with pytest.raises(ScanLimitError) as caught:
        SCANNER.scan_json(value)
    assert caught.value.code == "SCAN_TOO_DEEP"


def test_overlaps_of_many_claims_are_decided_in_one_sweep() -> None:
    finding = WIDE.scan("user@acme.com")[0]

    def chain(size: int) -> list[Claim]:
        moved = [type(finding)("T", finding.family, place, place + 3, 0.5, "t") for place in range(size)]
        return [Claim(item, Strength.FORMAT) for item in moved]

    assert growth(lambda size: resolve(chain(size)), size=1_000) < 9
