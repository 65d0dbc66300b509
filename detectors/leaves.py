"""A JSON value as a sequence of nodes in document order, walked with its own stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from detectors.limits import Limits, ScanError, ScanLimitError
from detectors.paths import ROOT, child_index, child_name, child_position, key_position


@dataclass(frozen=True, slots=True)
class Node:
    """One value inside a JSON value.

    `name` is the nearest field name above it (an element of an array has the array's), `owner` the one above that.
    `is_member` says that the node is the direct value of the field `name`. `key_path` is the path of that name when it
    holds a finding.
    """

    path: str
    value: Any
    name: str
    owner: str
    is_member: bool
    key_path: str | None = None


def is_container(value: object) -> bool:
    """Whether a JSON value holds others."""
    return isinstance(value, dict | list | tuple)


def text_of(value: object) -> str:
    """The text of a leaf: a string as it is, a number as JSON writes it.

    Raises:
        ScanLimitError: for an integer too long to write out.
        ScanError: for a type that JSON does not have.
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int):
        # Writing a very long integer takes quadratic time, and Python refuses it.
        if value.bit_length() > 4096:
            raise ScanLimitError("a number has more than 4,096 bits")
        return str(value)
    if isinstance(value, float):
        return repr(value)
    raise ScanError(f"a leaf is of type {type(value).__name__}, which JSON does not have")


def no_name(name: str) -> bool:
    """No field name holds a finding."""
    return False


def walk(value: Any, limits: Limits, *, is_sensitive: Callable[[str], bool] = no_name) -> Iterator[Node]:
    """Every node in document order: containers before what they hold, leaves as they come.

    `is_sensitive` says of a field name whether it holds a finding and must stay out of paths.

    Raises:
        ScanLimitError: for too deep nesting or too many leaves.
        ScanError: when a field name is not a string.
    """
    root = Node(ROOT if not is_container(value) else "", value, "", "", is_member=False)
    stack: list[Iterator[Node]] = [iter((root,))]
    nodes = 0
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
            continue
        nodes += 1
        if nodes > 2 * limits.max_leaves or (nodes > limits.max_leaves and not is_container(node.value)):
            raise ScanLimitError(f"more than {limits.max_leaves} leaves", code="SCAN_TOO_MANY_LEAVES")
        yield node
        if is_container(node.value):
            if len(stack) > limits.max_depth:
                raise ScanLimitError(f"nesting above {limits.max_depth} levels", code="SCAN_TOO_DEEP")
            stack.append(_children(node, is_sensitive))


def _children(node: Node, is_sensitive: Callable[[str], bool]) -> Iterator[Node]:
    if not isinstance(node.value, dict):
        for index, child in enumerate(node.value):
            yield Node(child_index(node.path, index), child, node.name, node.owner, is_member=False)
        return
    for position, (name, child) in enumerate(node.value.items()):
        if not isinstance(name, str):
            raise ScanError(f"a field name is of type {type(name).__name__}, JSON has strings only")
        if is_sensitive(name):
            path = child_position(node.path, position)
            key_path = key_position(node.path, position)
            yield Node(path, child, name, node.name, is_member=True, key_path=key_path)
        else:
            yield Node(child_name(node.path, name), child, name, node.name, is_member=True)
