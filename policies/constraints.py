"""Constraints: JSON values that travel with a cleared action, and how those of several votes become one set.

A name says how two values merge, so that the result obeys both: `max_*` the smaller number, `min_*` the larger,
`*_allowlist` what both list, `*_denylist` what either lists. Other values: equal ones stay; numbers take the smaller,
lists what both hold, true wins over false (write a boolean constraint so that true restricts), mappings merge by name.
What cannot be obeyed together, such as two different texts, is a conflict, and a conflict denies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from policies.decisions import NO_CONSTRAINTS, Amount
from policies.globs import quoted


class ConstraintConflictError(Exception):
    """Two votes ask for what no executor can obey together; internal, becomes a denial. Its argument is the name."""


def constraint_problem(name: str, value: object) -> str | None:
    """Why a constraint cannot stand in a document, None when it can."""
    if not name or len(name) > 128 or any(c.isspace() or not c.isprintable() for c in name):
        return f"{quoted(name)} is no name of a constraint"
    if value is None:
        return f"constraint {quoted(name)} has no value"
    if name.startswith(("max_", "min_")):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"constraint {quoted(name)} must be a number"
        if value < 0:
            return f"constraint {quoted(name)} must be at least 0, got {value}"
    if name.endswith(("_allowlist", "_denylist")) and not _is_texts(value):
        return f"constraint {quoted(name)} must be a list of texts"
    return None


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def merge(votes: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """The tightest set over all votes; a name that only one vote has is kept.

    Raises: ConstraintConflictError when two values cannot be obeyed together.
    """
    if not votes:
        return NO_CONSTRAINTS
    if len(votes) == 1:
        return votes[0]
    return MappingProxyType(_merge_mappings(votes))


def _merge_mappings(votes: Iterable[Mapping[str, object]]) -> dict[str, object]:
    merged: dict[str, object] = {}
    for vote in votes:
        for name, value in vote.items():
            merged[name] = _tightest(name, merged[name], value) if name in merged else value
    return dict(sorted(merged.items()))


def _tightest(name: str, left: object, right: object) -> object:
    if isinstance(left, bool) or isinstance(right, bool):
        if isinstance(left, bool) and isinstance(right, bool):
            return left or right
        raise ConstraintConflictError(name)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return max(left, right) if name.startswith("min_") else min(left, right)
    if isinstance(left, list) and isinstance(right, list):
        if name.endswith("_denylist"):
            return sorted({*left, *right})
        return _ordered([item for item in left if item in right])
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return _merge_mappings((left, right))
    if left == right:
        return left
    raise ConstraintConflictError(name)


def _ordered(items: list[object]) -> list[object]:
    # Sorted, so that the result does not depend on which document voted first.
    return sorted(items, key=repr)


def exceeds(amount: Amount, limit: int | float) -> bool:
    """Whether an amount is over a limit, comparing the decimals people wrote and not their binary neighbours."""
    if isinstance(amount, Decimal):
        return amount > Decimal(repr(limit))
    return amount > limit
