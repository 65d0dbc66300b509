"""Readers of whole partitions, and how clients of Kafka are stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

import aiokafka
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from detectors.errors import GateError
from streams.settings import Settings
from streams.topics import RECORD_BYTES

START_TIMEOUT_S: Final = 30.0
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
