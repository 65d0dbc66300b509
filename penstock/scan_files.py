"""What `penstock scan` reads: files, folders and standard input, as text, JSON or JSON lines.

Nothing is passed over in silence: what is not text is counted, what cannot be read in full is a problem, and JSON
that parsers read in two ways (equal names, NaN) is scanned as the text that it is.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from detectors.errors import GateError
from penstock.event_files import MAX_LINE_BYTES, EventFileError, open_lines

STDIN: Final = "-"
# Bytes of one file after unpacking; a larger one is a problem, because it would be held in memory.
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
# Bytes at the beginning of a file in which a NUL says that it is not text.
SNIFFED_BYTES: Final = 8 * 1024
# Folders that hold no work of people.
PASSED_OVER: Final = frozenset(
    {".git", ".hg", ".svn", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
    | {".hypothesis", ".import_linter_cache", ".tox", ".nox"}
)


class Format(StrEnum):
    """How a file is read."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


class ScanFileError(GateError):
    """A file that cannot be read (code FILE_UNREADABLE); no text of it is quoted."""

    code = "FILE_UNREADABLE"
    advice = "FILE is a file, a folder or - for standard input"


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to scan: a text, and the JSON value that it is when `is_json`.

    `line` is where it begins, None without lines.
    """

    text: str
    value: Any
    is_json: bool
    line: int | None


@dataclass(frozen=True, slots=True)
class NotScanned:
    """A part of a file that was not scanned, and why; `line` is None for the whole file."""

    reason: str
    line: int | None = None


def format_of(source: str) -> Format:
    """The format that a file's name says; text when it says none."""
    name = source.removesuffix(".gz").lower()
    if name.endswith((".jsonl", ".ndjson")):
        return Format.JSONL
    return Format.JSON if name.endswith(".json") else Format.TEXT


def expand(sources: list[str]) -> list[str]:
    """The files that the sources name, folders walked in order; each once.

    Raises:
        ScanFileError: for one that does not exist.
    """
    found: dict[str, None] = {}
    for source in sources:
        path = Path(source)
        if source == STDIN or path.is_file():
            found[source] = None
        elif path.is_dir():
            found.update(dict.fromkeys(_walk(path)))
        else:
            raise ScanFileError(f"cannot open {source}: no such file or folder")
    return list(found)


def _walk(folder: Path) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in PASSED_OVER)
        for name in sorted(files):
            path = Path(root, name)
            if path.is_file() and not path.is_symlink():
                yield str(path)


def read_pieces(source: str, how: Format) -> Iterator[Piece | NotScanned]:
    """What a file holds, in order; nothing for a file that is not text.

    Raises:
        ScanFileError: when the file cannot be read to its end.
    """
    if how is Format.JSONL:
        yield from _lines(source)
        return
    raw = read_bytes(source)
    if len(raw) > MAX_FILE_BYTES:
        yield NotScanned(f"larger than {MAX_FILE_BYTES} bytes")
        return
    text = decoded(raw)
    if text is None:
        return
    value = parsed(text) if how is Format.JSON else NOT_JSON
    is_json = value is not NOT_JSON
    yield Piece(text, value, is_json, None if is_json else 1)


def read_bytes(source: str) -> bytes:
    """The bytes of a file, unpacked when its name ends in `.gz`, one more than `MAX_FILE_BYTES` at most.

    Raises:
        ScanFileError: when it cannot be read to its end.
    """
    try:
        if source == STDIN:
            return sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        if source.endswith(".gz"):
            with gzip.open(source) as stream:
                return stream.read(MAX_FILE_BYTES + 1)
        with Path(source).open("rb") as plain:
            return plain.read(MAX_FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as exc:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else "damaged or cut off"
        raise ScanFileError(f"cannot read {source}: {why}") from None


def decoded(raw: bytes) -> str | None:
    """The text in some bytes, None for what is not text; bytes that are no UTF-8 come back as they were."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    if b"\0" in raw[:SNIFFED_BYTES]:
        return None
    return raw.decode("utf-8", "surrogateescape")


#: What `parsed` gives for a text that is no JSON.
NOT_JSON: Final = object()


def parsed(text: str) -> Any:
    """The JSON value that a text is, `NOT_JSON` when it is none that every parser reads alike."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return NOT_JSON


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("equal names")
    return value


def _refuse(_name: str) -> None:
    raise ValueError("no JSON")


def _lines(source: str) -> Iterator[Piece | NotScanned]:
    try:
        with open_lines(source) as chunks:
            for chunk in chunks:
                for line in chunk:
                    if len(line.raw) > MAX_LINE_BYTES:
                        yield NotScanned(f"longer than {MAX_LINE_BYTES} bytes", line.number)
                        continue
                    text = line.raw.decode("utf-8", "surrogateescape")
                    value = parsed(text)
                    yield Piece(text, value, value is not NOT_JSON, line.number)
    except EventFileError as error:
        raise ScanFileError(error.args[0]) from None
