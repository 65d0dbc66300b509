"""Records as a transaction writes them: batches of Kafka's format, by aiokafka's builder or by compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from aiokafka.record.default_records import DefaultRecordBatchBuilder

from streams.effects import Emit
from streams.topics import MAX_BATCH_BYTES

if TYPE_CHECKING:
    from streams._native import Outgoing

# The records of one partition in one transaction.
Records: TypeAlias = "list[Emit] | Outgoing"
# Version 2 of the format; without compression.
_MAGIC: Final = 2
_NO_CODEC: Final = 0


class Batch(Protocol):
    """Records that are complete but for the writer's own numbers."""

    def record_count(self) -> int:
        """How many records there are."""

    def encode(self, producer_id: int, producer_epoch: int, base_sequence: int) -> bytes:
        """The bytes for the wire; called once."""


class EmitBatch:
    """A batch of `Emit`s, with aiokafka's builder. Records get the time at which they are added."""

    def __init__(self) -> None:
        self._count = 0
        self._builder = DefaultRecordBatchBuilder(
            magic=_MAGIC,
            compression_type=_NO_CODEC,
            is_transactional=1,
            producer_id=-1,
            producer_epoch=-1,
            base_sequence=-1,
            batch_size=MAX_BATCH_BYTES,
        )

    def append(self, emit: Emit) -> bool:
        """Add a record; False when the batch is full.

        Raises:
            ValueError: the record is larger than a batch.
        """
        if self._builder.append(self._count, None, emit.key, emit.value, emit.headers) is None:
            return False
        # The builder takes a first record of any size.
        if self._builder.size() > MAX_BATCH_BYTES:
            raise ValueError("a record is larger than a batch")
        self._count += 1
        return True

    def record_count(self) -> int:
        """How many records there are."""
        return self._count

    def encode(self, producer_id: int, producer_epoch: int, base_sequence: int) -> bytes:
        """The bytes for the wire; called once."""
        self._builder.set_producer_state(producer_id, producer_epoch, base_sequence)
        return bytes(self._builder.build())


def batches_of(records: Records) -> list[Batch]:
    """The batches that hold `records`, in order.

    Raises:
        ValueError: a record is larger than a batch.
    """
    if not isinstance(records, list):
        return list(records.batches())
    batches: list[Batch] = []
    batch = EmitBatch()
    for emit in records:
        if not batch.append(emit):
            batches.append(batch)
            batch = EmitBatch()
            batch.append(emit)
    return [*batches, batch] if batch.record_count() else batches
