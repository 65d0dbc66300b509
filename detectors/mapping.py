"""Where the characters of a rewritten text come from: pieces of the original, each with its own step."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(slots=True)
class Mapping:
    """Pieces of a rewritten text in order. Built by `copy` and `stand_in`, then only read.

    >>> mapping = Mapping()
    >>> mapping.copy(4, original=0)
    >>> mapping.stand_in(1, start=4, end=7)
    >>> mapping.copy(3, original=7)
    >>> mapping.span(3, 6), mapping.span(4, 5)
    ((3, 8), (4, 7))
    """

    length: int = 0
    _starts: list[int] = field(default_factory=list)
    _originals: list[int] = field(default_factory=list)
    # Characters of the original for each of the rewritten text; 0 where any of them stands for the whole piece.
    _steps: list[int] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)

    def copy(self, length: int, *, original: int, step: int = 1) -> None:
        """The next `length` characters are those of the original from `original` on, or every `step`-th of them."""
        if length > 0:
            self._add(length, original, step, original + (length - 1) * step + 1)

    def stand_in(self, length: int, *, start: int, end: int) -> None:
        """The next `length` characters stand, each of them, for all from `start` to `end` in the original."""
        if length > 0:
            self._add(length, start, 0, end)

    def _add(self, length: int, original: int, step: int, end: int) -> None:
        self._starts.append(self.length)
        self._originals.append(original)
        self._steps.append(step)
        self._ends.append(end)
        self.length += length

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original of a non-empty span of the rewritten text."""
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end - 1) - 1
        begin = self._originals[first] + (start - self._starts[first]) * self._steps[first]
        step = self._steps[last]
        if step == 0:
            return begin, self._ends[last]
        return begin, self._originals[last] + (end - 1 - self._starts[last]) * step + 1

    def is_rewritten(self, start: int, end: int) -> bool:
        """Whether some character of a span is more than a plain copy of one in the original."""
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end - 1)
        return any(step != 1 for step in self._steps[first:last])
