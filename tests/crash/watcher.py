"""A live read_committed reader of what the gate writes: what it sees must be what the final reading finds.

It also notes how long each lane was silent, for what a fault costs.
"""

from __future__ import annotations

import asyncio
import hashlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from detectors.errors import GateError
from streams.kafka_io import reader
from streams.settings import Settings
from streams.topics import ACTIONS_CLEARED, AUDIT, OUTPUTS_CLEARED, TopicNames

POLL_MS: Final = 100
RETRY_S: Final = 0.5
# How long a look behind the last record may take, milliseconds.
END_LOOK_MS: Final = 1500
DIGEST_BYTES: Final = 12
# A lane without an audit record for longer than this was interrupted, seconds.
SILENCE_S: Final = 2.0
WATCHED: Final = (ACTIONS_CLEARED.name, OUTPUTS_CLEARED.name, AUDIT.name)


def digest_of(record: Any) -> bytes:
    """A short hash of everything in a record that a reader sees."""
    parts = [record.key or b"", record.value or b""]
    for name, value in record.headers:
        parts += [name.encode(), value or b""]
    return hashlib.blake2b(b"".join(b"%d:%b" % (len(part), part) for part in parts), digest_size=DIGEST_BYTES).digest()


@dataclass(slots=True)
class Seen:
    """Offsets and hashes of the records of one partition, in the order in which they were read."""

    offsets: array[int] = field(default_factory=lambda: array("q"))
    digests: bytearray = field(default_factory=bytearray)

    def add(self, record: Any) -> None:
        """Note a record."""
        self.offsets.append(record.offset)
        self.digests += digest_of(record)


@dataclass(frozen=True, slots=True)
class Silence:
    """A lane wrote no audit record from `start_s` (of the loop's clock) for `length_s`."""

    lane: int
    start_s: float
    length_s: float


class Watcher:
    """Follows the cleared topics and the audit from the beginning."""

    def __init__(self, settings: Settings, *, lanes: int) -> None:
        self._settings = settings
        names = TopicNames(settings.topic_prefix)
        self._table = {
            TopicPartition(names.on_broker(topic), lane): (topic, lane) for topic in WATCHED for lane in range(lanes)
        }
        self.seen = {where: Seen() for where in self._table.values()}
        self._next = dict.fromkeys(self._table, 0)
        self._last_s: dict[int, float] = {}
        self.silences: list[Silence] = []
        self.reopened = 0

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self._read()
            except (KafkaError, GateError, OSError, TimeoutError):
                self.reopened += 1
                await asyncio.sleep(RETRY_S)

    async def is_at_end(self) -> bool:
        """Whether every watched partition has been read to where it ends now."""
        async with reader(self._settings, self._table) as consumer:
            for partition in self._table:
                consumer.seek(partition, self._next[partition])
            ends = await consumer.end_offsets(list(self._table))
            if all(self._next[partition] >= ends[partition] for partition in self._table):
                return True
            # What is left may be control records only.
            fetched = await consumer.getmany(timeout_ms=END_LOOK_MS)
            return not any(fetched.values())

    async def _read(self) -> None:
        async with reader(self._settings, self._table) as consumer:
            for partition, offset in self._next.items():
                consumer.seek(partition, offset)
            while True:
                fetched = await consumer.getmany(timeout_ms=POLL_MS)
                for partition, records in fetched.items():
                    self._take(partition, records)

    def _take(self, partition: TopicPartition, records: Iterable[Any]) -> None:
        topic, lane = self._table[partition]
        for record in records:
            self.seen[topic, lane].add(record)
            self._next[partition] = record.offset + 1
        if topic == AUDIT.name:
            now_s = asyncio.get_running_loop().time()
            last_s = self._last_s.get(lane, now_s)
            if now_s - last_s > SILENCE_S:
                self.silences.append(Silence(lane, last_s, now_s - last_s))
            self._last_s[lane] = now_s
