"""The journal of sign-ins: every one, every failure, every change of a user, chained by hashes, never changed.

The console cannot write the gate's audit topic, and need not: reviews are audited there with the person. What stands
here is how that person came in. A record holds the hash of the one before; an edit, a gap or another order shows when
the chain is verified. Cutting off the end does not: for that the log lines, which go out at once, are kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import structlog

# What the first record is chained to.
GENESIS: Final = "0" * 64
# Keeps a hash of a record from being one of anything else.
_DOMAIN: Final = b"penstock journal v1\n"

log = structlog.get_logger()


class Event(StrEnum):
    """What happened."""

    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a word, no password
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - as above
    PERSON_BOUND = "person_bound"
    PERSON_RELEASED = "person_released"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_THROTTLED = "sign_in_throttled"
    CONFIRMED = "confirmed"
    CONFIRMATION_FAILED = "confirmation_failed"
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    SESSION_ENDED = "session_ended"
    FORBIDDEN = "forbidden"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: `person` is about whom, `by` who did it, `address` from where."""

    seq: int
    at_ms: int
    event: Event
    person: str | None
    by: str | None
    address: str | None
    detail: str | None


def append(
    db: sqlite3.Connection,
    event: Event,
    *,
    at_ms: int,
    person: str | None,
    by: str | None = None,
    address: str | None = None,
    detail: str | None = None,
) -> None:
    """Write one record within the transaction of what it is about, and a log line.

    `detail` is a word of ours, never what somebody typed: people type passwords into the wrong field.
    """
    last = db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    seq, prev = (1, GENESIS) if last is None else (last["seq"] + 1, last["hash"])
    fields = {"seq": seq, "at_ms": at_ms, "event": event.value, "person": person, "by": by, "address": address}
    record = _canonical({**fields, "detail": detail, "prev": prev})
    db.execute("INSERT INTO journal (seq, record, hash) VALUES (?, ?, ?)", (seq, record, _hash(record)))
    told = {name: value for name, value in fields.items() if name not in ("event", "at_ms") and value is not None}
    log.info("people_journal", kind=event.value, **told, **({} if detail is None else {"detail": detail}))


def entries(db: sqlite3.Connection, *, most: int = 1000) -> Iterator[Entry]:
    """The newest records, newest first; one that somebody has spoilt is `unreadable`."""
    for row in db.execute("SELECT seq, record FROM journal ORDER BY seq DESC LIMIT ?", (most,)):
        yield _entry(row)


def _entry(row: sqlite3.Row) -> Entry:
    try:
        record = json.loads(row["record"])
        texts = {name: record[name] for name in ("person", "by", "address", "detail")}
        return Entry(seq=row["seq"], at_ms=int(record["at_ms"]), event=Event(record["event"]), **texts)
    except (ValueError, TypeError, KeyError):
        return Entry(row["seq"], 0, Event.UNREADABLE, None, None, None, None)


def first_break(db: sqlite3.Connection) -> int | None:
    """The number of the first record that does not follow from those before it, None when the chain is whole."""
    expected_seq, prev = 1, GENESIS
    for row in db.execute("SELECT seq, record, hash FROM journal ORDER BY seq"):
        if row["seq"] != expected_seq or row["hash"] != _hash(row["record"]) or not _follows(row, prev):
            return expected_seq
        expected_seq, prev = expected_seq + 1, row["hash"]
    return None


def _follows(row: sqlite3.Row, prev: str) -> bool:
    try:
        record = json.loads(row["record"])
    except ValueError:
        return False
    return isinstance(record, dict) and record.get("seq") == row["seq"] and record.get("prev") == prev


def _canonical(record: Mapping[str, Any]) -> str:
    return json.dumps(record, sort_keys=True, separators=(",", ":"))


def _hash(record: str) -> str:
    return hashlib.sha256(_DOMAIN + record.encode()).hexdigest()
