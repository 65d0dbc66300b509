"""Records of a topic as they are committed, without a consumer group: looking changes nothing."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import TopicPartition

from penstock.errors import CommandError
from penstock.printing import print_json, print_line
from penstock.record_view import line_of, view_record
from streams.admin import require_topics
from streams.kafka_io import read_to_end, reader
from streams.settings import Settings
from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_OUTCOMES,
    ACTIONS_PROPOSED,
    ACTIONS_REFUSED,
    APPROVALS_REQUESTED,
    AUDIT,
    DEADLETTERS,
    OUTPUTS_CLEARED,
    OUTPUTS_PRODUCED,
    POLICIES,
    QUARANTINE,
    REVIEWS,
    SAMPLES,
    STATE,
    TOPICS,
    Topic,
    TopicNames,
)

POLL_MS: Final = 300
ALIASES: Final[dict[str, Topic]] = {
    "proposed": ACTIONS_PROPOSED,
    "cleared": ACTIONS_CLEARED,
    "refused": ACTIONS_REFUSED,
    "outcomes": ACTIONS_OUTCOMES,
    "produced": OUTPUTS_PRODUCED,
    "outputs": OUTPUTS_CLEARED,
    "quarantine": QUARANTINE,
    "approvals": APPROVALS_REQUESTED,
    "reviews": REVIEWS,
    "samples": SAMPLES,
    "audit": AUDIT,
    "state": STATE,
    "policies": POLICIES,
    "deadletters": DEADLETTERS,
}


def topic_of(name: str) -> Topic:
    """The topic of an alias or of a full name, without a deployment's prefix.

    Raises:
        CommandError: there is none.
    """
    known = {**ALIASES, **{topic.name: topic for topic in TOPICS}}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(ALIASES)}"
    raise CommandError(f"{name[:80]} is no topic of the gate", code="USAGE", advice=hint)


@dataclass(frozen=True, slots=True)
class Tail:
    """What to print of a topic, and how."""

    topic: Topic
    is_from_beginning: bool
    is_following: bool
    limit: int | None
    with_payload: bool
    as_json: bool

    async def run(self, settings: Settings) -> None:
        """Print until the limit, the end, or for ever.

        Raises:
            KafkaUnreachableError, TopicsError, ReadStalledError: there is nothing to read from.
        """
        lanes = await require_topics(settings)
        name = TopicNames(settings.topic_prefix).on_broker(self.topic.name)
        partitions = [TopicPartition(name, number) for number in range(self.topic.partitions(lanes))]
        left = self.limit
        async with reader(settings, partitions) as consumer:
            if self.is_from_beginning:
                async for record in read_to_end(consumer, partitions):
                    self._print(record)
                    left = None if left is None else left - 1
                    if left == 0:
                        return
                sys.stdout.flush()
            else:
                await consumer.seek_to_end(*partitions)
            while self.is_following:
                fetched = await consumer.getmany(timeout_ms=POLL_MS)
                records = [record for batch in fetched.values() for record in batch]
                for record in sorted(records, key=lambda record: (record.timestamp, record.partition, record.offset)):
                    self._print(record)
                    left = None if left is None else left - 1
                    if left == 0:
                        return
                sys.stdout.flush()

    def _print(self, record: Any) -> None:
        view = view_record(self.topic, record, with_payload=self.with_payload)
        if self.as_json:
            print_json(view.to_json())
            return
        print_line(line_of(view))
        if self.with_payload:
            print_json(view.value)
