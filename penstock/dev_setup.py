"""What `penstock dev` prepares before anything runs: keys on disk, topics, and the policy in force."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from aiokafka import TopicPartition

from detectors.errors import GateError
from penstock.connections import event_headers, now, producer
from policies.bundle import Bundle, load_bundle
from policies.loading import SUFFIXES
from streams.codec import DecodeError, decode_object
from streams.events import EventType
from streams.kafka_io import read_to_end, reader
from streams.policy_feed import ACTIVE_KEY, activation_records
from streams.settings import Settings
from streams.topics import POLICIES, TopicNames

ACTIVATED_BY: Final = "penstock dev"
# Each step that talks to Kafka may take so long, seconds.
STEP_TIMEOUT_S: Final = 60.0


class SetupError(GateError):
    """Something that `penstock dev` needs cannot be had, or would do harm."""

    code = "USAGE"


@dataclass(frozen=True, slots=True)
class Activation:
    """What the policy topic names as in force: the full snapshot and who activated it."""

    snapshot: str
    activated_by: str


def make_key(path: Path) -> Path:
    """The file of a key of 64 hex digits that only its owner can read; made once.

    Raises:
        SetupError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror}", advice="choose another data folder") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return path


def read_policy(folder: Path | None) -> Bundle:
    """The bundle in a folder, or the demo bundle that comes with Penstock.

    Raises:
        SetupError: the folder cannot be read or holds no document.
        PolicyLoadError: a document has problems.
    """
    root = files("policies") / "examples" / "demo" if folder is None else folder
    try:
        sources = {entry.name: entry.read_text("utf-8") for entry in root.iterdir() if entry.name.endswith(SUFFIXES)}
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"cannot read the policy folder {root} ({type(error).__name__})") from None
    if not sources:
        raise SetupError(f"{root} holds no policy document", advice=f"documents end in {', '.join(SUFFIXES)}")
    return load_bundle(sources)


async def active_policy(settings: Settings) -> Activation | None:
    """The latest activation on the policy topic, None when there was none.

    Raises:
        KafkaUnreachableError, ReadStalledError: the topic cannot be read.
    """
    partition = TopicPartition(TopicNames(settings.topic_prefix).on_broker(POLICIES.name), 0)
    latest: bytes | None = None
    async with reader(settings, [partition]) as consumer:
        async for record in read_to_end(consumer, [partition]):
            if record.key == ACTIVE_KEY.encode():
                latest = record.value
    if latest is None:
        return None
    try:
        return parse_activation(decode_object(latest))
    except DecodeError:
        return None


def parse_activation(value: Mapping[str, object]) -> Activation:
    """The activation that a record of the policy topic tells of."""
    return Activation(str(value.get("snapshot")), str(value.get("activated_by")))


def check_takeover(active: Activation | None, bundle: Bundle) -> None:
    """Whether `bundle` may replace what is in force on a Kafka that is not ours.

    Raises:
        SetupError: somebody else's policy is in force there; a demo must not replace it, nor send made-up events.
    """
    if active is None or active.activated_by == ACTIVATED_BY or active.snapshot == bundle.snapshot:
        return
    raise SetupError(
        f"the policy v1:{active.snapshot[:6]} is in force there and was not activated by `penstock dev`",
        advice="start without --bootstrap, or name the policy to put in force with --policy",
    )


async def activate(settings: Settings, bundle: Bundle, active: Activation | None) -> None:
    """Put `bundle` in force; nothing is written when it already is.

    Raises:
        KafkaUnreachableError: no broker answers.
    """
    if active is not None and active.snapshot == bundle.snapshot:
        return
    records = activation_records(
        bundle,
        previous=None if active is None else active.snapshot,
        reason="penstock dev",
        activated_by=ACTIVATED_BY,
        activated_at=now(),
    )
    topic = TopicNames(settings.topic_prefix).on_broker(POLICIES.name)
    async with producer(settings) as client:
        for key, value in records:
            headers = event_headers(EventType.POLICY_ACTIVATED, event_id=f"{key}-{bundle.short}", at=now())
            await asyncio.wait_for(
                client.send_and_wait(topic, value, key=key.encode(), headers=headers), STEP_TIMEOUT_S
            )
