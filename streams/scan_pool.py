"""One thread for scans that would hold up the event loop.

Large outputs are scanned here, and every output until the scanner is ready: without a plan to read it compiles for
seconds. The thread is one, so the order of a lane's records is kept by awaiting each step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from detectors import Scanner

# An output above this is scanned in the pool, bytes.
POOL_ABOVE_BYTES: Final = 4096

T = TypeVar("T")


class ScanPool:
    """Runs heavy steps off the event loop."""

    def __init__(self, scanner: Scanner, *, on_warm: Callable[[], None] | None = None, is_slow: bool = False) -> None:
        """A pool for a scanner; with `is_slow` every output is scanned here."""
        self._scanner = scanner
        self._is_slow = is_slow
        self._on_warm = on_warm
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scan")
        self._warming: Future[None] | None = None
        self._is_warm = False

    def wants(self, size_bytes: int) -> bool:
        """Whether an output of so many bytes is scanned here; the first one starts the loading."""
        self.warm()
        return self._is_slow or not self._is_warm or size_bytes > POOL_ABOVE_BYTES

    def warm(self) -> None:
        """Begin to load what the scanner needs, unless that was begun before; `on_warm` is called in the thread."""
        if not self._is_warm and self._warming is None:
            self._warming = self._executor.submit(self._load)
            self._warming.add_done_callback(self._warmed)

    def _load(self) -> None:
        self._scanner.warm()
        if self._on_warm is not None:
            self._on_warm()

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, done in the pool's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def stop(self) -> None:
        """Take no more work; what runs is left to end."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _warmed(self, done: Future[None]) -> None:
        # When loading failed the scans fail too, and each of them is a quarantine of its own.
        self._is_warm = not done.cancelled() and done.exception() is None
