"""Bank accounts: IBAN, BIC, US routing numbers, and account numbers that are named as such."""

from __future__ import annotations

from detectors.declaration import regex
from detectors.pii.check_digits import digits_of, is_one_digit, passes_mod_97, weighted_sum
from detectors.pii.countries import COUNTRIES
from detectors.pii.pattern import PiiPattern, always

# The length of a country's IBAN, characters. Source: ISO 13616-1, SWIFT IBAN Registry
_IBAN_LENGTHS: dict[int, str] = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}


def _iban_pattern() -> str:
    forms = []
    for length, countries in _IBAN_LENGTHS.items():
        groups, rest = divmod(length - 4, 4)
        last = rf"(?P=gap{length})[A-Z0-9]{{{rest}}}" if rest else ""
        grouped = rf"(?P<gap{length}>[ \-])[A-Z0-9]{{4}}(?:(?P=gap{length})[A-Z0-9]{{4}}){{{groups - 1}}}{last}"
        forms.append(rf"(?:{countries.replace(' ', '|')})\d{{2}}(?:[A-Z0-9]{{{length - 4}}}|{grouped})")
    return rf"(?<![A-Za-z0-9])(?i:{'|'.join(forms)})(?![A-Za-z0-9])"


def is_iban(text: str) -> bool:
    """An IBAN whose check digits fit; the pattern knows each country's length.

    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE88 3704 0044 0532 0130 00")
    (True, False)

    Source: ISO 13616-1 (the first four characters move to the end, the rest is ISO 7064 MOD 97-10)
    """
    code = "".join(character for character in text if character.isalnum())
    return "02" <= code[2:4] <= "98" and passes_mod_97(code[4:] + code[:4])


def is_bic(text: str) -> bool:
    """A business identifier code: a party, a country, a location, and maybe a branch.

    >>> is_bic("DEUTDEFF500"), is_bic("PASSWORD")
    (True, False)

    Source: ISO 9362
    """
    return text[4:6] in COUNTRIES


def is_aba(text: str) -> bool:
    """A US routing number: a Federal Reserve district in front, weights 3 7 1, sum divisible by 10.

    >>> is_aba("121000358"), is_aba("121000359"), is_aba("991000352")
    (True, False, False)

    Source: American Bankers Association, routing number policy (00-12, 21-32, 61-72, 80)
    """
    digits = digits_of(text)
    district = int(digits[:2])
    is_issued = district <= 12 or 21 <= district <= 32 or 61 <= district <= 72 or district == 80
    return is_issued and not is_one_digit(digits) and weighted_sum(digits, (3, 7, 1)) % 10 == 0


def _is_account(text: str) -> bool:
    return not is_one_digit(text)


_ACCOUNT = ("account", "account number", "bank account", "acct", "checking", "savings", "bank")

PATTERNS = (
    PiiPattern(
        type="IBAN_CODE",
        pattern=_iban_pattern(),
        words=("iban", "bank"),
        triggers=(
            regex(
                rf"\b(?:{'|'.join(' '.join(_IBAN_LENGTHS.values()).split())})"
                r"[0-9]{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{3}"
            ),
        ),
        checksum=is_iban,
        is_bare=always,
    ),
    PiiPattern(
        type="SWIFT_CODE",
        pattern=r"\b[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b",
        words=("swift", "swift code", "bic", "bic code", "swift bic"),
        also=(regex(r"\b[A-Z]{6}[A-Z0-9]{2}", caseless=False),),
        accept=is_bic,
        after_chars=8,
    ),
    PiiPattern(
        type="ABA_ROUTING_NUMBER",
        pattern=r"(?<!\d)(?:\d{9}|\d{4}-\d{4}-\d)(?!\d)",
        words=("aba", "routing", "rtn", "routing number", "rtn number", "transit number"),
        checksum=is_aba,
    ),
    PiiPattern(
        type="US_BANK_NUMBER",
        pattern=r"(?<!\d)\d{8,17}(?!\d)",
        words=_ACCOUNT,
        accept=_is_account,
    ),
)
