"""A lane in memory: the same load through the gate's steps, without Kafka, as the topics would hold it.

For tests of the checker itself: what it must accept, and, after a change by hand, what it must refuse.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import orjson

from streams.effects import Emit
from streams.gate import Gate
from streams.intake import Position, Reader
from streams.sealing import Sealer
from streams.state import LaneState
from streams.terms import Limits, Terms, gate_scanner
from streams.topics import INPUT_TOPICS
from tests.crash.answers import answers, choice_for
from tests.crash.events import Load, Message
from tests.crash.policy import bundles

# A full minute comes in the middle, when queues are looked at.
START_MS = 1_700_000_032_000
STEP_MS = 40
HOLD_S = 5.0
INPUTS = frozenset(topic.name for topic in INPUT_TOPICS)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as a reader of a topic sees it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class Topics:
    """All topics of one lane. Offsets leave gaps, as transactions do."""

    lane: int
    records: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))

    def append(self, topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> int:
        """Write a record; gives its offset."""
        known = self.records[topic]
        offset = known[-1].offset + 1 + len(known) % 2 if known else 0
        known.append(Record(self.lane, offset, key, value, tuple(headers)))
        return offset

    def change(self, topic: str, index: int, **fields: Any) -> None:
        """Change a record by hand."""
        self.records[topic][index] = replace(self.records[topic][index], **fields)


class MemoryCursor:
    """Reads one topic of `Topics`, as `tests.crash.cursors.Cursor` reads a partition."""

    def __init__(self, records: list[Record]) -> None:
        self._records = records
        self._at = 0

    async def peek(self) -> Any:
        """The next record, which stays; None at the end."""
        return self._records[self._at] if self._at < len(self._records) else None

    async def next(self) -> Any:
        """The next record; None at the end."""
        record = await self.peek()
        self._at += record is not None
        return record


@cache
def gates() -> dict[str, Gate]:
    """The gates under the run's bundles, by full snapshot."""
    scanner, limits = gate_scanner(), Limits(hold_timeout_ms=int(HOLD_S * 1000))
    sealer = Sealer(b"p" * 32)
    return {bundle.snapshot: Gate(Terms(bundle, scanner, b"s" * 32, limits, sealer)) for bundle in bundles()}


@dataclass(slots=True)
class MemoryLane:
    """Lane 0 in memory: a real gate steps over one record at a time, each in a transaction of its own."""

    topics: Topics = field(default_factory=lambda: Topics(0))
    state: LaneState = field(default_factory=lambda: LaneState(0))
    reader: Reader = field(default_factory=lambda: Reader(1, 512 * 1024))

    def take(self, gate: Gate, message: Message | None, now_ms: int) -> list[Emit]:
        """Do what came due, and step over a record; gives what was written, input topics left out."""
        topics, state = self.topics, self.state
        adopted = gate.adopt(state, now_ms)
        steps = ([] if adopted is None else [adopted]) + gate.expire(state, now_ms)
        if message is not None:
            offset = topics.append(message.topic, message.key, message.value, message.headers)
            position = Position(message.topic, 0, offset)
            intake = self.reader.read(position, key=message.key, value=message.value, headers=message.headers)
            steps.append(gate.step(state, intake, now_ms))
            state.positions[message.topic] = offset + 1
        written = [emit for step in steps for emit in step.effects if emit.topic not in INPUTS]
        for emit in written:
            topics.append(emit.topic, emit.key, emit.value, emit.headers)
        return written


def run_lane(events: int, *, seed: int = 3) -> tuple[Topics, LaneState]:
    """A lane after so many events, with reviews, outcomes, what time brings and policy switches."""
    lane, both = MemoryLane(), list(gates().values())
    load, answered = Load(seed, lanes=1, agents=5, refunds=3), answers(lanes=1, hold_timeout_s=HOLD_S)
    due: list[tuple[float, int, Message]] = []
    given = 0
    for number in range(events):
        now_ms = START_MS + number * STEP_MS
        gate = both[number // (events // 3 + 1) % 2]
        message = heapq.heappop(due)[2] if due and due[0][0] <= now_ms else load.next()
        for emit in lane.take(gate, message, now_ms):
            if emit.topic not in answered or emit.value is None:
                continue
            value = orjson.loads(emit.value)
            for delay_s, answer in answered[emit.topic](value, choice_for(value, seed)):
                given += 1
                heapq.heappush(due, (now_ms + delay_s * 1000, given, answer))
    return lane.topics, lane.state
