"""The console's file of people and sessions: SQLite, readable by nobody else, and not part of the read model.

One connection behind a lock serves all threads: what happens here is small and rare. The command line may open the
same file beside a running console.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from detectors.errors import GateError

VERSION: Final = 1
# How long a writer waits for another process, seconds.
BUSY_S: Final = 5.0

_SCHEMA: Final = """
CREATE TABLE people (
    key TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    password TEXT,
    is_one_time INTEGER NOT NULL DEFAULT 0,
    password_ends_ms INTEGER,
    roles TEXT NOT NULL DEFAULT '[]',
    teams TEXT NOT NULL DEFAULT '[]',
    tenants TEXT NOT NULL DEFAULT '[]',
    is_disabled INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL,
    UNIQUE (issuer, subject)
) STRICT;
CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (key) ON DELETE CASCADE,
    groups TEXT NOT NULL,
    form_key TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    fresh_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of_person ON sessions (person);
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    record TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER journal_keeps_records BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_keeps_all BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""


class LoginsFileError(GateError):
    """The file of people and sessions cannot be used."""

    code = "LOGINS_UNREADABLE"


class LoginsFile:
    """People, sessions and the journal of sign-ins, in one file.

    Raises:
        LoginsFileError: the file cannot be opened, is of another version, or is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives its journal files the mode of the file itself, so this comes first.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            path.chmod(0o600)
            self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error):
            raise LoginsFileError(f"{path} cannot be opened", advice="check path and permissions") from None
        self._db.row_factory = sqlite3.Row
        try:
            self._prepare()
        except sqlite3.Error:
            self._db.close()
            raise LoginsFileError(f"{path} is no file of logins, or is in use") from None

    def _prepare(self) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        with self.write() as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _statements(_SCHEMA):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise LoginsFileError(
                    f"{self.path} has version {version}, this program reads {VERSION}", advice="use the program's own"
                )

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone."""
        with self._lock:
            yield self._db

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it happens, or, when the block raises, none."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._db.close()


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one, because `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
