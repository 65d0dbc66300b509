"""Whole partitions read once, in offset order, a few at a time, with read_committed."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

from aiokafka import TopicPartition

# Records fetched at a time.
CHUNK_RECORDS: Final = 2000
# A partition that gives nothing for so long although it has not ended is stuck, seconds.
STALL_S: Final = 60.0


class StuckError(Exception):
    """A partition could not be read to its end."""


class Cursor:
    """Reads one partition that `consumer` is assigned, up to `end`."""

    def __init__(self, consumer: Any, partition: TopicPartition, end: int) -> None:
        self._consumer, self._partition, self._end = consumer, partition, end
        self._records: deque[Any] = deque()
        self._is_at_end = False
        self.read = 0

    async def peek(self) -> Any:
        """The next record, which stays; None at the end."""
        if not self._records and not self._is_at_end:
            await self._fetch()
        return self._records[0] if self._records else None

    async def next(self) -> Any:
        """The next record; None at the end."""
        record = self._records[0] if self._records else await self.peek()
        if record is not None:
            self._records.popleft()
            self.read += 1
        return record

    async def _fetch(self) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + STALL_S
        while not self._records:
            if await self._consumer.position(self._partition) >= self._end:
                self._is_at_end = True
                return
            if loop.time() > until_s:
                raise StuckError(f"{self._partition.topic} partition {self._partition.partition} does not end")
            fetched = await self._consumer.getmany(self._partition, timeout_ms=500, max_records=CHUNK_RECORDS)
            for records in fetched.values():
                self._records.extend(record for record in records if record.offset < self._end)
