"""What reviewers write into forms: changed arguments as JSON, and constraints. Says where and what is wrong. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import orjson

from penstock.console.web.words import is_hidden
from policies.approval_checks import is_as_tight
from policies.conflicts import Conflict
from policies.constraints import ConstraintConflictError, constraint_problem, exceeds
from streams.codec import DecodeError, decode_object

# Prefix of a form field that holds a constraint's value.
CONSTRAINT_FIELD: Final = "constraint:"
# Constraints that can be added in one form besides those that are there.
ADDED_CONSTRAINTS: Final = 3
_LISTS: Final = ("_allowlist", "_denylist")


class Mistake(NamedTuple):
    """What is wrong with something written; line and column count from 1 and are 0 where there is no place."""

    text: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.text}" if self.line else self.text


class ConstraintProblem(NamedTuple):
    """Why a constraint cannot be set, as the gate would say it, and for which name."""

    conflict: Conflict
    name: str
    text: str


def written_arguments(text: str) -> dict[str, Any] | Mistake:
    """The arguments that a person wrote, read as strictly as the gate reads them."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return Mistake(error.msg[0].lower() + error.msg[1:], error.lineno, error.colno)
    except (ValueError, RecursionError):
        return Mistake("this cannot be read as JSON")
    try:
        return decode_object(text.strip().encode())
    except DecodeError as error:
        return Mistake(error.detail)
    except UnicodeEncodeError:
        return Mistake("half of a surrogate pair, which is no character")


def editable(value: object) -> str:
    """A JSON value as it stands in a text field; what a reader would not see stands there as JSON's own escapes."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if text.isascii():
        return text
    return "".join(json.dumps(each)[1:-1] if is_hidden(each) else each for each in text)


def written_constraints(form: Mapping[str, str], held: Mapping[str, Any]) -> dict[str, Any] | Mistake:
    """The constraints that a form changes or adds; fields left as they were, or empty, say nothing."""
    found: dict[str, Any] = {}
    named = [(name, form.get(f"{CONSTRAINT_FIELD}{name}", "")) for name in held]
    added = [(form.get(f"name{n}", "").strip(), form.get(f"value{n}", "")) for n in range(1, ADDED_CONSTRAINTS + 1)]
    for name, text in (*named, *added):
        if not text.strip():
            continue
        if not name:
            return Mistake("a constraint has a value and no name")
        if name in found:
            return Mistake(f"{name} stands here twice")
        value = _value(name, text.strip())
        if isinstance(value, Mistake):
            return value
        if name in held and value == held[name]:
            continue
        found[name] = value
    return found


def _value(name: str, text: str) -> Any:
    """A constraint's value as people write it: JSON, a list with commas where it is one, else a text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        if text[0] in '[{"':
            return Mistake(f"the value of {name} is not JSON")
    if name.endswith(_LISTS):
        return [item.strip() for item in text.split(",") if item.strip()]
    return text


def constraint_conflict(
    given: Mapping[str, Any], held: Mapping[str, Any], *, amount_usd: Decimal | None
) -> ConstraintProblem | None:
    """Why the gate would refuse these constraints; None when it would take them."""
    if not given:
        return ConstraintProblem(Conflict.CONSTRAINT_INVALID, "", "no constraint was changed or added")
    for name, value in given.items():
        problem = constraint_problem(name, value)
        if problem is not None:
            return ConstraintProblem(Conflict.CONSTRAINT_INVALID, name, problem)
        try:
            is_tight = name not in held or is_as_tight({name: value}, {name: held[name]})
        except ConstraintConflictError:
            return ConstraintProblem(
                Conflict.CONSTRAINT_WIDENED, name, f"{name}: cannot be obeyed together with the one that holds"
            )
        if not is_tight:
            return ConstraintProblem(
                Conflict.CONSTRAINT_WIDENED, name, f"{name}: looser than {orjson.dumps(held[name]).decode()}"
            )
    limit = given.get("max_amount_usd")
    if isinstance(limit, int | float) and (amount_usd is None or exceeds(amount_usd, limit)):
        told = "unknown" if amount_usd is None else str(amount_usd)
        return ConstraintProblem(
            Conflict.CONSTRAINT_EXCEEDED, "max_amount_usd", f"the action's own amount is {told}; change the action"
        )
    return None
