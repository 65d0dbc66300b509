"""The terms that a bundle names, beside what detectors find by themselves."""

from __future__ import annotations

import pytest

from detectors import Scanner
from policies.bundle import load_bundle, load_canonical
from policies.documents import Dictionary, count_terms

TERMS = """
dictionaries:
  projects: {type: PROJECT_NAME, terms: [Blue Heron]}
  others: {terms: [kestrel]}
commitments: [guaranteed refund]
tenant_identifiers:
  acme: [Acme Ltd, shared-1]
  globex: [cust-0042, shared-1]
"""
MORE = "tenant_identifiers: {initech: [Initech]}\n"
BASE = Scanner()
BUNDLE = load_bundle({"a.yaml": TERMS, "b.yaml": MORE})


def found(text: str, scanner: Scanner) -> list[tuple[str, str]]:
    return [(finding.type, text[finding.start : finding.end]) for finding in scanner.scan(text)]


def test_terms_of_all_documents_are_looked_for() -> None:
    scanner = BUNDLE.dictionaries.extend(BASE)

    assert found("the BLUE heron, a Kestrel, a guaranteed refund for Initech and Acme Ltd", scanner) == [
        ("PROJECT_NAME", "BLUE heron"),
        ("DICTIONARY_TERM", "Kestrel"),
        ("FORBIDDEN_COMMITMENT", "guaranteed refund"),
        ("CROSS_TENANT_ID", "Initech"),
        ("CROSS_TENANT_ID", "Acme Ltd"),
    ]


@pytest.mark.parametrize(
    ("tenant", "foreign"),
    [
        ("acme", ["cust-0042", "Initech"]),
        ("globex", ["Acme Ltd", "Initech"]),
        ("initech", ["Acme Ltd", "cust-0042", "shared-1"]),
        ("unknown", ["Acme Ltd", "cust-0042", "shared-1", "Initech"]),
        (None, ["Acme Ltd", "cust-0042", "shared-1", "Initech"]),
    ],
)
def test_what_belongs_to_the_outputs_tenant_is_no_finding(tenant: str | None, foreign: list[str]) -> None:
    scanner = BUNDLE.dictionaries.extend_for(BASE, tenant)

    terms = [term for _, term in found("Acme Ltd, cust-0042, shared-1, Initech", scanner)]

    assert terms == foreign


def test_another_bundle_replaces_the_terms_and_compiles_nothing() -> None:
    first = BUNDLE.dictionaries.extend(BASE)
    second = load_bundle({"a.yaml": "commitments: [we will always]\n"}).dictionaries.extend(first)
    none = load_bundle({}).dictionaries.extend(second)

    assert found("Blue Heron: we will always", second) == [("FORBIDDEN_COMMITMENT", "we will always")]
    assert none is BASE
    assert second.plan_bytes() == BASE.plan_bytes()


def test_terms_are_part_of_the_snapshot_and_of_the_canonical_text() -> None:
    again = load_canonical(BUNDLE.canonical())

    assert again == BUNDLE
    assert again.documents == BUNDLE.documents
    assert again.documents[0].dictionaries == (
        Dictionary("others", "DICTIONARY_TERM", ("kestrel",)),
        Dictionary("projects", "PROJECT_NAME", ("Blue Heron",)),
    )
    assert load_bundle({"a.yaml": TERMS.replace("kestrel", "kestrels"), "b.yaml": MORE}).snapshot != BUNDLE.snapshot


def test_terms_of_all_kinds_are_counted() -> None:
    assert [count_terms(document) for document in BUNDLE.documents] == [7, 1]
