"""National identifiers of Germany, Austria, Switzerland, the Netherlands, Belgium and Ireland."""

from __future__ import annotations

from collections import Counter

from detectors.declaration import regex
from detectors.pii.calendar_days import is_ddmmyy, is_yymmdd
from detectors.pii.check_digits import digits_of, is_one_digit, passes_mod_11_10, weighted_sum
from detectors.pii.pattern import LETTERED, PiiPattern, always


def is_german_tax_id(text: str) -> bool:
    """A German tax id: no leading zero, one digit two or three times among the first ten, ISO 7064 MOD 11,10.

    >>> is_german_tax_id("86095742719"), is_german_tax_id("86095742718"), is_german_tax_id("12345678903")
    (True, False, False)

    Source: Bundeszentralamt fuer Steuern, Aufbau der Identifikationsnummer (paragraph 139b AO)
    """
    digits = digits_of(text)
    repeated = [count for count in Counter(digits[:10]).values() if count > 1]
    return digits[0] != "0" and len(repeated) == 1 and repeated[0] <= 3 and passes_mod_11_10(digits)


def is_german_pension_number(text: str) -> bool:
    """A German pension insurance number: area, birthday, first letter of the name, serial, check digit.

    >>> is_german_pension_number("15070649C103"), is_german_pension_number("15070649C104")
    (True, False)

    Source: Deutsche Rentenversicherung, paragraph 2 VKVV (weights 2 1 2 5 7 1 2 1 2 1 2 1, sums of digits)
    """
    code = "".join(character for character in text if character.isalnum()).upper()
    expanded = f"{code[:8]}{ord(code[8]) - 64:02d}{code[9:11]}"
    total = 0
    for digit, weight in zip(expanded, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True):
        product = int(digit) * weight
        total += product // 10 + product % 10
    # The days of a second person with the same birthday have 50 added.
    day = int(code[2:4])
    return total % 10 == int(code[11]) and is_ddmmyy(f"{day - 50 if day > 50 else day:02d}{code[4:8]}")


def is_icao_checked(text: str) -> bool:
    """A document number whose last digit is the ICAO check digit (7 3 1, letters from A = 10).

    >>> is_icao_checked("T220001293"), is_icao_checked("T220001294")
    (True, False)

    Source: ICAO Doc 9303 part 3
    """
    body, check = text[:-1].upper(), text[-1]
    total = sum(int(character, 36) * (7, 3, 1)[place % 3] for place, character in enumerate(body))
    return check.isdigit() and total % 10 == int(check)


def is_austrian_ssn(text: str) -> bool:
    """An Austrian social insurance number: the fourth digit is 3 7 9 5 8 4 2 1 6 over the others modulo 11.

    >>> is_austrian_ssn("1237 010180"), is_austrian_ssn("1238 010180")
    (True, False)

    Source: Dachverband der Sozialversicherungstraeger, Sozialversicherungsnummer
    """
    digits = digits_of(text)
    others = digits[:3] + digits[4:]
    is_birthday = 1 <= int(digits[4:6]) <= 31 and 1 <= int(digits[6:8]) <= 15
    return is_birthday and weighted_sum(others, (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11 == int(digits[3])


def is_ahv(text: str) -> bool:
    """A Swiss AHV number: 756 and an EAN-13 check digit.

    >>> is_ahv("756.9217.0769.85"), is_ahv("756.9217.0769.86")
    (True, False)

    Source: Zentrale Ausgleichsstelle, AHV-Nummer (EAN-13)
    """
    return weighted_sum(digits_of(text), (1, 3)) % 10 == 0


def is_dutch_bsn(text: str) -> bool:
    """A Dutch BSN: weights 9 to 2 and -1, sum divisible by 11.

    >>> is_dutch_bsn("111222333"), is_dutch_bsn("111222334")
    (True, False)

    Source: Rijksdienst voor Identiteitsgegevens, elfproef
    """
    digits = digits_of(text)
    return not is_one_digit(digits) and weighted_sum(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def is_belgian_number(text: str) -> bool:
    """A Belgian national number: 97 minus the first nine digits modulo 97; 2 stands in front since 2000.

    >>> is_belgian_number("85.07.30-033.28"), is_belgian_number("85.07.30-033.29")
    (True, False)

    Source: Koninklijk besluit van 3 april 1984, samenstelling van het identificatienummer
    """
    digits = digits_of(text)
    body, check = digits[:9], int(digits[9:])
    month = int(digits[2:4]) % 20
    is_birthday = month == 0 or int(digits[4:6]) == 0 or is_yymmdd(f"{digits[:2]}{month:02d}{digits[4:6]}")
    return is_birthday and check in (97 - int(body) % 97, 97 - int(f"2{body}") % 97)


def is_pps(text: str) -> bool:
    """An Irish PPS number: weights 8 to 2 and 9 for the second letter, modulo 23 is the first letter.

    >>> is_pps("1234567T"), is_pps("1234567FA"), is_pps("1234567A")
    (True, True, False)

    Source: Revenue, PPS number check character (W and absent count 0)
    """
    code = text.upper()
    second = code[8:9].strip("W")
    total = weighted_sum(code[:7], range(8, 1, -1)) + (9 * (ord(second) - 64) if second else 0)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == code[7]


PATTERNS = (
    PiiPattern(
        type="DE_TAX_ID",
        pattern=r"(?<!\d)[1-9]\d(?P<gap>[ /]?)\d{3}(?P=gap)\d{3}(?P=gap)\d{3}(?!\d)",
        words=(
            *("steuer", "steuerid", "steuer id", "steuer idnr", "idnr", "tax id", "tin"),
            *("steueridentifikationsnummer", "steuernummer", "identifikationsnummer"),
        ),
        checksum=is_german_tax_id,
    ),
    PiiPattern(
        type="DE_SOCIAL_SECURITY",
        pattern=r"(?<![A-Za-z0-9])\d{2}(?P<gap> ?)\d{6}(?P=gap)[A-Z](?P=gap)\d{3}(?![A-Za-z0-9])",
        words=(
            *("rentenversicherung", "rentenversicherungsnummer", "sozialversicherung", "sozialversicherungsnummer"),
            *("versicherungsnummer", "rvnr", "svnr"),
        ),
        triggers=(regex(r"\b[0-9]{2} ?[0-9]{6} ?[A-Z] ?[0-9]{3}\b", caseless=False),),
        checksum=is_german_pension_number,
        is_bare=always,
    ),
    PiiPattern(
        type="DE_ID_CARD",
        pattern=r"(?<![A-Za-z0-9])[LMNPRTVWXY][0-9CFGHJKLMNPRTVWXYZ]{8}(?:\d)?(?![A-Za-z0-9])",
        words=("personalausweis", "personalausweisnummer", "ausweis", "ausweisnummer", "ausweisnr"),
        also=(LETTERED,),
        accept=lambda text: len(text) == 9 or is_icao_checked(text),
    ),
    PiiPattern(
        type="AT_SSN",
        pattern=r"(?<!\d)[1-9]\d{3}(?P<gap>[ /]?)\d{6}(?!\d)",
        words=("svnr", "sozialversicherungsnummer", "sv nummer", "versicherungsnummer"),
        checksum=is_austrian_ssn,
    ),
    PiiPattern(
        type="CH_AHV",
        pattern=r"(?<!\d)756(?P<gap>[. ]?)\d{4}(?P=gap)\d{4}(?P=gap)\d{2}(?!\d)",
        words=("ahv", "avs", "ahv nummer", "sozialversicherungsnummer"),
        triggers=(regex(r"\b756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2}\b"),),
        checksum=is_ahv,
        is_bare=lambda text: not text.isdigit(),
    ),
    PiiPattern(
        type="NL_BSN",
        pattern=r"(?<!\d)(?:\d{9}|\d{4}(?P<gap>[. ])\d{2}(?P=gap)\d{3}|\d{3}(?P<other>[. ])\d{3}(?P=other)\d{3})(?!\d)",
        words=("bsn", "burgerservicenummer", "sofinummer", "sofi", "burger service"),
        checksum=is_dutch_bsn,
    ),
    PiiPattern(
        type="BE_NATIONAL_NUMBER",
        pattern=r"(?<!\d)\d{2}(?:\.\d{2}\.\d{2}-\d{3}\.|\d{7})\d{2}(?!\d)",
        words=(
            *("rijksregister", "rijksregisternummer", "registre national", "numéro national", "numero national"),
            *("insz", "niss", "nationaal nummer"),
        ),
        checksum=is_belgian_number,
    ),
    PiiPattern(
        type="BE_NATIONAL_NUMBER",
        pattern=r"(?<!\d)\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}(?!\d)",
        triggers=(regex(r"\b[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}\b"),),
        checksum=is_belgian_number,
        is_bare=always,
    ),
    PiiPattern(
        type="IE_PPS",
        pattern=r"(?<![A-Za-z0-9])\d{7}[A-Wa-w][A-IWa-iw]?(?![A-Za-z0-9])",
        words=("pps", "ppsn", "pps number", "personal public service"),
        checksum=is_pps,
    ),
)
