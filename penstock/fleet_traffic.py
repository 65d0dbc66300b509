"""The simulated fleet on Kafka: sends its events at a rate, and plays the executor of cleared actions."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, Final

from aiokafka import TopicPartition

from penstock.connections import event_headers, now, producer
from penstock.fleet import Fleet, FleetEvent, outcome_of
from streams.clock import Clock
from streams.codec import DecodeError, decode_object
from streams.events import EventType
from streams.kafka_io import reader
from streams.settings import Settings
from streams.topics import ACTIONS_CLEARED, ACTIONS_OUTCOMES, ACTIONS_PROPOSED, OUTPUTS_PRODUCED, TopicNames

# Records sent and not yet acknowledged, at most.
MAX_IN_FLIGHT: Final = 1000
# How long the broker may take to acknowledge, seconds.
SEND_TIMEOUT_S: Final = 30.0
# A fleet that is behind its rate by more than this does not catch up, seconds.
MAX_BEHIND_S: Final = 1.0
POLL_MS: Final = 200
_TYPES: Final = {
    ACTIONS_PROPOSED.name: EventType.ACTION_PROPOSED,
    ACTIONS_OUTCOMES.name: EventType.ACTION_OUTCOME,
    OUTPUTS_PRODUCED.name: EventType.OUTPUT_PRODUCED,
}


class _Sender:
    """Sends fleet events with a bounded number in flight."""

    def __init__(self, client: Any, names: TopicNames) -> None:
        self._client, self._names = client, names
        self._in_flight: deque[Any] = deque()

    async def send(self, event: FleetEvent) -> None:
        """Hand an event to the client; waits for the oldest acknowledgement when too many are missing."""
        headers = event_headers(_TYPES[event.topic], event_id=event.event_id or "unknown", at=now())
        topic = self._names.on_broker(event.topic)
        sending = self._client.send(topic, event.value, key=event.key, headers=headers)
        self._in_flight.append(await asyncio.wait_for(sending, SEND_TIMEOUT_S))
        while self._in_flight and (self._in_flight[0].done() or len(self._in_flight) > MAX_IN_FLIGHT):
            await asyncio.wait_for(self._in_flight.popleft(), SEND_TIMEOUT_S)


async def run_fleet(
    settings: Settings, fleet: Fleet, *, rate: float, clock: Clock, note: Callable[[FleetEvent], None]
) -> None:
    """Send `rate` events a second until cancelled; `note` is told of each before it is sent.

    Raises:
        KafkaUnreachableError, KafkaError, TimeoutError: Kafka does not take them.
    """
    loop = asyncio.get_running_loop()
    async with producer(settings) as client:
        sender = _Sender(client, TopicNames(settings.topic_prefix))
        due_s = loop.time()
        while True:
            event = fleet.next(clock())
            note(event)
            await sender.send(event)
            due_s = max(due_s + 1 / rate, loop.time() - MAX_BEHIND_S)
            await asyncio.sleep(max(0.0, due_s - loop.time()))


async def run_executor(settings: Settings, random: Random, *, lanes: int, clock: Clock) -> None:
    """Carry out nothing, and say for each action cleared from now on what became of it, until cancelled.

    Raises:
        KafkaUnreachableError, KafkaError, TimeoutError: Kafka does not answer.
    """
    names = TopicNames(settings.topic_prefix)
    cleared = [TopicPartition(names.on_broker(ACTIONS_CLEARED.name), number) for number in range(lanes)]
    async with producer(settings) as client, reader(settings, cleared) as consumer:
        await asyncio.wait_for(consumer.seek_to_end(*cleared), SEND_TIMEOUT_S)
        sender = _Sender(client, names)
        while True:
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                for record in records:
                    try:
                        action = decode_object(record.value)["action"]
                    except (DecodeError, KeyError):
                        continue
                    await sender.send(outcome_of(random, action, now_ms=clock()))
