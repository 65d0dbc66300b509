"""Kafka clients of the gate, made in one place: the lane's transactional producer, readers of whole partitions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import aiokafka
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.producer import sender

from detectors.errors import GateError
from streams.effects import Emit
from streams.settings import Settings
from streams.topics import MAX_BATCH_BYTES, RECORD_BYTES

if TYPE_CHECKING:
    from streams._native import Outgoing

REQUEST_TIMEOUT_MS: Final = 20_000
# A first write to a partition is answered NOT_ENOUGH_REPLICAS while the broker verifies the transaction; ask again
# soon.
RETRY_BACKOFF_MS: Final = 20
START_TIMEOUT_S: Final = 30.0
# A transaction that begins while the markers of the one before are still being written is told to ask again; aiokafka
# does so after 20 ms, which would be most of a small transaction's time. Seconds.
NEXT_TRANSACTION_PAUSE_S: Final = 0.002
STOP_TIMEOUT_S: Final = 3.0
# Reading a whole partition back may take this long without a record before it counts as stuck, seconds.
READ_STALL_S: Final = 60.0


class KafkaUnreachableError(GateError):
    """No broker answers at the bootstrap address."""

    code = "KAFKA_UNREACHABLE"


class ReadStalledError(GateError):
    """A partition could not be read to its end: a transaction hangs, or the broker is gone."""

    code = "READ_STALLED"


def unreachable(settings: Settings) -> KafkaUnreachableError:
    """The error for a person when no broker answers."""
    return KafkaUnreachableError(
        f"no Kafka broker answers at {settings.bootstrap}",
        advice="check that it runs, and --bootstrap or PENSTOCK_BOOTSTRAP",
    )


def lane_producer(settings: Settings, partition: int) -> Any:
    """A transactional producer whose start fences every earlier owner of the lane."""
    # aiokafka 0.14 has this as a constant of the module and no option for it.
    sender.BACKOFF_OVERRIDE = NEXT_TRANSACTION_PAUSE_S
    return aiokafka.AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        transactional_id=f"{settings.application}/{settings.topic_prefix}/{partition}",
        transaction_timeout_ms=int(settings.transaction_timeout_s * 1000),
        acks="all",
        linger_ms=0,
        max_batch_size=MAX_BATCH_BYTES,
        max_request_size=RECORD_BYTES * 4,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        retry_backoff_ms=RETRY_BACKOFF_MS,
    )


async def stop_quietly(client: Any) -> None:
    """Stop a client within a deadline; what it was doing is lost or fenced in any case."""
    try:
        await asyncio.wait_for(client.stop(), STOP_TIMEOUT_S)
    except (KafkaError, TimeoutError, OSError):
        return


@asynccontextmanager
async def reader(settings: Settings, partitions: Iterable[TopicPartition], **options: Any) -> AsyncIterator[Any]:
    """A consumer of whole partitions with read_committed, without a group, at their beginning.

    Raises:
        KafkaUnreachableError: no broker answers.
    """
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=4 * RECORD_BYTES,
        **options,
    )
    try:
        await asyncio.wait_for(consumer.start(), START_TIMEOUT_S)
    except (KafkaConnectionError, TimeoutError, OSError):
        await stop_quietly(consumer)
        raise unreachable(settings) from None
    try:
        assigned = list(partitions)
        if assigned:
            consumer.assign(assigned)
            await consumer.seek_to_beginning(*assigned)
        yield consumer
    finally:
        await stop_quietly(consumer)


async def read_to_end(consumer: Any, partitions: Iterable[TopicPartition]) -> AsyncIterator[Any]:
    """Every committed record of the assigned partitions at least up to where they end now, in order per partition.

    What is fetched beyond that is given too: a caller who goes on reading misses nothing.

    Raises:
        ReadStalledError: no progress for `READ_STALL_S`.
    """
    assigned = list(partitions)
    ends = await consumer.end_offsets(assigned)
    loop = asyncio.get_running_loop()
    moved, last = loop.time(), dict.fromkeys(assigned, -1)
    while True:
        positions = {tp: await consumer.position(tp) for tp in assigned}
        if all(positions[tp] >= ends[tp] for tp in assigned):
            return
        if positions != last:
            moved, last = loop.time(), positions
        elif loop.time() - moved > READ_STALL_S:
            raise ReadStalledError("a partition cannot be read to its end", advice="look for a hanging transaction")
        fetched = await consumer.getmany(timeout_ms=200)
        for records in fetched.values():
            for record in records:
                yield record


async def send_all(producer: Any, writes: Mapping[tuple[str, int], list[Emit] | Outgoing]) -> None:
    """Write everything inside the open transaction and wait until the broker has all of it.

    # INVARIANT: every future is awaited before the commit; aiokafka commits even when a batch has failed.
    """
    futures: list[asyncio.Future[Any]] = []

    async def send(batch: Any, topic: str, partition: int) -> None:
        batch.close()
        future = await producer.send_batch(batch, topic, partition=partition)
        # When another batch fails first, nobody else asks this one how it ended.
        future.add_done_callback(_looked_at)
        futures.append(future)

    for (topic, partition), records in writes.items():
        if not isinstance(records, list):
            for sealed in records.batches():
                await send(sealed, topic, partition)
            continue
        batch = producer.create_batch()
        for emit in records:
            if _append(batch, emit) is None:
                await send(batch, topic, partition)
                batch = producer.create_batch()
                if _append(batch, emit) is None:
                    raise ValueError("a record is larger than a batch")
        await send(batch, topic, partition)
    await asyncio.gather(*futures)


def _looked_at(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


def _append(batch: Any, emit: Emit) -> Any:
    return batch.append(key=emit.key, value=emit.value, timestamp=None, headers=emit.headers)
