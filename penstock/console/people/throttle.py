"""Growing delays between attempts to sign in, by account and by address.

An attempt counts before it is judged, so that many at once gain nothing; what succeeds is taken back. A name that
does not exist is slowed down like one that does. Counts are in memory and forgotten after an hour without an attempt.
Source: NIST SP 800-63B-4, 3.2.2 (at most 100 consecutive failures); OWASP ASVS 5.0, 6.3.1.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

# Attempts that cost nothing, then the first delay, which doubles, and the longest; milliseconds.
FREE: Final = {"account": 5, "address": 20}
FIRST_DELAY_MS: Final = 1_000
LONGEST_DELAY_MS: Final = {"account": 5 * 60_000, "address": 15 * 60_000}
FORGET_MS: Final = 60 * 60_000
# Keys remembered; the ones longest unused go first.
MOST_KEYS: Final = 20_000


@dataclass(slots=True)
class _Count:
    attempts: int = 0
    last_ms: int = 0
    open_ms: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """An attempt that came too early; `is_first` of this delay, so that it is written down once."""

    wait_ms: int
    is_first: bool


class Throttle:
    """Counts attempts by kind (`account` or `address`) and name; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._told: dict[tuple[str, str], int] = {}

    def take(self, *, account: str, address: str, now_ms: int) -> Refusal | None:
        """None when somebody may try now, which counts as an attempt; else how long to wait, which does not."""
        keys = (("account", account), ("address", address))
        with self._lock:
            counts = {key: self._count(key, now_ms) for key in keys}
            blocked = [(key, count) for key, count in counts.items() if now_ms < count.open_ms]
            if blocked:
                key, count = max(blocked, key=lambda entry: entry[1].open_ms)
                is_first = self._told.get(key) != count.open_ms
                self._told[key] = count.open_ms
                return Refusal(count.open_ms - now_ms, is_first)
            for (kind, _), count in counts.items():
                count.attempts += 1
                count.last_ms = now_ms
                over = count.attempts - FREE[kind]
                if over >= 0:
                    count.open_ms = now_ms + min(LONGEST_DELAY_MS[kind], FIRST_DELAY_MS << min(over, 20))
        return None

    def succeeded(self, *, account: str, address: str) -> None:
        """The attempt was right: the account starts anew, the address is given back this one.

        An address does not start anew: who has one account must not use it to guess others without end.
        """
        with self._lock:
            self._counts.pop(("account", account), None)
            self._told.pop(("account", account), None)
            count = self._counts.get(("address", address))
            if count is not None:
                count.attempts = max(0, count.attempts - 1)
                if count.attempts < FREE["address"]:
                    count.open_ms = 0

    def _count(self, key: tuple[str, str], now_ms: int) -> _Count:
        count = self._counts.setdefault(key, _Count(last_ms=now_ms))
        self._counts.move_to_end(key)
        if now_ms - count.last_ms > FORGET_MS:
            count.attempts = 0
        while len(self._counts) > MOST_KEYS:
            gone, _ = self._counts.popitem(last=False)
            self._told.pop(gone, None)
        return count
