"""Settings and Kafka clients of commands: flags over environment, one loop, library errors in our words."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import aiokafka
from aiokafka.errors import KafkaConnectionError, KafkaError

from detectors.errors import GateError
from streams.events import EventType
from streams.kafka_io import START_TIMEOUT_S, stop_quietly, unreachable
from streams.logs import configure_logging
from streams.settings import Settings, load_settings
from streams.topics import RECORD_BYTES

Result = TypeVar("Result")

# What a producer of commands puts into one batch, bytes; many small events go at once.
BATCH_BYTES: Final = 256 * 1024
# How long a batch may wait for company, milliseconds.
LINGER_MS: Final = 5
SOURCE: Final = b"/penstock/cli"


class KafkaFailedError(GateError):
    """Kafka answered, and not as asked."""

    code = "KAFKA_FAILED"


def command_settings(**flags: Any) -> Settings:
    """The settings of a command that talks to Kafka; libraries stay silent.

    Raises:
        SettingsError: a variable or flag that is no setting or out of range.
    """
    configure_logging(level="error")
    return load_settings(**flags)


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` to its end.

    Raises:
        KafkaFailedError: Kafka refused something that `work` does not handle.
    """
    try:
        return asyncio.run(work)
    except KafkaError as exc:
        raise KafkaFailedError(
            f"Kafka answered {type(exc).__name__}", advice="see `penstock doctor` and the broker's log"
        ) from None


@asynccontextmanager
async def producer(settings: Settings) -> AsyncIterator[Any]:
    """An idempotent producer whose partitioner is Kafka's own murmur2; what was sent is flushed at the end.

    Raises:
        KafkaUnreachableError: no broker answers.
    """
    client = aiokafka.AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        enable_idempotence=True,
        acks="all",
        linger_ms=LINGER_MS,
        max_batch_size=BATCH_BYTES,
        max_request_size=RECORD_BYTES,
    )
    try:
        await asyncio.wait_for(client.start(), START_TIMEOUT_S)
    except (KafkaConnectionError, TimeoutError, OSError):
        await stop_quietly(client)
        raise unreachable(settings) from None
    try:
        yield client
    finally:
        await stop_quietly(client)


def user_name() -> str:
    """The name of whoever runs the command, as the system has it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def now() -> str:
    """The time as RFC 3339 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_headers(kind: EventType, *, event_id: str, at: str, source: bytes = SOURCE) -> list[tuple[str, bytes]]:
    """CloudEvents 1.0 attributes in Kafka's binary mode. Source: CloudEvents Kafka protocol binding 1.0.2, 3.2."""
    return [
        ("ce_id", event_id.encode()),
        ("ce_source", source),
        ("ce_type", kind.value.encode()),
        ("ce_specversion", b"1.0"),
        ("ce_time", at.encode()),
        ("content-type", b"application/json"),
    ]
