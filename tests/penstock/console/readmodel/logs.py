"""The topics that the console reads, as the pure gate writes them, and a read model folded from them in any order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from penstock.console.readmodel.ingest import READ_TOPICS, changes_of
from penstock.console.readmodel.record import Record
from penstock.console.readmodel.schema import SCHEMA
from streams.effects import Emit
from streams.intake import Intake
from streams.topics import REVIEWS
from tests.streams.samples import OneLane

# Kafka's own time of the records, which is nobody's clock.
KAFKA_MS = 1_900_000_000_000
READ = frozenset(topic.name for topic in READ_TOPICS)
Row = tuple[Any, ...]


@dataclass(slots=True)
class WitnessedLane(OneLane):
    """A lane that also keeps the reviews that it was given: they stand on a topic that the console reads."""

    reviews: list[Record] = field(default_factory=list)

    def read(self, value: bytes | None, *, topic: str, key: bytes | None = None, headers: Any = ()) -> Intake:
        """The record as the reader takes it in."""
        if topic == REVIEWS.name:
            place = Record(topic, self.state.partition, self.offset, key, value, tuple(headers), KAFKA_MS)
            self.reviews.append(place)
        # Not `super()`: a slotted dataclass is a class of its own.
        return OneLane.read(self, value, topic=topic, key=key, headers=headers)


def records_of(written: Iterable[Emit], reviews: Iterable[Record] = ()) -> list[Record]:
    """What the console reads of what was written, in that order; offsets have gaps, as behind transaction markers."""
    ends: dict[tuple[str, int], int] = {}
    found = list(reviews)
    for emit in written:
        if emit.topic in READ and emit.topic != REVIEWS.name:
            place = (emit.topic, emit.partition)
            ends[place] = ends.get(place, 0) + 2
            found.append(Record(*place, ends[place], emit.key, emit.value, emit.headers, KAFKA_MS + len(found)))
    return found


def records_of_lane(lane: WitnessedLane) -> list[Record]:
    """What the console reads of a lane."""
    return records_of(lane.written, lane.reviews)


def by_partition(records: Iterable[Record]) -> dict[tuple[str, int], list[Record]]:
    """The records of each topic partition, in order."""
    found: dict[tuple[str, int], list[Record]] = {}
    for record in records:
        found.setdefault((record.topic, record.partition), []).append(record)
    return found


def shuffled(records: Sequence[Record], random: Random) -> list[Record]:
    """The records in another order that a consumer may see: that of each partition is kept."""
    waiting = list(by_partition(records).values())
    # Some partitions lag far behind others, so that more than neighbours change places.
    speeds = [random.random() ** 3 for _ in waiting]
    found = []
    places = [0] * len(waiting)
    while any(place < len(part) for place, part in zip(places, waiting, strict=True)):
        open_parts = [n for n, part in enumerate(waiting) if places[n] < len(part)]
        chosen = random.choices(open_parts, [speeds[n] + 1e-9 for n in open_parts])[0]
        found.append(waiting[chosen][places[chosen]])
        places[chosen] += 1
    return found


def folded(records: Iterable[Record]) -> sqlite3.Connection:
    """A read model in memory with these records in it."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.row_factory = sqlite3.Row
    db.executescript(SCHEMA)
    db.execute("BEGIN")
    for record in records:
        for sql, values in changes_of(record):
            db.execute(sql, values)
    db.execute("COMMIT")
    return db


def tables_of(db: sqlite3.Connection) -> Mapping[str, list[Row]]:
    """Everything in the read model; rows sorted, and without numbers that only full text uses."""
    found: dict[str, list[Row]] = {}
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for name in names:
        if "_text" in name:
            continue
        columns = [row[1] for row in db.execute(f"PRAGMA table_xinfo({name})") if (name, row[1]) != ("holds", "id")]
        listed = ", ".join(f'"{column}"' for column in columns)
        listing = f"SELECT {listed} FROM {name}"  # noqa: S608
        found[name] = sorted((tuple(row) for row in db.execute(listing)), key=repr)
    found["holds_text"] = sorted(
        tuple(row)
        for row in db.execute("SELECT hold_id, names FROM holds_text JOIN holds ON holds.id = holds_text.rowid")
    )
    found["audit_text"] = _words_of_audit(db)
    return found


def _words_of_audit(db: sqlite3.Connection) -> list[Row]:
    """Which word stands in which audit record; the table itself keeps no text."""
    db.execute("CREATE VIRTUAL TABLE temp.audit_words USING fts5vocab('main', 'audit_text', 'instance')")
    found = [tuple(row) for row in db.execute("SELECT term, doc, offset FROM temp.audit_words")]
    db.execute("DROP TABLE temp.audit_words")
    return sorted(found)


def rows(db: sqlite3.Connection, sql: str, *values: Any) -> list[dict[str, Any]]:
    """What a query gives, by column."""
    return [dict(row) for row in db.execute(sql, values)]


def one(db: sqlite3.Connection, sql: str, *values: Any) -> dict[str, Any]:
    """The one row that a query gives."""
    (row,) = rows(db, sql, *values)
    return row
