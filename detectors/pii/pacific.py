"""National identifiers of Australia and New Zealand."""

from __future__ import annotations

from detectors.pii.check_digits import digits_of, is_one_digit, weighted_sum
from detectors.pii.pattern import PiiPattern


def is_tfn(text: str) -> bool:
    """An Australian tax file number: weights 1 4 3 7 5 8 6 9 10, sum divisible by 11.

    >>> is_tfn("876 543 210"), is_tfn("876 543 211")
    (True, False)

    Source: Australian Taxation Office, TFN algorithm
    """
    digits = digits_of(text)
    return not is_one_digit(digits) and weighted_sum(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def is_abn(text: str) -> bool:
    """An Australian business number: first digit less 1, weights 10 1 3 5 7 9 11 13 15 17 19, sum divisible by 89.

    >>> is_abn("51 824 753 556"), is_abn("51 824 753 557")
    (True, False)

    Source: Australian Business Register, format of the ABN
    """
    digits = digits_of(text)
    return (weighted_sum(digits, (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) - 10) % 89 == 0 and digits[0] != "0"


def is_acn(text: str) -> bool:
    """An Australian company number: weights 8 to 1, 10 - sum mod 10 is the last digit.

    >>> is_acn("005 499 981"), is_acn("005 499 982")
    (True, False)

    Source: Australian Securities and Investments Commission, ACN check digit
    """
    digits = digits_of(text)
    return (10 - weighted_sum(digits[:8], range(8, 0, -1)) % 10) % 10 == int(digits[8]) and not is_one_digit(digits)


def is_ird(text: str) -> bool:
    """A New Zealand IRD number: 10 to 150 million, weights 3 2 7 6 5 4 3 2, or 7 4 3 2 5 2 7 6 when that gives 10.

    >>> is_ird("49-091-850"), is_ird("49-091-851")
    (True, False)

    Source: Inland Revenue, validation of IRD numbers
    """
    digits = digits_of(text).zfill(9)
    check = -weighted_sum(digits[:8], (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    if check == 10:
        check = -weighted_sum(digits[:8], (7, 4, 3, 2, 5, 2, 7, 6)) % 11
    return 10_000_000 < int(digits) < 150_000_000 and check == int(digits[8])


PATTERNS = (
    PiiPattern(
        type="AU_TFN",
        pattern=r"(?<!\d)\d{3}(?P<gap>[ \-]?)\d{3}(?P=gap)\d{3}(?!\d)",
        words=("tfn", "tax file", "tax file number"),
        checksum=is_tfn,
    ),
    PiiPattern(
        type="AU_ABN",
        pattern=r"(?<!\d)\d{2}(?P<gap>[ \-]?)\d{3}(?P=gap)\d{3}(?P=gap)\d{3}(?!\d)",
        words=("abn", "business number", "australian business"),
        checksum=is_abn,
    ),
    PiiPattern(
        type="AU_ACN",
        pattern=r"(?<!\d)\d{3}(?P<gap>[ \-]?)\d{3}(?P=gap)\d{3}(?!\d)",
        words=("acn", "company number", "australian company"),
        checksum=is_acn,
    ),
    PiiPattern(
        type="NZ_IRD",
        pattern=r"(?<!\d)\d{2,3}(?P<gap>[ \-]?)\d{3}(?P=gap)\d{3}(?!\d)",
        words=("ird", "ird number", "inland revenue"),
        checksum=is_ird,
    ),
)
