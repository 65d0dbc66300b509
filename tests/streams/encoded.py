"""Encoded records read back by aiokafka, which knows nothing of how they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka.record.memory_records import MemoryRecords

from streams.effects import Emit
from streams.transaction import Work

if TYPE_CHECKING:
    from streams._native import Outgoing


def emits_of(outgoing: Outgoing, *, topic: str, partition: int) -> list[Emit]:
    """The records that were written, in order; checks the sums of their batches, and empties `outgoing`."""
    found: list[Emit] = []
    for sealed in outgoing.batches():
        before = len(found)
        batches = MemoryRecords(sealed.encode(7, 1, 0))
        while batches.has_next():
            batch = batches.next_batch()
            assert batch is not None and batch.validate_crc()
            found += [Emit(topic, r.key, r.value, list(r.headers), partition) for r in batch]
        assert len(found) - before == sealed.record_count()
    return found


def decoded(work: Work) -> Work:
    """The same transaction with its records as a lane without the compiled way has them."""
    for (topic, partition), records in work.writes.items():
        if not isinstance(records, list):
            work.writes[topic, partition] = emits_of(records, topic=topic, partition=partition)
    return work


def written(work: Work, topic: str, partition: int = 0) -> list[Emit]:
    """The records of a decoded transaction for a partition."""
    records = work.writes.get((topic, partition), [])
    assert isinstance(records, list)
    return records
