"""From an event straight to what it leaves of the rules: one function for each column, made once for an action class.

These run for every action. Each takes the usual type first, because a call costs more than the test it makes, and
gives everything else to its column, which checks it. A wrong type raises, and what raises denies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from policies.columns import Column, FlagColumn, NameColumn, NumberColumn, TagColumn, tag_tuple
from policies.decisions import Derived
from policies.documents import ActionClass, Derivation
from policies.facts import read_derived
from policies.numbers import finite_number

Reader = Callable[[Mapping[str, Any], Derived], int]


def constant(column: Column, known: ActionClass) -> int | None:
    """What the column leaves where the class states its fact, None where the event has to be asked."""
    if column.fact in known.facts:
        return column.of(known.facts[column.fact])
    return None


def reader(column: Column, known: ActionClass, defaults: Mapping[str, object]) -> Reader:
    """The function that reads a column's fact of an action of the class."""
    for entry in known.derive:
        if entry.fact == column.fact:
            return _derived(column, entry)
    default = defaults.get(column.fact)
    otherwise = column.absent if default is None else column.of(default)
    if isinstance(column, NumberColumn):
        return _retries(column) if column.fact == "retry_count" else _number(column, otherwise)
    if isinstance(column, TagColumn):
        if known.risk_tags is not None:
            return _class_tags(column, known.risk_tags, defaults.get("risk_tags"))
        return _tags(column, otherwise)
    if isinstance(column, NameColumn):
        return _name(column, otherwise)
    if column.fact == "first_time_action":
        return lambda event, derived: column.of(derived.first_time)
    if column.fact == "session_tainted":
        return lambda event, derived: column.of(derived.session_tainted)
    if isinstance(column, FlagColumn):
        return _flag(column, otherwise)
    raise TypeError(f"no reader for {type(column).__name__}")


def _derived(column: Column, entry: Derivation) -> Reader:
    return lambda event, derived: column.of(read_derived(entry, event))


def _number(column: NumberColumn, otherwise: int) -> Reader:
    name, masks, cuts, find = column.fact, column.masks, column.cuts, column.find

    def read(event: Mapping[str, Any], derived: Derived) -> int:
        value = event.get(name)
        if type(value) is float or type(value) is int:
            return masks[find(cuts, value)]  # type: ignore[no-any-return]  # None beyond the finite numbers
        return otherwise if value is None else column.of(value)

    return read


def _retries(column: NumberColumn) -> Reader:
    masks, cuts, find = column.masks, column.cuts, column.find

    def read(event: Mapping[str, Any], derived: Derived) -> int:
        counted = derived.retry_count
        claimed = event.get("retry_count")
        if type(claimed) is int:
            return masks[find(cuts, claimed if claimed > counted else counted)]  # type: ignore[no-any-return]
        return column.of(counted if claimed is None else max(finite_number(claimed) or 0, counted))

    return read


def _name(column: NameColumn, otherwise: int) -> Reader:
    name, known = column.fact, column.known

    def read(event: Mapping[str, Any], derived: Derived) -> int:
        value = event.get(name)
        mask = known.get(value)
        if mask is not None:
            return mask
        return otherwise if value is None else column.of(value)

    return read


def _flag(column: FlagColumn, otherwise: int) -> Reader:
    name, true, false = column.fact, column.true, column.false

    def read(event: Mapping[str, Any], derived: Derived) -> int:
        value = event.get(name)
        if value is True:
            return true
        if value is False:
            return false
        return otherwise if value is None else column.of(value)

    return read


def _tags(column: TagColumn, otherwise: int) -> Reader:
    known = column.known

    def read(event: Mapping[str, Any], derived: Derived) -> int:
        value = event.get("risk_tags")
        if type(value) is list:
            mask = known.get(tuple(value))
            return column.of(value) if mask is None else mask
        return otherwise if value is None else column.of(value)

    return read


def _class_tags(column: TagColumn, certain: tuple[str, ...], default: object) -> Reader:
    unclaimed = column.of_class(certain, None)
    memo: dict[tuple[str, ...], int] = {}

    def read(event: Mapping[str, Any], derived: Derived) -> int:
        value = event.get("risk_tags", default)
        claimed = tag_tuple(default if value is None else value)
        if not claimed:
            return unclaimed
        mask = memo.get(claimed)
        if mask is None:
            mask = column.of_class(certain, claimed)
            if len(memo) < MEMO_TAGS:
                memo[claimed] = mask
        return mask

    return read


MEMO_TAGS = 256  # sets of claimed tags kept for one class; agents choose them
