"""Numbers of patients and of those who treat them."""

from __future__ import annotations

from detectors.declaration import regex
from detectors.pii.check_digits import digits_of, is_one_digit, luhn_sum, weighted_sum
from detectors.pii.pattern import PiiPattern, always

# What Luhn makes of the prefix 80840 that an NPI has as a card issuer number.
_NPI_PREFIX_SUM = 24


def is_npi(text: str) -> bool:
    """A US national provider identifier: Luhn over 80840 and the number.

    >>> is_npi("1234567893"), is_npi("1234567894")
    (True, False)

    Source: CMS, Requirements for National Provider Identifier and NPI Check Digit
    """
    return (luhn_sum(digits_of(text)) + _NPI_PREFIX_SUM) % 10 == 0


def is_dea(text: str) -> bool:
    """A US DEA registration: twice the 2nd, 4th and 6th digit and the others end in the 7th.

    >>> is_dea("AB1234563"), is_dea("AB1234564")
    (True, False)

    Source: DEA Diversion Control Division, registration number format
    """
    digits = digits_of(text[2:])
    return len(digits) == 7 and weighted_sum(digits[:6], (1, 2)) % 10 == int(digits[6]) and not is_one_digit(digits)


def is_nhs(text: str) -> bool:
    """A UK NHS number: weights 10 to 2, 11 - sum mod 11 is the last digit.

    >>> is_nhs("943 476 5919"), is_nhs("943 476 5918")
    (True, False)

    Source: NHS Data Dictionary, NHS NUMBER (modulus 11)
    """
    digits = digits_of(text)
    check = 11 - weighted_sum(digits[:9], range(10, 1, -1)) % 11
    return check % 11 == int(digits[9]) and check != 10 and not is_one_digit(digits)


def is_australian_medicare(text: str) -> bool:
    """An Australian Medicare card: 2 to 6 in front, weights 1 3 7 9, the 9th digit is the sum modulo 10.

    >>> is_australian_medicare("2123 45670 1"), is_australian_medicare("2123 45671 1")
    (True, False)

    Source: Services Australia, Medicare card number check digit
    """
    digits = digits_of(text)
    return "2" <= digits[0] <= "6" and weighted_sum(digits[:8], (1, 3, 7, 9)) % 10 == int(digits[8])


_MBI_LETTER = "[AC-HJKMNP-RT-Y]"
_MBI_ANY = "[AC-HJKMNP-RT-Y0-9]"

PATTERNS = (
    PiiPattern(
        type="US_NPI",
        pattern=r"(?<!\d)[12]\d{3}(?P<gap>[ \-]?)\d{3}(?P=gap)\d{3}(?!\d)",
        words=("npi", "national provider", "provider"),
        checksum=is_npi,
    ),
    PiiPattern(
        # Source: CMS, Understanding the Medicare Beneficiary Identifier (eleven places, letters without S L O I B Z)
        type="US_MBI",
        pattern=(
            rf"(?<![A-Za-z0-9])[1-9]{_MBI_LETTER}{_MBI_ANY}\d(?P<gap>-?){_MBI_LETTER}{_MBI_ANY}\d(?P=gap)"
            rf"{_MBI_LETTER}{{2}}\d{{2}}(?![A-Za-z0-9])"
        ),
        words=("mbi", "medicare", "beneficiary", "medicaid"),
        triggers=(regex(r"\b[1-9][A-Z][A-Z0-9][0-9]-?[A-Z][A-Z0-9][0-9]-?[A-Z]{2}[0-9]{2}\b", caseless=False),),
        is_bare=always,
    ),
    PiiPattern(
        type="MEDICAL_LICENSE",
        pattern=r"(?<![A-Za-z0-9])[ABCDEFGHJKLMPRSTUXabcdefghjklmprstux][A-Za-z9]\d{7}(?![A-Za-z0-9])",
        words=("dea", "dea number", "medical license", "medical licence", "prescriber", "medical", "registration"),
        checksum=is_dea,
    ),
    PiiPattern(
        type="UK_NHS",
        pattern=r"(?<!\d)\d{3}(?P<gap>[\- ]?)\d{3}(?P=gap)\d{4}(?!\d)",
        words=("nhs", "nhs number", "health service"),
        checksum=is_nhs,
    ),
    PiiPattern(
        type="AU_MEDICARE",
        pattern=r"(?<!\d)[2-6]\d{3}(?P<gap>[ \-]?)\d{5}(?P=gap)\d(?!\d)",
        words=("medicare", "medicare card"),
        checksum=is_australian_medicare,
    ),
)
