"""Waiting until the gate has decided everything that was written."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from detectors.errors import GateError
from streams.admin import admin_client
from streams.kafka_io import reader
from streams.settings import Settings
from streams.topics import INPUT_TOPICS, TopicNames

POLL_S: Final = 0.5
# How long a look at what is behind the committed position may take, milliseconds.
LOOK_MS: Final = 300
# One look at all partitions, seconds.
LOOK_TIMEOUT_S: Final = 20.0


async def undecided(settings: Settings, lanes: int) -> dict[str, int]:
    """Partitions of input topics that hold records behind the group's committed position: how far the end is.

    A position may stand before control records for ever, so what lies behind it is read.
    """
    names = TopicNames(settings.topic_prefix)
    partitions = [TopicPartition(names.on_broker(topic.name), lane) for topic in INPUT_TOPICS for lane in range(lanes)]
    async with admin_client(settings) as admin:
        found = await admin.list_consumer_group_offsets(settings.application)
    committed = {tp: found[tp].offset if tp in found else 0 for tp in partitions}
    behind: dict[str, int] = {}
    async with reader(settings, partitions) as consumer:
        ends = await consumer.end_offsets(partitions)
        for tp in partitions:
            start = max(0, committed[tp])
            if start < ends[tp] and await _has_records(consumer, tp, start=start, end=ends[tp]):
                behind[f"{names.in_table(tp.topic)}/{tp.partition}"] = ends[tp] - start
    return behind


async def _has_records(consumer: Any, tp: TopicPartition, *, start: int, end: int) -> bool:
    consumer.seek(tp, start)
    while await consumer.position(tp) < end:
        fetched = await consumer.getmany(tp, timeout_ms=LOOK_MS, max_records=1)
        if any(fetched.values()):
            return True
        if not fetched:
            # Nothing yet; count it as undecided and look again.
            return bool(await consumer.position(tp) < end)
    return False


async def wait_until_decided(settings: Settings, *, lanes: int, timeout_s: float) -> dict[str, int]:
    """Wait until nothing is undecided; gives what still is when the time is up, empty when all is well."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + timeout_s
    behind: dict[str, int] = {"nothing could be read": 0}
    while loop.time() < until_s:
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                behind = await undecided(settings, lanes)
        except (KafkaError, GateError, OSError, TimeoutError):
            await asyncio.sleep(POLL_S)
            continue
        if not behind:
            return {}
        await asyncio.sleep(POLL_S)
    return behind
