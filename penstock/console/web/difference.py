"""Differences between JSON values as people see them, line by line. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final, NamedTuple

import orjson

# Equal lines that stand around a change; more are folded into one line that counts them.
AROUND: Final = 3
# Lines of one side that are compared; SequenceMatcher takes quadratic time on what has nothing in common.
MAX_LINES: Final = 4_000


class Change(StrEnum):
    """What happened to a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    FOLDED = "folded"


class Line(NamedTuple):
    """A line of a difference; that of folded lines says how many they are."""

    change: Change
    text: str


def lines_of(value: object) -> list[str]:
    """A JSON value as lines, names sorted, so that the order of names is no difference."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode().split("\n")


def difference(before: object, after: object) -> tuple[Line, ...]:
    """What was changed, with a few equal lines around each change; empty when nothing was."""
    if before == after and lines_of(before) == lines_of(after):
        return ()
    old, new = lines_of(before), lines_of(after)
    if max(len(old), len(new)) > MAX_LINES:
        return (*(Line(Change.REMOVED, text) for text in old), *(Line(Change.ADDED, text) for text in new))
    # autojunk would call frequent lines, such as a closing bracket, no lines at all.
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    lines: list[Line] = []
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            is_first, is_last = old_start == 0, old_end == len(old)
            lines += _folded(old[old_start:old_end], is_first=is_first, is_last=is_last)
            continue
        lines += [Line(Change.REMOVED, text) for text in old[old_start:old_end]]
        lines += [Line(Change.ADDED, text) for text in new[new_start:new_end]]
    return tuple(lines)


def _folded(equal: list[str], *, is_first: bool, is_last: bool) -> list[Line]:
    before = 0 if is_first else AROUND
    after = 0 if is_last else AROUND
    hidden = len(equal) - before - after
    if hidden < 2:
        return [Line(Change.SAME, text) for text in equal]
    return [
        *(Line(Change.SAME, text) for text in equal[:before]),
        Line(Change.FOLDED, f"{hidden} equal lines"),
        *(Line(Change.SAME, text) for text in equal[len(equal) - after :]),
    ]
