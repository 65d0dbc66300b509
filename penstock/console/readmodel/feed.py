"""The thread that keeps the read model current: it connects, reads, connects again, and says how far it is.

The store may be thrown away at any time. When the feed finds it lost, or finds that its topics are others than those
it was filled from, it empties the store and reads everything anew; pages meanwhile say that they are behind.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from detectors.errors import GateError
from penstock.console.readmodel.areas import Area
from penstock.console.readmodel.as_of import AsOf, TopicAsOf
from penstock.console.readmodel.follow import Follower
from penstock.console.readmodel.intake import TopicsRemadeError
from penstock.console.readmodel.store import Store, StoreLostError
from streams.settings import Settings

# Pause before connecting again, seconds; doubled after each failure up to the longest.
RETRY_S: Final = 0.5
MAX_RETRY_S: Final = 10.0
# How long `stop` waits for the thread, seconds: a poll, a transaction and the consumer's goodbye.
STOP_TIMEOUT_S: Final = 10.0

log = structlog.get_logger()


class Feed:
    """Keeps `store` current while it runs. `as_of`, `versions` and `wait` are for any thread or loop."""

    def __init__(self, settings: Settings, store: Store, *, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds since 1970."""
        self._settings = settings
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        # Counters go on from the time, so that a browser which outlived the process sees that they are others.
        self._versions: dict[str, int] = dict.fromkeys(Area, clock())
        self._as_of = AsOf(is_live=False, is_caught_up=False, at_ms=None, topics=())
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._is_stopped = False
        self._pause_s = RETRY_S

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="console-feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; what was read is in the store. The store stays open."""
        with self._lock:
            self._is_stopped = True
            loop, stopping = self._loop, self._stopping
        if loop is not None and stopping is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(stopping.set)
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_S)

    def as_of(self) -> AsOf:
        """How far the tables are, and whether Kafka answers."""
        return self._as_of

    def versions(self) -> Mapping[str, int]:
        """A counter for each area; it grows when something of the area changed."""
        with self._lock:
            return dict(self._versions)

    async def wait(self, seen: Mapping[str, int], timeout_s: float) -> Mapping[str, int]:
        """The counters as soon as they are others than `seen`, or after the time."""
        entry = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting.add(entry)
        try:
            if self.versions() == seen:
                with suppress(TimeoutError):
                    async with asyncio.timeout(timeout_s):
                        await entry[1].wait()
        finally:
            with self._lock:
                self._waiting.discard(entry)
        return self.versions()

    async def _run(self) -> None:
        with self._lock:
            self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
            if self._is_stopped:
                return
        stopping = self._stopping
        while not stopping.is_set():
            try:
                await Follower(self._settings, self._store).follow(self._told, stopping)
            except (TopicsRemadeError, StoreLostError) as exc:
                log.warning("read_model_rebuilt", code=exc.code)
                self._lost()
                await self._rebuild(stopping)
            except (GateError, KafkaError, TimeoutError, OSError) as exc:
                log.warning("feed_disconnected", error=type(exc).__name__, retry_s=self._pause_s)
                self._lost()
                await self._pause(stopping)
            except Exception as exc:
                # Whatever it is, pages must say that nothing new is shown; the payload is in no text that is logged.
                log.error("feed_failed", error=type(exc).__name__)
                self._lost()
                await self._pause(stopping)
        self._lost()

    async def _rebuild(self, stopping: asyncio.Event) -> None:
        try:
            self._store.rebuild()
        except (OSError, GateError) as exc:
            log.error("read_model_not_rebuilt", error=type(exc).__name__)
        self._grow(frozenset(Area))
        # A file that is lost again and again, on a full disk for one, is not made anew in a tight loop.
        await self._pause(stopping)

    def _told(self, changed: frozenset[Area], topics: Sequence[TopicAsOf]) -> None:
        """Say how far the tables are, and what changed in them."""
        self._pause_s = RETRY_S
        is_caught_up = all(topic.is_caught_up for topic in topics)
        times = [topic.at_ms for topic in topics if topic.at_ms is not None]
        at_ms = self._clock() if is_caught_up else max(times, default=None)
        self._as_of = AsOf(is_live=True, is_caught_up=is_caught_up, at_ms=at_ms, topics=tuple(topics))
        if changed:
            self._grow(changed)

    def _lost(self) -> None:
        """Say that nothing new comes; what was known of the tables' age stays."""
        self._as_of = replace(self._as_of, is_live=False, is_caught_up=False)

    def _grow(self, areas: frozenset[Area]) -> None:
        with self._lock:
            for area in areas:
                self._versions[area] += 1
            waiting = list(self._waiting)
        for loop, event in waiting:
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:
                continue  # that loop has ended, and whoever waited in it

    async def _pause(self, stopping: asyncio.Event) -> None:
        """Wait, or until stopped; longer after each failure in a row."""
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, MAX_RETRY_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await stopping.wait()
