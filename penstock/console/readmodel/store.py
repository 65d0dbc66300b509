"""The SQLite file of the read model: one writer, and read-only connections for pages, one for each thread.

The file holds no truth. One that is missing, of another schema version, or damaged is made anew, and the feed fills it
again. Only its owner may read it, and only one console at a time may fill it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from detectors.errors import GateError
from penstock.console.readmodel.schema import SCHEMA, SCHEMA_VERSION
from penstock.console.readmodel.statements import Statement

# How long a reader or the writer waits for a lock, seconds. In WAL mode readers never wait for the writer.
BUSY_TIMEOUT_S: Final = 5.0
# Page cache of a connection, KiB.
CACHE_KIB: Final = 16 * 1024
# Pages of the write-ahead log before it is copied into the file. Large, because a rebuild writes the same pages again
# and again: 10,000 are 40 MB.
CHECKPOINT_PAGES: Final = 10_000
# Different statements that a connection keeps prepared.
STATEMENTS: Final = 256
# What SQLite says of a file that is none of its own any more. Source: SQLite, result codes 11 and 26.
_DAMAGED: Final = frozenset({11, 26})
# What SQLite, or Python before it, says of values that a column does not take.
_REFUSALS: Final = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, OverflowError)


class StoreLostError(GateError):
    """The file was deleted or replaced, is damaged, or cannot be written; it has to be made anew."""

    code = "READ_MODEL_LOST"


class StoreBusyError(GateError):
    """Another process fills the file."""

    code = "READ_MODEL_BUSY"


class StatementRefusedError(GateError):
    """A value does not fit its column; nothing was written."""

    code = "STATEMENT_REFUSED"


class Position(NamedTuple):
    """How far a topic partition is in the tables. `last_sha256` is that of the last record, at `last_offset`."""

    next_offset: int
    last_offset: int | None
    last_sha256: bytes | None
    last_ms: int | None


class Store:
    """The read model's file. `read` is for any thread; the rest is for the one thread that feeds it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it anew where it is missing, of another version or damaged.

        Raises:
            StoreBusyError: another process, or another store of this one, has it open.
        """
        self.path = path
        self._local = threading.local()
        self._opening = threading.Lock()
        self._generation = 0
        self._is_damaged = False
        self._is_complete = False
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(path)
        self._writer = self._open()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A read-only connection of this thread, in one transaction: all queries see the same state."""
        try:
            db = self._reader()
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.rollback()
        except sqlite3.DatabaseError as exc:
            # The feed finds out at its next look, and makes the file anew.
            self._is_damaged = self._is_damaged or _is_damage(exc)
            raise

    def write(self, statements: Iterable[Statement]) -> None:
        """Carry out everything in one transaction, or nothing.

        Raises:
            StatementRefusedError: a value does not fit.
            StoreLostError: see `require_whole`, or SQLite cannot write.
        """
        self.require_whole()
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
        except _REFUSALS as exc:
            raise StatementRefusedError(f"a value was refused ({type(exc).__name__})") from None
        except sqlite3.DatabaseError as exc:
            raise StoreLostError(f"the read model cannot be written ({type(exc).__name__})") from None

    def require_whole(self) -> None:
        """Nothing, while the file is the one that was opened and nobody has seen damage.

        Raises:
            StoreLostError: it is not.
        """
        try:
            is_own = self.path.stat().st_ino == self._inode
        except FileNotFoundError:
            is_own = False
        if not is_own or self._is_damaged:
            raise StoreLostError("the read model's file was deleted, replaced or damaged")

    def positions(self) -> Mapping[tuple[str, int], Position]:
        """How far each topic partition is in the tables."""
        found = self._writer.execute(
            "SELECT topic, partition, next_offset, last_offset, last_sha256, last_ms FROM positions"
        )
        return {(topic, partition): Position(*rest) for topic, partition, *rest in found}

    def complete(self) -> None:
        """Say that the file was filled up to the present once: from here on it is kept over restarts.

        Raises:
            StoreLostError: SQLite cannot write.
        """
        if self._is_complete:
            return
        db = self._writer
        try:
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            db.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.DatabaseError as exc:
            raise StoreLostError(f"the read model cannot be written ({type(exc).__name__})") from None
        self._is_complete = True

    def rebuild(self) -> None:
        """Throw everything away and begin with empty tables; readers see them from their next transaction on."""
        with self._opening:
            self._writer.close()
            _delete(self.path)
            self._writer = self._open()
            self._is_damaged = False
            self._generation += 1

    def close(self) -> None:
        """Close the writer and this thread's reader; other threads' end with them."""
        self._writer.close()
        reader: sqlite3.Connection | None = getattr(self._local, "db", None)
        if reader is not None:
            reader.close()
            self._local.db = None
        os.close(self._lock)

    def _reader(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is not None and self._local.generation == self._generation:
            return db
        if db is not None:
            db.close()
            self._local.db = None
        with self._opening:
            address = f"{self.path.resolve().as_uri()}?mode=ro"
            db = sqlite3.connect(
                address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, cached_statements=STATEMENTS
            )
            self._local.db, self._local.generation = db, self._generation
        db.row_factory = sqlite3.Row
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        return db

    def _open(self) -> sqlite3.Connection:
        self._is_complete = _is_usable(self.path)
        if not self._is_complete:
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
        # Until it is complete a file is thrown away after every end, so that nothing of it need survive a crash.
        db.execute(f"PRAGMA synchronous = {'NORMAL' if self._is_complete else 'OFF'}")
        db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if not self._is_complete:
            db.executescript(f"BEGIN; {SCHEMA} COMMIT;")
        self._inode = self.path.stat().st_ino
        return db


def _locked(path: Path) -> int:
    """The open lock file beside the read model; the system lets go of the lock when the process ends.

    # INVARIANT: two writers never fill one file; each would count what the other has counted.
    """
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreBusyError(
            f"another console fills {path}", advice="give each console a file of its own: PENSTOCK_CONSOLE_MODEL_FILE"
        ) from None
    return descriptor


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


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
