"""How often the same effect was proposed lately, counted from the verdicts that are remembered.

An action's digest binds its agent and all that it would do, so equal digests are attempts of one agent at one effect.
Nothing of this is stored: each closed segment of the verdict memory adds its digests, and a lane that reads its
segments back counts as the lane that wrote them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Sequence
from typing import Final, NamedTuple

# An action with the effect of one before it within this time is a retry, milliseconds.
ATTEMPT_WINDOW_MS: Final = 60 * 60 * 1000
# Attempts that are kept, those of all agents of a lane together; an entry is some 250 bytes.
MAX_ATTEMPTS: Final = 131_072
# Bytes of a digest that tell effects apart.
PREFIX_BYTES: Final = 12


class _Lot(NamedTuple):
    """The attempts of one segment."""

    number: int
    at_ms: int
    effects: Sequence[bytes]


class AttemptIndex:
    """Times of attempts by effect, in order. Effects are the first `PREFIX_BYTES` of an action's digest."""

    __slots__ = ("_lots", "_size", "opened", "times")

    def __init__(self) -> None:
        self.times: dict[bytes, tuple[int, ...]] = {}
        self._lots: deque[_Lot] = deque()
        self.opened: dict[bytes, list[int]] = {}
        self._size = 0

    def count(self, effect: bytes, now_ms: int) -> int:
        """Attempts at an effect within the window before `now_ms`, those of the open segment included."""
        closed, opened = self.times.get(effect), self.opened.get(effect)
        if closed is None and opened is None:
            return 0
        since_ms = now_ms - ATTEMPT_WINDOW_MS
        return sum(len(times) - bisect_left(times, since_ms) for times in (closed, opened) if times)

    def note(self, effect: bytes, at_ms: int) -> None:
        """Count an attempt of the open segment."""
        self.opened.setdefault(effect, []).append(at_ms)

    def close(self, number: int, at_ms: int, effects: Sequence[bytes]) -> None:
        """Take in the attempts of a segment that was closed, or read back; what is too old or too much is let go."""
        self.opened.clear()
        times, once = self.times, (at_ms,)
        distinct = dict.fromkeys(effects, once)
        if len(distinct) == len(effects) and times.keys().isdisjoint(distinct):
            times.update(distinct)  # no retry among them, as nearly always
        else:
            for effect, count in Counter(effects).items():
                # A clock may have been set back; what is sorted already is sorted in one pass.
                times[effect] = tuple(sorted(times.get(effect, ()) + once * count))
        self._lots.append(_Lot(number, at_ms, effects))
        self._size += len(effects)
        while self._lots and (self._size > MAX_ATTEMPTS or self._lots[0].at_ms < at_ms - ATTEMPT_WINDOW_MS):
            self._let_go(self._lots.popleft())

    def forget(self, number: int) -> None:
        """Let go of a segment's attempts; one that is already gone is fine."""
        for lot in self._lots:
            if lot.number == number:
                self._lots.remove(lot)
                self._let_go(lot)
                return
            if lot.number > number:
                return

    def _let_go(self, lot: _Lot) -> None:
        self._size -= len(lot.effects)
        for effect, count in Counter(lot.effects).items():
            times = self.times[effect]
            start = bisect_left(times, lot.at_ms)
            left = times[:start] + times[start + count :]
            if left:
                self.times[effect] = left
            else:
                del self.times[effect]
