"""The value of an expression in three values: true, false, or unknown (None) where a field is absent.

False AND unknown is false, true OR unknown is true; everything else that meets an unknown is unknown. A value of the
wrong type and a division by zero are errors and not false: an error denies. Terms are taken from left to right and
those after a decided AND or OR are not looked at. Arithmetic is decimal, so that 0.1 + 0.2 is 0.3.
Source: three-valued logic of Kleene, "Introduction to Metamathematics" (1952), section 64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final

from policies.expressions import (
    Arithmetic,
    Comparison,
    Junction,
    Literal,
    Membership,
    Minus,
    Missing,
    Negation,
    Path,
    Term,
)
from policies.numbers import LARGEST

Lookup = Callable[[tuple[str, ...]], object]
"""Gives the value of a path, None when it is absent; raises TypeError where a path leads through no mapping."""

_Evaluate = Callable[[Lookup], object]

# 34 digits are those of IEEE 754 decimal128, more than any number of an event has.
_DECIMAL: Final = Context(prec=34, traps=[DivisionByZero, InvalidOperation, Overflow])
_OPERATIONS: Final = {
    "+": _DECIMAL.add,
    "-": _DECIMAL.subtract,
    "*": _DECIMAL.multiply,
    "/": _DECIMAL.divide,
    "%": _DECIMAL.remainder,
}


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A checked expression; two with the same text are the same."""

    text: str
    term: Term
    _evaluate: _Evaluate

    @classmethod
    def of(cls, text: str, term: Term) -> Expression:
        """The expression of a text and its checked tree."""
        return cls(text, term, _compiled(term))

    def holds(self, lookup: Lookup) -> bool | None:
        """Whether it holds; None when that depends on what is absent.

        Raises: TypeError or ValueError for values that it cannot be computed with.
        """
        return _flag(self._evaluate(lookup))

    def paths(self) -> tuple[Path, ...]:
        """The paths it reads, in the order of the text."""
        return tuple(_paths(self.term))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


def _paths(term: Term) -> Iterator[Path]:
    if isinstance(term, Path):
        yield term
    elif isinstance(term, Missing):
        yield term.path
    elif isinstance(term, Junction):
        for part in term.terms:
            yield from _paths(part)
    elif isinstance(term, (Comparison, Arithmetic)):
        yield from _paths(term.left)
        yield from _paths(term.right)
    elif isinstance(term, (Negation, Minus, Membership)):
        yield from _paths(term.term)


def _compiled(term: Term) -> _Evaluate:
    if isinstance(term, Literal):
        value = term.value
        return lambda lookup: value
    if isinstance(term, Path):
        names = term.names
        return lambda lookup: _checked(lookup(names))
    if isinstance(term, Missing):
        names, wanted = term.path.names, not term.is_negated
        return lambda lookup: (lookup(names) is None) is wanted
    if isinstance(term, Negation):
        inner = _compiled(term.term)
        return lambda lookup: _opposite(_flag(inner(lookup)))
    if isinstance(term, Junction):
        return _junction([_compiled(part) for part in term.terms], deciding=not term.is_and)
    if isinstance(term, Membership):
        inner, listed, is_negated = _compiled(term.term), [literal.value for literal in term.listed], term.is_negated
        return lambda lookup: _is_one_of(inner(lookup), listed, is_negated=is_negated)
    if isinstance(term, Minus):
        inner = _compiled(term.term)
        return lambda lookup: _minus(inner(lookup))
    left, right, operator = _compiled(term.left), _compiled(term.right), term.operator
    if isinstance(term, Comparison):
        return lambda lookup: _compare(operator, left(lookup), right(lookup))
    return lambda lookup: _arithmetic(operator, left(lookup), right(lookup))


def _junction(parts: list[_Evaluate], *, deciding: bool) -> _Evaluate:
    def evaluate(lookup: Lookup) -> object:
        result: bool | None = not deciding
        for part in parts:
            value = _flag(part(lookup))
            if value is deciding:
                return deciding
            if value is None:
                result = None
        return result

    return evaluate


def _checked(value: object) -> object:
    """A value as expressions know it.

    Raises: TypeError for a list or a mapping, ValueError for a number that is not finite.
    """
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        if (isinstance(value, Decimal) and not value.is_finite()) or not -LARGEST < value < LARGEST:
            raise ValueError("a number is not finite")
    elif value is not None and not isinstance(value, (str, bool)):
        raise TypeError("no number, text or flag")
    return value


def _flag(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise TypeError("not true or false")


def _opposite(value: bool | None) -> bool | None:
    return None if value is None else not value


def _decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("not a number")
    return Decimal(value) if isinstance(value, int) else Decimal(repr(value))


def _minus(value: object) -> object:
    return None if value is None else _DECIMAL.minus(_decimal(value))


def _arithmetic(operator: str, left: object, right: object) -> object:
    if left is None or right is None:
        for value in (left, right):
            if value is not None:
                _decimal(value)  # a wrong type is an error, whatever the other side is
        return None
    try:
        result = _OPERATIONS[operator](_decimal(left), _decimal(right))
    except ArithmeticError:
        raise ValueError("arithmetic without a result") from None
    return _checked(result)


def _compare(operator: str, left: object, right: object) -> bool | None:
    if left is None or right is None:
        return None
    if operator in ("==", "!="):
        return _is_equal(left, right) is (operator == "==")
    first, second = _comparable(left, right)
    if operator == "<":
        return first < second
    if operator == "<=":
        return first <= second
    return first > second if operator == ">" else first >= second


def _comparable(left: object, right: object) -> tuple[Decimal, Decimal] | tuple[int | float, int | float]:
    """Two numbers as the decimals people wrote; doubles among themselves compare so as they are."""
    if type(left) in (int, float) and type(right) in (int, float):
        return left, right  # type: ignore[return-value]  # told by type(), which leaves bool out
    return _decimal(left), _decimal(right)


def _is_equal(left: object, right: object) -> bool:
    for kind in (bool, str):
        if isinstance(left, kind) or isinstance(right, kind):
            if isinstance(left, kind) and isinstance(right, kind):
                return left == right
            raise TypeError("values of two types are compared")
    first, second = _comparable(left, right)
    return first == second


def _is_one_of(value: object, listed: list[bool | int | float | str], *, is_negated: bool) -> bool | None:
    if value is None:
        return None
    return any(_is_equal(value, entry) for entry in listed) is not is_negated
