"""Days that exist, as numbers of people spell their birthday."""

from __future__ import annotations

_DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_day(year: int, month: int, day: int) -> bool:
    """Whether a day exists in the Gregorian calendar.

    >>> is_day(2000, 2, 29), is_day(1900, 2, 29), is_day(1999, 4, 31)
    (True, False, False)
    """
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month]:
        return False
    return month != 2 or day < 29 or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def is_yymmdd(digits: str) -> bool:
    """Whether six digits are a day of some century: year, month, day.

    >>> is_yymmdd("000229"), is_yymmdd("010229"), is_yymmdd("991332")
    (True, False, False)
    """
    # 2000 was a leap year and 1900 was not: 29 February 00 exists in one of them.
    return is_day(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))


def is_ddmmyy(digits: str) -> bool:
    """Whether six digits are a day of some century: day, month, year.

    >>> is_ddmmyy("290200"), is_ddmmyy("310499")
    (True, False)
    """
    return is_yymmdd(digits[4:6] + digits[2:4] + digits[:2])


def is_yyyymmdd(digits: str) -> bool:
    """Whether eight digits are a day of the years 1850 to 2099.

    >>> is_yyyymmdd("19491231"), is_yyyymmdd("17491231")
    (True, False)
    """
    return 1850 <= int(digits[:4]) <= 2099 and is_day(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
