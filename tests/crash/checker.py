"""Reads everything back with read_committed and proves that the gate did what it must, lane by lane.

One pass over each lane: the audit leads, each record's source is read from its input topic, the replay says what must
have been written, and the output topics are read alongside. Beside the replay, books are kept that need none: `ledger`
on the chain and on what is released once, `turns` on the order of workflows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiokafka import TopicPartition

from streams.effects import Emit
from streams.gate import Gate
from streams.intake import FORWARDED_HEADER, Reader
from streams.kafka_io import read_to_end, reader
from streams.settings import Settings
from streams.state import LaneState
from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_REFUSED,
    APPROVALS_REQUESTED,
    AUDIT,
    DEADLETTERS,
    INPUT_TOPICS,
    OUTPUTS_CLEARED,
    QUARANTINE,
    SAMPLES,
    STATE,
    TopicNames,
)
from tests.crash.cursors import Cursor
from tests.crash.events import FORGED
from tests.crash.ledger import Ledger, same
from tests.crash.replay import LaneReplay, ReplayError, Source, differences
from tests.crash.turns import Turns
from tests.crash.verdict import Fault, Verdict
from tests.crash.watcher import Seen

INPUTS: Final = tuple(topic.name for topic in INPUT_TOPICS)
OUTPUTS: Final = tuple(
    topic.name
    for topic in (
        ACTIONS_CLEARED,
        ACTIONS_REFUSED,
        APPROVALS_REQUESTED,
        SAMPLES,
        OUTPUTS_CLEARED,
        QUARANTINE,
        DEADLETTERS,
    )
)


@dataclass(slots=True)
class Forwards:
    """Strays sent on by any lane, and arrivals found in any lane; in the end they are the same."""

    sent: Counter[tuple[Any, ...]]
    arrived: Counter[tuple[Any, ...]]

    def send(self, emit: Emit) -> None:
        """A lane must have sent this on."""
        self.sent[emit.topic, emit.partition, emit.key, emit.value, tuple(emit.headers)] += 1

    def arrive(self, topic: str, record: Any) -> None:
        """A record of an input topic that bears the mark of a forwarded one."""
        marks = [value for name, value in record.headers if name == FORWARDED_HEADER]
        if marks and FORGED not in marks:
            self.arrived[topic, record.partition, record.key, record.value, tuple(record.headers)] += 1

    def judge(self, verdict: Verdict) -> None:
        """Blame what was sent on and did not arrive, and what arrived and was not sent."""
        for forward in (self.sent - self.arrived).elements():
            verdict.blame(Fault.LOST, f"a stray sent to {forward[0]} partition {forward[1]} is not there")
        for forward in (self.arrived - self.sent).elements():
            verdict.blame(Fault.TWICE, f"a stray in {forward[0]} partition {forward[1]} was sent by nobody")


class LaneCheck:
    """The check of one lane. `cursors` are by table topic."""

    def __init__(
        self,
        lane: int,
        cursors: Mapping[str, Cursor],
        *,
        replay: LaneReplay,
        forwards: Forwards,
        seen: Mapping[str, Seen],
    ) -> None:
        self._lane, self._cursors = lane, cursors
        self._replay, self._forwards = replay, forwards
        self._live = seen
        self._read = {topic: Seen() for topic in seen}
        self._decided: dict[str, int] = {}
        self.verdict = Verdict()
        self.ledger = Ledger(lane, self.verdict)
        self.turns = Turns(lane, self.verdict)

    async def run(self) -> Verdict:
        """Follow the audit to its end, then account for what is left over."""
        while (record := await self._cursors[AUDIT.name].next()) is not None:
            self._note(AUDIT.name, record)
            audit = orjson.loads(record.value)
            self.ledger.audit(record.value, audit)
            source = await self._source(audit)
            self.turns.audit(audit, None if source is None else source.value)
            try:
                emits = self._replay.follow(audit, source)
            except ReplayError as error:
                self.verdict.blame(Fault.CONTRADICTION, f"lane {self._lane} audit {audit['seq']}: {error}")
                continue
            for emit in emits:
                await self._compare(emit, record, audit["seq"])
        await self._left_over()
        self.turns.close()
        self._compare_live()
        return self.verdict

    async def _source(self, audit: Mapping[str, Any]) -> Source | None:
        """The input record that the audit names. What is passed over has no audit record; what lies behind has two."""
        where = audit["source"]
        if where is None:
            return None
        topic, offset = where["topic"], where["offset"]
        if where["partition"] != self._lane or topic not in INPUTS:
            self.verdict.blame(Fault.CONTRADICTION, f"lane {self._lane} decides about {where}")
            return None
        cursor = self._cursors[topic]
        while (record := await cursor.peek()) is not None and record.offset <= offset:
            await cursor.next()
            self.verdict.inputs += 1
            self._forwards.arrive(topic, record)
            if record.offset == offset:
                self._decided[topic] = offset
                return Source(record.key, record.value, tuple(record.headers))
            self.verdict.blame(Fault.LOST, f"{topic} partition {self._lane} offset {record.offset} has no audit record")
        self.verdict.blame(Fault.TWICE, f"{topic} partition {self._lane} offset {offset} is audited again")
        return None

    async def _compare(self, emit: Emit, audit_record: Any, seq: int) -> None:
        """Compare what a step emits with what stands on the topic."""
        if emit.topic in INPUTS:
            self._forwards.send(emit)
            return
        record = audit_record if emit.topic == AUDIT.name else await self._next_output(emit.topic)
        if record is None:
            self.verdict.blame(Fault.LOST, f"lane {self._lane} audit {seq}: {emit.topic} ends before its record")
        elif emit.partition != self._lane or not same(record, emit):
            what = f"{emit.topic} offset {record.offset} is not what a replay of audit {seq} gives"
            self.verdict.blame(Fault.CONTRADICTION, f"lane {self._lane}: {what}")

    async def _next_output(self, topic: str) -> Any:
        record = await self._cursors[topic].next()
        if record is not None:
            self._note(topic, record)
            if topic in (ACTIONS_CLEARED.name, OUTPUTS_CLEARED.name):
                value = orjson.loads(record.value)
                self.ledger.release(topic, record.offset, value, record.key)
                if topic == ACTIONS_CLEARED.name:
                    self.turns.clear(value)
        return record

    def _note(self, topic: str, record: Any) -> None:
        if topic in self._read:
            self._read[topic].add(record)

    async def _left_over(self) -> None:
        for topic in INPUTS:
            while (record := await self._cursors[topic].next()) is not None:
                self.verdict.inputs += 1
                self._forwards.arrive(topic, record)
                what = f"{topic} partition {self._lane} offset {record.offset} has no audit record"
                self.verdict.blame(Fault.LOST, what)
        for topic in OUTPUTS:
            while (record := await self._next_output(topic)) is not None:
                what = f"{topic} partition {self._lane} offset {record.offset} has no audit record"
                self.verdict.blame(Fault.CONTRADICTION, what)

    def _compare_live(self) -> None:
        for topic, live in self._live.items():
            read = self._read[topic]
            if live.offsets != read.offsets or live.digests != read.digests:
                what = f"{topic} partition {self._lane}: {len(live.offsets)} seen live, {len(read.offsets)} read back"
                self.verdict.blame(Fault.VANISHED, what)

    def compare_state(self, restored: LaneState, now_ms: int) -> None:
        """Compare the state on the state topic with the one that the replay ended with."""
        replayed = self._replay.state
        if (restored.audit_seq, restored.audit_head) != (self.ledger.seq, self.ledger.head):
            self.verdict.blame(Fault.FORK, f"lane {self._lane}: the state's head is not the chain's")
        for text in differences(restored, replayed):
            self.verdict.blame(Fault.STATE, f"lane {self._lane}: {text}")
        for topic, offset in self._decided.items():
            if restored.positions.get(topic, 0) <= offset:
                what = f"lane {self._lane}: the position of {topic} is {restored.positions.get(topic)}"
                self.verdict.blame(Fault.STATE, f"{what}, decided is {offset}")
        if restored.holds.keys() != self.ledger.pending():
            self.verdict.blame(Fault.STATE, f"lane {self._lane}: pending holds are not those of the audit")
        overdue = [f"hold {hold.hold_id}" for hold in restored.holds.values() if hold.next_due_ms < now_ms]
        overdue += [f"run {run.run_id}" for run in restored.runs.runs.values() if run.next_due_ms < now_ms]
        for name in overdue:
            self.verdict.blame(Fault.LOST, f"lane {self._lane}: {name} is overdue and nothing was done about it")


class Checker:
    """Checks a whole run. `gates` by full snapshot; `overdue_ms` is when a hold that is due must have been resolved."""

    def __init__(self, settings: Settings, gates: Mapping[str, Gate], *, lanes: int) -> None:
        self._settings, self._gates, self._lanes = settings, gates, lanes
        self._names = TopicNames(settings.topic_prefix)

    async def check(self, seen: Mapping[tuple[str, int], Seen], *, overdue_ms: int) -> Verdict:
        """The verdict on everything that is on the topics now."""
        verdict, forwards = Verdict(), Forwards(Counter(), Counter())
        for lane in range(self._lanes):
            live = {topic: records for (topic, number), records in seen.items() if number == lane}
            verdict.add(await self._check_lane(lane, forwards, live, overdue_ms=overdue_ms))
        forwards.judge(verdict)
        return verdict

    async def _check_lane(self, lane: int, forwards: Forwards, live: Mapping[str, Seen], *, overdue_ms: int) -> Verdict:
        reads = Reader(self._lanes, self._settings.max_event_bytes)
        partitions = {
            topic: TopicPartition(self._names.on_broker(topic), lane) for topic in (*INPUTS, *OUTPUTS, AUDIT.name)
        }
        async with reader(self._settings, partitions.values()) as consumer:
            ends = await consumer.end_offsets(list(partitions.values()))
            cursors = {topic: Cursor(consumer, tp, ends[tp]) for topic, tp in partitions.items()}
            replay = LaneReplay(LaneState(lane), self._gates, reads)
            check = LaneCheck(lane, cursors, replay=replay, forwards=forwards, seen=live)
            await check.run()
        check.compare_state(await restore(self._settings, self._names, lane), overdue_ms)
        return check.verdict


async def restore(settings: Settings, names: TopicNames, lane: int) -> LaneState:
    """A lane's state, as a worker that opens it reads it."""
    state, partition = LaneState(lane), TopicPartition(names.on_broker(STATE.name), lane)
    async with reader(settings, [partition]) as consumer:
        async for record in read_to_end(consumer, [partition]):
            state.restore(record.key.decode(), record.value, orjson.loads)
    return state
