"""Checks of PII values that Presidio's recognizers do not make; each takes the matched text.

They only ever drop what the format let through.
"""

from __future__ import annotations

import ipaddress
import re

# Source: ISO/IEC 7812-1 and the networks' published ranges: first digits, and the lengths issued.
_ISSUERS: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = (
    (re.compile(r"4"), frozenset({13, 16, 19})),
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), frozenset({16})),
    (re.compile(r"3[47]"), frozenset({15})),
    (re.compile(r"6(?:011|22|4[4-9]|5)"), frozenset({16, 17, 18, 19})),
    (re.compile(r"35(?:2[89]|[3-8])"), frozenset({16, 17, 18, 19})),
    (re.compile(r"3(?:0[0-5]|[689])"), frozenset({14, 15, 16, 17, 18, 19})),
    (re.compile(r"62"), frozenset({16, 17, 18, 19})),
    (re.compile(r"5[06-8]|6"), frozenset(range(12, 20))),
)


def digits_of(text: str) -> str:
    """The decimal digits of a text, as ASCII.

    >>> digits_of("4111-1111")
    '41111111'
    """
    return "".join(str(int(character)) for character in text if character.isdecimal())


def is_card(text: str) -> bool:
    """A card number of a known issuer and length, with one kind of separator, not one digit repeated."""
    digits = digits_of(text)
    if len(set(digits)) == 1 or len(set(re.findall(r"\D", text))) > 1:
        return False
    return any(prefix.match(digits) and len(digits) in lengths for prefix, lengths in _ISSUERS)


def is_ssn(text: str) -> bool:
    """A US social security number that can have been issued.

    Source: https://www.ssa.gov/employer/randomization.html (area not 000, 666, 9xx; group not 00; serial not 0000)
    """
    digits = digits_of(text)
    if len(digits) != 9 or len(set(re.findall(r"\D", text))) > 1:
        return False
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def is_luhn(text: str) -> bool:
    """Digits whose Luhn sum is 0 modulo 10.

    Source: ISO/IEC 7812-1 annex B
    """
    total = 0
    for position, digit in enumerate(reversed(digits_of(text))):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_upper(text: str) -> bool:
    """No lower-case letter: identifiers of this kind are written in capitals; Presidio's patterns ignore case."""
    return text == text.upper()


def has_digit(text: str) -> bool:
    """At least four digits."""
    return len(digits_of(text)) >= 4


def is_singapore_id(text: str) -> bool:
    """An NRIC or FIN whose check letter fits.

    Source: Singapore NRIC scheme: weights 2 7 6 5 4 3 2, offset 4 for T and G, 3 for M, letters by series
    """
    series, digits, letter = text[0].upper(), text[1:8], text[8:].upper()
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
    if series not in letters or len(text) != 9:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += {"T": 4, "G": 4, "M": 3}.get(series, 0)
    index = total % 11
    return letters[series][10 - index if series == "M" else index] == letter


def is_address(text: str) -> bool:
    """An IP address that can belong to someone: not loopback, unspecified, multicast or link-local."""
    try:
        address = ipaddress.ip_address(text.split("/")[0].split("%")[0])
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local)


def is_interface(text: str) -> bool:
    """A MAC address of one interface: not all zeros, not the broadcast address."""
    return len(set(re.sub(r"[:.\-]", "", text).lower())) > 1
