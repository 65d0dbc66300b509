"""Reviews on a real Kafka: on the partition that is named, once, with their headers; and when there is no Kafka."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiokafka import TopicPartition

from penstock.console.acts.act import Outgoing, outgoing, review_of
from penstock.console.acts.channel import ChannelError, KafkaChannel
from streams.admin import apply_topics
from streams.kafka_io import read_to_end, reader
from streams.settings import load_settings
from streams.topics import REVIEWS
from tests.penstock.console.acts.samples import NOW_MS, act

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def ready(partition: int) -> Outgoing:
    """A review for a partition."""
    made = act(partition=partition, trace=TRACE)
    return outgoing(made, review_of(made, review_id="r1", reason=None, decided_ms=NOW_MS), None)


async def test_review_arrives_on_the_partition_of_its_request(kafka: str, topic_prefix: str) -> None:
    settings = load_settings({}, bootstrap=kafka, topic_prefix=topic_prefix)
    await apply_topics(settings, lanes=3)
    channel = KafkaChannel(settings)
    try:
        with pytest.raises(ChannelError, match="no such partition"):
            await channel.send(ready(7))
        offset = await channel.send(ready(2))
        assert await channel.send(ready(2)) == offset + 1
    finally:
        await channel.close()

    partition = TopicPartition(topic_prefix + REVIEWS.name, 2)
    async with reader(settings, [partition]) as consumer:
        records = [record async for record in read_to_end(consumer, [partition])]
    assert [record.value for record in records] == [ready(2).value] * 2
    assert records[0].key == b"agent-1"
    headers = dict(records[0].headers)
    assert headers["ce_source"] == b"/penstock/console"
    assert headers["ce_type"] == b"penstock.review.v1"
    assert headers["traceparent"] == TRACE.encode()


async def test_nothing_is_confirmed_without_a_broker() -> None:
    channel = KafkaChannel(load_settings({}, bootstrap="127.0.0.1:1"))
    with pytest.raises(ChannelError, match="no connection"):
        await channel.send(replace(ready(0), trace=None))
    await channel.close()
