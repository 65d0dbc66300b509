"""The audit log out of Kafka and into files, and both against the chain that they claim to be.

The checkpoints are read before the records: everything that a checkpoint covers was committed with it, so the log must
reach it. An export is JSON lines, `{"partition", "offset", "value"}` with the value's exact text (or its bytes as
`base64` when it is none), then one `{"checkpoint": {...}}` per partition.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import gzip
import os
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import orjson
from aiokafka import TopicPartition

from penstock.errors import CommandError
from penstock.topic_records import committed_records
from streams.admin import require_topics
from streams.audit_chain import BEGINNING, ChainVerifier, Checkpoint
from streams.kafka_io import read_to_end, reader
from streams.settings import Settings
from streams.state import LANE_KEY
from streams.topics import AUDIT, STATE, TopicNames

# A transaction is visible on one partition a little before it is on another; wait so long for the rest, seconds.
SETTLE_TIMEOUT_S: Final = 5.0
POLL_MS: Final = 200


async def read_checkpoints(settings: Settings) -> dict[int, Checkpoint]:
    """The end of every lane's chain, as the gate's state has it.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: the state cannot be read.
    """
    found = dict.fromkeys(range(await require_topics(settings)), BEGINNING)
    async for record in committed_records(settings, STATE):
        if record.key == LANE_KEY.encode() and record.value is not None:
            lane = orjson.loads(record.value)
            found[record.partition] = Checkpoint(lane["audit_seq"], lane["audit_head"])
    return found


async def _audit_records(
    settings: Settings, verifier: ChainVerifier, reach: dict[int, Checkpoint]
) -> AsyncIterator[Any]:
    """Every committed audit record, each taken in by `verifier`, at least up to the checkpoints if they are there."""
    name = TopicNames(settings.topic_prefix).on_broker(AUDIT.name)
    partitions = [TopicPartition(name, number) for number in sorted(reach)]
    loop = asyncio.get_running_loop()
    async with reader(settings, partitions) as consumer:
        async for record in read_to_end(consumer, partitions):
            verifier.take(record.partition, record.offset, record.value or b"")
            yield record
        until_s = loop.time() + SETTLE_TIMEOUT_S
        while loop.time() < until_s and any(verifier.reached(number) < point.seq for number, point in reach.items()):
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                for record in records:
                    verifier.take(record.partition, record.offset, record.value or b"")
                    yield record


async def verify_live(settings: Settings) -> ChainVerifier:
    """The log on the broker against the gate's state.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: they cannot be read.
    """
    reach = await read_checkpoints(settings)
    verifier = ChainVerifier(checkpoints=reach)
    async for _ in _audit_records(settings, verifier, reach):
        pass
    return verifier


async def export_log(settings: Settings, target: Path) -> ChainVerifier:
    """Write the log and the checkpoints to a new file, complete or not at all; gives what verifying it on the way gave.

    Raises:
        CommandError: the file exists already, or cannot be written.
        KafkaUnreachableError, TopicsError, ReadStalledError: the log cannot be read.
    """
    reach = await read_checkpoints(settings)
    verifier = ChainVerifier(checkpoints=reach)
    with _new_file(target) as stream:
        async for record in _audit_records(settings, verifier, reach):
            stream.write(_export_line(record))
        for number, point in sorted(reach.items()):
            checkpoint = {"partition": number, "seq": point.seq, "head": point.head}
            stream.write(orjson.dumps({"checkpoint": checkpoint}) + b"\n")
    return verifier


def _export_line(record: Any) -> bytes:
    line: dict[str, Any] = {"partition": record.partition, "offset": record.offset}
    value = record.value or b""
    try:
        line["value"] = value.decode()
    except UnicodeDecodeError:
        line["base64"] = base64.b64encode(value).decode()
    return orjson.dumps(line) + b"\n"


@contextmanager
def _new_file(target: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is complete."""
    draft = target.with_name(target.name + ".partial")
    if target.exists():
        raise CommandError(f"{target} exists", code="FILE_UNREADABLE", advice="an export is not overwritten")
    try:
        with draft.open("wb") as raw:
            if target.suffix == ".gz":
                # No name and no time in the header: the same log gives the same file.
                with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        draft.replace(target)
    except OSError as exc:
        raise CommandError(
            f"cannot write {target}: {exc.strerror}", code="FILE_UNREADABLE", advice="choose another place"
        ) from None
    finally:
        draft.unlink(missing_ok=True)


def verify_file(source: Path) -> ChainVerifier:
    """An export against itself and the checkpoints in it.

    Raises:
        CommandError: it cannot be read, a line is none of an export, or there is nothing in it.
    """
    checkpoints = {
        point["partition"]: Checkpoint(point["seq"], point["head"])
        for number, line in _export_lines(source)
        if (point := _checkpoint(source, number, line)) is not None
    }
    verifier = ChainVerifier(checkpoints=checkpoints)
    for number, line in _export_lines(source):
        if "checkpoint" not in line:
            verifier.take(*_record(source, number, line))
    if not verifier.partitions:
        raise CommandError(
            f"{source} holds neither records nor checkpoints", code="EXPORT_UNREADABLE", advice="nothing proves nothing"
        )
    return verifier


def _export_lines(source: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with gzip.GzipFile(source) if source.suffix == ".gz" else source.open("rb") as stream:
            for number, raw in enumerate(stream, 1):
                line = orjson.loads(raw)
                if not isinstance(line, dict):
                    raise _damaged(source, number)
                yield number, line
    except orjson.JSONDecodeError:
        raise _damaged(source, number) from None
    except (OSError, EOFError, zlib.error) as exc:
        why = getattr(exc, "strerror", None) or "damaged or cut off"
        raise CommandError(
            f"cannot read {source}: {why}", code="EXPORT_UNREADABLE", advice="see `penstock audit export`"
        ) from None


def _checkpoint(source: Path, number: int, line: dict[str, Any]) -> dict[str, Any] | None:
    if "checkpoint" not in line:
        return None
    point = line["checkpoint"]
    types = {"partition": int, "seq": int, "head": str}
    if not isinstance(point, dict) or any(type(point.get(name)) is not kind for name, kind in types.items()):
        raise _damaged(source, number)
    return point


def _record(source: Path, number: int, line: dict[str, Any]) -> tuple[int, int, bytes]:
    partition, offset, text, packed = (line.get(name) for name in ("partition", "offset", "value", "base64"))
    if type(partition) is int and type(offset) is int:
        if isinstance(text, str):
            return partition, offset, text.encode()
        if isinstance(packed, str):
            try:
                return partition, offset, base64.b64decode(packed, validate=True)
            except binascii.Error:
                pass
    raise _damaged(source, number)


def _damaged(source: Path, number: int) -> CommandError:
    return CommandError(
        f"{source}:{number}: not a line of an export", code="EXPORT_UNREADABLE", advice="see `penstock audit export`"
    )
