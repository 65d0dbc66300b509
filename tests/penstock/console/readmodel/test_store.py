"""The file of the read model: private, one writer, thrown away when it is not what it should be, read while written."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from penstock.console.readmodel.statements import Statement
from penstock.console.readmodel.store import StatementRefusedError, Store, StoreBusyError, StoreLostError

INSERT = "INSERT INTO agents (agent_id, partition, first_ms, last_ms) VALUES (?, 0, 1, 1)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "console" / "model.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A new store."""
    store = Store(path)
    yield store
    store.close()


def agents(store: Store) -> list[str]:
    """The agents in the tables, as a page sees them."""
    with store.read() as db:
        return [row["agent_id"] for row in db.execute("SELECT agent_id FROM agents ORDER BY 1")]


def add(store: Store, *names: str) -> None:
    """Write agents in one transaction."""
    store.write([Statement(INSERT, (name,)) for name in names])


def test_only_its_owner_may_read_any_of_its_files(store: Store, path: Path) -> None:
    add(store, "a")
    assert agents(store) == ["a"]
    found = sorted(path.parent.iterdir())
    assert [file.name for file in found] == [path.name + end for end in ("", "-shm", "-wal", ".lock")]
    assert all(file.stat().st_mode & 0o077 == 0 for file in found)


def test_a_complete_file_is_kept_over_a_restart_and_another_is_not(path: Path) -> None:
    for is_complete, kept in ((False, []), (True, ["a"])):
        first = Store(path)
        add(first, "a")
        if is_complete:
            first.complete()
            first.complete()
        first.close()
        second = Store(path)
        assert agents(second) == kept
        second.rebuild()
        second.close()


def as_another_version(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()


def as_no_database(path: Path) -> None:
    path.write_bytes(b"this is not a database, " * 400)


def as_half_a_database(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def with_a_hole(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = bytes(4096 * 3)
    path.write_bytes(content)


@pytest.mark.parametrize("spoil", [as_another_version, as_no_database, as_half_a_database, with_a_hole, Path.unlink])
def test_a_file_that_cannot_be_used_is_made_anew(path: Path, spoil: Callable[[Path], None]) -> None:
    first = Store(path)
    add(first, "a")
    first.complete()
    first.close()
    spoil(path)
    second = Store(path)
    assert agents(second) == []
    add(second, "b")
    assert agents(second) == ["b"]
    second.close()


def test_a_second_writer_is_turned_away(store: Store, path: Path) -> None:
    with pytest.raises(StoreBusyError, match="another console"):
        Store(path)
    add(store, "a")
    assert agents(store) == ["a"]


def test_a_reader_sees_one_moment_and_cannot_write(store: Store) -> None:
    add(store, "a")
    with store.read() as db:
        assert db.execute("SELECT count(*) FROM agents").fetchone()[0] == 1
        add(store, "b")
        assert db.execute("SELECT count(*) FROM agents").fetchone()[0] == 1
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("DELETE FROM agents")
    assert agents(store) == ["a", "b"]


def test_what_is_refused_leaves_nothing_of_its_transaction(store: Store) -> None:
    for wrong in (None, 2**70, "twice"):
        with pytest.raises(StatementRefusedError):
            add(store, "fine", "twice", wrong)  # type: ignore[arg-type]
    assert agents(store) == []


def test_a_deleted_or_replaced_file_is_noticed_at_the_next_write(store: Store, path: Path) -> None:
    path.unlink()
    with pytest.raises(StoreLostError):
        add(store, "a")
    store.rebuild()
    path.rename(path.with_suffix(".old"))
    path.write_bytes(b"")
    with pytest.raises(StoreLostError):
        add(store, "a")
    store.rebuild()
    add(store, "b")
    assert agents(store) == ["b"]


def test_readers_of_other_threads_follow_a_rebuild(store: Store) -> None:
    add(store, "a")
    found: list[list[str]] = []
    turn, ready = threading.Barrier(2, timeout=20), threading.Event()

    def read_twice() -> None:
        found.append(agents(store))
        ready.set()
        turn.wait()
        found.append(agents(store))

    reader = threading.Thread(target=read_twice)
    reader.start()
    assert ready.wait(20)
    store.rebuild()
    add(store, "b")
    turn.wait()
    reader.join(20)
    assert found == [["a"], ["b"]]


def test_damage_that_a_page_meets_is_the_end_of_the_file(store: Store, path: Path) -> None:
    add(store, *(f"agent-{number:0200}" for number in range(500)))
    store.complete()
    assert len(agents(store)) == 500
    store.rebuild()
    add(store, *(f"agent-{number:0200}" for number in range(500)))
    store.complete()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(sqlite3.DatabaseError):
        agents(store)
    with pytest.raises(StoreLostError):
        store.require_whole()
    store.rebuild()
    store.require_whole()
    assert agents(store) == []
