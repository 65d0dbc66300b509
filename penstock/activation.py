"""Putting a policy in force, and which one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import TopicPartition

from penstock.connections import event_headers, now, producer
from penstock.errors import CommandError
from policies.bundle import Bundle
from streams.admin import require_topics
from streams.events import EventType
from streams.kafka_io import read_to_end, reader
from streams.policy_feed import ACTIVE_KEY, PolicyLog, activation_records
from streams.settings import Settings
from streams.topics import POLICIES, RECORD_BYTES, TopicNames

# What a bundle may take of a record, bytes; the rest is for key and headers.
MAX_BUNDLE_BYTES = RECORD_BYTES - 16 * 1024


@dataclass(frozen=True, slots=True)
class PolicyStatus:
    """The policy in force and the latest activation; `problem` says why they differ or why there is none."""

    bundle: Bundle | None
    activation: dict[str, Any] | None
    problem: str | None

    def to_json(self) -> dict[str, Any]:
        """The status as a JSON object."""
        return {
            "in_force": None if self.bundle is None else self.bundle.snapshot,
            "short": None if self.bundle is None else self.bundle.short,
            "activation": self.activation,
            "problem": self.problem,
        }


async def policy_status(settings: Settings) -> PolicyStatus:
    """What a gate that starts now would put in force.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: it cannot be read.
    """
    await require_topics(settings)
    partition = TopicPartition(TopicNames(settings.topic_prefix).on_broker(POLICIES.name), 0)
    log, latest = PolicyLog(), None
    async with reader(settings, [partition]) as consumer:
        async for record in read_to_end(consumer, [partition]):
            key = (record.key or b"").decode("utf-8", "replace")
            log.take(key, record.value)
            if key == ACTIVE_KEY and record.value is not None:
                latest = record.value
    return PolicyStatus(log.bundle, _activation(latest), log.problem)


def _activation(value: bytes | None) -> dict[str, Any] | None:
    try:
        activation = None if value is None else orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return activation if isinstance(activation, dict) else None


async def activate_bundle(settings: Settings, bundle: Bundle, *, reason: str, activated_by: str) -> str | None:
    """Put `bundle` in force for every gate of the deployment; gives the snapshot that was in force before.

    Raises:
        CommandError: the bundle is larger than a record of the topic.
        KafkaUnreachableError, TopicsError, ReadStalledError: it cannot be done now.
    """
    size_bytes = len(bundle.canonical())
    if size_bytes > MAX_BUNDLE_BYTES:
        raise CommandError(
            f"the bundle has {size_bytes} bytes, a record of the topic takes {MAX_BUNDLE_BYTES}",
            code="POLICY_TOO_LARGE",
            advice="split the deployment, or shorten the documents",
        )
    status, at = await policy_status(settings), now()
    before = None if status.bundle is None else status.bundle.snapshot
    name = TopicNames(settings.topic_prefix).on_broker(POLICIES.name)
    records = activation_records(
        bundle,
        previous=_fallback(bundle, status),
        reason=reason,
        activated_by=activated_by,
        activated_at=at,
    )
    async with producer(settings) as client:
        for key, value in records:
            headers = event_headers(EventType.POLICY_ACTIVATED, event_id=f"{key}-{at}", at=at)
            await client.send_and_wait(name, value, key=key.encode(), partition=0, headers=headers)
    return before


def _fallback(bundle: Bundle, status: PolicyStatus) -> str | None:
    """What is put in force if the new bundle should ever fail to load: the one before, never itself."""
    if status.bundle is None:
        return None
    if status.bundle.snapshot != bundle.snapshot:
        return status.bundle.snapshot
    previous = (status.activation or {}).get("previous")
    return previous if isinstance(previous, str) else None
