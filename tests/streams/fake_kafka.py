"""A Kafka in memory, as a lane's writer sees it: coordinator, leader, what is committed, and what goes wrong.

Keeps what Kafka's protocol says of transactions: epochs, announced partitions, sequence numbers, repeated commits.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from aiokafka.record.memory_records import MemoryRecords

# Versions of requests that the writer's client would choose. Keys: Kafka protocol guide.
_VERSIONS = {0: (3, 7), 22: (0, 0), 24: (0, 0), 26: (0, 0)}
_NAMES = {0: "produce", 22: "init", 24: "add", 26: "end"}
NODE = 1
# Where a batch has its first sequence number and its number of records.
_SEQUENCE = struct.Struct(">ii")
_SEQUENCE_AT = 53

# Source: Kafka protocol guide, error codes.
NOT_LEADER, NOT_COORDINATOR, OUT_OF_ORDER, INVALID_EPOCH, INVALID_STATE = 6, 16, 45, 47, 48


class Lost(Enum):
    """A connection that breaks."""

    REQUEST = "before the broker has read the request"
    ANSWER = "after the broker has done what was asked"


# What happens to a request: an error code that the broker answers without doing anything, or a connection that breaks.
Fault = int | Lost


@dataclass(slots=True)
class FakeKafka:
    """A cluster whose partitions one broker leads; `faults` happen to the next requests of a kind, in order."""

    faults: dict[str, list[Fault | None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    committed: defaultdict[TopicPartition, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    leaders: dict[TopicPartition, int | None] = field(default_factory=dict)
    coordinator: int = NODE
    epoch: int = -1
    is_closed: bool = False
    _announced: set[TopicPartition] = field(default_factory=set)
    _written: defaultdict[TopicPartition, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    _sequences: dict[TopicPartition, int] = field(default_factory=dict)

    @property
    def cluster(self) -> FakeKafka:
        """What is known of the cluster."""
        return self

    def leader_for_partition(self, tp: TopicPartition) -> int | None:
        """The broker that leads a partition."""
        return self.leaders.get(tp, NODE)

    def add_topic(self, _: str) -> None:
        """Nothing to learn before `force_metadata_update`."""

    async def force_metadata_update(self) -> None:
        """Everything has a leader from now on."""
        self.leaders.clear()

    async def bootstrap(self) -> None:
        """It is there."""

    async def close(self) -> None:
        """Nothing is sent after this."""
        self.is_closed = True

    async def coordinator_lookup(self, _kind: object, _id: str) -> int:
        """The broker that coordinates transactions."""
        self._meet("find")
        return self.coordinator

    async def send(self, node: int, request: Any) -> Any:
        """Answer a request."""
        assert not self.is_closed
        asked = request.prepare(_VERSIONS)
        name = _NAMES[asked.API_KEY]
        fault = self._meet(name)
        code = fault if isinstance(fault, int) else 0
        if node != (NODE if name == "produce" else self.coordinator):
            code = NOT_LEADER if name == "produce" else NOT_COORDINATOR
        answer = getattr(self, f"_{name}")(asked, code)
        if fault is Lost.ANSWER:
            raise KafkaConnectionError("the connection broke")
        return answer

    def _meet(self, name: str) -> Fault | None:
        self.asked.append(name)
        fault = self.faults[name].pop(0) if self.faults.get(name) else None
        if fault is Lost.REQUEST:
            raise KafkaConnectionError("the connection broke")
        return fault

    def _init(self, _: Any, code: int) -> Any:
        if not code:
            self.fence()
        return SimpleNamespace(error_code=code, producer_id=7, producer_epoch=self.epoch)

    def fence(self) -> None:
        """A newer writer comes, and what is open is undone."""
        self.epoch += 1
        self._announced.clear()
        self._written.clear()
        self._sequences.clear()

    def _add(self, asked: Any, code: int) -> Any:
        code = code or self._code_of(asked)
        targets = [TopicPartition(topic, part) for topic, parts in asked.topics for part in parts]
        if not code:
            self._announced.update(targets)
        # The first partition has the error; Kafka says of the others that they were not attempted.
        codes = [code, *[55 if code else 0] * (len(targets) - 1)]
        return SimpleNamespace(
            errors=[(tp.topic, [(tp.partition, found)]) for tp, found in zip(targets, codes, strict=True)]
        )

    def _produce(self, asked: Any, code: int) -> Any:
        answers = []
        for topic, parts in asked.topics:
            for partition, batch in parts:
                # An error meets the first partition only.
                found = code or self._append(TopicPartition(topic, partition), batch)
                answers.append((topic, [(partition, found, -1, -1, 0)]))
                code = 0
        return SimpleNamespace(topics=answers)

    def _append(self, tp: TopicPartition, batch: bytes) -> int:
        (found,) = _batches(batch)
        if found.producer_epoch != self.epoch:
            return INVALID_EPOCH
        if tp not in self._announced:
            return INVALID_STATE
        sequence, count = _SEQUENCE.unpack_from(batch, _SEQUENCE_AT)
        expected = self._sequences.get(tp, 0)
        if sequence + count == expected:
            return 0  # has it already
        if sequence != expected:
            return OUT_OF_ORDER
        self._sequences[tp] = sequence + count
        self._written[tp] += [record.value for record in found]
        return 0

    def _end(self, asked: Any, code: int) -> Any:
        code = code or self._code_of(asked)
        if not code:
            for tp, values in self._written.items():
                self.committed[tp] += values
            self._written.clear()
            self._announced.clear()
        return SimpleNamespace(error_code=code)

    def _code_of(self, asked: Any) -> int:
        return 0 if asked.producer_epoch == self.epoch else INVALID_EPOCH


def _batches(data: bytes) -> Iterable[Any]:
    records = MemoryRecords(data)
    while records.has_next():
        yield records.next_batch()
