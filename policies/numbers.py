"""Numbers of events: finite, and exact when they were written as decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from policies.decisions import Amount

# Numbers are below this, and above its negative; a double holds 1.8e308, and nothing real comes near.
LARGEST: Final = 1e300
_DECIMAL_LARGEST: Final = Decimal("1e300")


def finite_number(value: object) -> Amount | None:
    """A number as conditions compare it, None for None; text is read as a decimal.

    Raises: TypeError for what is no number (a boolean is none), ValueError for one that is not finite.
    """
    if value is None:
        return None
    if type(value) is int or isinstance(value, float):
        if not -LARGEST < value < LARGEST:
            raise ValueError("a number is not finite")
        return value
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            raise ValueError("text where a number is expected") from None
    if not isinstance(value, Decimal):
        raise TypeError("not a number")
    if not value.is_finite() or not -_DECIMAL_LARGEST < value < _DECIMAL_LARGEST:
        raise ValueError("a number is not finite")
    return value
