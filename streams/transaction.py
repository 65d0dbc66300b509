"""What goes into one transaction: steps over queued records until a limit of records, bytes or time is reached."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from streams.clock import Clock
from streams.codec import DeadLetterCode
from streams.effects import Emit, Fact, Step
from streams.events import Kind
from streams.gate import Gate, StepError, set_aside
from streams.input_queue import InputQueue
from streams.intake import KIND_OF_TOPIC, Event, Intake, Position, Reader, Rejected
from streams.scan_pool import ScanPool
from streams.settings import Settings
from streams.state import LaneState
from streams.topics import INPUT_TOPICS, STATE

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


@dataclass(slots=True)
class Work:
    """One transaction's content. `writes` is keyed by table topic and partition, `positions` by table topic."""

    writes: dict[tuple[str, int], list[Emit]] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    produced_ms: list[int] = field(default_factory=list)
    set_aside: list[tuple[str, int]] = field(default_factory=list)
    records: int = 0
    size_bytes: int = 0

    def add(self, step: Step) -> None:
        """Take a step's effects and facts in."""
        writes = self.writes
        for emit in step.effects:
            target = (emit.topic, emit.partition)
            if target in writes:
                writes[target].append(emit)
            else:
                writes[target] = [emit]
            self.size_bytes += len(emit.value or b"")
        self.facts += step.facts


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
    work, loop = Work(), asyncio.get_running_loop()
    now_ms = clock()
    adopted = gate.adopt(state, now_ms)
    if adopted is not None:
        work.add(adopted)
    for step in gate.expire(state, now_ms):
        work.add(step)
    # Only this lane's own work counts towards its limit, not what other lanes do while it yields.
    spent_s, slice_s = 0.0, loop.time()
    for topic, record, position in _turns(queues):
        if record.offset < work.positions.get(topic, 0):
            continue  # a rewind while this transaction was being collected has queued it again
        intake = read_record(reader, topic, state.partition, record)
        try:
            if (topic, record.offset) in suspects:
                code = suspects[topic, record.offset]
                step = _put_aside(state, record, intake, code=code, now_ms=now_ms)
                work.set_aside.append((topic, record.offset))
            elif _is_scanned(intake) and pool.wants(len(record.value)):
                step = await pool.run(partial(gate.step, state, intake, now_ms))
            else:
                step = gate.step(state, intake, now_ms)
        except StepError as exc:
            raise StepFailedError(topic, record.offset, exc.code) from None
        except Exception as exc:
            raise StepFailedError(topic, record.offset, DeadLetterCode.STEP_FAILED) from exc
        work.add(step)
        work.positions[topic] = position
        work.produced_ms.append(record.timestamp)
        work.records += 1
        slice_spent_s = loop.time() - slice_s
        if (
            work.records >= settings.batch_records
            or work.size_bytes >= settings.batch_bytes
            or spent_s + slice_spent_s > settings.batch_ms / 1000
        ):
            break
        if slice_spent_s > LOOP_SLICE_S:
            spent_s += slice_spent_s
            await asyncio.sleep(0)
            slice_s = loop.time()
    gate.forget(state, now_ms)
    _add_changes(work, state, now_ms)
    return work


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


def _turns(queues: Mapping[str, InputQueue]) -> Iterable[tuple[str, Any, int]]:
    """Queued records in the order in which they are decided: topics take turns, a slice each."""
    names = [topic.name for topic in INPUT_TOPICS if topic.name in KIND_OF_TOPIC]
    while any(queues[name].size for name in names):
        for name in names:
            for _ in range(SLICE_RECORDS):
                taken = queues[name].pop()
                if taken is None:
                    break
                yield name, *taken


def _add_changes(work: Work, state: LaneState, now_ms: int) -> None:
    """Write what the state changed, and the positions. Nothing is written when nothing happened."""
    state.positions.update(work.positions)
    if not work.writes:
        return
    changes = [Emit(STATE.name, key.encode(), value, [], state.partition) for key, value in state.take_changes(now_ms)]
    work.writes[STATE.name, state.partition] = changes
