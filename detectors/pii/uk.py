"""Identifiers of the United Kingdom."""

from __future__ import annotations

import re

from detectors.declaration import regex
from detectors.pii.calendar_days import is_day
from detectors.pii.pattern import PiiPattern, always

_NEVER_ISSUED = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})

# Source: Royal Mail, PAF Programmers' Guide (outward A9 A99 AA9 AA99 A9A AA9A, inward without C I K M O V)
_POSTCODE = r"(?:GIR ?0AA|[A-PR-UWYZ](?:[A-HK-Y]?\d[A-Z\d]?) ?\d[ABD-HJLNP-UW-Z]{2})"


def is_nino(text: str) -> bool:
    """A national insurance number with a prefix that is issued.

    >>> is_nino("AB 12 34 56 C"), is_nino("BG123456C")
    (True, False)

    Source: HMRC National Insurance Manual NIM39110 (letters D F I Q U V never, O never second; seven prefixes never)
    """
    return text[:2].upper() not in _NEVER_ISSUED


def is_driving_licence(text: str) -> bool:
    """A driver number of Great Britain: the month has 50 added for women, the year is around the month and day.

    >>> is_driving_licence("MORGA657054SM9IJ"), is_driving_licence("MORGA657994SM9IJ")
    (True, False)

    Source: DVLA, driver number format
    """
    decade, month, day, year = int(text[5]), int(text[6:8]), int(text[8:10]), int(text[10])
    return is_day(2000 + decade * 10 + year, month % 50, day) and re.fullmatch("[A-Z]+9*", text[:5]) is not None


PATTERNS = (
    PiiPattern(
        type="UK_NINO",
        pattern=(
            r"(?<![A-Za-z0-9])[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z](?P<gap>[ \-]?)\d{2}(?P=gap)\d{2}(?P=gap)\d{2}"
            r"(?P=gap)[A-D](?![A-Za-z0-9])"
        ),
        words=("nino", "national insurance", "ni number", "ni no"),
        triggers=(regex(r"\b[A-Z]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-D]\b", caseless=False),),
        accept=is_nino,
        is_bare=always,
    ),
    PiiPattern(
        type="UK_POSTCODE",
        pattern=rf"(?<![A-Za-z0-9]){_POSTCODE}(?![A-Za-z0-9])",
        words=("postcode", "postcodes", "post code", "postal code", "address", "postal", "zip"),
        also=(regex("[0-9] ?[A-Z]{2}", caseless=False),),
    ),
    PiiPattern(
        type="UK_DRIVING_LICENCE",
        pattern=r"(?<![A-Za-z0-9])[A-Z][A-Z9]{4}\d[0156]\d[0-3]\d\d[A-Z9]{2}[A-Z0-9][A-Z]{2}(?![A-Za-z0-9])",
        words=("driving licence", "driver licence", "drivers licence", "driver number", "dvla"),
        triggers=(regex(r"\b[A-Z][A-Z9]{4}[0-9][0156][0-9]{4}[A-Z9]{2}[A-Z0-9][A-Z]{2}\b", caseless=False),),
        accept=is_driving_licence,
        is_bare=always,
    ),
)
