"""Whoever answers the gate: reads what it writes, and writes what people and executors make of it, a while later."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Mapping
from typing import Any, Final

import orjson
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from detectors.errors import GateError
from streams.kafka_io import reader
from streams.settings import Settings
from streams.topics import TopicNames
from tests.crash.answers import Answer, choice_for
from tests.crash.delivery import Writer
from tests.crash.events import Message

POLL_MS: Final = 100
RETRY_S: Final = 0.5


class Desk:
    """Answers the records of some topics until cancelled; `answers` are by the topic's name in the table."""

    def __init__(
        self, settings: Settings, writer: Writer, answers: Mapping[str, Answer], *, lanes: int, seed: int
    ) -> None:
        self._settings, self._writer, self._seed = settings, writer, seed
        names = TopicNames(settings.topic_prefix)
        self._answers = {
            TopicPartition(names.on_broker(topic), lane): answer
            for topic, answer in answers.items()
            for lane in range(lanes)
        }
        self._next = dict.fromkeys(self._answers, 0)
        self._due: list[tuple[float, int, Message]] = []
        self._count = 0

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self._read()
            except (KafkaError, GateError, OSError, TimeoutError):
                await asyncio.sleep(RETRY_S)

    async def _read(self) -> None:
        async with reader(self._settings, self._answers) as consumer:
            for partition, offset in self._next.items():
                consumer.seek(partition, offset)
            while True:
                fetched = await consumer.getmany(timeout_ms=POLL_MS)
                for partition, records in fetched.items():
                    for record in records:
                        self._take(self._answers[partition], orjson.loads(record.value))
                        self._next[partition] = record.offset + 1
                await self._write_due()

    def _take(self, answer: Answer, value: Mapping[str, Any]) -> None:
        now_s = asyncio.get_running_loop().time()
        for delay_s, message in answer(value, choice_for(value, self._seed)):
            self._count += 1
            heapq.heappush(self._due, (now_s + delay_s, self._count, message))

    async def _write_due(self) -> None:
        now_s, messages = asyncio.get_running_loop().time(), []
        while self._due and self._due[0][0] <= now_s:
            messages.append(heapq.heappop(self._due)[2])
        if messages:
            await self._writer.write(messages)
