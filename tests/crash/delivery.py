"""Writing to the input topics through crashes of the broker: at a set rate, in bursts, reviews, policy activations.

What the checker counts is what arrived on the topics; a record that could not be written is counted here and forgotten.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from policies.bundle import Bundle
from streams.kafka_io import stop_quietly
from streams.policy_feed import activation_records
from streams.settings import Settings
from streams.topics import POLICIES, RECORD_BYTES, TopicNames
from tests.crash.events import Load, Message

TICK_S: Final = 0.05
ACTIVATED_BY: Final = "crash harness"
# A record that the broker has not acknowledged after this counts as not written, seconds.
SEND_TIMEOUT_S: Final = 60.0
RETRY_S: Final = 0.5
# Records on their way at most.
IN_FLIGHT: Final = 20_000


class Writer:
    """An idempotent producer that is made anew when it fails."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = TopicNames(settings.topic_prefix)
        self._producer: Any = None
        self._futures: deque[Any] = deque()
        self._lock = asyncio.Lock()
        self.written = 0
        self.failed = 0

    async def write(self, messages: Sequence[Message]) -> None:
        """Hand records over in order; returns before they are acknowledged unless too many are on their way."""
        async with self._lock:
            for message in messages:
                await self._send(message)
            await self._collect(IN_FLIGHT)

    async def flush(self) -> None:
        """Wait until everything is acknowledged or has failed."""
        async with self._lock:
            await self._collect(0)

    async def close(self) -> None:
        """Flush and stop."""
        await self.flush()
        if self._producer is not None:
            await stop_quietly(self._producer)

    async def _send(self, message: Message) -> None:
        try:
            producer = await self._ready()
            # Not `wait_for`: in Python 3.11 it swallows a cancellation that meets a result.
            async with asyncio.timeout(SEND_TIMEOUT_S):
                future = await producer.send(
                    self._names.on_broker(message.topic),
                    message.value,
                    key=message.key,
                    partition=message.partition,
                    headers=list(message.headers),
                )
        except (KafkaError, TimeoutError, OSError):
            self.failed += 1
            await self._drop()
        else:
            self._futures.append(future)

    async def _ready(self) -> Any:
        while self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.bootstrap,
                enable_idempotence=True,
                retry_backoff_ms=50,
                request_timeout_ms=int(SEND_TIMEOUT_S * 1000),
                max_batch_size=64 * 1024,
                max_request_size=RECORD_BYTES,
            )
            try:
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await producer.start()
            except (KafkaError, TimeoutError, OSError):
                await stop_quietly(producer)
                await asyncio.sleep(RETRY_S)
            else:
                self._producer = producer
        return self._producer

    async def _collect(self, most: int) -> None:
        while self._futures and (self._futures[0].done() or len(self._futures) > most):
            # Not `wait_for`: it would cancel a future that the producer's own task still has to resolve.
            await asyncio.wait([self._futures[0]], timeout=SEND_TIMEOUT_S)
            if self._futures[0].done() and self._futures[0].exception() is None:
                self._futures.popleft()
                self.written += 1
            else:
                await self._drop()

    async def _drop(self) -> None:
        """Forget the producer, whose sequence numbers no longer fit; what is on its way may still arrive."""
        producer, self._producer = self._producer, None
        for future in self._futures:
            is_written = future.done() and future.exception() is None
            self.written += is_written
            self.failed += not is_written
        self._futures.clear()
        if producer is not None:
            await stop_quietly(producer)


class Traffic:
    """Writes a load at `rate` records a second until stopped; `burst` asks for more at once."""

    def __init__(self, load: Load, writer: Writer, *, rate: float) -> None:
        self._load, self._writer, self._rate = load, writer, rate
        self._extra = 0
        self.sent = 0

    def burst(self, records: int) -> None:
        """Write so many more, as fast as they go."""
        self._extra += records

    async def run(self) -> None:
        """Write until cancelled."""
        loop = asyncio.get_running_loop()
        due, last_s = 0.0, loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            now_s = loop.time()
            # What a broken connection kept back is not made up for: it would be a burst of its own.
            due = min(due + (now_s - last_s) * self._rate, self._rate)
            last_s = now_s
            number, due = int(due), due - int(due)
            number, self._extra = number + min(self._extra, 1000), max(0, self._extra - 1000)
            await self._writer.write([self._load.next() for _ in range(number)])
            self.sent += number


class Activator:
    """Puts bundles in force, in turn."""

    def __init__(self, settings: Settings, bundles: Sequence[Bundle]) -> None:
        self._settings, self._bundles = settings, bundles
        self._topic = TopicNames(settings.topic_prefix).on_broker(POLICIES.name)
        self.activations = 0

    async def activate_next(self) -> str:
        """Activate the bundle whose turn it is; gives its short snapshot.

        Raises:
            KafkaError, TimeoutError: the broker did not take it.
        """
        bundle = self._bundles[self.activations % len(self._bundles)]
        previous = self._bundles[(self.activations - 1) % len(self._bundles)] if self.activations else None
        records = activation_records(
            bundle,
            previous=None if previous is None else previous.snapshot,
            reason="crash harness",
            activated_by=ACTIVATED_BY,
            activated_at=datetime.now(UTC).isoformat(),
        )
        producer = AIOKafkaProducer(bootstrap_servers=self._settings.bootstrap, enable_idempotence=True)
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await producer.start()
                for key, value in records:
                    await producer.send_and_wait(self._topic, value, key=key.encode(), partition=0)
        finally:
            with suppress(KafkaError, OSError):
                await stop_quietly(producer)
        self.activations += 1
        return bundle.short
