"""Policy text as a tree of plain values with their places.

YAML is read as libyaml's events rather than with a constructor: nothing in a document can name a type, an anchor or
alias is seen where it stands (composed nodes hide an anchor nobody uses), depth is bounded before it is built, and
scalars are resolved here. YAML 1.1, which PyYAML resolves, reads `no` as false and `12:30:00` as 45000; this reads
the core schema of YAML 1.2 less its octal and hexadecimal numbers.
Source: https://yaml.org/spec/1.2.2/ section 10.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from policies.errors import ProblemCode
from policies.globs import quoted

# Limits of one document, so that loading is bounded whoever wrote it. Source: docs/policy.md, "Limits".
MAX_DOCUMENT_CHARS = 4_000_000
MAX_DEPTH = 32
MAX_NODES = 400_000
MAX_SCALAR_CHARS = 4_096
# Doubles carry any decimal text of 15 significant digits unchanged. Source: IEEE 754, DBL_DIG.
MAX_NUMBER_DIGITS = 15

Scalar = None | bool | int | float | str


@dataclass(slots=True)
class Node:
    """A value and where it stands: a scalar, a tuple of nodes, or a mapping of names to nodes.

    `keys` gives the place of each key of a mapping; `is_quoted` tells a text that begins after a quote. Lines and
    columns count from 1; 0 where the text has none.
    """

    value: Scalar | tuple[Node, ...] | dict[str, Node]
    line: int = 0
    column: int = 0
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    is_quoted: bool = False

    def plain(self) -> object:
        """The value without places: JSON data."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value


class SourceError(Exception):
    """Text that is no acceptable YAML or JSON; internal, turned into a Problem."""

    def __init__(self, code: ProblemCode, message: str, *, line: int, column: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.column = column


_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,4})?\Z")
_AMBIGUOUS = re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?\Z|0[xob][0-9A-Fa-f_]+\Z")
_NOT_FINITE = re.compile(r"[-+]?\.?(?:nan|inf|infinity)\Z", re.IGNORECASE)
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def number(text: str, *, line: int, column: int) -> int | float:
    """A number from its text: an int when it is whole, else a float that prints as the same decimal.

    Raises: SourceError when it is too long to be exact or not finite.
    """
    digits = re.sub(r"[eE].*", "", text).strip("+-").replace(".", "").strip("0")
    if len(digits) > MAX_NUMBER_DIGITS:
        message = f"a number has at most {MAX_NUMBER_DIGITS} significant digits, got {len(digits)}"
        raise SourceError(ProblemCode.OUT_OF_RANGE, message, line=line, column=column)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise SourceError(ProblemCode.NOT_FINITE, "the number is too large", line=line, column=column)
    if value.is_integer():
        if abs(value) >= 10.0**MAX_NUMBER_DIGITS:
            message = f"a number is below 1e{MAX_NUMBER_DIGITS}, got {quoted(text)}"
            raise SourceError(ProblemCode.OUT_OF_RANGE, message, line=line, column=column)
        return int(value)
    return value


def _plain_scalar(text: str, *, line: int, column: int) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789niNI":
        return text
    if _NOT_FINITE.match(text):
        message = f"{quoted(text)} is not a finite number; quote it when it is meant as text"
        raise SourceError(ProblemCode.NOT_FINITE, message, line=line, column=column)
    if _AMBIGUOUS.match(text):
        message = f"{quoted(text)} reads differently in YAML 1.1 and 1.2; write a plain decimal, or quote it"
        raise SourceError(ProblemCode.REFUSED_YAML, message, line=line, column=column)
    if _INTEGER.match(text) or _FLOAT.match(text):
        return number(text, line=line, column=column)
    return text


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read."""

    line: int
    column: int
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    names: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    key: str | None = None

    def close(self) -> Node:
        if self.is_mapping:
            return Node(self.names, self.line, self.column, self.keys)
        return Node(tuple(self.items), self.line, self.column)


def parse_yaml(text: str) -> Node:
    """The tree of one YAML document; an empty document gives a node with the value None.

    Raises: SourceError at the first thing that is not acceptable.
    """
    if len(text) > MAX_DOCUMENT_CHARS:
        message = f"a document has at most {MAX_DOCUMENT_CHARS} characters, got {len(text)}"
        raise SourceError(ProblemCode.LIMIT, message, line=1, column=1)
    try:
        text.encode("utf-8")
        return _build(text)
    except UnicodeEncodeError as error:
        line, column = _line_and_column(text, error.start)
        raise SourceError(ProblemCode.SYNTAX, "a character that YAML forbids", line=line, column=column) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join((error.problem or error.context or "not YAML").split())
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise SourceError(ProblemCode.SYNTAX, f"not YAML: {message}", line=line, column=column) from None
    except yaml.reader.ReaderError as error:
        line, column = _line_and_column(text, error.position)
        raise SourceError(ProblemCode.SYNTAX, "a character that YAML forbids", line=line, column=column) from None
    except yaml.YAMLError:
        raise SourceError(ProblemCode.SYNTAX, "not YAML", line=1, column=1) from None


def _line_and_column(text: str, position: int) -> tuple[int, int]:
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _events(text: str) -> Iterator[yaml.Event]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


def _build(text: str) -> Node:
    stack: list[_Open] = []
    root: Node | None = None
    documents = nodes = 0
    for event in _events(text):
        if isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)):
            continue
        line, column = _place_of(event)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise SourceError(ProblemCode.REFUSED_YAML, "one document a file", line=line, column=column)
            continue
        _refuse_features(event, line, column)
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            if stack and stack[-1].is_mapping and stack[-1].key is None:
                raise SourceError(ProblemCode.REFUSED_YAML, "a key must be a name", line=line, column=column)
            if len(stack) >= MAX_DEPTH:
                message = f"nested deeper than {MAX_DEPTH}"
                raise SourceError(ProblemCode.LIMIT, message, line=line, column=column)
            stack.append(_Open(line, column, is_mapping))
            continue
        node = _scalar(event, line, column) if isinstance(event, yaml.ScalarEvent) else stack.pop().close()
        nodes += 1
        if nodes > MAX_NODES:
            raise SourceError(ProblemCode.LIMIT, f"more than {MAX_NODES} values", line=line, column=column)
        if stack:
            _place(stack[-1], node)
        else:
            root = node
    return root or Node(None, 1, 1)


def _place_of(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)


def _refuse_features(event: yaml.Event, line: int, column: int) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        message = "anchors and aliases are refused; write the value out"
        raise SourceError(ProblemCode.REFUSED_YAML, message, line=line, column=column)
    if getattr(event, "tag", None) is not None:
        message = "tags are refused; write the value plainly, in quotes when it is text"
        raise SourceError(ProblemCode.REFUSED_YAML, message, line=line, column=column)


def _scalar(event: yaml.ScalarEvent, line: int, column: int) -> Node:
    text: str = event.value
    if len(text) > MAX_SCALAR_CHARS:
        message = f"a value has at most {MAX_SCALAR_CHARS} characters, got {len(text)}"
        raise SourceError(ProblemCode.LIMIT, message, line=line, column=column)
    is_plain = bool(event.implicit[0])
    value = _plain_scalar(text, line=line, column=column) if is_plain else text
    return Node(value, line, column, is_quoted=event.style in ("'", '"'))


def _place(parent: _Open, node: Node) -> None:
    if not parent.is_mapping:
        parent.items.append(node)
    elif parent.key is not None:
        parent.names[parent.key] = node
        parent.key = None
    else:
        parent.key = checked_key(node, parent.keys)
        parent.keys[parent.key] = (node.line, node.column)


def checked_key(node: Node, known: dict[str, tuple[int, int]]) -> str:
    """The name that a key node gives.

    Raises: SourceError for a key that is no text, a merge key or a key given twice.
    """
    name = node.value
    if not isinstance(name, str):
        message = f"a key must be text, got {type(name).__name__}; quote it"
        raise SourceError(ProblemCode.WRONG_TYPE, message, line=node.line, column=node.column)
    if name == "<<":
        message = "merge keys are refused; write the values out"
        raise SourceError(ProblemCode.REFUSED_YAML, message, line=node.line, column=node.column)
    if name in known:
        message = f"key {quoted(name)} is given twice, first at line {known[name][0]}"
        raise SourceError(ProblemCode.DUPLICATE_KEY, message, line=node.line, column=node.column)
    return name
