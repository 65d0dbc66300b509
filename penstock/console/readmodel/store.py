"""The SQLite file of the read model: one writer, and read-only connections for pages, one for each thread.

The file holds no truth. One that is missing, of another schema version, or damaged is made anew, and the feed fills it
again. Only its owner may read it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from detectors.errors import GateError
from penstock.console.readmodel.schema import SCHEMA, SCHEMA_VERSION
from penstock.console.readmodel.statements import Statement

# How long a reader or the writer waits for a lock, seconds. In WAL mode readers never wait for the writer.
BUSY_TIMEOUT_S: Final = 5.0
# Page cache of a connection, KiB.
CACHE_KIB: Final = 16 * 1024
# Different statements that a connection keeps prepared.
STATEMENTS: Final = 256


class StoreLostError(GateError):
    """The file was deleted or replaced, or is damaged; it has to be made anew."""

    code = "READ_MODEL_LOST"


class Store:
    """The read model's file. `read` is for any thread; the rest is for the one thread that feeds it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it anew where it is missing, of another version or damaged."""
        self.path = path
        self._local = threading.local()
        self._generation = 0
        self._writer = self._open()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A read-only connection of this thread, in one transaction: all queries see the same state."""
        db = self._reader()
        db.execute("BEGIN")
        try:
            yield db
        finally:
            db.rollback()

    def write(self, statements: Iterable[Statement]) -> None:
        """Carry out everything in one transaction, or nothing.

        Raises:
            StoreLostError: the file is no longer the one that was opened, or is damaged.
        """
        self._require_own_file()
        db = self._writer
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                for sql, values in statements:
                    db.execute(sql, values)
            except BaseException:
                db.rollback()
                raise
            db.commit()
        except sqlite3.DatabaseError as exc:
            raise StoreLostError(f"the read model cannot be written ({type(exc).__name__})") from None

    def rebuild(self) -> None:
        """Throw everything away and begin with empty tables; readers see them from their next transaction on."""
        self._writer.close()
        _delete(self.path)
        self._writer = self._open()
        self._generation += 1

    def close(self) -> None:
        """Close the writer and this thread's reader; other threads' end with them."""
        self._writer.close()
        reader = getattr(self._local, "db", None)
        if reader is not None:
            reader.close()
            self._local.db = None

    def _reader(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is not None and self._local.generation == self._generation:
            return db
        if db is not None:
            db.close()
        generation = self._generation
        db = sqlite3.connect(
            f"file:{self.path.resolve().as_posix()}?mode=ro",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            cached_statements=STATEMENTS,
        )
        db.row_factory = sqlite3.Row
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._local.db, self._local.generation = db, generation
        return db

    def _open(self) -> sqlite3.Connection:
        if not _is_usable(self.path):
            _delete(self.path)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        # Made by one thread and used by the feed's.
        db = sqlite3.connect(
            self.path,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
        )
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if db.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
            db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        self._inode = self.path.stat().st_ino
        return db

    def _require_own_file(self) -> None:
        try:
            is_own = self.path.stat().st_ino == self._inode
        except FileNotFoundError:
            is_own = False
        if not is_own:
            raise StoreLostError("the read model's file was deleted or replaced")


def _is_usable(path: Path) -> bool:
    """Whether the file is a whole read model of this version."""
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as db:
            if db.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
                return False
            found: str = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            return found == "ok"
    except sqlite3.DatabaseError:
        return False


def _delete(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
