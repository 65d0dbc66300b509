"""Devices and vehicles that lead to their owner: IMEI and VIN."""

from __future__ import annotations

from detectors.declaration import regex
from detectors.pii.check_digits import digits_of, is_one_digit, passes_luhn
from detectors.pii.pattern import PiiPattern

_VIN_VALUES = dict(
    zip(
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZ",
        (*range(10), *range(1, 9), *(1, 2, 3, 4, 5, 7, 9), *range(2, 10)),
        strict=True,
    )
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def is_imei(text: str) -> bool:
    """An IMEI: fifteen digits that pass Luhn.

    >>> is_imei("49-015420-323751-8"), is_imei("490154203237519")
    (True, False)

    Source: 3GPP TS 23.003 section 6 and annex B
    """
    digits = digits_of(text)
    return len(digits) == 15 and not is_one_digit(digits) and passes_luhn(digits)


def is_checked_vin(text: str) -> bool:
    """A vehicle identification number whose ninth place is the check digit, as North America demands.

    >>> is_checked_vin("1M8GDM9AXKP042788"), is_checked_vin("1M8GDM9A1KP042788")
    (True, False)

    Source: ISO 3779; 49 CFR 565.15
    """
    total = sum(_VIN_VALUES[character] * weight for character, weight in zip(text, _VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11] == text[8]


def _is_mixed(text: str) -> bool:
    return not text.isdigit() and not text.isalpha()


def _is_north_american(text: str) -> bool:
    return text[0] in "12345" and text[-4:].isdigit()


_VIN = r"(?<![A-Za-z0-9])[A-HJ-NPR-Z0-9]{17}(?![A-Za-z0-9])"

PATTERNS = (
    PiiPattern(
        type="IMEI",
        pattern=r"(?<!\d)(?:\d{15}|\d{2}(?P<gap>[ \-])\d{6}(?P=gap)\d{6}(?P=gap)\d)(?!\d)",
        words=("imei", "meid"),
        checksum=is_imei,
    ),
    PiiPattern(
        type="VIN",
        pattern=_VIN,
        words=("vin", "vehicle identification", "chassis", "fahrgestellnummer", "chassis number"),
        accept=_is_mixed,
        checksum=is_checked_vin,
        is_assured=False,
    ),
    PiiPattern(
        type="VIN",
        pattern=_VIN,
        triggers=(regex(r"\b[1-5][A-HJ-NPR-Z0-9]{7}[0-9X][A-HJ-NPR-Z0-9]{4}[0-9]{4}\b", caseless=False),),
        accept=_is_mixed,
        checksum=is_checked_vin,
        is_bare=_is_north_american,
    ),
)
