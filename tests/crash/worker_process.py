"""A gate worker in a process of its own, `python -m tests.crash.worker_process`, that ends with whoever started it.

Settings come from the environment as for the real command. `CRASH_POINT=<point>:<signal>:<n>` makes the worker send
itself a signal at a point inside its n-th transaction (counted over all lanes), which no outside signal hits reliably:
the points are the steps of the lane's writer.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final

from aiokafka import TopicPartition

import streams.lane
from detectors.errors import GateError
from streams.lane_writer import LaneWriter
from streams.logs import configure_logging
from streams.record_batches import Batch
from streams.settings import load_settings
from streams.worker import new_event_loop, run_until_signalled

CRASH_POINT: Final = "CRASH_POINT"
# prctl option PR_SET_PDEATHSIG. Source: linux/prctl.h.
_PR_SET_PDEATHSIG: Final = 1


class Point(StrEnum):
    """Where in a transaction the signal is sent."""

    AFTER_BEGIN = "after_begin"
    WHILE_WRITING = "while_writing"
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


class TrappedWriter(LaneWriter):
    """The lane's own writer, with a trap between the steps of a transaction."""

    trap: ClassVar[Trap]

    async def begin(self, partitions: Iterable[TopicPartition]) -> None:
        """Begin, then the trap."""
        await super().begin(partitions)
        self.trap.begun()
        self.trap.at(Point.AFTER_BEGIN)

    async def send(self, batches: Mapping[TopicPartition, list[Batch]]) -> None:
        """Send everything, with a trap while it is on its way."""
        await self._trapped(super().send(batches), Point.WHILE_WRITING)

    async def commit(self) -> None:
        """Commit, with traps before, after, and while the request is on its way."""
        self.trap.at(Point.BEFORE_COMMIT)
        await self._trapped(super().commit(), Point.WHILE_COMMITTING)
        self.trap.at(Point.AFTER_COMMIT)

    async def _trapped(self, request: Coroutine[Any, Any, None], point: Point) -> None:
        asked = asyncio.ensure_future(request)
        # A few turns of the loop: the request is written to the socket, the answer is not read yet.
        for _ in range(3):
            await asyncio.sleep(0)
        self.trap.at(point)
        await asked


def set_trap(text: str) -> None:
    """Put the trap into every lane's writer of this process."""
    TrappedWriter.trap = Trap.parse(text)
    streams.lane.LaneWriter = TrappedWriter  # type: ignore[attr-defined]  # the one seam; this process is the test's own


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
