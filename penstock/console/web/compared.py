"""Several JSON values place by place, with what the detectors found in each marked as `marked` marks it. Pure.

Places are told apart by their paths and compared as JSON; findings change neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from detectors.errors import GateError
from detectors.finding import Finding
from detectors.leaves import is_container, text_of
from detectors.limits import ScanError
from detectors.paths import ROOT, child_index, child_name, child_position, key_position
from detectors.scanner import Scanner
from penstock.console.web.marked import Piece, pieces_of

# Places of one value that are compared; with more in any of them the comparison is not whole.
MAX_PLACES: Final = 2_000


class Value(NamedTuple):
    """What one value has at a place, as JSON in pieces; `types` cover it whole."""

    pieces: tuple[Piece, ...]
    types: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The JSON."""
        return "".join(piece.text for piece in self.pieces)


# What stands for a place that a value does not have.
ABSENT: Final = Value((Piece("(absent)"),))


class Place(NamedTuple):
    """One place in several values: its path, in pieces because names can hold findings, and each value there."""

    label: tuple[Piece, ...]
    values: tuple[Value, ...]

    @property
    def path(self) -> str:
        """The path."""
        return "".join(piece.text for piece in self.label)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The places at which values differ, and those at which all are equal, in order of appearance.

    `types` are all types found, each once; None when a value could not be scanned, and nothing of it is marked.
    """

    differ: tuple[Place, ...] = ()
    equal: tuple[Place, ...] = ()
    types: tuple[str, ...] | None = ()
    is_whole: bool = True


class _Node(NamedTuple):
    """A place on the way: `path` tells places apart, `found_at` is what the detectors call it."""

    path: str
    found_at: str
    label: tuple[Piece, ...]
    value: Any
    types: tuple[str, ...] = ()


def compared(scanners: Sequence[Scanner], values: Sequence[Any]) -> Comparison:
    """Several JSON values side by side, each searched with a scanner of its own."""
    each: list[dict[str, Value]] = []
    labels: dict[str, tuple[Piece, ...]] = {}
    types: dict[str, None] = {}
    is_scanned = is_whole = True
    for scanner, value in zip(scanners, values, strict=True):
        findings: Sequence[Finding] = ()
        try:
            findings = scanner.scan_json(value, names=True)
        except ScanError:
            is_scanned = False
        by_field = _by_field(findings)
        types |= dict.fromkeys(found.type for found in findings)
        places: dict[str, Value] = {}
        for node in _leaves(value, by_field):
            if len(places) >= MAX_PLACES:
                is_whole = False
                break
            places[node.path] = _value(node, by_field.get(node.found_at, []))
            # A name is marked wherever any of the values has it marked.
            if node.path not in labels or any(piece.types for piece in node.label):
                labels[node.path] = node.label
        each.append(places)
    rows = [Place(label, tuple(places.get(path, ABSENT) for places in each)) for path, label in labels.items()]
    differ = tuple(row for row in rows if len({value.text for value in row.values}) > 1)
    equal = tuple(row for row in rows if len({value.text for value in row.values}) == 1)
    return Comparison(differ, equal, tuple(types) if is_scanned else None, is_whole)


def _by_field(findings: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.field or ROOT, []).append(finding)
    return found


def _leaves(value: Any, found: Mapping[str, list[Finding]]) -> Iterator[_Node]:
    """Each leaf in document order; empty containers are leaves. With a stack of its own, for nesting may be deep."""
    stack = [_Node("", "" if is_container(value) else ROOT, (), value)]
    while stack:
        node = stack.pop()
        if is_container(node.value) and node.value:
            whole = tuple(each.type for each in found.get(node.found_at, []))
            node = node._replace(types=tuple(dict.fromkeys((*node.types, *whole))))
            stack += reversed(list(_children(node, found)))
        else:
            yield node


def _children(parent: _Node, found: Mapping[str, list[Finding]]) -> Iterator[_Node]:
    if not isinstance(parent.value, Mapping):
        for index, child in enumerate(parent.value):
            label = (*parent.label, Piece(f"[{index}]"))
            path, found_at = child_index(parent.path, index), child_index(parent.found_at, index)
            yield _Node(path, found_at, label, child, parent.types)
        return
    for position, (name, child) in enumerate(parent.value.items()):
        path = child_name(parent.path, name)
        step, in_name = path[len(parent.path) :], found.get(key_position(parent.found_at, position))
        if in_name is None:
            found_at = child_name(parent.found_at, name)
            yield _Node(path, found_at, (*parent.label, Piece(step)), child, parent.types)
            continue
        found_at = child_position(parent.found_at, position)
        yield _Node(path, found_at, (*parent.label, *_step(step, name, in_name)), child, parent.types)


def _step(step: str, name: str, findings: Sequence[Finding]) -> tuple[Piece, ...]:
    """The last step of a path, cut where its name has findings; those count characters of the name without quotes."""
    cut = pieces_of(name, findings)
    if step.endswith(name):
        return (Piece(step.removesuffix(name)), *cut)
    quoted = [Piece(json.dumps(piece.text, ensure_ascii=False)[1:-1], piece.types) for piece in cut]
    return (Piece('["'), *quoted, Piece('"]'))


def _types_of(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.type for found in findings))


def _value(node: _Node, findings: Sequence[Finding]) -> Value:
    """A leaf as JSON, cut where its findings begin and end: JSON escapes each character by itself."""
    whole = tuple(dict.fromkeys((*node.types, *_types_of([each for each in findings if each.start == each.end]))))
    if isinstance(node.value, str):
        inner = [Piece(_json(piece.text)[1:-1], piece.types) for piece in pieces_of(node.value, findings)]
        return Value((Piece('"'), *inner, Piece('"')), whole)
    text = _json(node.value)
    if is_container(node.value):
        return Value((Piece(text),), tuple(dict.fromkeys((*whole, *_types_of(findings)))))
    try:
        is_same = text_of(node.value) == text
    except GateError:
        is_same = False
    return Value(pieces_of(text, findings) if is_same else (Piece(text, _types_of(findings)),), whole)


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
