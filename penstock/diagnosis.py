"""What `penstock doctor` looks at: the settings and programs here, the broker, the topics, the policy, the group."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from detectors.errors import GateError
from penstock.activation import PolicyStatus, policy_status
from penstock.broker_errors import BrokerError
from penstock.broker_jars import default_cache_dir
from penstock.broker_java import bundled_java, find_java
from policies.kill import KillSwitch
from streams.admin import admin_client, topic_states
from streams.kafka_io import KafkaUnreachableError, reader
from streams.settings import Settings, SettingsError
from streams.topics import ACTIONS_CLEARED, INPUT_TOPICS, OUTPUTS_CLEARED, TopicNames
from streams.trusted_keys import read_review_keys

# Other consumer groups looked at, at most; a large Kafka has thousands.
MAX_GROUPS: Final = 500
# Records of lag from which it is worth a person's look.
LAG_WORTH_A_LOOK: Final = 10_000


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `advice` is empty when there is nothing to do."""

    name: str
    level: Level
    detail: str
    advice: str = ""

    def to_json(self) -> dict[str, str]:
        """The check as a JSON object."""
        return {"check": self.name, "level": self.level.value, "detail": self.detail, "advice": self.advice}


def local_checks(settings: Settings, environ: Mapping[str, str]) -> list[Check]:
    """Interpreter, event loop, keys, and whether `penstock dev` could start a Kafka of its own."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    checks = [Check("python", Level.OK, version)]
    if find_spec("uvloop") is None:
        checks.append(Check("event loop", Level.WARN, "uvloop is not there", "install it: the gate is faster with it"))
    else:
        checks.append(Check("event loop", Level.OK, "uvloop"))
    checks.append(_key(settings, "sample_key", Level.FAIL, "a worker does not start without it"))
    checks.append(
        _key(
            settings,
            "payload_key",
            Level.WARN,
            "without it quarantined payloads do not travel, and held actions do in the clear",
        )
    )
    checks.append(_review_keys(settings))
    checks.append(_embedded(environ))
    return checks


def _review_keys(settings: Settings) -> Check:
    try:
        keys = read_review_keys(settings)
    except GateError as exc:
        return Check("review keys", Level.FAIL, str(exc.args[0]), exc.advice)
    if keys is None:
        detail = "not set; unsigned reviews count, so whoever may write the topic may approve"
        return Check("review keys", Level.WARN, detail, "set PENSTOCK_REVIEW_KEYS_FILE; see `penstock review key`")
    return Check("review keys", Level.OK, f"{len(keys.key_ids)} trusted")


def _key(settings: Settings, name: Any, without: Level, what_then: str) -> Check:
    label, variable = name.replace("_", " "), f"PENSTOCK_{name.upper()}"
    try:
        key = settings.secret(name)
    except SettingsError as exc:
        return Check(label, Level.FAIL, str(exc.args[0]), exc.advice)
    if key is None:
        return Check(label, without, f"not set; {what_then}", f"set {variable} or {variable}_FILE")
    return Check(label, Level.OK, "set")


def _embedded(environ: Mapping[str, str]) -> Check:
    try:
        java = find_java(environ, bundled=bundled_java())
    except BrokerError as exc:
        return Check("embedded Kafka", Level.WARN, "no Java; only `penstock dev` and the tests need one", exc.advice)
    cache = default_cache_dir(environ)
    # The folder is named after its content and marked when it is whole.
    is_cached = any(cache.glob("kafka-*/complete"))
    detail = f"Java {java.major} from {java.source}, jars {'cached' if is_cached else 'not downloaded yet'}"
    if is_cached:
        return Check("embedded Kafka", Level.OK, detail)
    return Check("embedded Kafka", Level.WARN, detail, "`penstock dev` downloads 43 MB once")


async def kafka_checks(settings: Settings) -> list[Check]:
    """Broker, topics, policy, the gate's group, and who else reads what was cleared."""
    try:
        checks = [await _broker(settings)]
    except KafkaUnreachableError as exc:
        return [Check("broker", Level.FAIL, str(exc.args[0]), exc.advice)]
    topics = await _topics(settings)
    checks += topics
    if any(check.detail == "missing" for check in topics):
        checks.append(Check("policy", Level.FAIL, "cannot be read before the topics are there", "apply the topics"))
        return checks
    checks += await _policy(settings)
    checks += await _groups(settings)
    return checks


async def _broker(settings: Settings) -> Check:
    async with admin_client(settings) as client:
        cluster = await client.describe_cluster()
    brokers = len(cluster["brokers"])
    detail = f"{brokers} broker{'s' * (brokers != 1)} at {settings.bootstrap}, cluster {cluster.get('cluster_id')}"
    return Check("broker", Level.OK, detail)


async def _topics(settings: Settings) -> list[Check]:
    checks: list[Check] = []
    for state in await topic_states(settings):
        name = f"topic {state.name}"
        if state.problem is None:
            checks.append(Check(name, Level.OK, f"{state.partitions} partitions"))
        elif state.partitions is None:
            checks.append(Check(name, Level.FAIL, state.problem, "run `penstock topics apply`"))
        elif "partitions" in state.problem:
            checks.append(Check(name, Level.FAIL, state.problem, "lanes need equal counts: move to a new prefix"))
        else:
            checks.append(Check(name, Level.WARN, state.problem, "alter the topic with Kafka's own tools"))
    return checks


async def _policy(settings: Settings) -> list[Check]:
    try:
        status = await policy_status(settings)
    except GateError as exc:
        return [Check("policy", Level.FAIL, exc.code, exc.advice)]
    return [_in_force(status), *stopped(status.kill)]


def stopped(kill: KillSwitch) -> list[Check]:
    """A warning while the kill switch stops anything."""
    if not kill:
        return []
    shown = ", ".join(f"{entry.scope.value} {entry.pattern}" for entry in kill.entries[:4])
    more = "" if len(kill.entries) <= 4 else f" and {len(kill.entries) - 4} more"
    return [Check("kill switch", Level.WARN, f"stops {shown}{more}", "see `penstock status`, and `penstock unkill`")]


def _in_force(status: PolicyStatus) -> Check:
    if status.bundle is None:
        return Check("policy", Level.FAIL, status.problem or "none", "run `penstock activate DIR --reason ...`")
    if status.problem is not None:
        return Check("policy", Level.FAIL, status.problem, f"{status.bundle.short} is in force; activate a sound one")
    activation = status.activation or {}
    detail = f"{status.bundle.short} since {activation.get('activated_at')} by {activation.get('activated_by')}"
    return Check("policy", Level.OK, detail)


async def _groups(settings: Settings) -> list[Check]:
    try:
        async with admin_client(settings) as client:
            checks = [await _members(settings, client)]
            checks += await _lags(settings, client)
            checks.append(await _readers(settings, client))
    except KafkaError as exc:
        advice = "DESCRIBE on groups may not be granted to this principal"
        return [Check("consumer groups", Level.WARN, f"Kafka answered {type(exc).__name__}", advice)]
    return checks


async def _members(settings: Settings, client: Any) -> Check:
    name = f"group {settings.application}"
    described = (await client.describe_consumer_groups([settings.application]))[0].groups[0]
    state, members = described[2], described[5]
    if not members:
        return Check(name, Level.WARN, f"no members ({state})", "start a `penstock worker`")
    level = Level.OK if state == "Stable" else Level.WARN
    return Check(name, level, f"{len(members)} members, {state}", "" if level is Level.OK else "look again in a while")


async def _lags(settings: Settings, client: Any) -> list[Check]:
    """Lag by input topic: what the group has not committed of what is there."""
    names = TopicNames(settings.topic_prefix)
    committed = await client.list_consumer_group_offsets(settings.application)
    checks: list[Check] = []
    async with reader(settings, []) as consumer:
        for topic in INPUT_TOPICS:
            name = names.on_broker(topic.name)
            numbers = consumer.partitions_for_topic(name) or await _partition_numbers(client, name)
            partitions = [TopicPartition(name, number) for number in sorted(numbers)]
            first = await consumer.beginning_offsets(partitions)
            ends = await consumer.end_offsets(partitions)
            lag = sum(max(0, ends[tp] - _read_up_to(committed.get(tp), first[tp])) for tp in partitions)
            level = Level.OK if lag < LAG_WORTH_A_LOOK else Level.WARN
            advice = "" if level is Level.OK else "are there workers, and do they commit?"
            checks.append(Check(f"lag {name}", level, f"{lag} records", advice))
    return checks


def _read_up_to(committed: OffsetAndMetadata | None, first: int) -> int:
    return first if committed is None or committed.offset < 0 else max(first, int(committed.offset))


async def _partition_numbers(client: Any, name: str) -> set[int]:
    described = await client.describe_topics([name])
    return {partition["partition"] for partition in described[0]["partitions"]}


async def _readers(settings: Settings, client: Any) -> Check:
    """Groups with positions in cleared topics. Kafka does not know how they read; only their own configuration does."""
    names = TopicNames(settings.topic_prefix)
    cleared = {names.on_broker(topic.name) for topic in (ACTIONS_CLEARED, OUTPUTS_CLEARED)}
    groups = sorted(group[0] for group in await client.list_consumer_groups() if group[0] != settings.application)
    found = []
    for group in groups[:MAX_GROUPS]:
        offsets = await client.list_consumer_group_offsets(group)
        if any(tp.topic in cleared for tp in offsets):
            found.append(group)
    name = "readers of cleared topics"
    if not found:
        return Check(name, Level.OK, "no group has positions in them")
    advice = "Kafka cannot tell how a group reads: see that each has isolation.level=read_committed"
    return Check(name, Level.WARN, ", ".join(found[:20]), advice)


def is_unreachable(checks: list[Check]) -> bool:
    """Whether the broker did not answer."""
    return any(check.name == "broker" and check.level is Level.FAIL for check in checks)
