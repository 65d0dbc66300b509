"""Batches of records into the store: rows and positions in one transaction, and what that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detectors.errors import GateError
from penstock.console.readmodel.areas import Area, area_of
from penstock.console.readmodel.ingest import changes_of, position_after, unread
from penstock.console.readmodel.record import Record
from penstock.console.readmodel.statements import Statement
from penstock.console.readmodel.store import Position, StatementRefusedError, Store

Place = tuple[str, int]


class TopicsRemadeError(GateError):
    """A topic is not the one that was read before: its records were deleted, or it was made anew."""

    code = "TOPICS_REMADE"


def fresh(records: Sequence[Record], position: Position | None) -> Sequence[Record]:
    """Of the records of one partition, in order, those that are not in the tables yet.

    Raises:
        TopicsRemadeError: the last record that is in the tables is not the one that the topic has in its place.
    """
    if position is None or not records or records[0].offset >= position.next_offset:
        return records
    for record in records:
        if record.offset == position.last_offset and record.sha256 != position.last_sha256:
            raise TopicsRemadeError("a topic has another record in the place of the one that was read")
    return [record for record in records if record.offset >= position.next_offset]


def take_in(store: Store, batch: Mapping[Place, Sequence[Record]]) -> frozenset[Area]:
    """Write a batch, records in order within each partition; gives the areas that changed.

    Raises:
        StoreLostError: nothing was written.
    """
    records = [record for part in batch.values() for record in part]
    if not records:
        return frozenset()
    ends = [position_after(part[-1], part[-1].offset + 1) for part in batch.values() if part]
    statements = [statement for record in records for statement in changes_of(record)]
    try:
        store.write([*statements, *ends])
    except StatementRefusedError:
        # One record holds what no column takes. It must not keep the others out for ever.
        for record in records:
            _take_one(store, record)
    return _areas(statements)


def _take_one(store: Store, record: Record) -> None:
    end = position_after(record, record.offset + 1)
    try:
        store.write([*changes_of(record), end])
    except StatementRefusedError:
        store.write([unread(record), end])


def _areas(statements: Sequence[Statement]) -> frozenset[Area]:
    found = {area_of(sql) for sql in {statement.sql for statement in statements}}
    return frozenset(area for area in found if area is not None)
