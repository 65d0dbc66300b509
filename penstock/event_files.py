"""Files of recorded events: JSON lines, plain, gzip or standard input, each with a `kind`."""

from __future__ import annotations

import asyncio
import gzip
import sys
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

import orjson

from detectors.errors import GateError
from streams.events import Kind

# Bytes asked for at once; a pipe gives what it has.
BLOCK_BYTES: Final = 256 * 1024
# Longest line, bytes: a record of 2 MiB less its key and headers. Far over the largest event that the gate reads.
MAX_LINE_BYTES: Final = 2 * 1024 * 1024 - 64 * 1024
STDIN: Final = "-"
# Blocks read ahead of the consumer.
QUEUED_CHUNKS: Final = 4


class EventFileError(GateError):
    """A file of events that cannot be opened or read to its end."""

    code = "FILE_UNREADABLE"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, without white space around it; `number` counts from 1."""

    number: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A line that says what it is. `event` is only looked into; `raw` is what travels."""

    line: Line
    kind: Kind
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no event; `code` is the gate's dead letter code, `detail` names no value."""

    line: Line
    code: str
    detail: str


@contextmanager
def open_lines(source: str) -> Iterator[Iterator[list[Line]]]:
    """Lists of lines of a file, or of standard input for `-`, as they come; empty lines are left out.

    Reading blocks: an event loop uses `in_thread`.

    Raises:
        EventFileError: the file cannot be opened, or the iterator finds it damaged.
    """
    if source == STDIN:
        # Unbuffered where there is a file descriptor: a thread that waits in a buffered read would keep its lock, and
        # Python would abort on the way out.
        yield lines_of(getattr(sys.stdin.buffer, "raw", sys.stdin.buffer).read, source)
        return
    try:
        stream = _open(source)
    except OSError as exc:
        raise EventFileError(f"cannot open {source}: {exc.strerror}", advice="FILE is JSON lines, .gz or -") from None
    with stream:
        yield lines_of(stream.read1, source)


def _open(source: str) -> gzip.GzipFile | BufferedReader:
    return gzip.GzipFile(source) if source.endswith(".gz") else Path(source).open("rb")


def lines_of(read: Callable[[int], bytes | None], source: str) -> Iterator[list[Line]]:
    """The lines in what `read` gives until it gives nothing, in lists as they come; empty ones are left out.

    Raises:
        EventFileError: `read` finds damage; `source` is the name in its text.
    """
    number, rest = 0, b""
    while True:
        try:
            block = read(BLOCK_BYTES) or b""
        except (OSError, EOFError, zlib.error) as exc:
            why = exc.strerror if isinstance(exc, OSError) and exc.strerror else "damaged or cut off"
            raise EventFileError(f"cannot read {source} after line {number}: {why}", advice="make it anew") from None
        parts = (rest + block).split(b"\n")
        # A line without end is cut just past the limit, where it still counts as too long, so that memory is bounded.
        rest = parts.pop()[: MAX_LINE_BYTES + 1] if block else b""
        found = [Line(number + i, raw) for i, part in enumerate(parts, 1) if (raw := part.strip())]
        number += len(parts)
        if found:
            yield found
        if not block:
            return


async def in_thread(chunks: Iterator[list[Line]]) -> AsyncIterator[list[Line]]:
    """What `chunks` gives, read in a thread that does not hold up the end of the process.

    Raises:
        EventFileError: as `chunks` does.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[list[Line] | EventFileError | None] = asyncio.Queue()
    room, is_over = threading.Semaphore(QUEUED_CHUNKS), threading.Event()

    def put(item: list[Line] | EventFileError | None) -> None:
        room.acquire()
        if not is_over.is_set():
            loop.call_soon_threadsafe(queue.put_nowait, item)

    def work() -> None:
        try:
            for chunk in chunks:
                put(chunk)
                if is_over.is_set():
                    return
            put(None)
        except EventFileError as exc:
            put(exc)
        except (RuntimeError, ValueError):
            # The loop or the file was closed: nobody waits for lines any more.
            return

    threading.Thread(target=work, name="event-file", daemon=True).start()
    try:
        while (item := await queue.get()) is not None:
            room.release()
            if isinstance(item, EventFileError):
                raise item
            yield item
    finally:
        is_over.set()
        room.release()


def parse_line(line: Line) -> RecordedEvent | BadLine:
    """What a line holds, as far as its `kind`; whether the event is valid is the gate's to say."""
    if len(line.raw) > MAX_LINE_BYTES:
        return BadLine(line, "too_large", f"longer than {MAX_LINE_BYTES} bytes")
    try:
        event = orjson.loads(line.raw)
    except orjson.JSONDecodeError as exc:
        return BadLine(line, "not_json", f"not JSON at byte {exc.pos}")
    if not isinstance(event, dict):
        return BadLine(line, "not_object", "not a JSON object")
    if event.get("kind") not in KINDS:
        return BadLine(line, "unknown_kind", f"kind is not one of {', '.join(KINDS)}")
    return RecordedEvent(line, Kind(event["kind"]), event)


KINDS: Final = tuple(kind.value for kind in Kind)
