r"""Stack traces of the common languages, each from the line of its exception to its last frame.

A trace is frames on lines that follow one another. `frame` finds the first one, `more` takes what belongs to the trace
after it, line by line, and `head` the lines before it that name the exception. A line may end in a newline or in its
escape, because traces travel inside JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detectors.declaration import Span
from detectors.late import AnyPattern, LatePattern

STACK_TRACE = "STACK_TRACE"

#: The end of a line, real or escaped (also twice, for JSON in JSON).
NEWLINE = r"(?:\r?\n|(?:\\{1,2}r)?\\{1,2}n)"
#: A character of a line; a backslash only where it does not begin the escape of a newline.
CHAR = r"(?:[^\n\\]|\\(?!n|\\n|r\\n))"
#: How far before the first frame the exception may begin, characters: its message can be a long line.
HEAD_CHARS = 600
#: Lines of one trace at most; longer ones go on as the next.
MOST_LINES = 400


@dataclass(frozen=True)
class Trace:
    """How one language writes its traces; every pattern is bounded."""

    frame: AnyPattern
    more: AnyPattern
    head: AnyPattern | None = None

    def find(self, text: str, start: int, end: int) -> Iterator[Span]:
        """The traces that begin in a part of a text."""
        reach = start
        while reach < end:
            first = self.frame.search(text, reach, end)
            if first is None:
                return
            begin = self._begin(text, first.start(), reach)
            reach = first.end()
            for _ in range(MOST_LINES):
                line = self.more.match(text, reach)
                if line is None or line.end() == reach:
                    break
                reach = line.end()
            yield begin, reach

    def _begin(self, text: str, first: int, floor: int) -> int:
        if self.head is None:
            return first
        base = max(floor, first - HEAD_CHARS)
        head = self.head.search(text[base:first])
        return base + head.start() if head is not None else first


def trace(frame: str, *, filler: str = "", head: str = "", indent: str = r"[ \t]{0,12}") -> Trace:
    """A trace whose frames stand on lines of their own; `filler` are the other lines inside it."""
    lines = rf"{frame}|{filler}" if filler else frame
    return Trace(
        frame=LatePattern(frame),
        more=LatePattern(rf"(?:{NEWLINE}){{1,2}}(?:{indent}(?:{lines}))"),
        head=LatePattern(rf"(?:{head}){CHAR}{{0,400}}(?:{NEWLINE}[ \t]{{0,12}}){{1,2}}\Z") if head else None,
    )
