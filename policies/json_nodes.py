"""JSON text as the same tree as YAML text, with JSON's own strictness.

libyaml reads most JSON, but refuses escaped surrogate pairs, which JSON writers produce for every character beyond
the basic plane, and accepts much that is no JSON. Source: RFC 8259.
"""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # typeshed leaves it out

from policies.errors import ProblemCode
from policies.globs import quoted
from policies.nodes import (
    MAX_DEPTH,
    MAX_DOCUMENT_CHARS,
    MAX_SCALAR_CHARS,
    Node,
    Scalar,
    SourceError,
    checked_key,
    number,
)

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_NAME = re.compile(r"-?[A-Za-z]+")
_SURROGATE = re.compile("[\ud800-\udfff]")  # nothing can write such text as UTF-8
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}


def parse_json(text: str, *, max_chars: int = MAX_DOCUMENT_CHARS, max_depth: int = MAX_DEPTH) -> Node:
    """The tree of one JSON text; blank text gives a node with the value None.

    Raises: SourceError at the first thing that is not acceptable.
    """
    if len(text) > max_chars:
        message = f"a document has at most {max_chars} characters, got {len(text)}"
        raise SourceError(ProblemCode.LIMIT, message, line=1, column=1)
    return _Scanner(text, max_depth).document()


class _Scanner:
    """One pass over the text; `at` is the offset of the next character."""

    def __init__(self, text: str, max_depth: int) -> None:
        self._text = text
        self._max_depth = max_depth
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._counted = 0

    def document(self) -> Node:
        self._skip_space()
        if self._at == len(self._text):
            return Node(None, 1, 1)
        node = self._value(0)
        self._skip_space()
        if self._at < len(self._text):
            raise self._error("text after the end of the document")
        return node

    def _skip_space(self) -> None:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _place(self) -> tuple[int, int]:
        # Counts on from the last place asked for: the text is walked once however many nodes there are.
        newlines = self._text.count("\n", self._counted, self._at)
        if newlines:
            self._line += newlines
            self._line_start = self._text.rindex("\n", self._counted, self._at) + 1
        self._counted = self._at
        return self._line, self._at - self._line_start + 1

    def _error(self, message: str, code: ProblemCode = ProblemCode.SYNTAX) -> SourceError:
        line, column = self._place()
        prefix = "not JSON: " if code is ProblemCode.SYNTAX else ""
        return SourceError(code, prefix + message, line=line, column=column)

    def _value(self, depth: int) -> Node:
        if depth > self._max_depth:
            raise self._error(f"nested deeper than {self._max_depth}", ProblemCode.LIMIT)
        line, column = self._place()
        first = self._text[self._at : self._at + 1]
        if first == "{":
            return self._object(depth)
        if first == "[":
            return self._array(depth)
        if first == '"':
            return Node(self._string(), line, column, is_quoted=True)
        return Node(self._word(line, column), line, column)

    def _word(self, line: int, column: int) -> Scalar:
        found = _NUMBER.match(self._text, self._at)
        if found:
            self._at = found.end()
            return number(found.group(), line=line, column=column)
        named = _NAME.match(self._text, self._at)
        if named is None:
            raise self._error("a value is missing" if self._at < len(self._text) else "the text ends early")
        if named.group() in _WORDS:
            self._at = named.end()
            return _WORDS[named.group()]
        if named.group() in ("NaN", "Infinity", "-Infinity"):
            raise self._error(f"{quoted(named.group())} is not a finite number", ProblemCode.NOT_FINITE)
        raise self._error(f"{quoted(named.group())} is no value; text stands in double quotes")

    def _string(self) -> str:
        start = self._at
        try:
            value: str
            value, self._at = scanstring(self._text, start + 1, True)
        except JSONDecodeError as error:
            self._at = max(error.pos, self._counted)
            raise self._error(error.msg.lower()) from None
        if _SURROGATE.search(value):
            raise self._error("half of a surrogate pair, which is no character", ProblemCode.OUT_OF_RANGE)
        if len(value) > MAX_SCALAR_CHARS:
            raise self._error(f"a value has at most {MAX_SCALAR_CHARS} characters", ProblemCode.LIMIT)
        return value

    def _object(self, depth: int) -> Node:
        line, column = self._place()
        names: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        self._at += 1
        self._skip_space()
        while not self._take("}"):
            if names and not self._take(","):
                raise self._error('"," or "}" is missing')
            self._skip_space()
            place = self._place()
            if self._text[self._at : self._at + 1] != '"':
                raise self._error("a key in double quotes is missing")
            key = checked_key(Node(self._string(), *place), keys)
            self._skip_space()
            if not self._take(":"):
                raise self._error('":" is missing')
            self._skip_space()
            keys[key] = place
            names[key] = self._value(depth + 1)
            self._skip_space()
        return Node(names, line, column, keys)

    def _array(self, depth: int) -> Node:
        line, column = self._place()
        items: list[Node] = []
        self._at += 1
        self._skip_space()
        while not self._take("]"):
            if items and not self._take(","):
                raise self._error('"," or "]" is missing')
            self._skip_space()
            items.append(self._value(depth + 1))
            self._skip_space()
        return Node(tuple(items), line, column)

    def _take(self, character: str) -> bool:
        if self._text.startswith(character, self._at):
            self._at += 1
            return True
        return False
