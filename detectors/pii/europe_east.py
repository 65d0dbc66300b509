"""National identifiers of Poland, Czechia and Slovakia, Romania and Bulgaria."""

from __future__ import annotations

from detectors.pii.calendar_days import is_yymmdd
from detectors.pii.check_digits import digits_of, weighted_sum
from detectors.pii.pattern import PiiPattern


def is_pesel(text: str) -> bool:
    """A Polish PESEL: birthday (the month says the century), weights 1 3 7 9, sum divisible by 10.

    >>> is_pesel("44051401359"), is_pesel("44051401358")
    (True, False)

    Source: Ustawa o ewidencji ludnosci; gov.pl, czym jest numer PESEL
    """
    digits = digits_of(text)
    is_birthday = is_yymmdd(f"{digits[:2]}{int(digits[2:4]) % 20:02d}{digits[4:6]}")
    return is_birthday and (weighted_sum(digits[:10], (1, 3, 7, 9)) + int(digits[10])) % 10 == 0


def is_birth_number(text: str) -> bool:
    """A Czech or Slovak birth number: birthday (50 added to the month of women, 20 when the day ran out), mod 11.

    >>> is_birth_number("736028/5163"), is_birth_number("736028/5164")
    (True, False)

    Source: Zakon c. 133/2000 Sb., paragraph 13 (divisible by 11, or nine digits modulo 11 give 10 and the last is 0)
    """
    digits = digits_of(text)
    month = int(digits[2:4])
    for shift in (70, 50, 20):
        if month > shift:
            month -= shift
            break
    is_checked = int(digits) % 11 == 0 or (int(digits[:9]) % 11 == 10 and digits[9] == "0")
    return is_yymmdd(f"{digits[:2]}{month:02d}{digits[4:6]}") and is_checked


def is_cnp(text: str) -> bool:
    """A Romanian CNP: sex and century, birthday, county, weights 279146358279, sum modulo 11 (10 is 1).

    >>> is_cnp("1800101221144"), is_cnp("1800101221145")
    (True, False)

    Source: Ordonanta de urgenta 97/2005, structura CNP
    """
    digits = digits_of(text)
    check = weighted_sum(digits[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return is_yymmdd(digits[1:7]) and (1 if check == 10 else check) == int(digits[12])


def is_egn(text: str) -> bool:
    """A Bulgarian EGN: birthday (the month says the century), weights 2 4 8 5 10 9 7 3 6, modulo 11, 10 is 0.

    >>> is_egn("7523169263"), is_egn("7523169264")
    (True, False)

    Source: GRAO, edinen grazhdanski nomer
    """
    digits = digits_of(text)
    month = int(digits[2:4]) % 20
    check = weighted_sum(digits[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10
    return is_yymmdd(f"{digits[:2]}{month:02d}{digits[4:6]}") and check == int(digits[9])


PATTERNS = (
    PiiPattern(type="PL_PESEL", pattern=r"(?<!\d)\d{11}(?!\d)", words=("pesel",), checksum=is_pesel),
    PiiPattern(
        type="CZ_BIRTH_NUMBER",
        pattern=r"(?<!\d)\d{6}/?\d{4}(?!\d)",
        words=("rodné číslo", "rodne cislo", "rodné", "rodne", "birth number"),
        checksum=is_birth_number,
    ),
    PiiPattern(
        type="RO_CNP",
        pattern=r"(?<!\d)[1-9]\d{12}(?!\d)",
        words=("cnp", "cod numeric personal"),
        checksum=is_cnp,
    ),
    PiiPattern(type="BG_EGN", pattern=r"(?<!\d)\d{10}(?!\d)", words=("egn", "егн"), checksum=is_egn),
)
