"""What a lane does right after it failed, or when its partitions are revoked while it opens: it must hear again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from detectors import Scanner
from streams.admin import apply_topics
from streams.clock import wall_clock_ms
from streams.driver import Batch
from streams.gate import Gate
from streams.intake import Reader
from streams.kafka_io import read_to_end, reader, stop_quietly
from streams.lane import PAUSE_ABOVE, Lane, LaneContext
from streams.lane_writer import LaneWriter
from streams.metrics import Metrics
from streams.scan_pool import ScanPool
from streams.settings import Settings
from streams.topics import ACTIONS_PROPOSED, AUDIT, REVIEWS, TopicNames
from tests.crash.memory import gates

DEADLINE_S = 60.0


@dataclass(slots=True)
class Consumer:
    """A consumer of empty topics. `gate` holds back what it says about one topic."""

    held_back: str | None = None
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    asked: set[str] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)

    async def seek(self, topic: str, partition: int, offset: int) -> None:
        """Nothing to move."""

    async def bounds(self, topic: str, partition: int) -> tuple[int | None, int, int]:
        """An empty partition; waits for `go_on` when the topic is held back."""
        self.asked.add(topic)
        if topic == self.held_back:
            await self.go_on.wait()
        return None, 0, 0

    def position(self, topic: str, partition: int) -> int | None:
        """The beginning."""
        return 0

    def pause(self, topic: str, partition: int) -> None:
        """Note it."""
        self.paused.add(topic)

    def resume(self, topic: str, partition: int) -> None:
        """Note it."""
        self.paused.discard(topic)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the input that cannot be stepped over, because the gate below fails at it."""

    offset: int
    key: bytes = b"agent"
    value: bytes = b"{}"
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = 0


class FailingGate:
    """A gate whose every step raises; all else is that of a real one."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gate, name)

    def step(self, *_: object) -> None:
        """Raise."""
        raise RuntimeError("this step fails")


@dataclass(slots=True)
class Bench:
    """A lane on real topics, with a consumer in the hand of the test. `gate` decides when it is set."""

    consumer: Consumer = field(default_factory=Consumer)
    gate: Gate | None = None


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
async def lane(kafka: str, topic_prefix: str, bench: Bench) -> AsyncIterator[Callable[[], Lane]]:
    """Opens lane 0 on topics of the test's own."""
    settings = Settings(bootstrap=kafka, topic_prefix=topic_prefix)
    await apply_topics(settings, lanes=1)
    opened: list[Lane] = []
    pool = ScanPool(Scanner())
    context = LaneContext(
        settings=settings,
        names=TopicNames(topic_prefix),
        inputs=bench.consumer,
        reader=Reader(1, settings.max_event_bytes),
        metrics=Metrics(),
        clock=wall_clock_ms,
        pool=pool,
        current_gate=lambda: bench.gate,
        on_fatal=lambda error: None,
    )

    def start() -> Lane:
        opened.append(Lane(context, 0))
        return opened[0]

    yield start
    for one in opened:
        await one.close()
    pool.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.02)


async def test_partition_that_was_paused_is_resumed_when_the_lane_fails(bench: Bench, lane: Callable[[], Lane]) -> None:
    one = lane()
    await until(one.ready.is_set)
    records = [Record(offset) for offset in range(PAUSE_ABOVE + 1)]
    await one.feed(ACTIONS_PROPOSED.name, Batch(0, len(records), records))
    assert bench.consumer.paused == {ACTIONS_PROPOSED.name}
    bench.gate = cast("Gate", FailingGate(next(iter(gates().values()))))
    one.wake()
    await until(lambda: not bench.consumer.paused)


async def test_lane_that_opens_while_partitions_are_revoked_hears_every_topic(
    bench: Bench, lane: Callable[[], Lane]
) -> None:
    bench.consumer.held_back = ACTIONS_PROPOSED.name
    one = lane()
    await until(lambda: ACTIONS_PROPOSED.name in bench.consumer.asked)
    assert one.queues[REVIEWS.name].want == 0
    one.revoke()
    one.rewind()
    bench.consumer.go_on.set()
    await until(one.ready.is_set)
    assert {topic: queue.want for topic, queue in one.queues.items()} == dict.fromkeys(one.queues, 0)


async def test_lane_that_has_a_newer_writer_is_fenced_and_writes_nothing(
    kafka: str, topic_prefix: str, bench: Bench, lane: Callable[[], Lane]
) -> None:
    settings = Settings(bootstrap=kafka, topic_prefix=topic_prefix)
    one = lane()
    await until(one.ready.is_set)
    rival = LaneWriter(settings, one.partition)
    await rival.start()
    try:
        bench.gate = next(iter(gates().values()))
        with capture_logs() as logged:
            await one.feed(ACTIONS_PROPOSED.name, Batch(0, 1, [Record(0)]))
            await until(lambda: not one.ready.is_set())
            reopened = [line for line in logged if line["event"] == "lane_reopened"]
        assert [(line["cause"], line["error"]) for line in reopened] == [("fenced", "ProducerFenced")]
    finally:
        await stop_quietly(rival)
    assert await audited(settings) == []

    # It fences in its turn, and comes to the record again.
    await until(one.ready.is_set)
    await one.feed(ACTIONS_PROPOSED.name, Batch(0, 1, [Record(0)]))
    await until(lambda: one.positions()[ACTIONS_PROPOSED.name] == 1)
    assert await audited(settings) == ["policy", "dead_letter"]


async def audited(settings: Settings) -> list[str]:
    """The kinds of the audit records that a reader sees."""
    partition = TopicPartition(TopicNames(settings.topic_prefix).on_broker(AUDIT.name), 0)
    async with reader(settings, [partition]) as consumer:
        return [orjson.loads(record.value)["kind"] async for record in read_to_end(consumer, [partition])]
