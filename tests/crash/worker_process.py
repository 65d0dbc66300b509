"""A gate worker in a process of its own, `python -m tests.crash.worker_process`, that ends with whoever started it.

Settings come from the environment as for the real command. `CRASH_POINT=<point>:<signal>:<n>` makes the worker send
itself a signal at a point inside its n-th transaction (counted over all lanes), which no outside signal hits reliably:
the points are the calls of the lane's transactional producer.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import streams.lane
from detectors.errors import GateError
from streams.kafka_io import lane_producer
from streams.logs import configure_logging
from streams.settings import Settings, load_settings
from streams.worker import new_event_loop, run_until_signalled

CRASH_POINT: Final = "CRASH_POINT"
# prctl option PR_SET_PDEATHSIG. Source: linux/prctl.h.
_PR_SET_PDEATHSIG: Final = 1


class Point(StrEnum):
    """Where in a transaction the signal is sent."""

    AFTER_BEGIN = "after_begin"
    AFTER_WRITES = "after_writes"
    BEFORE_COMMIT = "before_commit"
    WHILE_COMMITTING = "while_committing"
    AFTER_COMMIT = "after_commit"


@dataclass(slots=True)
class Trap:
    """Sends `number` to this process at `point` of transaction `remaining`, once."""

    point: Point
    number: signal.Signals
    remaining: int

    @classmethod
    def parse(cls, text: str) -> Trap:
        """The trap that `<point>:<signal>:<n>` describes."""
        point, name, count = text.split(":")
        return cls(Point(point), signal.Signals[name], int(count))

    def begun(self) -> None:
        """One more transaction has begun."""
        self.remaining -= 1

    def at(self, point: Point) -> None:
        """Send the signal if it is time."""
        if self.remaining <= 0 and point is self.point:
            self.remaining = sys.maxsize
            os.kill(os.getpid(), self.number)


class TrappedProducer:
    """The lane's own producer, with a trap between its calls."""

    def __init__(self, producer: Any, trap: Trap) -> None:
        self._producer, self._trap = producer, trap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._producer, name)

    async def begin_transaction(self) -> None:
        """Begin, then the trap."""
        await self._producer.begin_transaction()
        self._trap.begun()
        self._trap.at(Point.AFTER_BEGIN)

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        """Hand a batch over, then the trap; the batch may be on its way or not."""
        future = await self._producer.send_batch(batch, topic, partition=partition)
        self._trap.at(Point.AFTER_WRITES)
        return future

    async def commit_transaction(self) -> None:
        """Commit, with traps before, after, and while the request is on its way."""
        self._trap.at(Point.BEFORE_COMMIT)
        commit = asyncio.ensure_future(self._producer.commit_transaction())
        # A few turns of the loop: the request is written to the socket, the answer is not read yet.
        for _ in range(5):
            await asyncio.sleep(0)
        self._trap.at(Point.WHILE_COMMITTING)
        await commit
        self._trap.at(Point.AFTER_COMMIT)


def set_trap(text: str) -> None:
    """Put the trap into every lane's producer of this process."""
    trap = Trap.parse(text)

    def trapped(settings: Settings, partition: int) -> Any:
        return TrappedProducer(lane_producer(settings, partition), trap)

    streams.lane.lane_producer = trapped  # type: ignore[attr-defined]  # the one seam; this process is the test's own


def end_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends; a paused process would not notice by itself."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main(environ: Mapping[str, str]) -> int:
    """Run a worker until SIGTERM; gives the exit status."""
    end_with_parent()
    if environ.get(CRASH_POINT):
        set_trap(environ[CRASH_POINT])
    settings = load_settings(environ)
    configure_logging(level=settings.log_level, form=settings.log_format)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        try:
            runner.run(run_until_signalled(settings))
        except GateError as error:
            sys.stderr.write(f"worker ended: {error}\n")
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
