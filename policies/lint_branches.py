"""Branches of a condition step that leave a gap, or of which two hold: values of the fields are tried.

For each field, the values that the branches compare it with, and those just below and above, are tried in all
combinations. A finding is always right, for it names values that show it. Silence proves that there is none only where
each comparison is between a field and a constant; arithmetic between fields is tried at a few values only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from policies.documents import Step
from policies.expressions import (
    Arithmetic,
    Comparison,
    Junction,
    Literal,
    Membership,
    Minus,
    Negation,
    Path,
    Scalar,
    Term,
)
from policies.globs import quoted

# Combinations tried for one step; beyond, nothing is said about it.
MAX_COMBINATIONS: Final = 20_000
_NUMBERS: Final[tuple[Scalar, ...]] = (0, 1, 1000)
_Values = dict[tuple[str, ...], list[Scalar]]


def branch_problems(step: Step) -> Iterator[str]:
    """A gap and an overlap of a condition step, each with values that show it."""
    values: _Values = {}
    for branch in step.branches:
        _collect(branch.when.term, values)
    names = list(values)
    size = 1
    for choices in values.values():
        size *= len(choices)
    if size > MAX_COMBINATIONS:
        return
    told: set[int] = set()
    for chosen in product(*values.values()):
        taken = _taken(step, dict(zip(names, chosen, strict=True)))
        if taken is None or len(taken) == 1 or min(len(taken), 2) in told:
            continue
        told.add(min(len(taken), 2))
        shown = ", ".join(f"{'.'.join(name)} = {value!r}" for name, value in zip(names, chosen, strict=True))
        what = f"branches {' and '.join(quoted(name) for name in taken)} both hold" if taken else "no branch holds"
        yield f"{what} at {shown or 'any values'}: the workflow stops there for a person"


def _taken(step: Step, values: dict[tuple[str, ...], Scalar]) -> list[str] | None:
    """The branches that hold, None where one cannot be computed."""
    try:
        results = [(branch.name, branch.when.holds(values.get)) for branch in step.branches]
    except (TypeError, ValueError):
        return None
    return [name for name, result in results if result]


def _collect(term: Term, values: _Values) -> None:
    """The values to try for each field of an expression."""
    if isinstance(term, Path):
        _add(values, term, (True, False))  # stands alone, so it is true or false
    elif isinstance(term, Junction):
        for part in term.terms:
            _collect(part, values)
    elif isinstance(term, Negation):
        _collect(term.term, values)
    elif isinstance(term, Membership):
        _operand(term.term, [literal.value for literal in term.listed], values)
    elif isinstance(term, Comparison):
        left, right = _constant(term.left), _constant(term.right)
        _operand(term.left, [] if right is None else [right], values)
        _operand(term.right, [] if left is None else [left], values)


def _operand(term: Term, constants: Sequence[Scalar], values: _Values) -> None:
    """The values for what stands beside constants; fields within arithmetic get these, and a few numbers."""
    if isinstance(term, Path):
        near: list[Scalar] = []
        for value in constants:
            if isinstance(value, (bool, str)):
                near += [value, not value if isinstance(value, bool) else value + "~"]
            else:
                near += [value - 1, value, value + 1]
        _add(values, term, near or _NUMBERS)
    elif isinstance(term, Arithmetic):
        for part in (term.left, term.right):
            _operand(part, [*constants, *_NUMBERS], values)
    elif isinstance(term, Minus):
        _operand(term.term, [-value for value in constants if not isinstance(value, (bool, str))], values)


def _constant(term: Term) -> Scalar | None:
    if isinstance(term, Literal):
        return term.value
    inner = _constant(term.term) if isinstance(term, Minus) else None
    return None if inner is None or isinstance(inner, (bool, str)) else -inner


def _add(values: _Values, path: Path, more: Sequence[Scalar]) -> None:
    known = values.setdefault(path.names, [])
    known.extend(
        value for value in more if not any(value is old or (type(value) is type(old) and value == old) for old in known)
    )
