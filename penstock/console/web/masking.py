"""A quarantined content as people may see it before anything is revealed: its shape and its lengths, and no values.

Theory of operation. A content is laid out as rows, one per name or element, a plain text as one row per line. A row
has pieces in the order of the text; a piece says how many characters it stands for and which findings cover it. Only a
piece of the kind `clear` carries text, and only whole leaves become clear: short ones, in which nothing was found, for
the audience that allows it. Names are shown while they look like names; where the
detectors could not tell whether a name is harmless, all names are hidden.

# INVARIANT: no character of a finding, of its leaf, or of a leaf longer than `clear_chars` is in the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, NamedTuple

import orjson

from detectors.errors import GateError
from detectors.leaves import is_container, text_of
from detectors.paths import ROOT, child_index, child_name, child_position, key_position
from streams.events import Audience
from streams.reasons import GateReason

# Rows that are shown; those with findings have as many places of their own.
MAX_ROWS: Final = 300
# Pieces of one row; the rest of a leaf becomes one hidden piece.
MAX_PIECES: Final = 200
# Containers inside each other that are laid out; what is deeper is one hidden row.
MAX_DEPTH: Final = 24
# Longest leaf that may be shown in clear, characters: words such as `ok` or `en-GB`, no sentences and few secrets.
CLEAR_CHARS: Final = 12
# A name as programs choose it; anything else may be text that an agent put into the place of a name.
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
# A part of a path, as `detectors.paths` writes it: a name in quotes and brackets, a place in braces or brackets (left
# alone), or a plain name.
_PART: Final = re.compile(r"""\[(?P<quoted>"(?:[^"\\]|\\.)*")\]|\{[^{}]*\}|\[\d+\]|(?P<plain>[^.\[\]{}]+)""")
# Here the detectors did not get to the end, or found a name itself at fault: what names hold is not known.
_NAMES_UNKNOWN: Final = frozenset(
    reason.value
    for reason in (
        GateReason.SENSITIVE_KEY,
        GateReason.SCAN_LIMIT,
        GateReason.SCAN_FAILED,
        GateReason.KILLED,
        GateReason.REDACTION_FAILED,
    )
)


class Found(NamedTuple):
    """A finding as the quarantine record tells it; `start` and `end` count characters of the leaf at `field`."""

    type: str
    field: str | None
    start: int
    end: int
    score: float
    detector: str


class PieceKind(StrEnum):
    """What a piece of a row is."""

    CLEAR = "clear"
    HIDDEN = "hidden"
    FOUND = "found"


class Piece(NamedTuple):
    """A stretch of a leaf: its length, the numbers (from 1) of the findings that cover it, its text if it is clear."""

    kind: PieceKind
    chars: int
    findings: tuple[int, ...] = ()
    text: str = ""


class Row(NamedTuple):
    """One name, element or line. `label` is None for a hidden name, which `label_chars` then measures.

    `kind` is in words (text, number, object, ...); `size` counts characters of a leaf, members of a container. `pieces`
    is empty for a container that is laid out in the rows below it. `name_findings` lie in the name itself.
    """

    depth: int
    label: str | None
    label_chars: int
    kind: str
    size: int
    pieces: tuple[Piece, ...] = ()
    name_findings: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Masked:
    """The rows of a content, how many are left out, and the numbers of findings that stand nowhere in it."""

    rows: tuple[Row, ...]
    left_out: int = 0
    unplaced: tuple[int, ...] = ()


class Masking(NamedTuple):
    """How much may be shown: leaves up to `clear_chars` characters, and whether names.

    `found_now` are the paths at which something is found today, besides what the gate found.
    """

    clear_chars: int = 0
    are_names_shown: bool = True
    found_now: frozenset[str] = frozenset()


# Nothing but shape and lengths.
HIDDEN: Final = Masking(0, are_names_shown=False)


def masking_for(*, audience: str | None, reason_code: str | None) -> Masking:
    """What may be shown of an output for this audience, held for this reason.

    Only what was meant for inside readers may have short values in clear; an audience that is missing counts as public.
    """
    are_names_shown = reason_code is not None and reason_code not in _NAMES_UNKNOWN
    is_inside = audience == Audience.INTERNAL.value
    return Masking(CLEAR_CHARS if is_inside and are_names_shown else 0, are_names_shown)


def findings_of(value: object) -> tuple[Found, ...]:
    """The findings of a quarantine record, in its order; what does not look like one is a finding without a place."""
    entries = value if isinstance(value, list) else []
    return tuple(_found(entry if isinstance(entry, dict) else {}) for entry in entries)


def _found(entry: Mapping[str, Any]) -> Found:
    field, start, end, score = (entry.get(name) for name in ("field", "start", "end", "score"))
    has_place = type(start) is int and type(end) is int and 0 <= start <= end
    return Found(
        type=str(entry.get("type", "unknown")),
        field=field if isinstance(field, str) else None,
        start=start if has_place and isinstance(start, int) else 0,
        end=end if has_place and isinstance(end, int) else 0,
        score=float(score) if isinstance(score, int | float) else 0.0,
        detector=str(entry.get("detector", "unknown")),
    )


def mask(content: Any, findings: Sequence[Found], *, masking: Masking) -> Masked:
    """The content without its values."""
    work = _Work(findings, masking)
    if isinstance(content, str):
        work.lines(content)
    else:
        work.visit(content)
    return work.done()


def text_at(content: Any, findings: Sequence[Found], number: int) -> str | None:
    """The text of the finding with this number (from 1), as a reveal shows it; None when it stands nowhere.

    A number and a container that holds internal data are given whole, as JSON.
    """
    found = findings[number - 1]
    wanted = found.field or ROOT
    for place in _places(content, frozenset(entry.field or ROOT for entry in findings)):
        if place.key_path == wanted and place.name is not None:
            return _cut(place.name, found)
        if place.path == wanted:
            return _cut(place.value, found) if isinstance(place.value, str) else shown(place.value)
    return None


def shown_field(field: str) -> str:
    """The path of a finding as a page may tell it: what does not look like a name is told by its length.

    >>> shown_field('customer["a name, or not"].ssn'), shown_field("items[3].note")
    ('customer[a name of 14 characters].ssn', 'items[3].note')
    """
    return _PART.sub(_told, field)


def _told(part: re.Match[str]) -> str:
    quoted, plain = part.group("quoted"), part.group("plain")
    if quoted is None and plain is None:
        return part.group()
    if quoted is not None:
        try:
            chars = len(orjson.loads(quoted))
        except orjson.JSONDecodeError:
            chars = len(quoted)
        return f"[a name of {chars} characters]"
    return plain if _NAME.fullmatch(plain) else f"a name of {len(plain)} characters"


def shown(content: Any) -> str:
    """A content for reading: text as it is, JSON with a line per value."""
    return content if isinstance(content, str) else orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()


def _cut(text: str, found: Found) -> str | None:
    return text[found.start : found.end] if found.start < found.end <= len(text) else None


class _Place(NamedTuple):
    """A value inside the content; `name` is that of a member, `key_path` names the name where it holds a finding."""

    path: str
    value: Any
    depth: int
    name: str | None = None
    position: int | None = None
    key_path: str | None = None


def _children(parent: _Place, fields: frozenset[str]) -> Iterator[_Place]:
    path, depth = parent.path, parent.depth + 1
    if not isinstance(parent.value, dict):
        for index, child in enumerate(parent.value):
            yield _Place(child_index(path, index), child, depth, position=index)
        return
    for position, (name, child) in enumerate(parent.value.items()):
        key_path = key_position(path, position)
        if key_path in fields:
            yield _Place(child_position(path, position), child, depth, name=name, key_path=key_path)
        else:
            yield _Place(child_name(path, name), child, depth, name=name)


def _root(content: Any) -> _Place:
    return _Place("" if is_container(content) else ROOT, content, 0)


def _places(content: Any, fields: frozenset[str]) -> Iterator[_Place]:
    """All values in document order, with a stack of its own: contents may be nested deeper than Python recurses."""
    stack = [iter((_root(content),))]
    while stack:
        place = next(stack[-1], None)
        if place is None:
            stack.pop()
            continue
        yield place
        if is_container(place.value):
            stack.append(_children(place, fields))


def _leaf_text(value: Any) -> str:
    try:
        return text_of(value)
    except GateError:
        return ""


class _Work:
    """One layout of one content."""

    def __init__(self, findings: Sequence[Found], masking: Masking) -> None:
        self._masking = masking
        self._by_field: dict[str, list[tuple[int, Found]]] = {}
        for number, found in enumerate(findings, 1):
            self._by_field.setdefault(found.field or ROOT, []).append((number, found))
        self._fields = frozenset(self._by_field)
        self._unplaced = {number for entries in self._by_field.values() for number, _ in entries}
        self._rows: list[Row] = []
        self._extra = 0
        self._left_out = 0

    def done(self) -> Masked:
        """The layout."""
        return Masked(tuple(self._rows), self._left_out, tuple(sorted(self._unplaced)))

    def lines(self, text: str) -> None:
        """Lay a plain text out, a row per line."""
        entries = self._by_field.get(ROOT, [])
        start = 0
        for number, line in enumerate(text.splitlines(keepends=True) or [""], 1):
            end = start + len(line)
            inside = [
                (index, found._replace(start=max(0, found.start - start), end=min(found.end, end) - start))
                for index, found in entries
                if found.start < end and found.end > start
            ]
            bare = line.rstrip("\r\n")
            is_clear = not entries and ROOT not in self._masking.found_now and len(text) <= self._masking.clear_chars
            clear = bare if is_clear else ""
            self._add(Row(0, f"line {number}", 0, "text", len(bare), self._pieces(len(bare), inside, clear)))
            start = end

    def visit(self, content: Any) -> None:
        """Lay a JSON value out, a row per value, containers before what they hold."""
        stack = [iter((_root(content),))]
        while stack:
            place = next(stack[-1], None)
            if place is None:
                stack.pop()
                continue
            if self._is_open(place):
                stack.append(_children(place, self._fields))

    def _is_open(self, place: _Place) -> bool:
        """Add the row of a value; whether the values in it get rows of their own."""
        entries = self._by_field.get(place.path, [])
        label, label_chars, name_findings = self._label(place)
        value = place.value
        size = len(value) if is_container(value) else len(_leaf_text(value))
        row = Row(place.depth, label, label_chars, _kind(value), size, name_findings=name_findings)
        if not is_container(value):
            text = _leaf_text(value)
            is_clear = not entries and place.path not in self._masking.found_now
            is_clear = is_clear and len(text) <= self._masking.clear_chars
            self._add(row._replace(pieces=self._pieces(size, self._within(entries, value), text if is_clear else "")))
            return False
        if entries:
            self._unplaced -= {number for number, _ in entries}
            self._add(row._replace(pieces=(Piece(PieceKind.FOUND, 0, tuple(number for number, _ in entries)),)))
            return False
        if place.depth >= MAX_DEPTH or place.path in self._masking.found_now:
            self._add(row._replace(pieces=(Piece(PieceKind.HIDDEN, 0),)))
            return False
        self._add(row)
        return True

    def _within(self, entries: list[tuple[int, Found]], value: Any) -> list[tuple[int, Found]]:
        # A part of a number tells the number; a finding without a length is about the whole leaf.
        whole = len(_leaf_text(value))
        return [
            (
                number,
                found if isinstance(value, str) and found.start < found.end else found._replace(start=0, end=whole),
            )
            for number, found in entries
        ]

    def _label(self, place: _Place) -> tuple[str | None, int, tuple[int, ...]]:
        if place.name is None:
            return ("" if place.position is None else f"[{place.position}]"), 0, ()
        if place.key_path is not None:
            numbers = tuple(number for number, _ in self._by_field[place.key_path])
            self._unplaced -= set(numbers)
            return None, len(place.name), numbers
        if self._masking.are_names_shown and _NAME.fullmatch(place.name):
            return place.name, len(place.name), ()
        return None, len(place.name), ()

    def _pieces(self, chars: int, entries: Iterable[tuple[int, Found]], clear: str) -> tuple[Piece, ...]:
        """The stretches of a leaf of `chars` characters between the bounds of its findings."""
        placed = [
            (number, min(found.start, chars), min(found.end, chars))
            for number, found in entries
            if found.start < chars or chars == 0
        ]
        self._unplaced -= {number for number, _, _ in placed}
        if not placed:
            return (
                Piece(PieceKind.CLEAR, chars, text=clear) if clear or not chars else Piece(PieceKind.HIDDEN, chars),
            )
        bounds = sorted({0, chars, *(bound for _, start, end in placed for bound in (start, end))})
        pieces: list[Piece] = []
        for start, end in pairwise(bounds):
            if len(pieces) == MAX_PIECES:
                pieces.append(Piece(PieceKind.HIDDEN, chars - start))
                break
            over = tuple(number for number, first, last in placed if first < end and last > start)
            pieces.append(Piece(PieceKind.FOUND if over else PieceKind.HIDDEN, end - start, over))
        return tuple(pieces) or (Piece(PieceKind.FOUND, 0, tuple(number for number, _, _ in placed)),)

    def _add(self, row: Row) -> None:
        has_findings = bool(row.name_findings) or any(piece.findings for piece in row.pieces)
        if len(self._rows) - self._extra < MAX_ROWS:
            self._rows.append(row)
        elif has_findings and self._extra < MAX_ROWS:
            self._extra += 1
            self._rows.append(row)
        else:
            self._left_out += 1


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list | tuple):
        return "list"
    if isinstance(value, str):
        return "text"
    if value is None:
        return "null"
    return "true or false" if isinstance(value, bool) else "number"
