"""Topics on the broker: what is there, what is missing, what differs from the table, and making it so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code

from detectors.errors import GateError
from streams.kafka_io import START_TIMEOUT_S, stop_quietly, unreachable
from streams.settings import Settings
from streams.topics import TOPICS, Topic, TopicNames

DEFAULT_LANES: Final = 4
# Topic metadata spreads to all brokers within this, seconds.
SPREAD_TIMEOUT_S: Final = 20.0


class TopicsError(GateError):
    """Topics are missing, or not as the table says."""

    code = "TOPICS_WRONG"


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic of the table as the broker has it. `problem` is None when it is as it should be."""

    topic: Topic
    name: str
    partitions: int | None
    problem: str | None


@asynccontextmanager
async def admin_client(settings: Settings) -> AsyncIterator[Any]:
    """An admin client.

    Raises:
        KafkaUnreachableError: no broker answers.
    """
    client = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    try:
        await asyncio.wait_for(client.start(), START_TIMEOUT_S)
    except (KafkaConnectionError, TimeoutError, OSError):
        await _close(client)
        raise unreachable(settings) from None
    try:
        yield client
    finally:
        await _close(client)


async def _close(client: Any) -> None:
    try:
        await asyncio.wait_for(client.close(), 3)
    except (KafkaError, TimeoutError, OSError):
        await stop_quietly(client._client) if hasattr(client, "_client") else None


async def existing_partitions(client: Any) -> dict[str, int]:
    """Partition counts of all topics on the broker."""
    described = await client.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}


async def topic_states(settings: Settings) -> list[TopicState]:
    """Every topic of the table as the broker has it."""
    names = TopicNames(settings.topic_prefix)
    async with admin_client(settings) as client:
        partitions = await existing_partitions(client)
        present = [topic for topic in TOPICS if names.on_broker(topic.name) in partitions]
        configs = await _configs(client, [names.on_broker(topic.name) for topic in present])
    lanes = lane_count(partitions, names)
    return [_state_of(topic, names.on_broker(topic.name), partitions, configs, lanes) for topic in TOPICS]


def lane_count(partitions: dict[str, int], names: TopicNames) -> int | None:
    """How many lanes the deployment has: the most frequent partition count of its lane topics; None without any."""
    counts = [
        partitions[name] for topic in TOPICS if topic.is_lane and (name := names.on_broker(topic.name)) in partitions
    ]
    return max(set(counts), key=counts.count) if counts else None


def _state_of(
    topic: Topic, name: str, partitions: dict[str, int], configs: dict[str, dict[str, str]], lanes: int | None
) -> TopicState:
    count = partitions.get(name)
    if count is None:
        return TopicState(topic, name, None, "missing")
    expected = topic.partitions(lanes or count)
    if count != expected:
        return TopicState(topic, name, count, f"has {count} partitions, expected {expected}")
    actual = configs.get(name, {})
    for key, value in topic.config().items():
        if actual.get(key) != value:
            return TopicState(topic, name, count, f"{key} is {actual.get(key)}, expected {value}")
    return TopicState(topic, name, count, None)


async def _configs(client: Any, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    responses = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    found: dict[str, dict[str, str]] = {}
    for response in responses:
        for _code, _message, _kind, name, entries in response.resources:
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


async def apply_topics(settings: Settings, *, lanes: int | None, replication: int = 1) -> list[str]:
    """Create what is missing; gives the names of created topics. What differs is left alone, and `check` says so.

    Raises:
        TopicsError: Kafka refused to create a topic, or lane topics exist with another partition count.
    """
    names = TopicNames(settings.topic_prefix)
    async with admin_client(settings) as client:
        partitions = await existing_partitions(client)
        there = lane_count(partitions, names)
        if lanes is not None and there is not None and lanes != there:
            raise TopicsError(
                f"the lane topics have {there} partitions, not {lanes}",
                advice="partitions decide where an agent's state lives; move to a new prefix to change their count",
            )
        count = there or lanes or DEFAULT_LANES
        missing = [topic for topic in TOPICS if names.on_broker(topic.name) not in partitions]
        if missing:
            await _create(client, names, missing, lanes=count, replication=replication)
        return [names.on_broker(topic.name) for topic in missing]


async def _create(client: Any, names: TopicNames, missing: list[Topic], *, lanes: int, replication: int) -> None:
    new = [
        NewTopic(names.on_broker(topic.name), topic.partitions(lanes), replication, topic_configs=topic.config())
        for topic in missing
    ]
    response = await client.create_topics(new, timeout_ms=15_000)
    # aiokafka does not raise for topics that were refused; it lists them.
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise TopicsError(f"Kafka refused to create {name}: {error.__name__}", advice=str(message[0] or "") or None)
    expected = {names.on_broker(topic.name) for topic in missing}
    loop = asyncio.get_running_loop()
    until_s = loop.time() + SPREAD_TIMEOUT_S
    while not expected <= set(await existing_partitions(client)):
        if loop.time() > until_s:
            raise TopicsError("created topics do not appear", advice="look at the broker's log")
        await asyncio.sleep(0.1)


async def require_topics(settings: Settings) -> int:
    """How many lanes there are.

    Raises:
        TopicsError: a topic is missing or has the wrong partition count.
    """
    states = await topic_states(settings)
    for state in states:
        if state.partitions is None or (state.problem is not None and "partitions" in state.problem):
            raise TopicsError(f"topic {state.name}: {state.problem}", advice="run `penstock topics apply`")
    return next(state.partitions for state in states if state.topic.is_lane and state.partitions)
