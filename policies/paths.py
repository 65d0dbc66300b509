"""Paths into JSON values: concrete ones, patterns over them, and the values that a pattern reads.

A concrete path names one value: `response.items[3].note`. A key that holds a dot, a bracket, a quote or white space,
or is empty, stands as a JSON string in brackets: `response["a.b"]`.

A pattern selects paths. `*` stands for one whole key, or for any run of characters within one (`*_notes`); `**`
stands for any number of keys and indexes; `[*]` and `[3]` stand for list positions. A list position that the pattern
does not mention is passed over, so `items.note` also selects `items[3].note`: wrapping a value in a list does not
hide it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policies.globs import matches, quoted

MAX_PATH_PARTS = 16  # parts of a pattern. Source: policy language limits, docs/policy.md.

_TOKEN = re.compile(r'\.?([^.\[\]{}"\s]+)|\[(\*|[0-9]{1,9})\]|\[("(?:[^"\\]|\\.)*")\]')
_HIDDEN = re.compile(r"\{(?:key )?[0-9]+\}")


class Part(NamedTuple):
    """One part of a pattern: `key` (a glob), `literal` (a key as it is), `index` (`*` or digits) or `any` (`**`)."""

    kind: str
    text: str


class HiddenName(NamedTuple):
    """A key that a path gives by position, `{0}`, because the key itself holds a finding; it may have any name."""

    text: str


Step = str | int | HiddenName
"""One step of a concrete path: a key or a list position."""


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A compiled pattern; `text` is as the policy document gives it."""

    text: str
    parts: tuple[Part, ...]

    def start(self) -> frozenset[int]:
        """The state before the first step."""
        return self._closure({0})

    def advance(self, states: frozenset[int], step: Step) -> frozenset[int]:
        """The state after one more step; empty when nothing below can be selected."""
        reached: set[int] = set()
        for state in states:
            if isinstance(step, int):
                reached.add(state)  # a position the pattern does not mention is passed over
            if state == len(self.parts):
                continue
            part = self.parts[state]
            if part.kind == "any":
                reached.add(state)
            elif _takes(part, step):
                reached.add(state + 1)
        return self._closure(reached)

    def is_selected(self, states: frozenset[int]) -> bool:
        """Whether the path walked so far is selected."""
        return len(self.parts) in states

    def selects(self, steps: Sequence[Step]) -> bool | None:
        """Whether the pattern selects this path; None when that depends on a hidden name."""
        if self._walk(steps):
            return True
        is_open = any(isinstance(step, HiddenName) for step in steps) and self._may_select(steps)
        return None if is_open else False

    def _may_select(self, steps: Sequence[Step]) -> bool:
        states = self.start()
        for step in steps:
            reached = set(self.advance(states, step))
            if isinstance(step, HiddenName):
                named = {s for s in states if s < len(self.parts) and self.parts[s].kind in ("key", "literal")}
                reached |= {state + 1 for state in named}
            states = self._closure(reached)
        return self.is_selected(states)

    def _walk(self, steps: Sequence[Step]) -> bool:
        states = self.start()
        for step in steps:
            states = self.advance(states, step)
            if not states:
                return False
        return self.is_selected(states)

    def _closure(self, states: set[int]) -> frozenset[int]:
        for state in sorted(states):
            following = state
            while following < len(self.parts) and self.parts[following].kind == "any":
                following += 1
                states.add(following)
        return frozenset(states)


def _takes(part: Part, step: Step) -> bool:
    if isinstance(step, int):
        return part.kind == "index" and part.text in ("*", str(step))
    if isinstance(step, HiddenName):
        return part.kind == "key" and part.text == "*"
    return (part.kind == "key" and matches(part.text, step)) or (part.kind == "literal" and part.text == step)


def parse_pattern(text: str) -> PathPattern:
    """The pattern that a text stands for.

    Raises: ValueError, with a message for a person, for a text that is no pattern.
    """
    parts: list[Part] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        dotted = text[at] == "."
        if found is None or (dotted and not parts) or (found[1] is not None and bool(parts) != dotted):
            raise ValueError(f"{quoted(text)} is no path: unexpected character at position {at + 1}")
        if found[1] is not None:
            parts.append(Part("any", "**") if found[1] == "**" else Part("key", found[1]))
        elif found[2] is not None:
            parts.append(Part("index", found[2]))
        else:
            try:
                parts.append(Part("literal", json.loads(found[3])))
            except ValueError:
                raise ValueError(f"{quoted(text)} is no path: bad quoted key at position {at + 1}") from None
        at = found.end()
    if not parts:
        raise ValueError("a path cannot be empty")
    if len(parts) > MAX_PATH_PARTS:
        raise ValueError(f"a path has at most {MAX_PATH_PARTS} parts, got {len(parts)}")
    for part in parts:
        if part.kind == "key" and "**" in part.text:
            raise ValueError(f'{quoted(text)} is no path: "**" stands alone between dots')
    if all(part.kind == "any" for part in parts):
        raise ValueError(f"{quoted(text)} selects everything; name a field")
    return PathPattern(text, tuple(parts))


def parse_steps(path: str) -> tuple[Step, ...]:
    """The steps of a concrete path; what is no path counts as one key of that name."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        hidden = _HIDDEN.match(path, at)
        if hidden is not None:
            steps.append(HiddenName(hidden.group()))
            at = hidden.end()
            continue
        found = _TOKEN.match(path, at)
        if found is None or found[2] == "*":
            return (path,)
        if found[1] is not None:
            steps.append(found[1])
        elif found[2] is not None:
            steps.append(int(found[2]))
        else:
            try:
                steps.append(str(json.loads(found[3])))
            except ValueError:
                return (path,)
        at = found.end()
    return tuple(steps)


def read_values(parts: Sequence[Part], root: object) -> list[object] | None:
    """The values that a pattern of keys and positions reads, None when one of them is not there.

    `[*]` reads every item of a list; an empty list reads as absent, because a sum over nothing says nothing.
    """
    values = [root]
    for part in parts:
        following: list[object] = []
        for value in values:
            if part.kind in ("key", "literal"):
                if not isinstance(value, Mapping) or part.text not in value:
                    return None
                following.append(value[part.text])
            elif not isinstance(value, (list, tuple)):
                return None
            elif part.text == "*":
                following.extend(value)
            elif int(part.text) < len(value):
                following.append(value[int(part.text)])
            else:
                return None
        values = following
    return values or None
