"""What can be known to be wrong about an expression before any event is seen: types that never fit."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from policies.errors import ProblemCode
from policies.expressions import (
    Arithmetic,
    Comparison,
    ExpressionError,
    Junction,
    Literal,
    Membership,
    Minus,
    Negation,
    Path,
    Term,
)


class Type(Enum):
    """The type of a term; ANY is known only when an event is there."""

    NUMBER = "a number"
    TEXT = "text"
    FLAG = "true or false"
    ANY = "anything"


FACT_TYPES: Final[Mapping[str, Type]] = {
    **dict.fromkeys(("confidence", "anomaly_score", "retry_count", "amount_usd", "affected_users"), Type.NUMBER),
    **dict.fromkeys(("first_time_action", "customer_facing", "reversible", "session_tainted"), Type.FLAG),
    **dict.fromkeys(("topic", "tool", "agent_id", "tenant_id", "environment", "owner", "risk", "ambiguity"), Type.TEXT),
}
"""The facts that an expression reads by one name: the operator's and the gate's word outranks the agent's there."""


def check_condition(term: Term, *, types: Mapping[str, Type] = FACT_TYPES) -> None:
    """Check that a whole expression is true or false.

    Raises: ExpressionError at the first type that cannot fit.
    """
    _need(term, Type.FLAG, types)


def _need(term: Term, wanted: Type, types: Mapping[str, Type]) -> None:
    found = _type_of(term, types)
    if found not in (wanted, Type.ANY):
        raise _mismatch(f"expected {wanted.value}, got {found.value}", term)


def _type_of(term: Term, types: Mapping[str, Type]) -> Type:
    if isinstance(term, Literal):
        return _literal_type(term)
    if isinstance(term, Path):
        return _path_type(term, types)
    if isinstance(term, Junction):
        for part in term.terms:
            _need(part, Type.FLAG, types)
        return Type.FLAG
    if isinstance(term, Negation):
        _need(term.term, Type.FLAG, types)
        return Type.FLAG
    if isinstance(term, Arithmetic):
        _need(term.left, Type.NUMBER, types)
        _need(term.right, Type.NUMBER, types)
        if term.operator in "/%" and isinstance(term.right, Literal) and not term.right.value:
            raise ExpressionError("division by zero", at=term.at, code=ProblemCode.OUT_OF_RANGE)
        return Type.NUMBER
    if isinstance(term, Minus):
        _need(term.term, Type.NUMBER, types)
        return Type.NUMBER
    if isinstance(term, Comparison):
        _check_comparison(term, types)
    elif isinstance(term, Membership):
        _check_membership(term, types)
    else:
        _path_type(term.path, types)
    return Type.FLAG


def _literal_type(literal: Literal) -> Type:
    if isinstance(literal.value, bool):
        return Type.FLAG
    return Type.TEXT if isinstance(literal.value, str) else Type.NUMBER


def _path_type(path: Path, types: Mapping[str, Type]) -> Type:
    first = path.names[0]
    if first == "risk_tags":
        message = "risk_tags cannot stand in an expression; write the condition risk_tags beside it"
        raise ExpressionError(message, at=path.at, code=ProblemCode.WRONG_TYPE)
    if first in types and len(path.names) > 1:
        raise _mismatch(f"{first} is {types[first].value} and has no fields", path)
    return types.get(first, Type.ANY)


def _check_comparison(term: Comparison, types: Mapping[str, Type]) -> None:
    left, right = _type_of(term.left, types), _type_of(term.right, types)
    if term.operator not in ("==", "!="):
        for side, found in ((term.left, left), (term.right, right)):
            if found not in (Type.NUMBER, Type.ANY):
                raise _mismatch(f"{term.operator} compares numbers, got {found.value}", side)
    elif Type.ANY not in (left, right) and left is not right:
        raise _mismatch(f"{left.value} never equals {right.value}", term)


def _check_membership(term: Membership, types: Mapping[str, Type]) -> None:
    found = _type_of(term.term, types)
    kinds = {_literal_type(literal) for literal in term.listed}
    if len(kinds) > 1:
        raise _mismatch("a list holds values of one type", term)
    (kind,) = kinds
    if found not in (kind, Type.ANY):
        raise _mismatch(f"{found.value} is never one of a list of {kind.value}", term)


def _mismatch(message: str, term: Term) -> ExpressionError:
    return ExpressionError(message, at=term.at, code=ProblemCode.WRONG_TYPE)
