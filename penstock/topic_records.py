"""Whole topics, as commands read them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from aiokafka import TopicPartition

from streams.admin import require_topics
from streams.kafka_io import read_to_end, reader
from streams.settings import Settings
from streams.topics import Topic, TopicNames


async def committed_records(settings: Settings, *topics: Topic) -> AsyncIterator[Any]:
    """Every committed record of `topics` up to where they end now, in order per partition.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: they cannot be read.
    """
    names, lanes = TopicNames(settings.topic_prefix), await require_topics(settings)
    partitions = [
        TopicPartition(names.on_broker(topic.name), number)
        for topic in topics
        for number in range(topic.partitions(lanes))
    ]
    async with reader(settings, partitions) as consumer:
        async for record in read_to_end(consumer, partitions):
            yield record
