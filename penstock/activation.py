"""Putting a policy in force, taking it back, and which one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiokafka import TopicPartition

from penstock.connections import event_headers, now, producer
from penstock.errors import CommandError
from policies.bundle import Bundle, load_canonical
from policies.diff import may_loosen
from policies.errors import PolicyLoadError
from policies.kill import KEY_PREFIX as KILL_PREFIX
from policies.kill import KillSwitch
from policies.people import identity
from streams.admin import require_topics
from streams.events import EventType
from streams.kafka_io import read_to_end, reader
from streams.policy_feed import ACTIVE_KEY, BUNDLE_PREFIX, PolicyLog, activation_records
from streams.settings import Settings
from streams.topics import POLICIES, RECORD_BYTES, TopicNames

# What a bundle may take of a record, bytes; the rest is for key and headers.
MAX_BUNDLE_BYTES = RECORD_BYTES - 16 * 1024


@dataclass(frozen=True, slots=True)
class PolicyStatus:
    """The policy in force and the latest activation; `problem` says why they differ or why there is none.

    `bundles` are the documents on the topic by snapshot; `kill_keys` are the keys of the kill switch's records.
    """

    bundle: Bundle | None
    activation: dict[str, Any] | None
    problem: str | None
    kill: KillSwitch = field(default_factory=KillSwitch)
    kill_keys: tuple[str, ...] = ()
    bundles: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, Any]:
        """The status as a JSON object."""
        return {
            "in_force": None if self.bundle is None else self.bundle.snapshot,
            "short": None if self.bundle is None else self.bundle.short,
            "activation": self.activation,
            "problem": self.problem,
            "kill": [entry.to_json() for entry in self.kill.entries],
        }


async def policy_status(settings: Settings) -> PolicyStatus:
    """What a gate that starts now would put in force, and what it would stop.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: it cannot be read.
    """
    await require_topics(settings)
    partition = TopicPartition(TopicNames(settings.topic_prefix).on_broker(POLICIES.name), 0)
    log, latest = PolicyLog(), None
    bundles: dict[str, bytes] = {}
    kill_keys: dict[str, None] = {}
    async with reader(settings, [partition]) as consumer:
        async for record in read_to_end(consumer, [partition]):
            key, value = (record.key or b"").decode("utf-8", "replace"), record.value
            log.take(key, value, at_ms=record.timestamp)
            if key == ACTIVE_KEY and value is not None:
                latest = value
            elif key.startswith(BUNDLE_PREFIX):
                _keep(bundles, key.removeprefix(BUNDLE_PREFIX), value)
            elif key.startswith(KILL_PREFIX):
                _keep(kill_keys, key, value)
    return PolicyStatus(log.bundle, _activation(latest), log.problem, log.kill, tuple(kill_keys), bundles)


def _keep(known: dict[str, Any], key: str, value: bytes | None) -> None:
    if value is None:
        known.pop(key, None)
    else:
        known[key] = value


def _activation(value: bytes | None) -> dict[str, Any] | None:
    try:
        activation = None if value is None else orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return activation if isinstance(activation, dict) else None


async def activate_bundle(
    settings: Settings, bundle: Bundle, *, reason: str, activated_by: str, second_person: str | None = None
) -> str | None:
    """Put `bundle` in force for every gate of the deployment; gives the snapshot that was in force before.

    Raises:
        CommandError: the bundle is larger than a record of the topic, or needs a second person.
        KafkaUnreachableError, TopicsError, ReadStalledError: it cannot be done now.
    """
    size_bytes = len(bundle.canonical())
    if size_bytes > MAX_BUNDLE_BYTES:
        raise CommandError(
            f"the bundle has {size_bytes} bytes, a record of the topic takes {MAX_BUNDLE_BYTES}",
            code="POLICY_TOO_LARGE",
            advice="split the deployment, or shorten the documents",
        )
    return await _activate(
        settings,
        await policy_status(settings),
        bundle,
        reason=reason,
        activated_by=activated_by,
        second_person=second_person,
    )


async def roll_back(
    settings: Settings, *, reason: str, activated_by: str, second_person: str | None = None
) -> tuple[Bundle, str | None]:
    """Put the policy before the latest activation in force again; gives it, and the snapshot that was in force.

    Raises:
        CommandError: there is none, it does not load any more, or it needs a second person.
        KafkaUnreachableError, TopicsError, ReadStalledError: it cannot be done now.
    """
    status = await policy_status(settings)
    bundle = previous_bundle(status)
    before = await _activate(
        settings, status, bundle, reason=reason, activated_by=activated_by, second_person=second_person
    )
    return bundle, before


def previous_bundle(status: PolicyStatus) -> Bundle:
    """The bundle that the latest activation replaced.

    Raises:
        CommandError: there is none, its documents are gone, or they do not load as what they were.
    """
    snapshot = (status.activation or {}).get("previous")
    if not isinstance(snapshot, str):
        raise _no_way_back("the latest activation replaced no policy")
    text = status.bundles.get(snapshot)
    if text is None:
        raise _no_way_back(f"the documents of v1:{snapshot[:6]} are not on the topic any more")
    try:
        bundle = load_canonical(text.decode("utf-8", "replace"))
    except PolicyLoadError as error:
        raise _no_way_back(f"v1:{snapshot[:6]} does not load any more ({len(error.problems)} problems)") from None
    if bundle.snapshot != snapshot:
        raise _no_way_back(f"the documents of v1:{snapshot[:6]} are not what they were")
    return bundle


def _no_way_back(what: str) -> CommandError:
    return CommandError(what, code="ROLLBACK_REFUSED", advice="activate a folder in its place")


def check_second_person(status: PolicyStatus, bundle: Bundle, *, activated_by: str, second_person: str | None) -> None:
    """Whether who asks for an activation is enough.

    Raises:
        CommandError: the policy in force asks for a second person, and there is none.
    """
    if second_person is not None and identity(second_person) in ("", identity(activated_by)):
        raise CommandError(
            "the second person is the one who activates",
            code="SECOND_PERSON_NEEDED",
            advice="name another one with --second-person",
        )
    active = status.bundle
    if active is None or second_person is not None:
        return
    is_asked = any(d.activation is not None and d.activation.needs_second_person for d in active.documents)
    looser = may_loosen(active, bundle) if is_asked else ()
    if looser:
        raise CommandError(
            f"{len(looser)} changes may let more happen, such as: {looser[0]}",
            code="SECOND_PERSON_NEEDED",
            advice="let another person agree and name them with --second-person",
        )


async def _activate(
    settings: Settings,
    status: PolicyStatus,
    bundle: Bundle,
    *,
    reason: str,
    activated_by: str,
    second_person: str | None,
) -> str | None:
    check_second_person(status, bundle, activated_by=activated_by, second_person=second_person)
    at = now()
    records = activation_records(
        bundle,
        previous=_fallback(bundle, status),
        reason=reason,
        activated_by=activated_by,
        activated_at=at,
        second_person=second_person,
    )
    await write_records(settings, EventType.POLICY_ACTIVATED, [(key, value, []) for key, value in records], at=at)
    return None if status.bundle is None else status.bundle.snapshot


async def write_records(
    settings: Settings,
    kind: EventType,
    records: Sequence[tuple[str, bytes | None, Sequence[tuple[str, bytes]]]],
    *,
    at: str,
) -> None:
    """Write keys, values (None lifts a key) and further headers to the policy topic, in this order.

    Raises:
        KafkaUnreachableError: no broker answers.
    """
    name = TopicNames(settings.topic_prefix).on_broker(POLICIES.name)
    async with producer(settings) as client:
        for key, value, more in records:
            headers = event_headers(kind, event_id=f"{key}-{at}", at=at)
            await client.send_and_wait(name, value, key=key.encode(), partition=0, headers=[*headers, *more])


def _fallback(bundle: Bundle, status: PolicyStatus) -> str | None:
    """What is put in force if the new bundle should ever fail to load: the one before, never itself."""
    if status.bundle is None:
        return None
    if status.bundle.snapshot != bundle.snapshot:
        return status.bundle.snapshot
    previous = (status.activation or {}).get("previous")
    return previous if isinstance(previous, str) else None
