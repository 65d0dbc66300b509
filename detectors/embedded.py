"""A JSON document that stands as text in a field: its values, each with its place in the text.

A scanner looks at these values as at those of the JSON around them, with their names as evidence, and puts what it
finds back at its place in the text. One layer: text inside such a document is text.

# INVARIANT: offsets are those of the text as it stands, escapes and all, so what is cut out by them leaves the rest of
the document as it was.

Source: RFC 8259
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from detectors.internal import INTERNAL_FIELD
from detectors.leaves import Node
from detectors.limits import Limits, ScanLimitError
from detectors.overlaps import Claim

# A string, a mark of structure, or a number or word. Only read where the whole is known to be JSON.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_ESCAPED = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]")
_WORDS = frozenset({"true", "false", "null"})
_BRACKETS = {"{": "}", "[": "]"}


@dataclass(slots=True)
class Value:
    """One value of an embedded document, from `start` to `end` in the text, without the quotes of a string.

    `name`, `owner` and `is_member` are as those of `detectors.leaves.Node`.
    """

    name: str
    owner: str
    is_member: bool
    start: int
    end: int
    is_string: bool = False
    is_container: bool = False


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a value without escapes, and where each of its characters stands; `places` has an end besides."""

    text: str
    places: range | list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of `text` stands in the text around it."""
        return self.places[start], self.places[end]


def is_document(text: str) -> bool:
    """Whether a text may be a JSON object or array; whether it is one only reading it tells.

    >>> is_document(' {"a": 1}'), is_document("[1] and more"), is_document("a")
    (True, False, False)
    """
    bare = text.strip()
    return len(bare) > 2 and _BRACKETS.get(bare[0]) == bare[-1]


def values_of(text: str, limits: Limits, *, name: str = "", owner: str = "") -> list[Value]:
    """The values of a document in its order, containers before what they hold; none when the text is no document.

    `name` and `owner` are the field names above the text.

    >>> [(value.name, value.start, value.end) for value in values_of('{"a": "b"}', Limits())]
    [('', 0, 10), ('a', 7, 8)]

    Raises:
        ScanLimitError: for too deep nesting or too many leaves.
    """
    if not is_document(text):
        return []
    try:
        json.loads(text)
    except ValueError:
        return []
    except RecursionError:
        raise ScanLimitError(f"nesting above {limits.max_depth} levels", code="SCAN_TOO_DEEP") from None
    return list(_values(text, limits, Value(name, owner, False, 0, 0, is_container=True)))


def _values(text: str, limits: Limits, above: Value) -> Iterator[Value]:
    # Containers that are open, the outermost first, after a stand-in for the field that holds the text.
    opened = [above]
    key: str | None = None
    leaves = 0
    tokens = list(_TOKEN.finditer(text))
    for match, after in pairwise((*tokens, None)):
        if match is None:
            return
        written, (start, end) = match.group(), match.span()
        if written in "}]":
            opened.pop().end = end
            continue
        if written in ",:":
            continue
        if after is not None and after.group() == ":":
            key = str(json.loads(written))
            continue
        holder = opened[-1]
        name, owner = (holder.name, holder.owner) if key is None else (key, holder.name)
        value = Value(name, owner, key is not None, start, end)
        key = None
        if written in "{[":
            value.is_container = True
            opened.append(value)
            if len(opened) > limits.max_depth + 1:
                raise ScanLimitError(f"nesting above {limits.max_depth} levels", code="SCAN_TOO_DEEP")
        else:
            leaves += 1
            if leaves > limits.max_leaves:
                raise ScanLimitError(f"more than {limits.max_leaves} leaves", code="SCAN_TOO_MANY_LEAVES")
            if written.startswith('"'):
                value.is_string = True
                value.start, value.end = start + 1, end - 1
        yield value


def decoded(text: str, value: Value) -> Decoded:
    """The text of a value as a reader of the document sees it.

    >>> inner = decoded(r'["a\\u0040b"]', Value("", "", False, 2, 10, is_string=True))
    >>> inner.text, inner.span(1, 2)
    ('a@b', (3, 9))
    """
    raw = text[value.start : value.end]
    if not value.is_string or "\\" not in raw:
        return Decoded(raw, range(value.start, value.end + 1))
    parts: list[str] = []
    places: list[int] = []
    for match in _ESCAPED.finditer(raw):
        part = match.group()
        parts.append(json.loads(f'"{part}"', strict=False) if part.startswith("\\") else part)
        places.append(value.start + match.start())
    return Decoded("".join(parts), [*places, value.end])


def claims_in(node: Node, limits: Limits, claims_of: Callable[[Node, str], Iterator[Claim]]) -> Iterator[Claim]:
    """What `claims_of` says about each value of the document that a leaf holds, with offsets in the leaf.

    Nothing when the leaf is no document. A value below one whose name marks it as internal is not marked again.

    Raises:
        ScanLimitError: for too deep nesting or too many leaves.
    """
    text = node.value
    marked_to = 0
    for value in values_of(text, limits, name=node.name, owner=node.owner):
        content = decoded(text, value)
        inside: object = {} if value.is_container else None if content.text in _WORDS else content.text
        for claim in claims_of(Node(node.path, inside, value.name, value.owner, value.is_member), content.text):
            if claim.finding.type == INTERNAL_FIELD:
                if value.start < marked_to:
                    continue
                marked_to = value.end
            start, end = content.span(claim.finding.start, claim.finding.end)
            yield replace(claim, finding=replace(claim.finding, start=start, end=end))


def bare_spans(text: str) -> frozenset[tuple[int, int]]:
    """Where values stand in a document that are neither strings nor the document itself: in their place goes a string.

    >>> sorted(bare_spans('{"a": 12, "b": "c"}')), bare_spans("no document")
    ([(6, 8)], frozenset())
    """
    if not is_document(text):
        return frozenset()
    try:
        values = values_of(text, Limits())
    except ScanLimitError:
        return frozenset()
    return frozenset((value.start, value.end) for value in values[1:] if not value.is_string)
