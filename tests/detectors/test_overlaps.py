"""Which claims are reported where several stand in one place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detectors import Family, Finding, Scanner
from detectors.custom import dictionary
from detectors.overlaps import Claim, Strength, resolve
from tests.detectors.examples.example import made_up


def claim(family: Family, start: int, end: int, strength: Strength) -> Claim:
    return Claim(Finding(f"{family.value}_{strength.name}", family, start, end, 0.8, "test"), strength)


CLAIMS = st.builds(
    lambda family, start, size, strength: claim(family, start, start + size, strength),
    st.sampled_from(Family),
    st.integers(0, 20),
    st.integers(1, 12),
    st.sampled_from(Strength),
)


@given(claims=st.lists(CLAIMS, max_size=12))
def test_no_policy_on_families_passes_what_another_family_found(claims: list[Claim]) -> None:
    winners = resolve(claims)
    for family in Family:
        found = {place for c in claims if c.finding.family is family for place in range(c.finding.start, c.finding.end)}
        told = {
            place
            for finding in winners
            if finding.family in (family, Family.CREDENTIAL)
            for place in range(finding.start, finding.end)
        }
        assert found <= told


@given(claims=st.lists(CLAIMS, max_size=12))
def test_terms_of_a_dictionary_are_told_beside_everything(claims: list[Claim]) -> None:
    winners = resolve(claims)
    found = {p for c in claims if c.finding.family is Family.CUSTOM for p in range(c.finding.start, c.finding.end)}
    told = {p for f in winners if f.family is Family.CUSTOM for p in range(f.start, f.end)}
    assert found == told


def test_stronger_claim_of_a_family_covers_a_weaker_one() -> None:
    strong, weak = (claim(Family.PII, 2, 9, strength) for strength in (Strength.CHECKSUM, Strength.FORMAT))
    assert resolve([weak, strong]) == [strong.finding]


def test_credential_covers_personal_data_inside_it() -> None:
    token = claim(Family.CREDENTIAL, 0, 30, Strength.PROVIDER)
    assert resolve([claim(Family.PII, 4, 12, Strength.FORMAT), token]) == [token.finding]


def test_token_in_the_query_of_a_link_is_found() -> None:
    token = made_up(40)
    text = f"see https://example.com/get?token={token}"
    assert [f.family for f in Scanner().scan(text)] == [Family.PII, Family.CREDENTIAL]


def test_term_inside_an_address_is_found() -> None:
    scanner = Scanner(extra=[dictionary("projects", ["heron"], type="PROJECT_NAME")])
    assert [f.type for f in scanner.scan("write to heron@acme.com")] == ["PROJECT_NAME", "EMAIL_ADDRESS"]
