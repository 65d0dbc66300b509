"""Who was told of what: a small SQLite file, so that a console that starts again does not tell everything anew."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

# What was told is remembered so long, milliseconds; longer than anything is looked back on.
KEPT_MS: Final = 7 * 86_400_000
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS told (
  receiver TEXT NOT NULL, notice_id TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (receiver, notice_id)
) STRICT, WITHOUT ROWID;
"""


class Told:
    """For one thread. A file that is deleted or damaged begins anew: then a receiver may hear something twice."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        try:
            self._db = self._open(path)
        except sqlite3.DatabaseError:
            path.unlink()
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            self._db = self._open(path)

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(_SCHEMA)
        return db

    def knows(self, receiver: str, notice_id: str) -> bool:
        """Whether the receiver was told, or will not be."""
        row = self._db.execute("SELECT 1 FROM told WHERE receiver = ? AND notice_id = ?", (receiver, notice_id))
        return row.fetchone() is not None

    def note(self, receiver: str, notice_id: str, *, at_ms: int) -> None:
        """Remember that the receiver was told."""
        self._db.execute("INSERT OR REPLACE INTO told VALUES (?, ?, ?)", (receiver, notice_id, at_ms))
        self._db.execute("DELETE FROM told WHERE at_ms < ?", (at_ms - KEPT_MS,))

    def close(self) -> None:
        """Close the file."""
        self._db.close()
