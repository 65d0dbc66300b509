"""Check digits and number plans against published examples, and what holds for every number."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detectors import Family, Profile, Scanner
from detectors.pii import (
    americas,
    asia,
    banking,
    cards,
    contact,
    crypto,
    devices,
    documents,
    europe_east,
    europe_north,
    europe_south,
    europe_west,
    health,
    middle_east_africa,
    network,
    pacific,
    uk,
    us,
)
from detectors.pii.check_digits import passes_luhn, passes_mod_11_10, passes_verhoeff

SCANNER = Scanner(Profile(families=frozenset({Family.PII})))

# Numbers that the issuers, the standards or their documentation show.
PUBLISHED: tuple[tuple[Callable[[str], bool], str], ...] = (
    (cards.is_card_number, "5555555555554444"),
    (cards.is_of_known_issuer, "5555555555554444"),
    (cards.is_card_number, "30569309025904"),
    (cards.is_of_known_issuer, "6011111111111117"),
    (cards.is_of_known_issuer, "3530111333300000"),
    (banking.is_iban, "GB29 NWBK 6016 1331 9268 19"),
    (banking.is_iban, "FR14 2004 1010 0505 0001 3M02 606"),
    (banking.is_iban, "NO93 8601 1117 947"),
    (banking.is_aba, "011000015"),
    (us.is_itin, "911-70-1234"),
    (health.is_npi, "1245319599"),
    (health.is_dea, "F91234563"),
    (health.is_nhs, "401 023 2137"),
    (americas.is_cpf, "111.444.777-35"),
    (americas.is_cnpj, "00.000.000/0001-91"),
    (americas.is_curp, "HEGG560427MVZRRL04"),
    (americas.is_rut, "76.086.428-5"),
    (asia.is_singapore_id, "S0000001I"),
    (asia.is_singapore_id, "F1234567N"),
    (asia.is_chinese_id, "110101199003074514"),
    (asia.is_taiwan_id, "A123456789"),
    (asia.is_hong_kong_id, "AB987654(3)"),
    (pacific.is_tfn, "123 456 782"),
    (pacific.is_abn, "53 004 085 616"),
    (europe_south.is_nif, "00000000T"),
    (europe_south.is_nie, "Z1234567R"),
    (europe_west.is_german_tax_id, "47036892816"),
    (europe_west.is_german_tax_id, "65929970489"),
    (europe_west.is_dutch_bsn, "123456782"),
    (europe_north.is_personnummer, "670919-9530"),
    (europe_north.is_finnish_code, "010594Y9032"),
    (europe_east.is_pesel, "02070803628"),
    (middle_east_africa.is_south_african_id, "8801235111088"),
    (devices.is_imei, "490154203237518"),
    (devices.is_checked_vin, "11111111111111111"),
    (uk.is_driving_licence, "MORGA657054SM9IJ"),
    (crypto.is_base58_address, "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
    (crypto.is_base58_address, "LaMT348PWRnrqeeWArpwQPbuanpXDZGEUz"),
    (crypto.is_bech32_address, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
    (crypto.is_ethereum_address, "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"),
    (crypto.is_ethereum_address, "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"),
    (network.is_address, "2001:db8::8a2e:370:7334"),
    (contact.is_phone_shape, "+1 212 555 0143"),
    (documents.is_machine_readable, "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
)


@pytest.mark.parametrize(("check", "number"), PUBLISHED)
def test_published_number_passes(check: Callable[[str], bool], number: str) -> None:
    assert check(number)


# A value of each type with a check digit, and the place of that digit; -1 is the last.
CHECKED: tuple[tuple[str, str, str, int], ...] = (
    ("CREDIT_CARD", "card ", "4417308265190427", -1),
    ("IBAN_CODE", "iban ", "NL11KLBA0417308265", 3),
    ("ABA_ROUTING_NUMBER", "routing number ", "072104811", -1),
    ("US_NPI", "npi ", "1748302654", -1),
    ("MEDICAL_LICENSE", "dea ", "BK4173023", -1),
    ("UK_NHS", "nhs ", "4173082657", -1),
    ("AU_MEDICARE", "medicare ", "4173082651", -2),
    ("CA_SIN", "sin ", "647281955", -1),
    ("AU_TFN", "tfn ", "481730264", -1),
    ("AU_ABN", "abn ", "73481730265", -1),
    ("NZ_IRD", "ird ", "48173004", -1),
    ("IN_AADHAAR", "aadhaar ", "529401830672", -1),
    ("JP_MY_NUMBER", "my number ", "408173629515", -1),
    ("CN_RESIDENT_ID", "user ", "440306198809172046", -1),
    ("TH_TNIN", "thai ", "3100604821739", -1),
    ("TW_NATIONAL_ID", "taiwan ", "F218430716", -1),
    ("PL_PESEL", "pesel ", "88091720414", -1),
    ("RO_CNP", "cnp ", "2880917402181", -1),
    ("BG_EGN", "egn ", "8809172046", -1),
    ("SE_PERSONNUMMER", "personnummer ", "8809172045", -1),
    ("NO_FODSELSNUMMER", "fnr ", "17098820477", -1),
    ("EE_LT_PERSONAL_CODE", "isikukood ", "48809172041", -1),
    ("DE_TAX_ID", "steuer ", "48173026002", -1),
    ("NL_BSN", "bsn ", "417308267", -1),
    ("PT_NIF", "contribuinte ", "241730821", -1),
    ("HR_OIB", "oib ", "48173026596", -1),
    ("GR_AMKA", "amka ", "17098804176", -1),
    ("TR_NATIONAL_ID", "kimlik ", "41730826584", -1),
    ("FR_NIR", "nir ", "288097504173089", -1),
    ("BR_CPF", "cpf ", "41730826571", -1),
    ("MX_CURP", "curp ", "RUMA850714MDFZRN09", -1),
    ("AR_CUIT", "cuit ", "27318064259", -1),
    ("EC_CEDULA", "cedula ", "0918253741", -1),
    ("ZA_ID_NUMBER", "sa id ", "8809170417089", -1),
    ("AE_EMIRATES_ID", "emirates ", "784198841730827", -1),
    ("SA_NATIONAL_ID", "iqama ", "2417308265", -1),
    ("IL_ID_NUMBER", "teudat ", "417308269", -1),
    ("NG_NIN", "nin ", "48173026593", -1),
    ("IMEI", "imei ", "354173082651909", -1),
)


@pytest.mark.parametrize(("kind", "before", "number", "place"), CHECKED)
def test_only_the_right_check_digit_is_found(kind: str, before: str, number: str, place: int) -> None:
    place %= len(number)
    found = {
        digit
        for digit in "0123456789"
        if kind in {f.type for f in SCANNER.scan(f"{before}{number[:place]}{digit}{number[place + 1 :]}")}
    }
    assert found == {number[place]}


@pytest.mark.parametrize(("kind", "before", "number", "place"), CHECKED)
def test_a_number_inside_a_longer_one_is_not_found(kind: str, before: str, number: str, place: int) -> None:
    for text in (f"{before}{number}0", f"{before}x{number}", f"{before}{number}-1", f"{before}1.{number}"):
        assert kind not in {finding.type for finding in SCANNER.scan(text)}, text


DIGITS = st.text(alphabet="0123456789", min_size=7, max_size=18)


@settings(max_examples=200, deadline=None)
@given(DIGITS, st.data())
def test_one_wrong_digit_never_passes_luhn_verhoeff_or_mod_11_10(body: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(body)))
    for check in (passes_luhn, passes_verhoeff, passes_mod_11_10):
        (right,) = [body + digit for digit in "0123456789" if check(body + digit)]
        wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != right[place]]))
        assert not check(right[:place] + wrong + right[place + 1 :])


@settings(max_examples=200, deadline=None)
@given(DIGITS, st.data())
def test_two_swapped_neighbours_never_pass_verhoeff(body: str, data: st.DataObject) -> None:
    (right,) = [body + digit for digit in "0123456789" if passes_verhoeff(body + digit)]
    place = data.draw(st.integers(0, len(body) - 1))
    assume(right[place] != right[place + 1])
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    assert not passes_verhoeff(swapped)


@settings(max_examples=100, deadline=None)
@given(body=st.text(alphabet="0123456789", min_size=14, max_size=14), gap=st.sampled_from(["", " ", "-"]))
def test_a_card_is_found_whatever_one_separator_it_has(body: str, gap: str) -> None:
    (number,) = [f"4{body}{digit}" for digit in "0123456789" if passes_luhn(f"4{body}{digit}")]
    shown = gap.join(number[place : place + 4] for place in range(0, 16, 4))
    text = f"paid by {shown} today"
    assert ("CREDIT_CARD", 8, 8 + len(shown)) in {(f.type, f.start, f.end) for f in SCANNER.scan(text)}


@settings(max_examples=100, deadline=None)
@given(account=st.text(alphabet="0123456789", min_size=18, max_size=18), grouped=st.booleans())
def test_an_iban_is_found_with_its_check_digits_only(account: str, grouped: bool) -> None:
    right = 98 - int(f"{account}131400") % 97
    for check in (right, right % 97 + 1):
        code = f"DE{check:02d}{account}"
        shown = " ".join(code[place : place + 4] for place in range(0, 22, 4)) if grouped else code
        spans = [(f.start, f.end) for f in SCANNER.scan(f"to {shown} now") if f.type == "IBAN_CODE"]
        assert spans == ([(3, 3 + len(shown))] if check == right else [])
