"""The fields of a content that field rules select: all patterns at once, as an automaton built while it is used.

A state is the set of places in all patterns that a path has reached; a move is a key or a position. States and moves
are kept up to a bound, because agents choose the keys; past the bound they are computed anew each time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from detectors.paths import child_index, child_name, child_position, key_position
from policies.documents import OutputRule

# Bounds of the walk over one content; past them the output is quarantined.
MAX_CONTENT_VALUES: Final = 200_000
MAX_CONTENT_DEPTH: Final = 200
_MEMO_MOVES: Final = 16_384  # moves kept, each about 0.2 KB

_Live = tuple[frozenset[int], ...]
_Link = tuple["_Link | None", str | int, int] | None
"""How a value was reached: the link of its container, its key or position, its place in the container."""


class ContentLimitError(Exception):
    """The content is larger or deeper than the walk may go; internal, becomes a quarantine."""


class _State:
    """Places reached in every pattern, and the rules of those that end here."""

    __slots__ = ("is_alive", "live", "moves", "selected")

    def __init__(self, live: _Live, selected: tuple[OutputRule, ...]) -> None:
        self.live = live
        self.selected = selected
        self.is_alive = any(live)
        self.moves: dict[str | int, _State] = {}


class FieldIndex:
    """The field rules of a bundle, compiled; `find` gives the outermost fields that some of them select."""

    def __init__(self, rules: Sequence[OutputRule]) -> None:
        self._patterns = tuple((pattern, rule) for rule in rules for pattern in rule.match.fields or ())
        parts = [part for pattern, _ in self._patterns for part in pattern.parts]
        self._tells_positions = any(part.kind == "index" and part.text != "*" for part in parts)
        self._states: dict[_Live, _State] = {}
        self._moves = 0
        self._start = self._state(tuple(pattern.start() for pattern, _ in self._patterns))

    def find(
        self, content: object, applying: Collection[str], *, hidden: frozenset[str] = frozenset()
    ) -> list[tuple[str, OutputRule]]:
        """The outermost fields selected by the rules whose ids apply, as paths in content order, each with a rule.

        `hidden` are the paths of keys that hold findings, as detectors write them: such keys must not stand in a path.
        Of several rules that select a field it is the strictest, and the first of equals.

        Raises: ContentLimitError for a content that is too large or too deep.
        """
        hits: list[tuple[str, OutputRule]] = []
        # A stack of our own, because the depth is the agent's choice.
        stack: list[tuple[object, _State, int, _Link]] = [(content, self._start, 0, None)]
        seen = 0
        while stack:
            value, state, depth, link = stack.pop()
            if depth and state.selected:
                selecting = [rule for rule in state.selected if rule.id in applying]
                if selecting:
                    rule = max(selecting, key=lambda rule: rule.decision.strictness)
                    hits.append((_render(link, hidden), rule))
                    continue
            children = _children(value)
            seen += len(children)
            if seen > MAX_CONTENT_VALUES or depth > MAX_CONTENT_DEPTH:
                raise ContentLimitError
            following: list[tuple[object, _State, int, _Link]] = []
            for place, (step, child) in enumerate(children):
                move = step if self._tells_positions or isinstance(step, str) else -1
                reached = state.moves.get(move) or self._move(state, move)
                if reached.is_alive and (reached.selected or isinstance(child, (Mapping, list, tuple))):
                    following.append((child, reached, depth + 1, (link, step, place)))
            stack.extend(reversed(following))
        return hits

    def _state(self, live: _Live) -> _State:
        known = self._states.get(live)
        if known is not None:
            return known
        ends = zip(self._patterns, live, strict=True)
        state = _State(live, tuple(rule for (pattern, rule), reached in ends if pattern.is_selected(reached)))
        if len(self._states) < _MEMO_MOVES:
            self._states[live] = state
        return state

    def _move(self, state: _State, step: str | int) -> _State:
        places = zip(self._patterns, state.live, strict=True)
        reached = self._state(tuple(pattern.advance(live, step) for (pattern, _), live in places))
        if self._moves < _MEMO_MOVES:
            self._moves += 1
            state.moves[step] = reached
        return reached


def _children(value: object) -> Sequence[tuple[str | int, object]]:
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise TypeError("a key of the content is not text")
        return tuple(value.items())
    if isinstance(value, (list, tuple)):
        return tuple(enumerate(value))
    return ()


def _render(link: _Link, hidden: frozenset[str]) -> str:
    """The path that a link stands for, in the words of the detectors."""
    chain: list[tuple[str | int, int]] = []
    while link is not None:
        link, step, place = link
        chain.append((step, place))
    path = ""
    for step, place in reversed(chain):
        if isinstance(step, int):
            path = child_index(path, step)
        elif hidden and key_position(path, place) in hidden:
            path = child_position(path, place)
        else:
            path = child_name(path, step)
    return path
