"""Deadlines by time: what is due next, and what is due now."""

from __future__ import annotations

import heapq
from collections.abc import Callable


class Deadlines:
    """Names with their deadlines, milliseconds since 1970.

    `due_of` gives a name's present deadline, None when there is none any more. A deadline that is no longer its name's
    is passed over, so that nothing needs to be taken out when it moves.
    """

    def __init__(self, due_of: Callable[[str], int | None]) -> None:
        self._due_of = due_of
        self._heap: list[tuple[int, str]] = []

    def push(self, due_ms: int, name: str) -> None:
        """Note a deadline."""
        heapq.heappush(self._heap, (due_ms, name))

    def next_ms(self) -> int | None:
        """The earliest deadline, or None."""
        heap = self._heap
        while heap and self._due_of(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def due(self, now_ms: int, most: int) -> list[str]:
        """Names whose deadline has come, earliest first, at most `most`; they stay until their deadline moves."""
        found: list[tuple[int, str]] = []
        while self._heap and self._heap[0][0] <= now_ms and len(found) < most:
            item = heapq.heappop(self._heap)
            if self._due_of(item[1]) == item[0] and found[-1:] != [item]:
                found.append(item)
        for item in found:
            heapq.heappush(self._heap, item)
        return [name for _, name in found]
