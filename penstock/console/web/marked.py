"""A JSON value or a text laid out for reading, with what the detectors found in it marked. Pure.

Rows stand in document order, one per name or element; a value is cut into pieces, each with the types found there. The
detectors count characters of the whole leaf, and so does this; nothing is counted in bytes or UTF-16 units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, NamedTuple

from detectors.errors import GateError
from detectors.finding import Finding
from detectors.leaves import is_container, text_of
from detectors.limits import ScanError
from detectors.paths import ROOT, child_index, child_name, child_position, key_position
from detectors.scanner import Scanner

# Rows that are laid out; what is left out is counted, and the page says that not everything is shown.
MAX_ROWS: Final = 5_000
# Deepest indentation; what is deeper stands at this one.
MAX_INDENT: Final = 10


class Piece(NamedTuple):
    """A stretch of text and the types of findings that cover it."""

    text: str
    types: tuple[str, ...] = ()


class Row(NamedTuple):
    """One name or element; a container's row has no pieces, and its members follow one deeper. `types` cover it whole.

    `label` is in pieces, because a name can hold a finding itself.
    """

    depth: int
    label: tuple[Piece, ...]
    pieces: tuple[Piece, ...]
    size: int | None
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """A laid out value. `types` are all types found, each once; None when the value could not be scanned."""

    rows: tuple[Row, ...]
    left_out: int
    types: tuple[str, ...] | None

    @property
    def is_whole(self) -> bool:
        """Whether everything is shown."""
        return self.left_out == 0


def marked_text(scanner: Scanner, text: str) -> tuple[Piece, ...]:
    """A text with its findings; unmarked when it cannot be scanned."""
    try:
        findings: Sequence[Finding] = scanner.scan(text)
    except ScanError:
        return (Piece(text),)
    return pieces_of(text, findings)


def marked(scanner: Scanner, value: Any) -> Marked:
    """A JSON value with its findings."""
    try:
        findings = scanner.scan_json(value, names=True)
    except ScanError:
        rows, left_out = _rows(value, {})
        return Marked(rows, left_out, None)
    by_field: dict[str, list[Finding]] = {}
    for finding in findings:
        by_field.setdefault(finding.field or ROOT, []).append(finding)
    rows, left_out = _rows(value, by_field)
    return Marked(rows, left_out, tuple(dict.fromkeys(finding.type for finding in findings)))


def pieces_of(text: str, findings: Iterable[Finding]) -> tuple[Piece, ...]:
    """The text cut at the bounds of its findings; the pieces joined are the text."""
    spans = [(max(0, found.start), min(len(text), found.end), found.type) for found in findings]
    spans = [span for span in spans if span[0] < span[1]]
    if not spans:
        return (Piece(text),) if text else ()
    bounds = sorted({0, len(text), *(bound for start, end, _ in spans for bound in (start, end))})
    return tuple(
        Piece(
            text[start:end], tuple(dict.fromkeys(kind for first, last, kind in spans if first < end and last > start))
        )
        for start, end in pairwise(bounds)
    )


class _Place(NamedTuple):
    path: str
    value: Any
    depth: int
    label: tuple[Piece, ...] = ()


def _rows(value: Any, by_field: Mapping[str, list[Finding]]) -> tuple[tuple[Row, ...], int]:
    """The rows of a value; with a stack of its own, because arguments may be nested deeply."""
    rows: list[Row] = []
    left_out = 0
    root = _Place("" if is_container(value) else ROOT, value, 0)
    stack = list(reversed(_children(root, by_field))) if is_container(value) else [root]
    while stack:
        place = stack.pop()
        if len(rows) >= MAX_ROWS:
            left_out += 1
        else:
            rows.append(_row(place, by_field.get(place.path, [])))
        if is_container(place.value):
            stack += reversed(_children(place, by_field))
    return tuple(rows), left_out


def _children(parent: _Place, by_field: Mapping[str, list[Finding]]) -> list[_Place]:
    depth = parent.depth + 1 if parent.path else 0
    if not isinstance(parent.value, dict):
        return [
            _Place(child_index(parent.path, index), child, depth, (Piece(f"[{index}]"),))
            for index, child in enumerate(parent.value)
        ]
    places = []
    for position, (name, child) in enumerate(parent.value.items()):
        in_name = by_field.get(key_position(parent.path, position))
        if in_name is None:
            places.append(_Place(child_name(parent.path, name), child, depth, pieces_of(name, ()) or (Piece('""'),)))
        else:
            path = child_position(parent.path, position)
            places.append(_Place(path, child, depth, pieces_of(name, in_name)))
    return places


def _row(place: _Place, findings: Sequence[Finding]) -> Row:
    depth = min(place.depth, MAX_INDENT)
    whole = tuple(dict.fromkeys(found.type for found in findings if found.start == found.end))
    if is_container(place.value):
        return Row(depth, place.label, (), len(place.value), whole)
    try:
        text = text_of(place.value)
    except GateError:
        text = "(a value that cannot be written out)"
    pieces = pieces_of(text, findings) or (Piece("(empty text)"),)
    return Row(depth, place.label, pieces, None, whole)
