"""Dictionaries of a caller: whole terms, any case and spacing, no disguise; tenants see their own identifiers alone."""

from __future__ import annotations

import time
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Family, Profile, Scanner, redact
from detectors.custom import (
    CROSS_TENANT_ID,
    FORBIDDEN_COMMITMENT,
    DictionaryError,
    Tenants,
    commitments,
    dictionary,
)

ONLY_CUSTOM = Profile(families=frozenset({Family.CUSTOM, Family.SUSPICIOUS}))
TERMS = ("Blue Heron", "Kestrel-7", "acme", "Müller & Söhne", "東京支店", "cust_0042", "C++")
SCANNER = Scanner(ONLY_CUSTOM, extra=[dictionary("names", TERMS)])
WORD = st.text(alphabet="abcXYZ09", min_size=2, max_size=6)


def found(text: str, scanner: Scanner = SCANNER) -> list[str]:
    return [text[finding.start : finding.end] for finding in scanner.scan(text)]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("the BLUE\n heron budget", ["BLUE\n heron"]),
        ("kestrel-7 and Kestrel 7", ["kestrel-7"]),
        ("acme_orders of ACME", ["acme", "ACME"]),
        ("from MÜLLER & SÖHNE today", ["MÜLLER & SÖHNE"]),
        ("明日は東京支店です", ["東京支店"]),
        ("id cust_0042.", ["cust_0042"]),
        ("written in C++, mostly", ["C++"]),
        ("the B\u200blue He\u200bron", ["B\u200blue He\u200bron"]),
        ("\uff22\uff4c\uff55\uff45 Heron", ["\uff22\uff4c\uff55\uff45 Heron"]),
    ],
)
def test_terms_are_found_in_any_case_spacing_and_disguise(text: str, terms: list[str]) -> None:
    assert found(text) == terms


@pytest.mark.parametrize(
    "text", ["blueheron", "Blue, Heron", "acmes", "cust_00421", "Kestrel-70", "C+ +", "a heron, blue"]
)
def test_terms_are_not_found_inside_other_words(text: str) -> None:
    assert found(text) == []


def test_the_longest_term_wins_and_the_next_begins_after_it() -> None:
    scanner = Scanner(ONLY_CUSTOM, extra=[dictionary("names", ["red", "red fox", "fox trot"])])
    assert found("red fox trot and fox trot", scanner) == ["red fox", "fox trot"]


def test_findings_say_type_family_and_dictionary_and_never_the_term() -> None:
    scanner = Scanner(ONLY_CUSTOM, extra=[commitments(["guaranteed refund"])])
    (finding,) = scanner.scan("You have a Guaranteed  Refund.")
    assert (finding.type, finding.family) == (FORBIDDEN_COMMITMENT, Family.SUSPICIOUS)
    assert finding.detector == "dictionary_commitments"
    assert "refund" not in repr(finding).lower()


def test_each_tenant_sees_its_own_identifiers_and_no_others() -> None:
    tenants = Tenants({"acme": ["Acme Ltd", "shared-1"], "globex": ["Globex", "SHARED-1"], "hooli": ["Hooli"]})
    scanner = Scanner(ONLY_CUSTOM, extra=[tenants.declaration])
    text = "Acme Ltd, Globex, Hooli, shared-1"
    findings = scanner.scan(text)
    assert {finding.type for finding in findings} == {CROSS_TENANT_ID}

    def seen(tenant: str | None) -> list[str]:
        return [text[finding.start : finding.end] for finding in tenants.foreign(findings, tenant)]

    assert seen("acme") == ["Globex", "Hooli"]
    assert seen("globex") == ["Acme Ltd", "Hooli"]
    assert seen("hooli") == ["Acme Ltd", "Globex", "shared-1"]
    assert seen(None) == seen("unknown") == ["Acme Ltd", "Globex", "Hooli", "shared-1"]
    assert not any("acme" in repr(finding).lower() for finding in findings)


@pytest.mark.parametrize(
    ("name", "terms", "kind"),
    [
        ("names", [], "TERM"),
        ("names", ["ok", ""], "TERM"),
        ("names", ["x"], "TERM"),
        ("names", ["word " * 33], "TERM"),
        ("Names", ["ok"], "TERM"),
        ("names", ["ok"], "term"),
    ],
)
def test_a_dictionary_that_cannot_be_used_is_an_error_without_its_terms(name: str, terms: list[str], kind: str) -> None:
    with pytest.raises(DictionaryError) as caught:
        dictionary(name, terms, type=kind)
    assert caught.value.code == "DICTIONARY_INVALID"
    assert "word word" not in str(caught.value)


def test_tenants_without_identifiers_are_an_error() -> None:
    with pytest.raises(DictionaryError):
        Tenants({"acme": []})


@settings(max_examples=200, deadline=None)
@given(terms=st.lists(WORD, min_size=1, max_size=8), before=WORD, after=WORD, place=st.integers(0, 7))
def test_every_term_is_found_between_other_words(terms: list[str], before: str, after: str, place: int) -> None:
    term = terms[place % len(terms)]
    declaration = dictionary("any", terms)
    text = f"{before}, {term.upper()}; {after}"
    claims = [claim.finding for claim in declaration.find(text, 0, len(text)) if not isinstance(claim, tuple)]
    start = len(before) + 2
    assert (start, start + len(term)) in [(finding.start, finding.end) for finding in claims]


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200))
def test_redacting_what_was_found_leaves_no_term(text: str) -> None:
    text = f"{text} Blue Heron {text}"
    redacted = redact(text, SCANNER.scan(text)).text
    assert found(redacted) == []


def test_fifty_thousand_terms_cost_a_text_about_as_much_as_ten() -> None:
    text = "The quick brown fox jumps over the lazy dog, and the order is on its way. " * 8
    few = dictionary("few", [f"term{number} of a list" for number in range(10)])
    many = dictionary("many", [f"term{number} of a list" for number in range(50_000)])

    def best(declaration: object) -> float:
        times = []
        for _ in range(50):
            start = time.perf_counter()
            list(declaration.find(text, 0, len(text)))  # type: ignore[attr-defined]
            times.append(time.perf_counter() - start)
        return min(times)

    assert best(many) < 5 * best(few) + 50e-6


BASE = Scanner()


def test_extending_a_scanner_finds_terms_and_keeps_the_compiled_plan() -> None:
    extended = BASE.extended([dictionary("names", TERMS)])
    assert found("the BLUE heron of jane.doe@acme.com", extended) == ["BLUE heron", "jane.doe@acme.com", "acme"]
    assert extended.plan_bytes() == BASE.plan_bytes()
    assert found("the BLUE heron budget", BASE) == []


def test_extending_again_replaces_the_dictionaries() -> None:
    first = BASE.extended([dictionary("names", ["blue heron"])])
    second = first.extended([dictionary("names", ["kestrel"])])
    assert found("blue heron and kestrel", second) == ["kestrel"]
    assert found("blue heron and kestrel", second.extended([])) == []


def test_extending_with_triggers_is_refused() -> None:
    with pytest.raises(ValueError, match="no triggers"):
        BASE.extended([BASE.declarations[0]])


def test_term_in_a_field_name_of_json_is_found() -> None:
    extended = BASE.extended([dictionary("names", ["blue heron"])])
    findings = extended.scan_json({"blue_heron": 1, "blue heron": 2}, names=True)
    assert [(finding.type, finding.field) for finding in findings] == [("DICTIONARY_TERM", "{key 1}")]


def test_own_identifiers_are_left_out_while_scanning() -> None:
    tenants = Tenants({"acme": ["Acme Ltd", "cust-0017"], "globex": ["Globex", "cust-0042"]})
    for tenant, terms in (("acme", ["cust-0042"]), ("globex", ["Acme Ltd"]), (None, ["Acme Ltd", "cust-0042"])):
        scanner = BASE.extended([tenants.declaration], without=partial(tenants.is_own, tenant=tenant))
        assert found("Acme Ltd and cust-0042", scanner) == terms


@given(words=st.lists(WORD, min_size=1, max_size=5))
def test_extended_scanner_finds_what_one_built_with_the_dictionary_does(words: list[str]) -> None:
    built = Scanner(ONLY_CUSTOM, extra=[dictionary("names", words)])
    extended = Scanner(ONLY_CUSTOM).extended([dictionary("names", words)])
    text = " and ".join(words)
    assert extended.scan(text) == built.scan(text) != ()
