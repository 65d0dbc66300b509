"""National identifiers of the Emirates, Saudi Arabia, Israel, Pakistan, Egypt, South Africa and Nigeria."""

from __future__ import annotations

from detectors.declaration import regex
from detectors.pii.calendar_days import is_yymmdd
from detectors.pii.check_digits import digits_of, is_one_digit, passes_luhn, passes_verhoeff
from detectors.pii.pattern import PiiPattern, always


def is_emirates_id(text: str) -> bool:
    """An Emirates ID: the country's number 784, a year, seven digits, a Luhn digit.

    >>> is_emirates_id("784-1980-1234567-8"), is_emirates_id("784-1980-1234567-9")
    (True, False)

    Source: Federal Authority for Identity and Citizenship (784 is ISO 3166-1 numeric); ISO/IEC 7812-1 (last digit)
    """
    digits = digits_of(text)
    return "1900" <= digits[3:7] <= "2099" and passes_luhn(digits)


def is_saudi_id(text: str) -> bool:
    """A Saudi national (1) or resident (2) number: ten digits that pass Luhn.

    >>> is_saudi_id("1000000008"), is_saudi_id("1000000009")
    (True, False)

    Source: Ministry of Interior of Saudi Arabia, national identity and Iqama numbers
    """
    return passes_luhn(digits_of(text))


def is_israeli_id(text: str) -> bool:
    """An Israeli identity number: nine digits that pass Luhn.

    >>> is_israeli_id("123456782"), is_israeli_id("123456783")
    (True, False)

    Source: Population and Immigration Authority, teudat zehut check digit
    """
    digits = digits_of(text)
    return not is_one_digit(digits) and passes_luhn(digits)


def is_egyptian_id(text: str) -> bool:
    """An Egyptian national number: century, birthday, governorate.

    >>> is_egyptian_id("29001011234567"), is_egyptian_id("29013011234567")
    (True, False)

    Source: Civil Status Organization, national number structure (governorates 01-35, 88 abroad)
    """
    return is_yymmdd(text[1:7]) and (1 <= int(text[7:9]) <= 35 or text[7:9] == "88")


def is_south_african_id(text: str) -> bool:
    """A South African identity number: birthday, citizenship 0 to 2, Luhn.

    >>> is_south_african_id("8001015009087"), is_south_african_id("8001015009088")
    (True, False)

    Source: Identification Act 68 of 1997; Department of Home Affairs, ID number structure
    """
    return is_yymmdd(text[:6]) and text[10] in "012" and passes_luhn(text)


def is_nigerian_nin(text: str) -> bool:
    """A Nigerian NIN: eleven digits that pass Verhoeff.

    >>> is_nigerian_nin("12345678902"), is_nigerian_nin("12345678903")
    (True, False)

    Source: National Identity Management Commission
    """
    return passes_verhoeff(digits_of(text))


PATTERNS = (
    PiiPattern(
        type="AE_EMIRATES_ID",
        pattern=r"(?<!\d)784(?P<gap>[ \-]?)(?:19|20)\d{2}(?P=gap)\d{7}(?P=gap)\d(?!\d)",
        words=("emirates id", "emirates", "eida", "الهوية"),
        triggers=(regex(r"\b784[ -]?(?:19|20)[0-9]{2}[ -]?[0-9]{7}[ -]?[0-9]\b"),),
        checksum=is_emirates_id,
        is_bare=always,
    ),
    PiiPattern(
        type="SA_NATIONAL_ID",
        pattern=r"(?<!\d)[12]\d{9}(?!\d)",
        words=("iqama", "saudi", "saudi id", "رقم الهوية", "الإقامة"),
        checksum=is_saudi_id,
    ),
    PiiPattern(
        type="IL_ID_NUMBER",
        pattern=r"(?<!\d)\d{8}-?\d(?!\d)",
        words=("teudat zehut", "teudat", "israeli id", "תעודת זהות"),
        checksum=is_israeli_id,
    ),
    PiiPattern(
        # Source: National Database and Registration Authority of Pakistan
        type="PK_CNIC",
        pattern=r"(?<!\d)[1-7]\d{4}(?P<gap>-?)\d{7}(?P=gap)\d(?!\d)",
        words=("cnic", "nicop", "nadra"),
    ),
    PiiPattern(
        type="EG_NATIONAL_ID",
        pattern=r"(?<!\d)[23]\d{13}(?!\d)",
        words=("egyptian", "egypt id", "الرقم القومي"),
        accept=is_egyptian_id,
    ),
    PiiPattern(
        type="ZA_ID_NUMBER",
        pattern=r"(?<!\d)\d{13}(?!\d)",
        words=("id number", "south african", "south africa", "rsa", "identity number", "za", "sa id"),
        checksum=is_south_african_id,
    ),
    PiiPattern(
        type="NG_NIN",
        pattern=r"(?<!\d)\d{11}(?!\d)",
        words=("nin", "nimc", "national identification number"),
        checksum=is_nigerian_nin,
    ),
)
