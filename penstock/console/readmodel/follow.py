"""One connection of the feed: every topic of the console from where the tables end, until something goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

import aiokafka
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from penstock.console.readmodel.areas import Area
from penstock.console.readmodel.as_of import TopicAsOf
from penstock.console.readmodel.ingest import READ_TOPICS
from penstock.console.readmodel.intake import Place, TopicsRemadeError, fresh, take_in
from penstock.console.readmodel.record import Record
from penstock.console.readmodel.store import Position, Store
from streams.admin import TopicsError
from streams.kafka_io import START_TIMEOUT_S, stop_quietly, unreachable
from streams.settings import Settings
from streams.topics import RECORD_BYTES, TopicNames

# Records of one SQLite transaction, at most. A thousand take some 50 ms, for which the thread does nothing else.
BATCH_RECORDS: Final = 1_000
POLL_MS: Final = 200
# How often a quiet connection asks the broker whether it is still there, and how long it may take to answer, seconds.
PROBE_EVERY_S: Final = 3.0
PROBE_TIMEOUT_S: Final = 5.0
# How long a consumer's goodbye may take, seconds.
LEAVE_TIMEOUT_S: Final = 4.0
# Bytes that one answer to a fetch may hold, and one partition's share of it: the backlog of a rebuild comes in these.
_FETCH_BYTES: Final = 32 * 1024 * 1024
_PARTITION_BYTES: Final = 2 * RECORD_BYTES


class Follower:
    """Reads everything from where `store` ends. Made for one connection, used from one event loop."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._names = TopicNames(settings.topic_prefix)
        self._positions: dict[Place, Position] = dict(store.positions())
        self._ends: dict[TopicPartition, int] = {}
        self._reached: set[TopicPartition] = set()
        self._partitions: list[TopicPartition] = []
        self._times: dict[str, int] = {}
        self._consumer: Any = None
        for (topic, _), position in self._positions.items():
            self._note_time(topic, position.last_ms)

    async def follow(
        self, told: Callable[[frozenset[Area], Sequence[TopicAsOf]], None], stopping: asyncio.Event
    ) -> None:
        """Read until `stopping`; `told` hears what changed and how far each topic is, several times a second.

        Raises:
            TopicsRemadeError: the tables do not belong to these topics.
            StoreLostError: the store has to be made anew.
            KafkaUnreachableError, TopicsError, KafkaError, TimeoutError, OSError: connect again later.
        """
        self._consumer = await _connected(self._settings)
        try:
            self._partitions = await self._found()
            await self._begin()
            await self._read(told, stopping)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError):
            raise TopicsRemadeError("a topic does not reach back to what was read") from None
        finally:
            await _left(self._consumer)

    async def _found(self) -> list[TopicPartition]:
        """The partitions of every topic that the console reads.

        They are asked for through the consumer: the console may read these topics, and no more of the cluster.

        Raises:
            TopicsError: a topic is missing, or the console may not see it.
        """
        consumer, names = self._consumer, [self._names.on_broker(topic.name) for topic in READ_TOPICS]
        async with asyncio.timeout(START_TIMEOUT_S):
            # Asking for all that there is makes no broker create what is missing, as asking for a name may.
            missing = sorted({*names} - await consumer.topics())
            if missing:
                raise TopicsError(
                    f"topic {missing[0]} is missing or may not be read", advice="see `penstock topics check`"
                )
            # Where the first partitions begin is asked for the sake of the metadata that comes with the answer.
            await consumer.beginning_offsets([TopicPartition(name, 0) for name in names])
        return [
            TopicPartition(name, number) for name in names for number in sorted(consumer.partitions_for_topic(name))
        ]

    async def _begin(self) -> None:
        """Go to the last record that is in the tables, so that it is seen to be the same one."""
        consumer = self._consumer
        async with asyncio.timeout(START_TIMEOUT_S):
            begins = await consumer.beginning_offsets(self._partitions)
            self._ends = await consumer.end_offsets(self._partitions)
        # Nothing is awaited from here on: a partition that is assigned and has no position yet counts as an error.
        consumer.assign(self._partitions)
        for tp in self._partitions:
            position = self._positions.get(self._place(tp))
            if position is None:
                consumer.seek(tp, begins[tp])
                continue
            if not begins[tp] <= position.next_offset <= self._ends[tp]:
                raise TopicsRemadeError("a topic does not reach to what was read")
            last = position.next_offset if position.last_offset is None else position.last_offset
            consumer.seek(tp, max(last, begins[tp]))
        if self._positions.keys() - {self._place(tp) for tp in self._partitions}:
            raise TopicsRemadeError("a topic has fewer partitions than were read")

    async def _read(
        self, told: Callable[[frozenset[Area], Sequence[TopicAsOf]], None], stopping: asyncio.Event
    ) -> None:
        loop = asyncio.get_running_loop()
        probed_s = loop.time()
        while not stopping.is_set():
            fetched = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_RECORDS)
            changed = self._take(fetched)
            if not fetched:
                self._store.require_whole()
            if loop.time() - probed_s >= PROBE_EVERY_S:
                await self._probe()
                probed_s = loop.time()
            topics = await self._as_of()
            if all(topic.is_caught_up for topic in topics):
                self._store.complete()
            told(changed, topics)

    async def _probe(self) -> None:
        """Ask where the topics end: whether anybody answers, and whether they were made anew.

        A consumer whose brokers are gone just gives nothing, for ever.
        """
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            self._ends = await self._consumer.end_offsets(self._partitions)
        for tp, end in self._ends.items():
            position = self._positions.get(self._place(tp))
            if position is not None and position.next_offset > end:
                raise TopicsRemadeError("a topic ends before what was read")

    def _take(self, fetched: Mapping[TopicPartition, Sequence[Any]]) -> frozenset[Area]:
        batch: dict[Place, Sequence[Record]] = {}
        for tp, records in fetched.items():
            place = self._place(tp)
            batch[place] = fresh([self._record(place, record) for record in records], self._positions.get(place))
        changed = take_in(self._store, batch)
        for place, taken in batch.items():
            if taken:
                last = taken[-1]
                self._positions[place] = Position(last.offset + 1, last.offset, last.sha256, last.at_ms)
                self._note_time(place[0], last.at_ms)
        return changed

    async def _as_of(self) -> Sequence[TopicAsOf]:
        """How far each topic is. What lies before the end may be only marks of transactions, which are no records."""
        behind: dict[str, int] = {}
        reached: dict[str, bool] = {}
        for tp in self._partitions:
            position = await self._consumer.position(tp)
            end = max(self._ends[tp], self._consumer.last_stable_offset(tp) or 0)
            if position >= self._ends[tp]:
                self._reached.add(tp)
            name = self._names.in_table(tp.topic)
            behind[name] = behind.get(name, 0) + max(0, end - position)
            reached[name] = reached.get(name, True) and tp in self._reached
        return [
            TopicAsOf(name, behind[name], self._times.get(name), reached[name] and behind[name] <= BATCH_RECORDS)
            for name in behind
        ]

    def _note_time(self, topic: str, at_ms: int | None) -> None:
        if at_ms is not None:
            self._times[topic] = max(at_ms, self._times.get(topic, at_ms))

    def _place(self, tp: TopicPartition) -> Place:
        return self._names.in_table(tp.topic), tp.partition

    @staticmethod
    def _record(place: Place, record: Any) -> Record:
        return Record(*place, record.offset, record.key, record.value, record.headers, record.timestamp)


async def _connected(settings: Settings) -> Any:
    """A consumer without a group that sees committed records only, and says so when a position is not there.

    Raises:
        KafkaUnreachableError: no broker answers.
    """
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=100,
        fetch_max_bytes=_FETCH_BYTES,
        max_partition_fetch_bytes=_PARTITION_BYTES,
    )
    try:
        await asyncio.wait_for(consumer.start(), START_TIMEOUT_S)
    except (KafkaError, TimeoutError, OSError):
        await _left(consumer)
        raise unreachable(settings) from None
    return consumer


async def _left(consumer: Any) -> None:
    """Stop a consumer, whatever state it is in, within a deadline.

    aiokafka 0.14 cancels its own tasks and may let that cancellation out of `stop`, with the connections still open; in
    a task of its own it ends nothing else.
    """
    if not await _ended(stop_quietly(consumer)):
        await _ended(consumer._client.close())


async def _ended(goodbye: Coroutine[Any, Any, None]) -> bool:
    """Whether it came to an end by itself within the deadline; what it raises is of no interest any more."""
    task = asyncio.create_task(goodbye)
    await asyncio.wait({task}, timeout=LEAVE_TIMEOUT_S)
    if not task.done():
        task.cancel()
        return False
    return not task.cancelled() and task.exception() is None
