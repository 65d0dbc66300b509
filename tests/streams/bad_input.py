"""Records that nobody should send, each with the code that it is put aside under.

Every value that can hold it holds `MARKER`, so that a test can look for payload where none may be.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from streams.codec import DeadLetterCode as Code
from tests.streams.samples import MAX_EVENT_BYTES, TOPIC_OF, action, outcome, output, withdrawal

MARKER = "S3CR3T-MARKER"
LONG_ID = "x" * 257

REVIEW: dict[str, Any] = {
    "review_id": "r1",
    "target": {"kind": "action", "id": "h1"},
    "verdict": "approve",
    "reviewer": {"id": "ann"},
    "digest": "d",
    "policy_snapshot": "s",
    "reason": MARKER,
}
GOOD: dict[str, dict[str, Any]] = {
    "action": action(reasoning=MARKER),
    "output": output(content=MARKER),
    "withdrawal": withdrawal(reason=MARKER),
    "outcome": outcome() | {"detail": MARKER},
    "review": REVIEW,
}


@dataclass(frozen=True, slots=True)
class Bad:
    """A record and the code of its dead letter."""

    name: str
    value: bytes | None
    code: Code
    kind: str = "action"
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def _with(kind: str, /, **fields: Any) -> bytes:
    return json.dumps(GOOD[kind] | fields).encode()


def _without(kind: str, name: str) -> bytes:
    return json.dumps({key: value for key, value in GOOD[kind].items() if key != name}).encode()


def _raw(fragment: str) -> bytes:
    """A good action with a member of raw JSON text in it."""
    return (json.dumps(GOOD["action"])[:-1] + ", " + fragment + "}").encode()


def nested(levels: int, *, opening: str = "[", closing: str = "]") -> bytes:
    """An action whose `context` makes the whole event `levels` deep."""
    inner = levels - 1
    return _raw('"context": ' + opening * inner + f'"{MARKER}"' + closing * inner)


def sized(size_bytes: int) -> bytes:
    """A good action of exactly so many bytes."""
    short = _with("action", context="")
    return _with("action", context="x" * (size_bytes - len(short)))


def _syntax() -> list[Bad]:
    text = json.dumps(GOOD["action"])
    rows: list[tuple[str, bytes | None, Code]] = [
        ("null value", None, Code.EMPTY),
        ("empty value", b"", Code.EMPTY),
        ("only blanks", b"  \n", Code.NOT_JSON),
        ("random bytes", b"\x00\xff\xfe\x80" + MARKER.encode(), Code.NOT_JSON),
        ("plain text", MARKER.encode(), Code.NOT_JSON),
        ("invalid UTF-8 in a string", b'{"action_id": "\xff\xc0", "a": "' + MARKER.encode() + b'"}', Code.NOT_JSON),
        ("overlong UTF-8", b'{"action_id": "\xc0\xaf"}', Code.NOT_JSON),
        ("a surrogate as UTF-8", b'{"action_id": "\xed\xa0\x80"}', Code.NOT_JSON),
        ("UTF-16", text.encode("utf-16"), Code.NOT_JSON),
        ("byte order mark", b"\xef\xbb\xbf" + text.encode(), Code.NOT_JSON),
        ("array", f'["{MARKER}"]'.encode(), Code.NOT_OBJECT),
        ("string", f'"{MARKER}"'.encode(), Code.NOT_OBJECT),
        ("number", b"7", Code.NOT_OBJECT),
        ("null", b"null", Code.NOT_OBJECT),
        ("true", b"true", Code.NOT_OBJECT),
        ("truncated", text[:-1].encode(), Code.NOT_JSON),
        ("truncated in a string", text[:-8].encode(), Code.NOT_JSON),
        ("trailing garbage", text.encode() + b" x", Code.NOT_JSON),
        ("two objects", text.encode() * 2, Code.NOT_JSON),
        ("trailing comma", text[:-1].encode() + b",}", Code.NOT_JSON),
        ("comment", text.encode() + b" // hi", Code.NOT_JSON),
        ("single quotes", text.replace('"', "'").encode(), Code.NOT_JSON),
        ("raw line feed in a string", _raw('"tool": "a\nb"'), Code.NOT_JSON),
        ("unknown escape", _raw('"tool": "\\x41"'), Code.NOT_JSON),
        ("lone high surrogate", _raw('"reasoning": "\\ud800"'), Code.NOT_JSON),
        ("lone low surrogate", _raw('"reasoning": "\\udc00"'), Code.NOT_JSON),
        ("swapped surrogates", _raw('"reasoning": "\\udc00\\ud800"'), Code.NOT_JSON),
        ("lone surrogate in a key", _raw('"\\ud800": 1'), Code.NOT_JSON),
    ]
    return [Bad(name, value, code) for name, value, code in rows]


def _numbers() -> list[Bad]:
    out = Code.NUMBER_OUT_OF_RANGE
    rows = [
        ("NaN", '"amount_usd": NaN', Code.NOT_JSON),
        ("Infinity", '"amount_usd": Infinity', Code.NOT_JSON),
        ("minus Infinity", '"context": {"a": -Infinity}', Code.NOT_JSON),
        ("leading zero", '"amount_usd": 007', Code.NOT_JSON),
        ("hexadecimal", '"amount_usd": 0x10', Code.NOT_JSON),
        ("number without digits after its point", '"amount_usd": 1.', Code.NOT_JSON),
        ("1e999", '"amount_usd": 1e999', out),
        ("1e400 in the context", '"context": [1e400]', out),
        ("-1e999", '"context": -1e999', out),
        ("2 to the 64", '"context": 18446744073709551616', out),
        ("below minus 2 to the 63", '"context": -9223372036854775809', out),
        ("integer of 5,000 digits", '"context": ' + "9" * 5000, out),
        ("fraction of 100 digits", '"context": 0.' + "1" * 100, out),
    ]
    return [Bad(name, _raw(fragment), code) for name, fragment, code in rows]


def _shape() -> list[Bad]:
    deep, twice = Code.TOO_DEEP, Code.DUPLICATE_KEY
    mixed = b'{"a": ' + b'[{"a": ' * 5000 + b"1" + b"}]" * 5000 + b"}"
    rows = [
        ("10,000 open brackets", b"[" * 10_000, deep),
        ("10,000 open braces", b'{"a": ' * 10_000, deep),
        ("10,000 lists", nested(10_001), deep),
        ("10,000 objects", nested(10_001, opening='{"a": ', closing="}"), deep),
        ("10,000 objects and lists in turn", mixed, deep),
        ("500 lists", nested(501), deep),
        ("nesting of 65 lists", nested(65), deep),
        ("nesting of 65 objects", nested(65, opening='{"a": ', closing="}"), deep),
        ("same key twice", _raw('"action_id": "other"'), twice),
        ("same key twice with the same value", _raw('"agent_id": "agent-1"'), twice),
        ("same key twice in the arguments", _raw('"context": {"a": 1, "a": 2}'), twice),
        ("same key twice in a list", _raw('"context": [[{"a": 1, "a": 1}]]'), twice),
        ("same key twice, once escaped", _raw('"\\u0061ction_id": "other"'), twice),
        ("same nested key twice, once escaped", _raw('"context": {"a": 1, "\\u0061": 2}'), twice),
        ("same astral key twice, once escaped", _raw('"context": {"\U0001f600": 1, "\\ud83d\\ude00": 2}'), twice),
        ("same key twice, compact", b'{"action_id":"a","action_id":"b"}', twice),
        ("one byte over the limit", sized(MAX_EVENT_BYTES + 1), Code.TOO_LARGE),
        ("far over the limit", sized(MAX_EVENT_BYTES * 10), Code.TOO_LARGE),
    ]
    return [Bad(name, value, code) for name, value, code in rows]


# Per kind: fields and values that each must refuse.
WRONG: dict[str, dict[str, tuple[Any, ...]]] = {
    "action": {
        "action_id": (None, "", 7, True, ["a"], {"a": 1}, LONG_ID, "a\nb", "a\x00", "a\x7f", "\t"),
        "agent_id": (None, "", 7, LONG_ID, "agent\x1f"),
        "topic": (None, "", 3.5, LONG_ID, "job\n"),
        "tool": ("", 7, [], LONG_ID, "\x01"),
        "arguments": ([], "x", 7, True),
        "risk_tags": ("prod", {"prod": 1}, 7, [7], [None], [""], ["a\n"], ["x" * 129], ["t"] * 65),
        "confidence": ("0.5", True, 1.1, -0.1, [], 2),
        "anomaly_score": ("0.5", False, 1.0000001, -1),
        "retry_count": (-1, 1.5, 1.0, "1", True, 2**53 + 1),
        "amount_usd": (
            "abc", "NaN", "sNaN", "Infinity", "-Infinity", True, 10**16, 1e16, 1e300, "1" * 65, "1e400", "", [], {},
            "1_000", " 5", "5 ", "١٢", "１２", "0x10", "1e41", "1e-50", "1,5",
        ),
        "affected_users": (-1, 0.5, "3", True, 2**53 + 1),
        "customer_facing": ("true", 1, 0, []),
        "reversible": ("false", 0, {}),
        "environment": ("", 7, LONG_ID),
        "tenant_id": ("", 7, LONG_ID, "\x00"),
        "session_id": ("", 7, LONG_ID),
        "reasoning": (7, [], "x" * 100_001),
        "model": ("", {}),
        "labels": ([], "x", {"a": 1}, {"": "x"}, {"a\n": "x"}, {"a": None}, {str(n): "x" for n in range(65)}),
        "proposed_at": (
            "2026-01-01T00:00:00", "2026-01-01", "yesterday", "", 1_700_000_000, 1.5, "1700000000", True, [],
            "2026-13-01T00:00:00Z",
        ),
        "deadline": ("2026-01-01T00:00:00", "soon", 1_700_000_000, "1700000000.5"),
    },
    "withdrawal": {
        "action_id": (None, "", 7, True, LONG_ID, "a\n"),
        "agent_id": (None, "", 7, LONG_ID),
        "withdrawn_at": ("2026-01-01T00:00:00", "now", 7),
    },
    "outcome": {
        "action_id": (None, "", 7),
        "agent_id": (None, "", 7),
        "status": (None, "", "SUCCESS", "done", 1, True, []),
        "detail": (7, {}),
        "finished_at": ("2026-01-01T00:00:00", 7),
    },
    "output": {
        "output_id": (None, "", 7, LONG_ID, "o\r"),
        "job_id": (None, "", 7),
        "agent_id": (None, "", 7),
        "topic": (None, "", 7),
        "audience": ("everyone", "", 7, True),
        "content_type": ("", 7),
        "sequence": (-1, 0.5, "0", True),
        "final": ("true", 1),
        "produced_at": ("today", 7),
    },
    "review": {
        "review_id": (None, "", 7),
        "target": (None, "h1", [], {}, {"kind": "action"}, {"kind": "hold", "id": "h"}, {"kind": "action", "id": ""}),
        "verdict": (None, "", "maybe", "APPROVE", True),
        "reviewer": (None, "ann", {}, {"id": ""}, {"id": "a", "roles": "r"}, {"id": "a", "teams": [1]}),
        "digest": (None, "", 7),
        "policy_snapshot": (None, "", 7),
        "reason": (7, ["x"]),
        "decided_at": ("now", 7),
    },
}  # fmt: skip
REQUIRED = {
    "action": ("action_id", "agent_id", "topic"),
    "withdrawal": ("action_id", "agent_id"),
    "outcome": ("action_id", "agent_id", "status"),
    "output": ("output_id", "job_id", "agent_id", "topic", "content"),
    "review": ("review_id", "target", "verdict", "reviewer", "digest", "policy_snapshot"),
}


def _fields() -> list[Bad]:
    missing = [
        Bad(f"{kind} without {name}", _without(kind, name), Code.INVALID_FIELD, kind)
        for kind, names in REQUIRED.items()
        for name in names
    ]
    wrong = [
        Bad(f"{kind} with {name} {index}", _with(kind, **{name: value}), Code.INVALID_FIELD, kind)
        for kind, fields in WRONG.items()
        for name, found in fields.items()
        for index, value in enumerate(found)
    ]
    return missing + wrong


def _envelope() -> list[Bad]:
    kind, value = Code.UNKNOWN_KIND, _with("action")
    many = tuple((f"h{number}", b"x") for number in range(65))
    return [
        Bad("kind of another topic", _with("action", kind="output"), kind),
        Bad("unknown kind", _with("action", kind="poem"), kind),
        Bad("kind that is no text", _with("action", kind=["action"]), kind),
        Bad("a withdrawal in other letters", _with("withdrawal", kind="Withdrawal"), kind),
        Bad("a withdrawal on the outcomes' topic", _with("withdrawal"), kind, "outcome"),
        Bad("a withdrawal on the reviews' topic", _with("withdrawal"), kind, "review"),
        Bad("a withdrawal that says to be an action", _with("withdrawal", kind="action"), Code.INVALID_FIELD),
        Bad("a withdrawal that does not say what it is", _without("withdrawal", "kind"), Code.INVALID_FIELD),
        Bad("key of another agent on a withdrawal", _with("withdrawal"), Code.KEY_MISMATCH, "withdrawal", b"agent-2"),
        Bad("an action on the outputs' topic", _with("action", kind="action"), kind, "output"),
        Bad("an output on the reviews' topic", _with("output"), Code.INVALID_FIELD, "review"),
        Bad("huge header", value, Code.HEADERS_TOO_LARGE, headers=(("h", b"x" * 16_384),)),
        Bad("huge header name", value, Code.HEADERS_TOO_LARGE, headers=(("h" * 20_000, b""),)),
        Bad("too many headers", value, Code.HEADERS_TOO_LARGE, headers=many),
        Bad("key of another agent", value, Code.KEY_MISMATCH, key=b"agent-2"),
        Bad("key of another agent on an output", _with("output"), Code.KEY_MISMATCH, "output", b"agent-2"),
        Bad("key of another agent on an outcome", _with("outcome"), Code.KEY_MISMATCH, "outcome", b"agent-2"),
        Bad("empty key", value, Code.KEY_MISMATCH, key=b""),
        Bad("key in other letters", value, Code.KEY_MISMATCH, key=b"AGENT-1"),
        Bad("key with a blank", value, Code.KEY_MISMATCH, key=b"agent-1 "),
        Bad("key that is not UTF-8", value, Code.KEY_MISMATCH, key=b"\xff\xfe"),
        Bad("over-long key", value, Code.KEY_UNREADABLE, key=b"k" * 1025),
        Bad("key of 100 KB", value, Code.KEY_UNREADABLE, key=b"k" * 100_000),
    ]


ROWS: tuple[Bad, ...] = (*_syntax(), *_numbers(), *_shape(), *_fields(), *_envelope())
# Records at the very edge, which are fine.
FINE: tuple[Bad, ...] = (
    Bad("nesting of 64 lists", nested(64), Code.TOO_DEEP),
    Bad("nesting of 64 objects", nested(64, opening='{"a": ', closing="}"), Code.TOO_DEEP),
    Bad("exactly at the limit", sized(MAX_EVENT_BYTES), Code.TOO_LARGE),
    Bad("largest integers", _raw('"context": [18446744073709551615, -9223372036854775808]'), Code.NUMBER_OUT_OF_RANGE),
    Bad("id of 256 characters", _with("action", action_id="x" * 256), Code.INVALID_FIELD),
    Bad("unknown fields", _with("action", colour="blue"), Code.INVALID_FIELD),
    Bad("fields that are null", _with("action", tool=None, risk_tags=None, proposed_at=None), Code.INVALID_FIELD),
    Bad("amount of 1e15 as text", _with("action", amount_usd="1000000000000000.01"), Code.INVALID_FIELD),
    Bad("amount with an exponent", _with("action", amount_usd="1e3"), Code.INVALID_FIELD),
    Bad("amount just under 1e15", _with("action", amount_usd=10**15 - 1), Code.INVALID_FIELD),
    Bad("time with an offset", _with("action", proposed_at="2026-01-01T00:00:00.123+05:30"), Code.INVALID_FIELD),
    Bad("64 headers", _with("action"), Code.HEADERS_TOO_LARGE, headers=tuple((f"h{n}", b"") for n in range(64))),
    Bad("16 KB of headers", _with("action"), Code.HEADERS_TOO_LARGE, headers=(("h", b"x" * 16_383),)),
    Bad("header without value", _with("action"), Code.HEADERS_TOO_LARGE, headers=(("h", b""),)),
    Bad("the agent's key", _with("action"), Code.KEY_MISMATCH, key=b"agent-1"),
    Bad("a withdrawal", _with("withdrawal"), Code.UNKNOWN_KIND, "withdrawal"),
    Bad("kind said", _with("action", kind="action"), Code.UNKNOWN_KIND),
    Bad("kind null, which is absent", _with("action", kind=None), Code.UNKNOWN_KIND),
)


def topic_of(bad: Bad) -> str:
    """The topic that the record arrives on."""
    return TOPIC_OF[bad.kind]
