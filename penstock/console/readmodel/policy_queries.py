"""Questions about policy: what is in force, since when and by whom, what was before, and what the kill switch stops."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

HISTORY_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation, as the policy topic has it."""

    offset: int
    snapshot: str
    short: str | None
    previous: str | None
    reason: str | None
    activated_by: str | None
    activated_ms: int | None
    second_person: str | None
    written_ms: int


@dataclass(frozen=True, slots=True)
class LanePolicy:
    """By which policy a lane decides, and since when."""

    partition: int
    snapshot: str
    at_ms: int
    activated_by: str | None


@dataclass(frozen=True, slots=True)
class KillEntry:
    """One entry of the kill switch; a lifted one is not active."""

    key: str
    scope: str
    pattern: str
    reason: str | None
    by: str | None
    at_ms: int | None
    is_active: bool


def history(connection: sqlite3.Connection, *, rows: int = HISTORY_ROWS) -> list[Activation]:
    """Activations, the newest first."""
    found = connection.execute('SELECT * FROM activations ORDER BY "offset" DESC LIMIT ?', (rows,))
    return [Activation(**dict(row)) for row in found]


def activation(connection: sqlite3.Connection, offset: int) -> Activation | None:
    """The activation at an offset of the policy topic."""
    row = connection.execute('SELECT * FROM activations WHERE "offset" = ?', (offset,)).fetchone()
    return None if row is None else Activation(**dict(row))


def lanes(connection: sqlite3.Connection) -> list[LanePolicy]:
    """What each lane decides by now."""
    rows = connection.execute(
        "SELECT partition, snapshot, at_ms, activated_by FROM lane_policies AS lane"
        " WHERE seq = (SELECT max(seq) FROM lane_policies WHERE partition = lane.partition) ORDER BY partition"
    )
    return [LanePolicy(**dict(row)) for row in rows]


def kill_entries(connection: sqlite3.Connection) -> list[KillEntry]:
    """Entries of the kill switch, those in force first."""
    rows = connection.execute(
        "SELECT key, scope, pattern, reason, by, at_ms, is_active FROM kills"
        " ORDER BY is_active DESC, written_ms DESC LIMIT ?",
        (HISTORY_ROWS,),
    )
    return [KillEntry(**{**dict(row), "is_active": bool(row["is_active"])}) for row in rows]
