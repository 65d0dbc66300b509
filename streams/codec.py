"""JSON on the wire: strict reading, canonical writing, digests.

Reading refuses what two parsers could understand in two ways (duplicate keys, integers beyond 64 bits), because the
gate judges what *it* parsed and an executor carries out what *it* parsed. `orjson` reads; a value whose compact form is
not byte for byte what arrived is read a second time with checks that orjson lacks.
"""

from __future__ import annotations

import hashlib
import json
import re
from enum import StrEnum
from typing import Any, Final

import orjson
import rfc8785

from detectors.errors import GateError

# Nesting of objects and arrays. Deeper than any real event; far under orjson's own 1,024.
MAX_DEPTH: Final = 64
# Integers that survive every JSON parser in use by executors (signed and unsigned 64 bit).
MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**64 - 1
# A number beyond these digits or exponents, as Python's own parser would need quadratic time for.
MAX_NUMBER_CHARS: Final = 64

_ASTRAL: Final = re.compile(rb"[\xf0-\xf7]")


class DeadLetterCode(StrEnum):
    """Why a record could not be read; the header `gate.errors.code` of a dead letter."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    HEADERS_TOO_LARGE = "headers_too_large"
    KEY_UNREADABLE = "key_unreadable"
    KEY_MISMATCH = "key_mismatch"
    NOT_JSON = "not_json"
    NOT_OBJECT = "not_object"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    UNKNOWN_KIND = "unknown_kind"
    INVALID_FIELD = "invalid_field"
    MISROUTED = "misrouted"
    STEP_FAILED = "step_failed"
    RELEASE_TOO_LARGE = "release_too_large"


class DecodeError(GateError):
    """A record that cannot be read. `code` is a `DeadLetterCode`; the text names fields, never values."""

    code = "DECODE_ERROR"

    def __init__(self, dead_letter: DeadLetterCode, detail: str) -> None:
        super().__init__(detail, code=dead_letter.value)
        self.dead_letter = dead_letter
        self.detail = detail


def _checked_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise DecodeError(DeadLetterCode.DUPLICATE_KEY, "an object holds the same key twice")
    return value


def _checked_int(text: str) -> int:
    if len(text) > MAX_NUMBER_CHARS or not MIN_INTEGER <= (value := int(text)) <= MAX_INTEGER:
        raise DecodeError(DeadLetterCode.NUMBER_OUT_OF_RANGE, "an integer does not fit into 64 bits")
    return value


def _checked_float(text: str) -> float:
    if len(text) > MAX_NUMBER_CHARS:
        raise DecodeError(DeadLetterCode.NUMBER_OUT_OF_RANGE, f"a number has more than {MAX_NUMBER_CHARS} characters")
    return float(text)


def _refused_constant(_text: str) -> float:
    raise DecodeError(DeadLetterCode.NOT_JSON, "NaN and Infinity are not JSON")


_STRICT: Final = json.JSONDecoder(
    object_pairs_hook=_checked_pairs,
    parse_int=_checked_int,
    parse_float=_checked_float,
    parse_constant=_refused_constant,
)


def depth_of(value: object) -> int:
    """Nesting of objects and arrays in `value`; 0 for a scalar. Iterative, so that no input can exhaust the stack."""
    deepest = 0
    stack: list[tuple[object, int]] = [(value, 1)]
    while stack:
        node, depth = stack.pop()
        if isinstance(node, dict):
            children: Any = node.values()
        elif isinstance(node, list):
            children = node
        else:
            continue
        deepest = max(deepest, depth)
        stack.extend((child, depth + 1) for child in children)
    return deepest


def _unread(exc: orjson.JSONDecodeError) -> DecodeError:
    """What orjson's refusal means; its message tells apart what is JSON and yet too much."""
    if exc.msg.startswith("depth limit"):
        return DecodeError(DeadLetterCode.TOO_DEEP, f"nested deeper than {MAX_DEPTH}")
    if exc.msg.startswith("number is infinity"):
        return DecodeError(DeadLetterCode.NUMBER_OUT_OF_RANGE, f"a number at byte {exc.pos} is beyond a double")
    return DecodeError(DeadLetterCode.NOT_JSON, f"not JSON at byte {exc.pos}")


def decode_object(raw: bytes, *, most_bytes: int | None = None) -> dict[str, Any]:
    """The JSON object in `raw`, read strictly.

    `most_bytes` bounds what the object takes when it is written again: `1e15` grows to `1000000000000000.0`.

    Raises:
        DecodeError: `NOT_JSON`, `NOT_OBJECT`, `TOO_DEEP`, `TOO_LARGE`, `DUPLICATE_KEY` or `NUMBER_OUT_OF_RANGE`.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise _unread(exc) from None
    if not isinstance(value, dict):
        raise DecodeError(DeadLetterCode.NOT_OBJECT, "not a JSON object")
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        raise DecodeError(DeadLetterCode.TOO_DEEP, f"nested deeper than {MAX_DEPTH}")
    compact = orjson.dumps(value)
    if most_bytes is not None and len(compact) > most_bytes:
        raise DecodeError(DeadLetterCode.TOO_LARGE, f"more than {most_bytes} bytes when written out")
    if compact == raw:
        # The compact form of what was read is what arrived: no key was dropped and no number changed.
        return value
    strict: dict[str, Any] = _STRICT.decode(raw.decode())
    return strict


def encode(value: object) -> bytes:
    """Compact JSON, keys in insertion order."""
    return orjson.dumps(value)


def _canonical_node(node: object) -> object:
    if isinstance(node, float):
        return orjson.Fragment(rfc8785.dumps(node))
    if isinstance(node, dict):
        # RFC 8785, 3.2.3: keys sort by their UTF-16 code units.
        return {key: _canonical_node(node[key]) for key in sorted(node, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(node, list):
        return [_canonical_node(child) for child in node]
    return node


def canonical(value: object) -> bytes:
    """The RFC 8785 form of a JSON value that `decode_object` returned.

    One deviation, on purpose: integers are written with all their digits, where RFC 8785 would round those beyond 2**53
    and make two different actions equal.

    Source: RFC 8785, JSON Canonicalization Scheme.
    """
    compact = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if _has_float(value) or (not compact.isascii() and _ASTRAL.search(compact)):
        return orjson.dumps(_canonical_node(value))
    return compact


def _has_float(value: Any) -> bool:
    """Whether any leaf is a float; orjson and RFC 8785 write all other scalars alike.

    Runs for every event, so the commonest leaves come first, and the nodes still to be looked at are one list that
    grows while it is walked.
    """
    kind = type(value)
    if kind is not dict and kind is not list:
        return kind is float
    nodes = [value]
    for node in nodes:
        for child in node.values() if type(node) is dict else node:
            kind = type(child)
            if kind is str or kind is int:
                continue
            if kind is dict or kind is list:
                nodes.append(child)
            elif kind is float:
                return True
    return False


def sha256_hex(data: bytes) -> str:
    """SHA-256 of `data`, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


# What would be carried out; times, reasoning, context and claims are not in it.
DIGEST_FIELDS: Final = ("agent_id", "arguments", "environment", "tenant_id", "tool", "topic")


def action_digest(action: dict[str, Any]) -> str:
    """SHA-256 over the RFC 8785 form of what the action would carry out; absent fields are left out."""
    return content_digest({name: value for name in DIGEST_FIELDS if (value := action.get(name)) is not None})


# What would be said, to whom; times and models are not in it.
OUTPUT_DIGEST_FIELDS: Final = (
    "agent_id",
    "audience",
    "content",
    "content_type",
    "final",
    "job_id",
    "sequence",
    "tenant_id",
    "topic",
)


def output_digest(output: dict[str, Any]) -> str:
    """SHA-256 over the RFC 8785 form of what the output would say and to whom; absent fields are left out."""
    return content_digest({name: value for name in OUTPUT_DIGEST_FIELDS if (value := output.get(name)) is not None})


def outcome_digest(outcome: dict[str, Any]) -> str:
    """SHA-256 over agent, action and status: the same outcome told twice is one outcome."""
    return content_digest([outcome["agent_id"], outcome["action_id"], outcome["status"]])


def content_digest(value: object) -> str:
    """SHA-256 over the RFC 8785 form of any JSON value."""
    return sha256_hex(canonical(value))
