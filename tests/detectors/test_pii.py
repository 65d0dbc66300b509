"""How context, tables and mentions decide, and that no text makes a search slow."""

from __future__ import annotations

import timeit

import pytest

from detectors import Family, Profile, Scanner
from detectors.pii.pattern import PiiPattern, word_triggers
from detectors.pii.table import INFORMATIONAL, PATTERNS

SCANNER = Scanner(Profile(families=frozenset({Family.PII}), without=INFORMATIONAL))


def found(text: str) -> list[tuple[str, str]]:
    return [(finding.type, text[finding.start : finding.end]) for finding in SCANNER.scan(text)]


def test_a_header_speaks_for_the_whole_column() -> None:
    filler = "x" * 90
    rows = [f"{number},{filler},41730826{number}" for number in range(10, 40)]
    text = "\n".join(["id,notes,checking account", *rows, "the end"])
    assert found(text) == [("US_BANK_NUMBER", row.rpartition(",")[2]) for row in rows]


def test_a_header_speaks_for_no_other_column() -> None:
    assert found("| passport | offset |\n|---|---|\n| none | 417308265 |\n| 417308267 | 417308266 |\n") == [
        ("US_PASSPORT", "417308267")
    ]
    assert found("id,checking account,count\n1,4173082651,4173082652\n") == [("US_BANK_NUMBER", "4173082651")]


def test_lines_of_prose_with_a_comma_are_no_table() -> None:
    assert found("Thanks, please call me\n0490 75 40 81, any time\n") == [("PHONE_NUMBER", "0490 75 40 81")]


def test_a_column_ends_where_the_number_of_cells_changes() -> None:
    filler = "x" * 90
    text = f"id,{filler},passport\n1,{filler},417308265\n\n2,{filler},{filler},417308266\n"
    assert found(text) == [("US_PASSPORT", "417308265")]


def test_a_cell_in_quotes_may_hold_the_delimiter() -> None:
    filler = "x" * 90
    text = f'name,notes,passport\n"Doe, Jane","{filler}, {filler}",417308265\n'
    assert found(text) == [("US_PASSPORT", "417308265")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("userSsn=417308265", [("US_SSN", "417308265")]),
        ("customer_sin: 647281955", [("CA_SIN", "647281955")]),
        ("sinNumber: 647281955", [("CA_SIN", "647281955")]),
        ("business 647281955", []),
        ("the passport of user_id=417308265", []),
        ('{"passport": "417308265", "offset": "417308266"}', [("US_PASSPORT", "417308265")]),
        ("417308265 (passport)", [("US_PASSPORT", "417308265")]),
    ],
)
def test_the_name_beside_a_value_decides(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_checksum_and_context_win_over_a_shape() -> None:
    assert found("call about NHS number 4173082657") == [("UK_NHS", "4173082657")]
    assert found("her account is NL11KLBA0417308265") == [("IBAN_CODE", "NL11KLBA0417308265")]


def test_an_address_of_a_private_network_is_internal_unless_that_is_not_wanted() -> None:
    both = Scanner(Profile(families=frozenset({Family.PII, Family.INTERNAL})))
    assert [finding.family for finding in both.scan("from 10.1.2.3")] == [Family.INTERNAL]
    assert found("from 10.1.2.3") == [("IP_ADDRESS", "10.1.2.3")]


def test_words_wake_a_search_wherever_they_count_as_words() -> None:
    pattern = PiiPattern(type="T", pattern=r"\d{6}", words=("sin", "social security", "個人番号"))
    assert len(word_triggers(pattern.words)) == 3
    scanner = Scanner(Profile(families=frozenset({Family.PII})), extra=(pattern.declaration(),))
    for text in ("SIN 123456", "mySin=123456", "social_security 123456", "個人番号は123456"):
        assert [(f.type, f.start) for f in scanner.scan(text)] == [("T", len(text) - 6)]
    assert scanner.scan("business 123456") == ()


def test_a_date_or_link_as_the_name_of_a_field_is_no_reason_to_hide_the_name() -> None:
    value = {"2026-01-05 total": "ssn 417-30-8265", "see https://acme.io/x": 2}
    assert [finding.field for finding in Scanner().scan_json(value)] == ['["2026-01-05 total"]']


NASTY = (
    *("1", "1 ", "4111 ", "12-", "a@", "a.", "a'", "+1", "2001:", "1/1/", "AB12 ", "DE12 3456 ", "<", "10.", "é1"),
    *("card 4111111111111111 ", "phone 1 ", "full name: Aa ", "dob 1/", "ssn,a\nssn,a|b\n", 'ssn,"x,x"\nssn,x\n'),
    "0x" + "aB" * 20 + " ",
)


@pytest.mark.parametrize("unit", NASTY)
def test_time_grows_linearly_with_what_a_text_repeats(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]

        def search() -> None:
            for pattern in PATTERNS:
                for _ in pattern.find(text, 0, size):
                    pass

        return min(timeit.repeat(search, number=1, repeat=2))

    seconds(200)
    assert seconds(8_000) < 10 * seconds(2_000) + 0.02
