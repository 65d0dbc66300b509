"""Payment cards: Luhn, and the issuers' ranges with the lengths that they issue."""

from __future__ import annotations

import re

from detectors.declaration import regex
from detectors.pii.check_digits import digits_of, is_one_digit, passes_luhn
from detectors.pii.pattern import PiiPattern

_UP_TO_19 = frozenset({16, 19})

# First four digits from, to (both inclusive), and the lengths in use. A network that shares its range with others has
# the lengths of all. What the standard allows beside these (Visa of 13, Maestro, UATP) counts only beside a word.
# Source: ISO/IEC 7812-1, and the networks' published account ranges (Visa, Mastercard, American Express, Discover,
# JCB, Diners Club, UnionPay, Mir, RuPay, Troy, Verve, Dankort)
_ISSUERS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (4000, 4999, frozenset({16, 19})),
    (5100, 5599, frozenset({16})),
    (2221, 2720, frozenset({16})),
    (3400, 3499, frozenset({15})),
    (3700, 3799, frozenset({15})),
    (6011, 6011, _UP_TO_19),
    (6440, 6599, _UP_TO_19),
    (6200, 6299, _UP_TO_19),
    (3528, 3589, _UP_TO_19),
    (3000, 3059, frozenset({14, 16, 19})),
    (3095, 3095, frozenset({14, 16, 19})),
    (3600, 3699, frozenset({14, 16, 19})),
    (3800, 3999, frozenset({14, 16, 19})),
    (2200, 2204, _UP_TO_19),
    (5019, 5019, frozenset({16})),
    (5060, 5061, frozenset({16, 19})),
    (6060, 6099, frozenset({16})),
    (8100, 8299, frozenset({16})),
    (9792, 9792, frozenset({16})),
)

_GROUPED = re.compile(r"\d{4}([ \-])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ \-])\d{6}\2\d{4,5}")


def is_card_number(text: str) -> bool:
    """Twelve to nineteen digits, not all equal, that pass Luhn.

    >>> is_card_number("4111 1111 1111 1111"), is_card_number("4111 1111 1111 1112")
    (True, False)

    Source: ISO/IEC 7812-1
    """
    digits = digits_of(text)
    return 12 <= len(digits) <= 19 and not is_one_digit(digits) and passes_luhn(digits)


def is_of_known_issuer(text: str) -> bool:
    """A number in the range and length of a known issuer, undivided or in the groups that cards show.

    >>> is_of_known_issuer("378282246310005"), is_of_known_issuer("1782 8224 6310 005")
    (True, False)
    """
    digits = digits_of(text)
    if text != digits and _GROUPED.fullmatch(text) is None:
        return False
    first = int(digits[:4])
    return any(low <= first <= high and len(digits) in lengths for low, high, lengths in _ISSUERS)


PATTERNS = (
    PiiPattern(
        type="CREDIT_CARD",
        pattern=(
            r"(?<![\d.])(?:\d{12,19}"
            r"|\d{4}(?P<gap>[ \-])(?:\d{4}(?P=gap)\d{4}(?P=gap)\d{1,7}|\d{6}(?P=gap)\d{4,5}))(?!\d)"
        ),
        words=(
            *("card", "cards", "credit", "debit", "visa", "mastercard", "amex", "american express", "cc", "pan", "ccn"),
            *("discover", "jcb", "diners", "maestro", "unionpay", "rupay", "karte", "kreditkarte", "carte", "tarjeta"),
        ),
        triggers=(regex(r"[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}"), regex(r"[0-9]{4}[ -][0-9]{6}[ -][0-9]{4}")),
        checksum=is_card_number,
        is_bare=is_of_known_issuer,
    ),
)
