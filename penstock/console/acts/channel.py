"""The way of a review to Kafka: to the partition named on the request, confirmed by all replicas."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Final, Protocol

from aiokafka.errors import KafkaError

from detectors.errors import GateError
from penstock.connections import event_headers, producer
from penstock.console.acts.act import Outgoing
from streams.events import EventType
from streams.intake import TRACE_HEADER
from streams.kafka_io import KafkaUnreachableError
from streams.settings import Settings
from streams.topics import REVIEWS, TopicNames

SOURCE: Final = b"/penstock/console"
# How long one attempt may wait for the broker's word, seconds.
SEND_TIMEOUT_S: Final = 10.0


class ChannelError(GateError):
    """An attempt to send failed; whether the record was written is not known. The same bytes may be sent again."""

    code = "REVIEW_NOT_CONFIRMED"
    advice = "check that Kafka runs"


class Channel(Protocol):
    """Takes reviews to the gate. Used from one event loop."""

    async def send(self, outgoing: Outgoing) -> int:
        """The review's offset, as soon as it is on the log.

        Raises:
            ChannelError: it was not confirmed.
        """

    async def close(self) -> None:
        """Let go of what is held open."""


class KafkaChannel:
    """An idempotent producer that connects at the first review and again after a failure."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topic = TopicNames(settings.topic_prefix).on_broker(REVIEWS.name)
        self._connecting = asyncio.Lock()
        self._client: Any = None
        self._stack = AsyncExitStack()

    async def send(self, outgoing: Outgoing) -> int:
        """See `Channel`; a partition that the topic does not have is never confirmed."""
        client = await self._connected()
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                if outgoing.partition not in await client.partitions_for(self._topic):
                    raise ChannelError("the reviews have no such partition", advice="see `penstock topics check`")
                written = await client.send_and_wait(
                    self._topic,
                    outgoing.value,
                    key=outgoing.key,
                    partition=outgoing.partition,
                    headers=_headers(outgoing),
                )
                return int(written.offset)
        except (KafkaError, TimeoutError, OSError) as exc:
            await self._drop(client)
            raise ChannelError(f"Kafka answered {type(exc).__name__}") from None

    async def close(self) -> None:
        """Flush and disconnect."""
        await self._drop(self._client)

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._client is None:
                try:
                    self._client = await self._stack.enter_async_context(producer(self._settings))
                except (KafkaUnreachableError, KafkaError) as exc:
                    raise ChannelError(f"no connection: {type(exc).__name__}") from None
            return self._client

    async def _drop(self, client: Any) -> None:
        """Let a connection go, once, whoever asks first."""
        async with self._connecting:
            if client is not None and client is self._client:
                self._client = None
                await self._stack.aclose()


def _headers(outgoing: Outgoing) -> list[tuple[str, bytes]]:
    headers = event_headers(EventType.REVIEW, event_id=outgoing.review_id, at=outgoing.decided_at, source=SOURCE)
    if outgoing.trace is not None:
        headers.append((TRACE_HEADER, outgoing.trace.encode()))
    return headers
