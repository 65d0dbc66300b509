"""Files through the detectors: where something lies and what it is, never the value.

A long text is scanned in windows that overlap, so that memory and the limits of one scan do not bound the size of a
file. A finding belongs to the window in which it begins, and it is seen there with all that stands around it.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from detectors import Finding, Limits, ScanError, Scanner
from detectors.leaves import is_container, text_of, walk
from penstock.scan_files import Format, NotScanned, Piece, format_of, read_pieces

# Characters of a window, and of what it sees before and after: longer than any value that a detector bounds.
WINDOW_CHARS: Final = 256 * 1024
MARGIN_CHARS: Final = 16 * 1024
# What one value or window may hold. A file is read by its owner, so more is taken than a gate would take.
LIMITS: Final = Limits(max_bytes=32 * 1024 * 1024, max_leaves=1_000_000, max_findings=100_000, max_hits=10_000_000)


@dataclass(frozen=True, slots=True)
class Place:
    """A finding and where it lies.

    Lines and columns count from 1, in characters; they are None where JSON has none. `value` is for the baseline and
    must not be printed; it is None where the value has no text of its own (a field name that holds a finding).
    """

    file: str
    finding: Finding
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    value: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, or a line of it, that was not scanned."""

    file: str
    line: int | None
    code: str
    reason: str


@dataclass(slots=True)
class Scanned:
    """What came of some files."""

    places: list[Place] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    #: Files that are not text.
    binary: int = 0


def scan_file(scanner: Scanner, file: str, how: Format | None, into: Scanned) -> None:
    """Scan one file, and put what is found into `into`.

    Raises:
        ScanFileError: when it cannot be read to its end.
    """
    into.files += 1
    is_empty = True
    for piece in read_pieces(file, how or format_of(file)):
        is_empty = False
        if isinstance(piece, NotScanned):
            into.problems.append(Problem(file, piece.line, "FILE_TOO_LARGE", piece.reason))
            continue
        try:
            into.places += _places(scanner, file, piece)
        except ScanError as error:
            into.problems.append(Problem(file, piece.line, error.code, error.args[0]))
    into.binary += is_empty and (how or format_of(file)) is not Format.JSONL


def _places(scanner: Scanner, file: str, piece: Piece) -> list[Place]:
    if not piece.is_json:
        return list(_text_places(file, piece, text_findings(scanner, piece.text)))
    findings = scanner.scan_json(piece.value, names=True)
    leaves = _leaf_texts(piece.value, {found.field for found in findings}) if findings else {}
    return [
        Place(file, found, piece.line, None, piece.line, None, _leaf_value(leaves.get(found.field), found))
        for found in findings
    ]


def _leaf_value(text: str | None, finding: Finding) -> str | None:
    if text is None or finding.end == finding.start:
        return text
    return text[finding.start : finding.end]


def _leaf_texts(value: Any, fields: set[str | None]) -> dict[str | None, str]:
    """The texts of what lies at some paths; of a container its JSON."""
    return {
        node.path: json.dumps(node.value, sort_keys=True) if is_container(node.value) else text_of(node.value)
        for node in walk(value, LIMITS)
        if node.path in fields
    }


def text_findings(scanner: Scanner, text: str) -> Iterator[Finding]:
    """The findings in a text of any length, in text order."""
    if len(text) <= WINDOW_CHARS + MARGIN_CHARS:
        yield from scanner.scan(text)
        return
    for start in range(0, len(text), WINDOW_CHARS):
        base = max(0, start - MARGIN_CHARS)
        window = text[base : start + WINDOW_CHARS + MARGIN_CHARS]
        for found in scanner.scan(window):
            if start <= found.start + base < start + WINDOW_CHARS:
                yield replace(found, start=found.start + base, end=found.end + base)


def _text_places(file: str, piece: Piece, findings: Iterable[Finding]) -> Iterator[Place]:
    text = piece.text
    starts: list[int] | None = None
    for found in findings:
        if starts is None:
            starts = _line_starts(text)
        line = bisect_right(starts, found.start)
        end_line = bisect_right(starts, max(found.start, found.end - 1))
        yield Place(
            file=file,
            finding=found,
            line=line + (piece.line or 1) - 1,
            column=found.start - starts[line - 1] + 1,
            end_line=end_line + (piece.line or 1) - 1,
            end_column=found.end - starts[end_line - 1] + 1,
            value=text[found.start : found.end],
        )


def _line_starts(text: str) -> list[int]:
    starts = [0]
    place = text.find("\n")
    while place >= 0:
        starts.append(place + 1)
        place = text.find("\n", place + 1)
    return starts
