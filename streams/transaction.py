"""What goes into one transaction: steps over queued records until a limit of records, bytes or time is reached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from streams.clock import Clock
from streams.codec import DeadLetterCode
from streams.effects import Emit, Fact, Step
from streams.events import Kind
from streams.gate import Gate, StepError, set_aside
from streams.input_queue import InputQueue
from streams.intake import KIND_OF_TOPIC, Event, Intake, Position, Reader, Rejected
from streams.native_step import TARGETS, outgoing
from streams.scan_pool import ScanPool
from streams.settings import Settings
from streams.state import LaneState
from streams.topics import ACTIONS_PROPOSED, INPUT_TOPICS, STATE

if TYPE_CHECKING:
    from streams._native import NativeStep, Outgoing

# Records of one topic that are taken before the next topic has its turn.
SLICE_RECORDS: Final = 64
# The event loop gets its turn at least this often, seconds.
LOOP_SLICE_S: Final = 0.005


class StepFailedError(Exception):
    """A step raised. Names where, never what; the record is put aside when the lane comes to it again."""

    def __init__(self, topic: str, offset: int, code: DeadLetterCode) -> None:
        super().__init__(f"{topic} offset {offset}: {code.value}")
        self.topic = topic
        self.offset = offset
        self.code = code


class CompiledStepError(Exception):
    """The compiled short way raised: a fault of its own. The lane opens again, and the gate goes on without it."""

    def __init__(self) -> None:
        super().__init__("the compiled short way failed")


@dataclass(slots=True)
class Work:
    """One transaction's content. `writes` is keyed by table topic and partition, `positions` by table topic.

    `is_encoded` says that records are encoded as they come, for which the compiled short way has to be there.
    """

    now_ms: int = 0
    is_encoded: bool = False
    writes: dict[tuple[str, int], list[Emit] | Outgoing] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    produced_ms: list[int] = field(default_factory=list)
    set_aside: list[tuple[str, int]] = field(default_factory=list)
    records: int = 0
    size_bytes: int = 0

    def add(self, step: Step) -> None:
        """Take a step's effects and facts in."""
        for emit in step.effects:
            self.put(emit)
            self.size_bytes += len(emit.value or b"")
        self.facts += step.facts

    def put(self, emit: Emit) -> None:
        """Take a record in that is to be written."""
        target = (emit.topic, emit.partition)
        records = self.writes.get(target)
        if records is None:
            records = self.writes[target] = outgoing(self.now_ms) if self.is_encoded else []
        if isinstance(records, list):
            records.append(emit)
        else:
            records.append(emit.key, emit.value, emit.headers)

    def encoded(self, topic: str, partition: int) -> Outgoing:
        """Where encoded records of a partition go."""
        records = self.writes.setdefault((topic, partition), outgoing(self.now_ms))
        if isinstance(records, list):
            raise TypeError("the records of this transaction are not encoded")
        return records

    def drop_empty(self) -> None:
        """Forget targets to which nothing was written."""
        self.writes = {target: records for target, records in self.writes.items() if len(records)}


async def collect(
    gate: Gate,
    state: LaneState,
    queues: Mapping[str, InputQueue],
    *,
    settings: Settings,
    reader: Reader,
    clock: Clock,
    pool: ScanPool,
    suspects: Mapping[tuple[str, int], DeadLetterCode],
) -> Work:
    """Step over queued records, due holds first, and add what the state changed.

    Raises:
        StepFailedError: a step raised; `state` must be thrown away.
    """
    now_ms = clock()
    # A suspect needs a look at each record, and is rare.
    plain = gate.compiled(reader) if settings.compiled and not suspects else None
    work = Work(now_ms, is_encoded=plain is not None)
    adopted = gate.adopt(state, now_ms)
    if adopted is not None:
        work.add(adopted)
    for step in gate.expire(state, now_ms):
        work.add(step)
    collector = _Collector(gate, state, queues, settings, reader, pool, suspects, now_ms, work, plain)
    await collector.take_turns()
    work.drop_empty()
    gate.forget(state, now_ms)
    _add_changes(work, state, now_ms)
    return work


@dataclass(slots=True)
class _Collector:
    """Steps over queued records until a limit is reached."""

    gate: Gate
    state: LaneState
    queues: Mapping[str, InputQueue]
    settings: Settings
    reader: Reader
    pool: ScanPool
    suspects: Mapping[tuple[str, int], DeadLetterCode]
    now_ms: int
    work: Work
    plain: NativeStep | None
    _targets: tuple[Outgoing, Outgoing, Outgoing, Outgoing] | None = None
    _spent_s: float = 0.0
    _slice_s: float = 0.0

    async def take_turns(self) -> None:
        """Decide records in the order in which they are decided: topics take turns, a slice each."""
        self._slice_s = asyncio.get_running_loop().time()
        names = [topic.name for topic in INPUT_TOPICS if topic.name in KIND_OF_TOPIC]
        while any(self.queues[name].size for name in names):
            for name in names:
                left = SLICE_RECORDS
                while left and self.queues[name].size:
                    left -= await self._some(name, left)
                    if await self._is_full():
                        return

    async def _some(self, topic: str, most: int) -> int:
        """Decide some of a topic's next records, at least one and at most so many."""
        queue, work = self.queues[topic], self.work
        plain = 0
        if self.plain is not None and topic == ACTIONS_PROPOSED.name:
            plain = self._run(self.plain, queue, min(most, self.settings.batch_records - work.records))
            if plain:
                return plain
        taken = queue.pop()
        # A rewind while this transaction was being collected queues again what it holds already.
        if taken is not None and taken[0].offset >= work.positions.get(topic, 0):
            record, position = taken
            await self._step(topic, record)
            work.positions[topic] = position
            work.produced_ms.append(record.timestamp)
            work.records += 1
        return 1

    def _run(self, plain: NativeStep, queue: InputQueue, most: int) -> int:
        """Decide the next actions as long as they are plain."""
        topic, work = ACTIONS_PROPOSED.name, self.work
        records = queue.peek(most)
        if not records or records[0].offset < work.positions.get(topic, 0):
            return 0
        lane, now_ms = self.state.partition, self.now_ms
        if self._targets is None:
            cleared, refused, samples, audit = (work.encoded(name, lane) for name in TARGETS)
            self._targets = (cleared, refused, samples, audit)
        room = self.settings.batch_bytes - work.size_bytes
        try:
            done, facts, size_bytes = plain.run(self.state, lane, records, now_ms, room, self._targets)
        except Exception as exc:
            self.gate.go_without_compiled(self.reader)
            raise CompiledStepError from exc
        if done:
            work.positions[topic] = queue.take(done)
            work.facts += facts
            work.size_bytes += size_bytes
            work.produced_ms += [record.timestamp for record in records[:done]]
            work.records += done
        return done

    async def _step(self, topic: str, record: Any) -> None:
        intake = read_record(self.reader, topic, self.state.partition, record)
        place = (topic, record.offset)
        try:
            if place in self.suspects:
                code = self.suspects[place]
                step = _put_aside(self.state, record, intake, code=code, now_ms=self.now_ms)
                self.work.set_aside.append(place)
            elif _is_scanned(intake) and self.pool.wants(len(record.value)):
                step = await self.pool.run(partial(self.gate.step, self.state, intake, self.now_ms))
            else:
                step = self.gate.step(self.state, intake, self.now_ms)
        except StepError as exc:
            raise StepFailedError(*place, exc.code) from None
        except Exception as exc:
            raise StepFailedError(*place, DeadLetterCode.STEP_FAILED) from exc
        self.work.add(step)

    async def _is_full(self) -> bool:
        """Whether the transaction has all that it may hold; the event loop gets its turn here."""
        work, settings, loop = self.work, self.settings, asyncio.get_running_loop()
        # Only this lane's own work counts towards its limit, not what other lanes do while it yields.
        slice_spent_s = loop.time() - self._slice_s
        if (
            work.records >= settings.batch_records
            or work.size_bytes >= settings.batch_bytes
            or self._spent_s + slice_spent_s > settings.batch_ms / 1000
        ):
            return True
        if slice_spent_s > LOOP_SLICE_S:
            self._spent_s += slice_spent_s
            await asyncio.sleep(0)
            self._slice_s = loop.time()
        return False


def read_record(reader: Reader, topic: str, partition: int, record: Any) -> Intake:
    """A record of aiokafka as the gate's intake."""
    position = Position(topic, partition, record.offset)
    return reader.read(position, key=record.key, value=record.value, headers=record.headers)


def _is_scanned(intake: Intake) -> bool:
    """Whether the step scans a text: an output, or a review that releases one from the quarantine."""
    if type(intake) is not Event:
        return False
    return intake.kind is Kind.OUTPUT or (intake.kind is Kind.REVIEW and "sealed" in intake.fields)


def _put_aside(state: LaneState, record: Any, intake: Intake, *, code: DeadLetterCode, now_ms: int) -> Step:
    """The dead letter of a record whose step raised before."""
    rejected = Rejected(intake.position, code, "the step failed", record.key, record.value, intake.trace)
    return set_aside(state, rejected, now_ms)


def _add_changes(work: Work, state: LaneState, now_ms: int) -> None:
    """Write what the state changed, and the positions. Nothing is written when nothing happened."""
    state.positions.update(work.positions)
    if not work.writes:
        return
    for key, value in state.take_changes(now_ms):
        work.put(Emit(STATE.name, key.encode(), value, [], state.partition))
