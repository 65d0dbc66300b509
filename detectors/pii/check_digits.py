"""The arithmetic behind check digits, each scheme once; the numbers that use it name the scheme.

Every function takes ASCII digits alone, as `digits_of` gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def digits_of(text: str) -> str:
    """The decimal digits of a text, as ASCII.

    >>> digits_of("4111-1111")
    '41111111'
    """
    if text.isdecimal() and text.isascii():
        return text
    return "".join(str(int(character)) for character in text if character.isdecimal())


def luhn_sum(digits: str) -> int:
    """The Luhn sum, the last digit counted once, the one before it doubled, and so on.

    Source: ISO/IEC 7812-1 annex B
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += _LUHN_DOUBLED[int(digit)] if place % 2 else int(digit)
    return total


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others.

    >>> passes_luhn("79927398713"), passes_luhn("79927398710")
    (True, False)

    Source: ISO/IEC 7812-1 annex B
    """
    return luhn_sum(digits) % 10 == 0


def weighted_sum(digits: Sequence[str], weights: Sequence[int]) -> int:
    """The sum of digits times weights; the weights are repeated when there are fewer.

    >>> weighted_sum("123", (3, 2, 1))
    10
    """
    return sum(int(digit) * weight for digit, weight in zip(digits, cycle(weights), strict=False))


# The dihedral group D5 by multiplication, and the permutation applied once for each place.
_DIHEDRAL = (
    *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
    *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
)
_PERMUTED = (
    *("0123456789", "1576283094", "5803796142", "8916043527"),
    *("9453126870", "4286573901", "2793806415", "7046913258"),
)


def passes_verhoeff(digits: str) -> bool:
    """Whether the last digit is the Verhoeff check digit of the others.

    >>> passes_verhoeff("2363"), passes_verhoeff("2364")
    (True, False)

    Source: J. Verhoeff, Error Detecting Decimal Codes (1969)
    """
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_DIHEDRAL[check][int(_PERMUTED[place % 8][int(digit)])])
    return check == 0


def passes_mod_11_10(digits: str) -> bool:
    """Whether the last digit is the ISO 7064 MOD 11,10 check digit of the others.

    >>> passes_mod_11_10("86095742719"), passes_mod_11_10("86095742718")
    (True, False)

    Source: ISO/IEC 7064, hybrid system MOD 11,10
    """
    product = 10
    for digit in digits[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def passes_mod_97(text: str) -> bool:
    """Whether letters and digits, letters counted from A = 10, leave 1 modulo 97.

    >>> passes_mod_97("3214282912345698765432161182"), passes_mod_97("3214282912345698765432161183")
    (True, False)

    Source: ISO/IEC 7064, MOD 97-10
    """
    return int("".join(str(int(character, 36)) for character in text)) % 97 == 1


def is_one_digit(digits: str) -> bool:
    """Whether a number is one digit repeated; most schemes accept these, nobody is given one."""
    return len(set(digits)) <= 1


def separators_of(text: str) -> set[str]:
    """The different characters between the digits and letters of a number."""
    return {character for character in text if not character.isalnum()}
