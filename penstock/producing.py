"""Recorded events onto their topics: each line's own bytes under its agent's id, as a runtime would send them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka.errors import MessageSizeTooLargeError

from penstock.connections import event_headers, now, producer
from penstock.event_files import BadLine, Line, RecordedEvent, in_thread, open_lines, parse_line
from streams.admin import require_topics
from streams.events import MAX_ID_CHARS, EventType, Kind
from streams.settings import Settings
from streams.topics import ACTIONS_OUTCOMES, ACTIONS_PROPOSED, OUTPUTS_PRODUCED, REVIEWS, Topic, TopicNames

# Records sent and not yet acknowledged, at most; a few MB of memory.
MAX_IN_FLIGHT: Final = 5000
# Pauses shorter than this are not worth the event loop's trouble, seconds.
MIN_PAUSE_S: Final = 0.002
# An RFC 3339 time with fraction and offset has 35 characters at most.
MAX_TIME_CHARS: Final = 40


@dataclass(frozen=True, slots=True)
class Route:
    """Where events of a kind go, and which of their fields make the CloudEvents id and time."""

    topic: Topic
    type: EventType
    id_fields: tuple[str, ...]
    time_field: str


ROUTES: Final = {
    Kind.ACTION: Route(ACTIONS_PROPOSED, EventType.ACTION_PROPOSED, ("action_id",), "proposed_at"),
    Kind.WITHDRAWAL: Route(ACTIONS_PROPOSED, EventType.ACTION_WITHDRAWN, ("action_id",), "withdrawn_at"),
    Kind.OUTCOME: Route(ACTIONS_OUTCOMES, EventType.ACTION_OUTCOME, ("action_id", "status"), "finished_at"),
    Kind.OUTPUT: Route(OUTPUTS_PRODUCED, EventType.OUTPUT_PRODUCED, ("output_id", "sequence"), "produced_at"),
    Kind.REVIEW: Route(REVIEWS, EventType.REVIEW, ("review_id",), "decided_at"),
}


@dataclass(slots=True)
class Produced:
    """What became of the lines; what counts as sent is acknowledged by the broker."""

    sent: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """`rate` events a second, or as fast as it goes."""

    rate: float | None
    started_s: float

    async def wait(self, sent: int) -> None:
        """Wait until event number `sent` is due."""
        if self.rate is not None:
            ahead_s = self.started_s + sent / self.rate - asyncio.get_running_loop().time()
            if ahead_s > MIN_PAUSE_S:
                await asyncio.sleep(ahead_s)


async def produce_file(
    settings: Settings,
    source: str,
    *,
    rate: float | None,
    is_strict: bool,
    on_bad: Callable[[BadLine], None],
    on_sent: Callable[[int], None],
) -> Produced:
    """Send the events of `source` in order and wait until the broker has them; stops at a bad line when strict.

    Raises:
        EventFileError: the file cannot be read to its end; what stood before is sent.
        KafkaUnreachableError, TopicsError: there is nowhere to send to.
    """
    produced, names = Produced(), TopicNames(settings.topic_prefix)
    with open_lines(source) as chunks:
        await require_topics(settings)
        async with producer(settings) as client:
            sender = _Sender(client, names, produced)
            pace = Pace(rate, asyncio.get_running_loop().time())
            try:
                async for lines in in_thread(chunks):
                    for line in lines:
                        bad = await sender.send(line)
                        if bad is not None:
                            produced.bad += 1
                            on_bad(bad)
                            if is_strict:
                                return produced
                        await pace.wait(sender.count)
                    on_sent(sender.count)
            finally:
                await sender.settle()
    return produced


class _Sender:
    def __init__(self, client: Any, names: TopicNames, produced: Produced) -> None:
        self._client, self._names, self._produced = client, names, produced
        self._in_flight: deque[Any] = deque()
        self.count = 0

    async def send(self, line: Line) -> BadLine | None:
        """Send a line; gives it back when it is none that can be sent."""
        parsed = parse_line(line)
        if isinstance(parsed, BadLine):
            return parsed
        agent_id = parsed.event.get("agent_id")
        if not isinstance(agent_id, str) or not 0 < len(agent_id) <= MAX_ID_CHARS:
            return BadLine(line, "invalid_field", "agent_id is missing or no text of 1 to 256 characters")
        route = ROUTES[parsed.kind]
        try:
            future = await self._client.send(
                self._names.on_broker(route.topic.name),
                line.raw,
                key=agent_id.encode(),
                headers=_headers(parsed, route),
            )
        except MessageSizeTooLargeError:
            return BadLine(line, "too_large", "larger than a record of the topic")
        self._in_flight.append(future)
        self._produced.sent[parsed.kind] += 1
        self.count += 1
        if len(self._in_flight) >= MAX_IN_FLIGHT:
            await self._in_flight.popleft()
        return None

    async def settle(self) -> None:
        """Wait until the broker has everything."""
        while self._in_flight:
            await self._in_flight.popleft()


def _headers(parsed: RecordedEvent, route: Route) -> list[tuple[str, bytes]]:
    """CloudEvents attributes from the event's own fields; what is missing or odd is replaced, never refused."""
    parts = [str(value) for name in route.id_fields if isinstance(value := parsed.event.get(name), str | int)]
    at = parsed.event.get(route.time_field)
    return event_headers(
        route.type,
        event_id="-".join(parts)[: 2 * MAX_ID_CHARS] or f"line-{parsed.line.number}",
        at=at if isinstance(at, str) and len(at) <= MAX_TIME_CHARS else now(),
    )
