"""Passports and driving licences: their numbers have no check digit of their own, so the word beside them decides."""

from __future__ import annotations

from detectors.declaration import Reach, regex
from detectors.pii.calendar_days import is_yymmdd
from detectors.pii.check_digits import digits_of, is_one_digit
from detectors.pii.pattern import LETTERED, PiiPattern, always

_ICAO_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def icao_digit(text: str) -> int:
    """The check digit of a part of a machine-readable zone.

    >>> icao_digit("L898902C3"), icao_digit("740812")
    (6, 2)

    Source: ICAO Doc 9303 part 3, section 4.9 (weights 7 3 1, letters from A = 10, filler 0)
    """
    return sum(_ICAO_VALUES[character] * (7, 3, 1)[place % 3] for place, character in enumerate(text)) % 10


def is_machine_readable(text: str) -> bool:
    """The second line of a passport's machine-readable zone, with or without the first, whose check digits fit.

    >>> is_machine_readable("L898902C36UTO7408122F1204159ZE184226B<<<<<10")
    True

    Source: ICAO Doc 9303 part 4 (TD3)
    """
    line = text[-44:]
    parts = ((line[:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27]))
    composite = line[:10] + line[13:20] + line[21:43]
    return (
        all(check == str(icao_digit(part)) for part, check in parts)
        and line[43] == str(icao_digit(composite))
        and is_yymmdd(line[13:19])
    )


def _has_digits(text: str) -> bool:
    digits = digits_of(text)
    return len(digits) >= 4 and not is_one_digit(digits)


_PASSPORT = (
    *(
        "passport",
        "passports",
        "passport number",
        "pasaporte",
        "passeport",
        "reisepass",
        "reisepassnummer",
        "passaporto",
    ),
    *("passaporte", "paspoort", "passnummer", "paszport", "パスポート", "護照", "护照", "여권"),
)

PATTERNS = (
    PiiPattern(
        # Source: US Department of State (nine digits, or a letter and eight digits since 2021)
        type="US_PASSPORT",
        pattern=r"(?<![A-Za-z0-9])(?:[A-Za-z]\d{8}|\d{9})(?![A-Za-z0-9])",
        words=_PASSPORT,
        accept=_has_digits,
    ),
    PiiPattern(
        # Two letters and seven digits (UK, Italy), three and six (Spain), one and seven (India); France, Germany.
        # Source: PRADO, Council of the EU, public register of identity documents
        type="PASSPORT",
        pattern=(
            r"(?<![A-Za-z0-9])(?:[A-Za-z]{1,3}\d{6,7}|[A-Z]{2}\d{8}|\d{2}[A-Z]{2}\d{5}|[A-Z]\d{3}[A-Z]\d{4}"
            r"|[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}|\d{8})(?![A-Za-z0-9])"
        ),
        words=_PASSPORT,
        also=(LETTERED,),
        accept=_has_digits,
        context_score=0.75,
    ),
    PiiPattern(
        type="PASSPORT",
        pattern=(
            r"(?<![A-Z0-9<])(?:P[A-Z<][A-Z<]{42}\s{1,2})?"
            r"[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}[0-9<]\d(?![A-Z0-9<])"
        ),
        triggers=(regex(r"[A-Z0-9<]{9}[0-9][A-Z<]{3}[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{14}[0-9<][0-9]", caseless=False),),
        checksum=is_machine_readable,
        is_bare=always,
        is_whole=False,
        reach=Reach(120, 60),
    ),
    PiiPattern(
        # Source: Fahrerlaubnis-Verordnung, annex 8 (authority, serial, check character, issue)
        type="DE_FUEHRERSCHEIN",
        pattern=r"(?<![A-Za-z0-9])[A-Z0-9]{2}\d{2}[A-Z0-9]{5}[\dX][A-Z0-9](?![A-Za-z0-9])",
        words=("führerschein", "fuehrerschein", "fahrerlaubnis", "führerscheinnummer", "führerscheinnr"),
        also=(LETTERED,),
        accept=_has_digits,
    ),
    PiiPattern(
        # Source: Motorizzazione Civile, numero di patente
        type="IT_DRIVER_LICENSE",
        pattern=r"(?<![A-Za-z0-9])(?:[A-Z]{2}\d{7}[A-Z]|U1[A-Z0-9]{7}[A-Z])(?![A-Za-z0-9])",
        words=("patente", "patente di guida"),
        also=(LETTERED,),
        accept=_has_digits,
    ),
)
