"""What a lane has been handed of one input topic and has not decided yet, with the proof that nothing is missing.

`want` is the position that the next batch must start at, `done` the last committed one. A batch that starts later means
that something between the consumer and the lane was dropped; the lane then goes back and reads it again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Offer(Enum):
    """What became of a batch."""

    TAKEN = "taken"
    STALE = "stale"
    HOLE = "hole"


@dataclass(slots=True)
class _Part:
    records: Sequence[Any]
    cursor: int
    after: int


@dataclass(slots=True)
class InputQueue:
    """Undecided records of one partition of one topic, in offset order. `want` is None while the lane is not open."""

    want: int | None = None
    done: int | None = None
    size: int = 0
    _is_open: bool = False
    _parts: deque[_Part] = field(default_factory=deque)

    def open(self, position: int) -> None:
        """Start at `position`, with nothing queued."""
        self._drop()
        self.want = self.done = position
        self._is_open = True

    def close(self) -> None:
        """Take nothing until opened again, not even after a `rewind`."""
        self._drop()
        self.want, self._is_open = None, False

    def clear(self) -> None:
        """Drop what is queued and take nothing until `rewind`: a batch behind what was dropped would be no hole."""
        self._drop()
        self.want = None

    def rewind(self) -> None:
        """Drop what is queued and want the last committed position again; a closed queue stays closed."""
        self._drop()
        self.want = self.done if self._is_open else None

    def _drop(self) -> None:
        self._parts.clear()
        self.size = 0

    def offer(self, before: int | None, after: int, records: Sequence[Any]) -> Offer:
        """Take a batch in if it continues where the last one ended."""
        if self.want is None or after <= self.want:
            return Offer.STALE
        if before is None or before > self.want:
            return Offer.HOLE
        fresh = [record for record in records if record.offset >= self.want]
        if fresh:
            self._parts.append(_Part(fresh, 0, after))
            self.size += len(fresh)
            self.want = after
        return Offer.TAKEN

    def pop(self) -> tuple[Any, int] | None:
        """The next record and the position after it; None when nothing is queued."""
        if not self._parts:
            return None
        part = self._parts[0]
        record = part.records[part.cursor]
        return record, self.take(1)

    def peek(self, most: int) -> list[Any]:
        """Up to `most` of the next records, which stay; no more than came in one batch."""
        if not self._parts:
            return []
        part = self._parts[0]
        return list(part.records[part.cursor : part.cursor + most])

    def take(self, count: int) -> int:
        """Take `count` records that `peek` gave; the position after them."""
        part = self._parts[0]
        part.cursor += count
        self.size -= count
        if part.cursor == len(part.records):
            self._parts.popleft()
            return part.after
        position: int = part.records[part.cursor - 1].offset + 1
        return position

    def commit(self, position: int) -> None:
        """Note a committed position. What is queued from before it (after a rewind in between) is dropped."""
        self.done = position
        if self.want is not None and self.want < position:
            self._drop()
            self.want = position
        while self._parts and self._parts[0].records[self._parts[0].cursor].offset < position:
            if self.pop() is None:
                break
