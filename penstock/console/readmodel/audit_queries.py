"""Questions to the audit log: search by who, what and when; one record with its place in the chain."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PAGE_ROWS: Final = 50
# Steps of a chain that are looked at from one record on, records; more would keep a page waiting.
CHAIN_STEPS: Final = 20_000
_WORDS: Final = re.compile(r"[\w.:@/-]+")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is asked for; None or empty asks for nothing. Times are milliseconds; `before` is an `audit.id`."""

    agent: str | None = None
    subject: str | None = None
    person: str | None = None
    kind: str | None = None
    text: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    before: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One record of the log, as a list shows it."""

    id: int
    partition: int
    seq: int
    at_ms: int
    kind: str
    agent_id: str | None
    subject: str | None
    person: str | None
    code: str | None
    decision: str | None
    rule_id: str | None
    topic: str | None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One record in full: its exact bytes, where it came from, and what stands before and behind it.

    `is_linked_back` says that its `prev` is the digest of the record before; None where that one is not in the read
    model. `is_held` the same of the record behind. `unbroken` records follow without a gap or a wrong digest, to
    `unbroken_to`; `is_whole` says that this is the newest record of the partition.
    """

    row: AuditRow
    offset: int
    source: tuple[str, int, int] | None
    value: bytes
    prev: str
    sha256: str
    is_linked_back: bool | None
    is_held: bool | None
    unbroken: int
    unbroken_to: int
    is_whole: bool


_COLUMNS: Final = "id, partition, seq, at_ms, kind, agent_id, subject, person, code, decision, rule_id, topic"


def search(connection: sqlite3.Connection, wanted: AuditFilter, *, rows: int = PAGE_ROWS) -> list[AuditRow]:
    """The newest records that the filter asks for, at most `rows`."""
    clauses, values = _clauses(wanted)
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    query = f"SELECT {_COLUMNS} FROM audit {where} ORDER BY at_ms DESC, id DESC LIMIT :rows"  # noqa: S608 - own text only
    return [AuditRow(**dict(row)) for row in connection.execute(query, {**values, "rows": rows})]


def _clauses(wanted: AuditFilter) -> tuple[list[str], dict[str, Any]]:
    clauses: list[str] = []
    values: dict[str, Any] = {}
    columns: Mapping[str, str | None] = {
        "agent_id": wanted.agent,
        "person": wanted.person,
        "kind": wanted.kind,
    }
    for column, value in columns.items():
        if value:
            clauses.append(f"{column} = :{column}")
            values[column] = value
    if wanted.subject:
        # Of what passed at once only the names are kept for search: most of a log is that, and is asked for rarely.
        clauses.append("(subject = :subject OR id IN (SELECT rowid FROM audit_text WHERE audit_text MATCH :phrase))")
        values["subject"], values["phrase"] = wanted.subject, phrase_of(wanted.subject)
    if wanted.since_ms is not None:
        clauses.append("at_ms >= :since_ms")
        values["since_ms"] = wanted.since_ms
    if wanted.until_ms is not None:
        clauses.append("at_ms < :until_ms")
        values["until_ms"] = wanted.until_ms
    if wanted.before is not None:
        clauses.append("(at_ms, id) < (:before_ms, :before_id)")
        values["before_ms"], values["before_id"] = wanted.before
    words = match_of(wanted.text)
    if words:
        clauses.append("id IN (SELECT rowid FROM audit_text WHERE audit_text MATCH :words)")
        values["words"] = words
    return clauses, values


def match_of(text: str | None) -> str | None:
    """A full-text query that finds each word of `text` by its beginning; nothing of it is query language."""
    words = _WORDS.findall(text or "")
    return " ".join(f'"{word}"*' for word in words[:8]) or None


def phrase_of(name: str) -> str:
    """A full-text query that finds a name as a whole; nothing of it is query language."""
    return '"{}"'.format(" ".join(_WORDS.findall(name)) or "-")


def kinds(connection: sqlite3.Connection) -> list[str]:
    """The kinds of records that the log has."""
    return [row["kind"] for row in connection.execute("SELECT DISTINCT kind FROM hourly ORDER BY kind")]


def record(connection: sqlite3.Connection, partition: int, seq: int) -> AuditRecord | None:
    """One record with its place in the chain, or None."""
    found = connection.execute(
        f'SELECT {_COLUMNS}, "offset", source_topic, source_partition, source_offset, value, prev, sha256'  # noqa: S608
        " FROM audit WHERE partition = ? AND seq = ?",
        (partition, seq),
    ).fetchone()
    if found is None:
        return None
    unbroken_to = _unbroken_to(connection, partition, seq, found["sha256"])
    newest = connection.execute("SELECT max(seq) FROM audit WHERE partition = ?", (partition,)).fetchone()[0]
    before = _neighbour(connection, partition, seq - 1)
    behind = _neighbour(connection, partition, seq + 1)
    names = [name.strip() for name in _COLUMNS.split(",")]
    source = None
    if found["source_topic"] is not None:
        source = (found["source_topic"], found["source_partition"], found["source_offset"])
    return AuditRecord(
        row=AuditRow(**{name: found[name] for name in names}),
        offset=found["offset"],
        source=source,
        value=bytes(found["value"]),
        prev=found["prev"],
        sha256=found["sha256"],
        is_linked_back=set(found["prev"]) == {"0"}
        if seq == 1
        else None
        if before is None
        else before[1] == found["prev"],
        is_held=None if behind is None else behind[0] == found["sha256"],
        unbroken=unbroken_to - seq,
        unbroken_to=unbroken_to,
        is_whole=unbroken_to == newest,
    )


def _neighbour(connection: sqlite3.Connection, partition: int, seq: int) -> tuple[str, str] | None:
    row = connection.execute(
        "SELECT prev, sha256 FROM audit WHERE partition = ? AND seq = ?", (partition, seq)
    ).fetchone()
    return None if row is None else (row["prev"], row["sha256"])


def _unbroken_to(connection: sqlite3.Connection, partition: int, seq: int, sha256: str) -> int:
    """Number of the last record that hangs on this one without a gap."""
    rows = connection.execute(
        "SELECT seq, prev, sha256 FROM audit WHERE partition = ? AND seq > ? ORDER BY seq LIMIT ?",
        (partition, seq, CHAIN_STEPS),
    )
    for row in rows:
        if row["seq"] != seq + 1 or row["prev"] != sha256:
            break
        seq, sha256 = row["seq"], row["sha256"]
    return seq
