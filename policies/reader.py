"""Strict reading of document trees: every unexpected thing becomes a problem with its place, and reading goes on."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from policies.errors import Problem, ProblemCode
from policies.globs import glob_problem, quoted
from policies.nodes import Node

MAX_PROBLEMS = 100  # problems kept for one bundle: enough to see the pattern, bounded for a hostile file
MAX_LIST_ITEMS = 20_000

T = TypeVar("T")
_TYPE_NAMES = {
    dict: "a mapping",
    tuple: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}
_YAML_1_1_WORDS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A suggestion to append to a message, empty when nothing known is near."""
    near = difflib.get_close_matches(word[:64].lower(), known, n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


class Problems:
    """The problems found so far, up to `MAX_PROBLEMS`."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, problem: Problem) -> None:
        """Keep one more problem, unless there are enough."""
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(problem)


class Reader:
    """Reads the nodes of one file; methods return None where they reported a problem."""

    def __init__(self, file: str, problems: Problems) -> None:
        self.file = file
        self._problems = problems

    def report(self, node: Node, code: ProblemCode, message: str) -> None:
        """Record a problem at a value."""
        self._problems.add(Problem(self.file, node.line, node.column, code, message))

    def report_key(self, mapping: Node, name: str, code: ProblemCode, message: str) -> None:
        """Record a problem at a key of a mapping."""
        line, column = mapping.keys.get(name, (mapping.line, mapping.column))
        self._problems.add(Problem(self.file, line, column, code, message))

    def wrong_type(self, node: Node, *, what: str, expected: str) -> None:
        """Record that a value has the wrong type."""
        value = node.value
        got = "nothing" if value is None else _TYPE_NAMES[type(value)]
        hint = ""
        if expected == "true or false" and isinstance(value, str) and value.lower() in _YAML_1_1_WORDS:
            hint = f"; write {_YAML_1_1_WORDS[value.lower()]}"
        elif expected == "a list" and isinstance(value, str):
            hint = f"; write [{quoted(value)}]"
        self.report(node, ProblemCode.WRONG_TYPE, f"{what} must be {expected}, got {got}{hint}")

    def mapping(self, node: Node, *, what: str) -> dict[str, Node] | None:
        """A mapping with any keys."""
        if not isinstance(node.value, dict):
            self.wrong_type(node, what=what, expected="a mapping")
            return None
        return node.value

    def fields(
        self,
        node: Node,
        *,
        what: str,
        known: Sequence[str],
        required: Sequence[str] = (),
        later: Mapping[str, str] | None = None,
    ) -> dict[str, Node] | None:
        """The known fields of a mapping, in which no other key may stand.

        `later` maps keys that a later version of the language has to what they are.
        """
        names = self.mapping(node, what=what)
        if names is None:
            return None
        later = later or {}
        for name in names:
            if name in later:
                message = f'"{name}" ({later[name]}) is not supported by this version, so the document is refused'
                self.report_key(node, name, ProblemCode.NOT_SUPPORTED, message)
            elif name not in known:
                message = f"unknown key {quoted(name)} in {what}{did_you_mean(name, known)}"
                self.report_key(node, name, ProblemCode.UNKNOWN_KEY, message)
        for name in required:
            if name not in names:
                self.report(node, ProblemCode.MISSING_KEY, f'{what} lacks "{name}"')
        return {name: child for name, child in names.items() if name in known}

    def items(
        self, node: Node, *, what: str, may_be_empty: bool = False, most: int = MAX_LIST_ITEMS
    ) -> tuple[Node, ...] | None:
        """The items of a list."""
        if not isinstance(node.value, tuple):
            self.wrong_type(node, what=what, expected="a list")
            return None
        if not node.value and not may_be_empty:
            self.report(node, ProblemCode.OUT_OF_RANGE, f"{what} is empty, which would match nothing; leave it out")
            return None
        if len(node.value) > most:
            self.report(node, ProblemCode.LIMIT, f"{what} has at most {most} items, got {len(node.value)}")
            return None
        return node.value

    def text(self, node: Node | None, *, what: str, max_chars: int = 1_000) -> str | None:
        """A text that is not blank; None for no node."""
        if node is None:
            return None
        if not isinstance(node.value, str):
            self.wrong_type(node, what=what, expected="text")
            return None
        if not node.value.strip():
            self.report(node, ProblemCode.OUT_OF_RANGE, f"{what} is empty")
            return None
        if len(node.value) > max_chars:
            self.report(node, ProblemCode.LIMIT, f"{what} has at most {max_chars} characters, got {len(node.value)}")
            return None
        return node.value

    def name(self, node: Node | None, *, what: str) -> str | None:
        """A short text without white space or control characters, for ids, tags and classes."""
        text = self.text(node, what=what, max_chars=128)
        if text is not None and node is not None and any(c.isspace() or not c.isprintable() for c in text):
            self.report(node, ProblemCode.OUT_OF_RANGE, f"{what} holds white space or a control character")
            return None
        return text

    def word(self, node: Node | None, *, what: str, known: Mapping[str, T]) -> T | None:
        """One of a closed set of words; None for no node."""
        if node is None:
            return None
        if not isinstance(node.value, str):
            self.wrong_type(node, what=what, expected="one of " + ", ".join(known))
            return None
        if node.value not in known:
            hint = did_you_mean(node.value, list(known)) or "; known are " + ", ".join(known)
            self.report(node, ProblemCode.UNKNOWN_WORD, f"unknown {what} {quoted(node.value)}{hint}")
            return None
        return known[node.value]

    def flag(self, node: Node | None, *, what: str) -> bool | None:
        """True or false; None for no node."""
        if node is None:
            return None
        if not isinstance(node.value, bool):
            self.wrong_type(node, what=what, expected="true or false")
            return None
        return node.value

    def number(
        self,
        node: Node | None,
        *,
        what: str,
        low: float = 0,
        high: float | None = None,
        is_whole: bool = False,
    ) -> int | float | None:
        """A finite number within bounds, which are allowed themselves; None for no node."""
        if node is None:
            return None
        value = node.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.wrong_type(node, what=what, expected="a number")
            return None
        if value < low or (high is not None and value > high):
            bounds = f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"
            self.report(node, ProblemCode.OUT_OF_RANGE, f"{what} must be {bounds}, got {value}")
            return None
        if is_whole and not isinstance(value, int):
            self.report(node, ProblemCode.OUT_OF_RANGE, f"{what} must be a whole number, got {value}")
            return None
        return value

    def each(self, node: Node | None, read: Callable[[Node], T | None], *, what: str) -> tuple[T, ...] | None:
        """The items of a list read one by one, without those that had a problem; None for no node."""
        if node is None:
            return None
        items = self.items(node, what=what)
        if items is None:
            return None
        values = (read(item) for item in items)
        return tuple(dict.fromkeys(value for value in values if value is not None))

    def names(self, node: Node | None, *, what: str) -> tuple[str, ...] | None:
        """A list of exact names in which a wildcard would be a mistake; None for no node."""

        def read(item: Node) -> str | None:
            name = self.name(item, what=f"an item of {what}")
            if name is not None and "*" in name:
                self.report(item, ProblemCode.BAD_GLOB, f'{what} are exact names, "*" is no wildcard in {quoted(name)}')
                return None
            return name

        return self.each(node, read, what=what)

    def globs(self, node: Node | None, *, what: str, dotted: bool = False) -> tuple[str, ...] | None:
        """A list of globs; None for no node."""

        def read(item: Node) -> str | None:
            if not isinstance(item.value, str):
                self.wrong_type(item, what=f"an item of {what}", expected="text")
                return None
            problem = glob_problem(item.value, dotted=dotted)
            if problem is not None:
                self.report(item, ProblemCode.BAD_GLOB, problem)
                return None
            return item.value

        return self.each(node, read, what=what)
