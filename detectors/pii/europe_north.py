"""National identifiers of Finland, Sweden, Norway, Denmark and Estonia, Lithuania."""

from __future__ import annotations

from detectors.declaration import regex
from detectors.pii.calendar_days import is_ddmmyy, is_yymmdd, is_yyyymmdd
from detectors.pii.check_digits import digits_of, passes_luhn, weighted_sum
from detectors.pii.pattern import PiiPattern, always

_FINNISH = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def is_finnish_code(text: str) -> bool:
    """A Finnish personal identity code: birthday, century, serial, and the nine digits modulo 31 as a character.

    >>> is_finnish_code("131052-308T"), is_finnish_code("131052-308U")
    (True, False)

    Source: Digi- ja vaestotietovirasto, henkilotunnus (also the century marks of 2023)
    """
    return is_ddmmyy(text[:6]) and _FINNISH[int(text[:6] + text[7:10]) % 31] == text[10]


def is_personnummer(text: str) -> bool:
    """A Swedish personnummer or samordningsnummer: birthday (60 added to the day), Luhn over the last ten digits.

    >>> is_personnummer("811228-9874"), is_personnummer("811228-9875")
    (True, False)

    Source: Skatteverket, personnummer (SKV 704)
    """
    digits = digits_of(text)
    ten = digits[-10:]
    day = int(ten[4:6])
    birthday = f"{digits[:-6]}{day - 60 if day > 60 else day:02d}"
    return (is_yyyymmdd(birthday) if len(birthday) == 8 else is_yymmdd(birthday)) and passes_luhn(ten)


def is_norwegian_number(text: str) -> bool:
    """A Norwegian fodselsnummer or D-number: birthday (40 added to the day), two check digits modulo 11.

    >>> is_norwegian_number("15076500565"), is_norwegian_number("15076500566")
    (True, False)

    Source: Skatteetaten, fodselsnummer (weights 3 7 6 1 8 9 4 5 2 and 5 4 3 2 7 6 5 4 3 2)
    """
    digits = digits_of(text)
    first = -weighted_sum(digits[:9], (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = -weighted_sum(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    day, month = int(digits[:2]), int(digits[2:4])
    birthday = f"{day - 40 if day > 40 else day:02d}{month - 40 if month > 40 else month:02d}{digits[4:6]}"
    return is_ddmmyy(birthday) and first == int(digits[9]) and second == int(digits[10])


def is_danish_number(text: str) -> bool:
    """A Danish CPR number: a birthday and four digits; their check digit is not assured since 2007.

    >>> is_danish_number("070761-4285"), is_danish_number("320761-4285")
    (True, False)

    Source: CPR-kontoret, Personnummeret i CPR
    """
    return is_ddmmyy(digits_of(text))


def is_baltic_code(text: str) -> bool:
    """An Estonian or Lithuanian personal code: century and sex, birthday, weights 1 to 9 and 1, else 3 to 9 and 1 to 3.

    >>> is_baltic_code("37605030299"), is_baltic_code("37605030298")
    (True, False)

    Source: Estonian standard EVS 585; Lietuvos Respublikos gyventojo asmens kodas
    """
    digits = digits_of(text)
    check = weighted_sum(digits[:10], (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted_sum(digits[:10], (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return is_yymmdd(digits[1:7]) and check == int(digits[10])


PATTERNS = (
    PiiPattern(
        type="FI_PERSONAL_IDENTITY_CODE",
        pattern=r"(?<![A-Za-z0-9])\d{6}[\-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?![A-Za-z0-9])",
        words=("hetu", "henkilotunnus", "henkilötunnus", "personal identity"),
        triggers=(regex(r"\b[0-3][0-9]{5}[+A-FU-Y-][0-9]{3}[0-9A-FHJ-NPR-Y]\b", caseless=False),),
        checksum=is_finnish_code,
        is_bare=always,
    ),
    PiiPattern(
        type="SE_PERSONNUMMER",
        pattern=r"(?<!\d)(?:18|19|20)?\d{6}[\-+ ]?\d{4}(?!\d)",
        words=("personnummer", "samordningsnummer", "personnr", "swedish personal"),
        checksum=is_personnummer,
    ),
    PiiPattern(
        type="NO_FODSELSNUMMER",
        pattern=r"(?<!\d)[0-7]\d{5} ?\d{5}(?!\d)",
        words=("fødselsnummer", "fodselsnummer", "personnummer", "fnr", "fødselsnr"),
        checksum=is_norwegian_number,
    ),
    PiiPattern(
        type="DK_CPR",
        pattern=r"(?<!\d)[0-3]\d{5}[\- ]?\d{4}(?!\d)",
        words=("cpr", "cpr nummer", "cpr nr", "personnummer"),
        accept=is_danish_number,
    ),
    PiiPattern(
        type="EE_LT_PERSONAL_CODE",
        pattern=r"(?<!\d)[1-8]\d{10}(?!\d)",
        words=("isikukood", "asmens kodas", "asmens"),
        checksum=is_baltic_code,
    ),
)
