"""Identifiers of the United States: social security and taxpayer numbers, driving licences."""

from __future__ import annotations

from detectors.declaration import regex
from detectors.pii.check_digits import digits_of, is_one_digit, separators_of
from detectors.pii.pattern import PiiPattern, always


def is_ssn(text: str) -> bool:
    """A US social security number that can have been issued.

    >>> is_ssn("219-09-9999"), is_ssn("666-09-9999"), is_ssn("219-00-9999")
    (True, False, False)

    Source: https://www.ssa.gov/employer/randomization.html (area not 000, 666, 9xx; group not 00; serial not 0000)
    """
    digits = digits_of(text)
    if len(digits) != 9 or len(separators_of(text)) > 1 or is_one_digit(digits):
        return False
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def is_itin(text: str) -> bool:
    """A US individual taxpayer number: 9xx, and a group from the ranges that are issued.

    >>> is_itin("970-52-7012"), is_itin("970-69-7012"), is_itin("870-52-7012")
    (True, False, False)

    Source: IRS Publication 1915 and https://www.irs.gov/irm/part3/irm_03-021-263r (groups 50-65, 70-88, 90-92, 94-99)
    """
    digits = digits_of(text)
    group = int(digits[3:5])
    is_group = 50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99
    return digits[0] == "9" and is_group and len(separators_of(text)) <= 1


PATTERNS = (
    PiiPattern(
        type="US_SSN",
        pattern=r"(?<![\d\-])\d{3}-\d{2}-\d{4}(?!\d|-\d)",
        words=("ssn", "ssns", "social security"),
        triggers=(regex(r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}"),),
        accept=is_ssn,
        is_bare=always,
    ),
    PiiPattern(
        type="US_SSN",
        pattern=r"(?<![\d\-])\d{3}(?P<gap>[ .]?)\d{2}(?P=gap)\d{4}(?!\d|-\d)",
        words=("ssn", "ssns", "social security", "social", "ss number", "soc sec"),
        accept=is_ssn,
    ),
    PiiPattern(
        type="US_ITIN",
        pattern=r"(?<![\d\-])9\d{2}-\d{2}-\d{4}(?!\d|-\d)",
        words=("itin", "taxpayer", "tax id"),
        triggers=(regex(r"\b9[0-9]{2}-[0-9]{2}-[0-9]{4}"),),
        accept=is_itin,
        is_bare=always,
    ),
    PiiPattern(
        type="US_ITIN",
        pattern=r"(?<![\d\-])9\d{2}(?P<gap> ?)\d{2}(?P=gap)\d{4}(?!\d|-\d)",
        words=("itin", "taxpayer", "individual taxpayer", "tax id", "tax"),
        accept=is_itin,
    ),
    PiiPattern(
        # Each state has its own form. Source: AAMVA, and the states' published formats
        type="US_DRIVER_LICENSE",
        pattern=(
            r"(?<![A-Za-z0-9])(?:[A-Za-z]{1,2}\d{3,14}|\d{7,14}|\d{3}[A-Z]{2}\d{4}|\d{2}[A-Z]{3}\d{5}|\d{7,9}[A-Z]{1,2}"
            r"|[A-Z]{3}\d{6}|[A-Z]\d{6}R|[A-Z]\d{2}-\d{2}-\d{4}|[A-Z]\d{3}-\d{4}-\d{4}|[A-Z]\d{4}[ -]\d{5}[ -]\d{5}"
            r"|[A-Z]-?\d{3}-\d{3}-\d{3}-\d{3}|\d{2}-\d{3}-\d{4}|\d{3}-\d{2,3}-\d{3,4}|WDL[A-Z0-9]{9}|[A-Z]{5}[A-Z0-9]{7})"
            r"(?![A-Za-z0-9])"
        ),
        words=(
            *("driver license", "driver licence", "drivers license", "drivers licence", "driver s license"),
            *("driver s licence", "driving license", "driver lic", "dl number", "dl no", "license number"),
            *("licence number", "dl", "dmv"),
        ),
        accept=lambda text: len(digits_of(text)) >= 3,
    ),
)
