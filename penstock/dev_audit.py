"""Follows the audit topic from now on and folds what it says into the live model."""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka import TopicPartition

from penstock.live_model import LiveModel
from streams.clock import Clock
from streams.codec import DecodeError, decode_object
from streams.kafka_io import reader
from streams.settings import Settings
from streams.topics import AUDIT, TopicNames

POLL_MS: Final = 200
SEEK_TIMEOUT_S: Final = 30.0


class AuditFollower:
    """Reads committed audit records without a group; goes on where it stood when it is started again."""

    def __init__(self, settings: Settings, model: LiveModel, *, lanes: int, clock: Clock) -> None:
        self._settings, self._model, self._clock = settings, model, clock
        topic = TopicNames(settings.topic_prefix).on_broker(AUDIT.name)
        self._partitions = [TopicPartition(topic, number) for number in range(lanes)]
        self._positions: dict[TopicPartition, int] = {}
        self.started = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled; `started` is set once no later record can be missed.

        Raises:
            KafkaUnreachableError, KafkaError, TimeoutError: Kafka does not answer.
        """
        async with reader(self._settings, self._partitions) as consumer:
            if not self._positions:
                ends = await asyncio.wait_for(consumer.end_offsets(self._partitions), SEEK_TIMEOUT_S)
                self._positions.update(ends)
            for partition, offset in self._positions.items():
                consumer.seek(partition, offset)
            self.started.set()
            while True:
                for partition, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                    for record in records:
                        self._take(record.value)
                        self._positions[partition] = record.offset + 1

    def _take(self, value: bytes | None) -> None:
        try:
            self._model.take(decode_object(value or b""), self._clock())
        except (DecodeError, KeyError, ValueError):
            # A record of another version: the view does without it.
            self._model.unreadable += 1
