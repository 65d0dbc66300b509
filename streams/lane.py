"""A lane: the single writer of everything that derives from one partition number.

Theory of operation. A lane owns partition n of every input topic. It has one transactional writer; starting it
fences every earlier owner. Only then the lane reads its state back, and starts from the input positions *in that
state*. A batch is one transaction: what the gate's steps emit, the state that they changed, and the positions. If
anything fails, the lane throws its memory away and opens again from what is committed; nothing is ever half done. A
record whose step raised is put aside as a dead letter when the lane comes to it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import orjson
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError, ProducerFenced

from detectors.errors import GateError
from streams.clock import Clock
from streams.codec import DeadLetterCode
from streams.driver import Batch
from streams.gate import Gate
from streams.input_queue import InputQueue, Offer
from streams.intake import Reader
from streams.kafka_io import START_TIMEOUT_S, read_to_end, reader, stop_quietly, unreachable
from streams.lane_writer import LaneWriter
from streams.metrics import Metrics
from streams.scan_pool import ScanPool
from streams.settings import Settings
from streams.state import LaneState
from streams.topics import INPUT_TOPICS, STATE, TopicNames
from streams.transaction import StepFailedError, Work, collect

# Queued records of one topic above which its partition is paused, and under which it is resumed.
PAUSE_ABOVE: Final = 4000
RESUME_UNDER: Final = 2000
# After a fence the group coordinator must speak first: a zombie learns there that it has lost its partitions.
FENCED_PAUSE_S: Final = 3.0
FAILED_PAUSE_S: Final = 0.5
MAX_PAUSE_S: Final = 5.0
IDLE_WAIT_S: Final = 1.0
SEEK_EVERY_S: Final = 0.5
# A small transaction costs the broker and us as much as one of a hundred records: a lane that has just committed
# gathers for so long, unless that many records wait already. Seconds; records.
GATHER_S: Final = 0.01
GATHER_UNDER: Final = 500
CLOSE_TIMEOUT_S: Final = 8.0
# Records of one transaction whose latency is observed, evenly spread; one observation costs as much as a decision.
LATENCY_SAMPLES: Final = 16

log = structlog.get_logger()


class InputLostError(GateError):
    """Kafka no longer has what the lane should read next."""

    code = "INPUT_LOST"


class Inputs(Protocol):
    """The consumer, as a lane needs it. Topics are names of the table."""

    async def seek(self, topic: str, partition: int, offset: int) -> None:
        """Read on from `offset`."""

    async def bounds(self, topic: str, partition: int) -> tuple[int | None, int, int]:
        """Committed (or None), first and next offset."""

    def position(self, topic: str, partition: int) -> int | None:
        """Where the consumer stands."""

    def pause(self, topic: str, partition: int) -> None:
        """Stop fetching."""

    def resume(self, topic: str, partition: int) -> None:
        """Fetch again."""


@dataclass(frozen=True, slots=True)
class LaneContext:
    """What all lanes of a worker share. `current_gate` gives the gate in force, None while no policy is readable."""

    settings: Settings
    names: TopicNames
    inputs: Inputs
    reader: Reader
    metrics: Metrics
    clock: Clock
    pool: ScanPool
    current_gate: Callable[[], Gate | None]
    on_fatal: Callable[[GateError], None]


class Lane:
    """Owner of partition `partition` from `start` until `close`."""

    def __init__(self, context: LaneContext, partition: int) -> None:
        self._context = context
        self.partition = partition
        self.queues = {topic.name: InputQueue() for topic in INPUT_TOPICS}
        self.state: LaneState | None = None
        self.ready = asyncio.Event()
        self.idle = asyncio.Event()
        self._wake = asyncio.Event()
        self._paused: set[str] = set()
        self._suspects: dict[tuple[str, int], DeadLetterCode] = {}
        self._sought: dict[str, float] = {}
        self._writer: LaneWriter | None = None
        self._closing = False
        self._failures = 0
        self._progress_s = asyncio.get_running_loop().time()
        self._committed_s = 0.0
        self._task = asyncio.create_task(self._main(), name=f"lane-{partition}")

    @property
    def stalled_s(self) -> float:
        """For how long the lane could not do what there was to do."""
        return asyncio.get_running_loop().time() - self._progress_s

    def positions(self) -> dict[str, int]:
        """The committed read positions by topic; empty while the lane is not open."""
        if not self.ready.is_set():
            return {}
        return {topic: queue.done for topic, queue in self.queues.items() if queue.done is not None}

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    async def feed(self, topic: str, batch: Batch) -> None:
        """Take a fetched batch of one input topic; called by the Faust agents."""
        queue = self.queues[topic]
        offer = queue.offer(batch.before, batch.after, batch.records)
        if offer is Offer.HOLE:
            self._context.metrics.holes.inc()
            await self._seek(topic, every_s=SEEK_EVERY_S)
        elif offer is Offer.TAKEN:
            self._wake.set()
            if queue.size > PAUSE_ABOVE and topic not in self._paused:
                self._paused.add(topic)
                self._context.inputs.pause(topic, self.partition)

    async def seek_all(self) -> None:
        """Send the consumer to where the lane wants to read on."""
        for topic in self.queues:
            await self._seek(topic, every_s=0)

    def revoke(self) -> None:
        """Partitions are being taken away: drop what is undecided; an open transaction goes on."""
        for queue in self.queues.values():
            queue.clear()
        self._paused.clear()

    def rewind(self) -> None:
        """After `revoke`, want what is not committed again; a lane that is just opening keeps what it has opened."""
        for queue in self.queues.values():
            queue.rewind()

    async def close(self) -> None:
        """Finish the open transaction and end, within a deadline."""
        self._closing = True
        self._wake.set()
        await asyncio.wait([self._task], timeout=CLOSE_TIMEOUT_S)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _seek(self, topic: str, *, every_s: float) -> None:
        queue, now_s = self.queues[topic], asyncio.get_running_loop().time()
        if queue.want is None or now_s - self._sought.get(topic, -1e9) < every_s:
            return
        self._sought[topic] = now_s
        try:
            await self._context.inputs.seek(topic, self.partition, queue.want)
        except (KafkaError, IllegalStateError, TimeoutError) as exc:
            log.warning("seek_failed", topic=topic, partition=self.partition, error=type(exc).__name__)

    async def _main(self) -> None:
        while not self._closing:
            try:
                await self._open()
                await self.seek_all()
                self._failures = 0
                self.ready.set()
                await self._run()
            except asyncio.CancelledError:
                await self._drop_writer()
                raise
            except Exception as exc:
                await self._recover(exc)
        self.idle.set()
        await self._drop_writer()

    async def _recover(self, exc: Exception) -> None:
        """Throw memory and writer away, and wait a little."""
        cause = _cause(exc)
        self._context.metrics.lane_reopened.labels(cause).inc()
        detail = str(exc) if isinstance(exc, GateError) else None
        log.warning("lane_reopened", partition=self.partition, cause=cause, error=type(exc).__name__, detail=detail)
        if isinstance(exc, InputLostError):
            self._context.on_fatal(exc)
        if isinstance(exc, StepFailedError):
            self._suspects[exc.topic, exc.offset] = exc.code
        for topic, queue in self.queues.items():
            queue.close()
            # The queue that was too long is empty now; nothing else would let the consumer go on.
            if topic in self._paused:
                self._context.inputs.resume(topic, self.partition)
        self._paused.clear()
        self.state = None
        self.ready.clear()
        self.idle.set()
        await self._drop_writer()
        self._failures += 1
        pause_s = FENCED_PAUSE_S if cause == "fenced" else min(FAILED_PAUSE_S * self._failures, MAX_PAUSE_S)
        self._wake.clear()
        until_s = asyncio.get_running_loop().time() + pause_s
        while not self._closing and asyncio.get_running_loop().time() < until_s:
            await asyncio.sleep(0.05)

    async def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            await stop_quietly(writer)

    async def _open(self) -> None:
        """Fence, then restore, then take up the positions of the state."""
        context = self._context
        self.idle.clear()
        writer = self._writer = LaneWriter(context.settings, self.partition)
        try:
            await asyncio.wait_for(writer.start(), START_TIMEOUT_S)
        except (OSError, TimeoutError):
            raise unreachable(context.settings) from None
        state = LaneState(self.partition)
        partition = TopicPartition(context.names.on_broker(STATE.name), self.partition)
        records = 0
        async with reader(context.settings, [partition]) as consumer:
            async for record in read_to_end(consumer, [partition]):
                state.restore(record.key.decode(), record.value, orjson.loads)
                records += 1
        for topic, queue in self.queues.items():
            queue.open(await self._start_of(topic, state))
        self.state = state
        log.info("lane_opened", partition=self.partition, state_records=records, verdicts=len(state.verdicts))

    async def _start_of(self, topic: str, state: LaneState) -> int:
        """Where to read on: the state's position, else the group's, else the beginning.

        Raises:
            InputLostError: Kafka does not have that position any more.
        """
        committed, first, end = await self._context.inputs.bounds(topic, self.partition)
        stored = state.positions.get(topic)
        if stored is None:
            return first if committed is None else committed
        if committed is not None and committed > stored:
            # The report follows the state. Ahead of it: a newer owner has the lane, and this one is fenced at its first
            # write; or the state topic has lost its end.
            log.warning("positions_disagree", topic=topic, partition=self.partition, group=committed, state=stored)
        if first <= stored <= end:
            return stored
        if not self._context.settings.unsafe_skip_lost_input:
            raise InputLostError(
                f"{topic} partition {self.partition} holds offsets {first} to {end}, the lane wants {stored}",
                advice="find out what was lost; unsafe_skip_lost_input goes on without it",
            )
        log.error("input_skipped", topic=topic, partition=self.partition, wanted=stored, first=first, end=end)
        return first if stored < first else end

    async def _run(self) -> None:
        while not self._closing:
            gate = self._context.current_gate()
            if gate is None or not self._has_work(gate):
                await self._wait()
                continue
            await self._gather()
            self.idle.clear()
            self._wake.clear()
            await self._transact(gate)

    async def _gather(self) -> None:
        """Right after a transaction, let a few records come together; a lane that was idle starts at once."""
        wait_s = self._committed_s + GATHER_S - asyncio.get_running_loop().time()
        if wait_s > 0 and sum(queue.size for queue in self.queues.values()) < GATHER_UNDER:
            await asyncio.sleep(wait_s)

    def _has_work(self, gate: Gate) -> bool:
        state = self.state
        if state is None:
            return False
        due = gate.next_due_ms(state)
        return (
            any(queue.size for queue in self.queues.values())
            or state.snapshot != gate.terms.bundle.snapshot
            or state.kill != gate.terms.kill_digest
            or (due is not None and due <= self._context.clock())
        )

    async def _wait(self) -> None:
        """Wait for a batch, a deadline or a new policy."""
        self.idle.set()
        self._progress_s = asyncio.get_running_loop().time()
        due = None if self.state is None else self.state.next_due_ms()
        timeout_s = IDLE_WAIT_S if due is None else max(0.0, min(IDLE_WAIT_S, (due - self._context.clock()) / 1000))
        try:
            await asyncio.wait_for(self._wake.wait(), timeout_s)
        except TimeoutError:
            for topic, queue in self.queues.items():
                if not queue.size and self._context.inputs.position(topic, self.partition) != queue.want:
                    await self._seek(topic, every_s=1.0)
        self._wake.clear()

    async def _transact(self, gate: Gate) -> None:
        """One transaction: collect, write, wait for all of it, commit."""
        context, state, writer = self._context, self.state, self._writer
        if state is None or writer is None:
            return
        work = await collect(
            gate,
            state,
            self.queues,
            settings=context.settings,
            reader=context.reader,
            clock=context.clock,
            pool=context.pool,
            suspects=self._suspects,
        )
        if not work.writes:
            return
        writes = {
            (context.names.on_broker(topic), partition): emits for (topic, partition), emits in work.writes.items()
        }
        # The read positions are in the state that is written here; the group's offsets are only a report.
        await writer.write(writes)
        self._committed(work)

    def _committed(self, work: Work) -> None:
        context = self._context
        self._progress_s = self._committed_s = asyncio.get_running_loop().time()
        for topic, position in work.positions.items():
            queue = self.queues[topic]
            queue.commit(position)
            if topic in self._paused and queue.size < RESUME_UNDER:
                self._paused.discard(topic)
                context.inputs.resume(topic, self.partition)
        for suspect in work.set_aside:
            self._suspects.pop(suspect, None)
        context.metrics.transactions.inc()
        context.metrics.count(work.facts)
        now_ms = context.clock()
        for produced_ms in work.produced_ms[:: 1 + len(work.produced_ms) // LATENCY_SAMPLES]:
            context.metrics.latency.observe(max(0, now_ms - produced_ms) / 1000)


def _cause(exc: Exception) -> str:
    """The closed set of causes for which a lane opens again."""
    if isinstance(exc, ProducerFenced):
        return "fenced"
    if isinstance(exc, StepFailedError):
        return "step"
    if isinstance(exc, InputLostError):
        return "input"
    if isinstance(exc, KafkaError | OSError | TimeoutError | GateError):
        return "broker"
    return "other"
