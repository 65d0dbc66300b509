"""What goes wrong in a run, when, and how: a schedule from a seed, and the hand that carries it out."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from aiokafka.errors import KafkaError

from penstock.broker import EmbeddedKafka
from tests.crash.delivery import Activator, Traffic
from tests.crash.fleet import Fleet, WorkerProcess
from tests.crash.worker_process import Point


class FaultKind(StrEnum):
    """A kind of fault."""

    KILL = "kill"
    PAUSE = "pause"
    TRAP_STOP = "trap-stop"
    TRAP_KILL = "trap-kill"
    ADD = "add"
    REMOVE = "remove"
    BROKER_KILL = "broker-kill"
    BROKER_PAUSE = "broker-pause"
    POLICY = "policy"
    BURST = "burst"


# One round of faults; shuffled anew each time, so that every kind meets every other one.
ROUND: Final = (
    FaultKind.KILL,
    FaultKind.KILL,
    FaultKind.PAUSE,
    FaultKind.PAUSE,
    FaultKind.TRAP_STOP,
    FaultKind.TRAP_KILL,
    FaultKind.ADD,
    FaultKind.REMOVE,
    FaultKind.BROKER_KILL,
    FaultKind.POLICY,
    FaultKind.POLICY,
    FaultKind.BURST,
)
# Every third round a broker that hangs takes the place of the burst.
PAUSED_BROKER_EVERY: Final = 3
# Enough that lanes pause their partitions.
BURST_RECORDS: Final = 24_000
# A trap that did not snap after this is left alone, seconds.
TRAP_TIMEOUT_S: Final = 30.0
# How long before the end of the chaos the last fault may begin, seconds.
LAST_FAULT_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault and the pause before it. `length_s` is for how long something stays paused or down."""

    after_s: float
    kind: FaultKind
    length_s: float
    draw: int


def schedule(seed: int, *, every_s: float, session_timeout_s: float) -> Iterator[Planned]:
    """Faults without end, one every `every_s` on average; some follow each other at once."""
    choice = random.Random(seed)
    number = 0
    while True:
        number += 1
        kinds = list(ROUND)
        if number % PAUSED_BROKER_EVERY == 0:
            kinds[kinds.index(FaultKind.BURST)] = FaultKind.BROKER_PAUSE
        choice.shuffle(kinds)
        for kind in kinds:
            after_s = every_s * (choice.uniform(0.02, 0.2) if choice.random() < 0.4 else choice.uniform(0.9, 1.9))
            if kind is FaultKind.BROKER_KILL:
                length_s = choice.choice((0.0, 0.0, 2.0, 8.0))
            elif kind is FaultKind.BROKER_PAUSE:
                length_s = choice.uniform(1.0, 10.0)
            else:
                length_s = session_timeout_s + choice.uniform(-1.0, 5.0)
            yield Planned(after_s, kind, length_s, choice.randrange(2**32))


@dataclass(frozen=True, slots=True)
class Done:
    """A fault that happened, and when, in seconds of the loop's clock."""

    at_s: float
    text: str


class Saboteur:
    """Carries faults out. Keeps between one and `most` workers that are not paused."""

    def __init__(
        self,
        fleet: Fleet,
        broker: EmbeddedKafka,
        *,
        traffic: Traffic,
        activator: Activator,
        workers: int,
        say: Callable[[str], None],
    ) -> None:
        self._fleet, self._broker = fleet, broker
        self._traffic, self._activator = traffic, activator
        self._workers, self._say = workers, say
        self._tasks: set[asyncio.Task[None]] = set()
        self._broker_lock = asyncio.Lock()
        self.counts: Counter[str] = Counter()
        self.done: list[Done] = []

    async def run(self, plan: Iterator[Planned], *, duration_s: float) -> None:
        """Make things go wrong for `duration_s`, then put everything right again."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + duration_s
        try:
            for planned in plan:
                await asyncio.sleep(min(planned.after_s, max(0.0, end_s - LAST_FAULT_S - loop.time())))
                self.mend()
                if loop.time() >= end_s - LAST_FAULT_S:
                    break
                await self._start(planned)
            await asyncio.sleep(max(0.0, end_s - loop.time()))
            await asyncio.gather(*self._tasks)
        finally:
            await self.quiet()

    async def quiet(self) -> None:
        """Stop sabotage under way, and let everything go on."""
        await self.stop()
        self.mend()

    async def stop(self) -> None:
        """Stop sabotage under way, and let everything go on; replaces nobody."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self._fleet.workers:
            self._fleet.resume(worker)

    def mend(self) -> None:
        """Replace workers until there are enough; say which ended by themselves."""
        for worker in self._fleet.reap():
            self.counts["ended by itself"] += 1
            self._tell(f"{worker.name} ended by itself with status {worker.process.returncode}")
        if self._broker_lock.locked():
            # A worker that finds no broker ends at once; that is not what is looked for here.
            return
        missing = self._workers - len(self._fleet.healthy())
        for _ in range(missing):
            worker = self._fleet.start()
            self.counts["started"] += 1
            self._tell(f"start {worker.name}")

    def _tell(self, text: str) -> None:
        self.done.append(Done(asyncio.get_running_loop().time(), text))
        self._say(text)

    async def _start(self, planned: Planned) -> None:
        kind = planned.kind
        choice = random.Random(planned.draw)
        targets = self._fleet.healthy()
        target = choice.choice(targets) if targets else None
        if kind in (FaultKind.BROKER_KILL, FaultKind.BROKER_PAUSE):
            index = choice.randrange(len(self._broker.pids))
            self._spawn(self._hurt_broker(kind, planned.length_s, index))
        elif kind is FaultKind.POLICY:
            self._spawn(self._switch_policy())
        elif kind is FaultKind.BURST:
            self._count(kind, f"burst of {BURST_RECORDS} records")
            self._traffic.burst(BURST_RECORDS)
        elif kind in (FaultKind.TRAP_STOP, FaultKind.TRAP_KILL):
            self._spawn(self._trap(kind, planned.length_s, choice))
        elif kind is FaultKind.ADD:
            self._count(kind, f"add {self._fleet.start().name}")
        elif target is None:
            return
        elif kind is FaultKind.KILL:
            self._fleet.kill(target)
            self._count(kind, f"kill -9 {target.name}")
        elif kind is FaultKind.PAUSE:
            self._spawn(self._pause(target, planned.length_s))
        elif kind is FaultKind.REMOVE:
            self._spawn(self._remove(target))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _count(self, kind: FaultKind, text: str) -> None:
        self.counts[kind.value] += 1
        self._tell(text)

    async def _pause(self, worker: WorkerProcess, length_s: float) -> None:
        self._fleet.pause(worker)
        self._count(FaultKind.PAUSE, f"SIGSTOP {worker.name} for {length_s:.1f} s")
        await asyncio.sleep(length_s)
        self._fleet.resume(worker)
        self._tell(f"SIGCONT {worker.name}")

    async def _remove(self, worker: WorkerProcess) -> None:
        started_s = time.monotonic()
        self._fleet.terminate(worker)
        self._count(FaultKind.REMOVE, f"SIGTERM {worker.name}")
        while worker.is_running and time.monotonic() - started_s < 2 * TRAP_TIMEOUT_S:
            await asyncio.sleep(0.1)
        status = worker.process.poll()
        self._tell(f"{worker.name} ended after {time.monotonic() - started_s:.1f} s with status {status}")
        if status is None:
            self.counts["deaf to SIGTERM"] += 1
            self._fleet.kill(worker)

    async def _trap(self, kind: FaultKind, length_s: float, choice: random.Random) -> None:
        """Start a worker that stops or kills itself at a point inside one of its transactions."""
        number = signal.SIGSTOP if kind is FaultKind.TRAP_STOP else signal.SIGKILL
        point = choice.choice(list(Point))
        worker = self._fleet.start(crash_point=f"{point}:{number.name}:{choice.randrange(1, 200)}")
        worker.is_doomed = kind is FaultKind.TRAP_KILL
        self._tell(f"start {worker.name} with a trap: {number.name} {point}")
        until_s = time.monotonic() + TRAP_TIMEOUT_S
        while worker.is_running and not worker.is_stopped():
            if time.monotonic() > until_s:
                self._fleet.kill(worker)
                return
            await asyncio.sleep(0.05)
        self._count(kind, f"{worker.name} snapped: {number.name} {point}")
        if kind is FaultKind.TRAP_STOP:
            worker.is_paused = True
            await asyncio.sleep(length_s)
            self._fleet.resume(worker)
            self._tell(f"SIGCONT {worker.name}")

    async def _hurt_broker(self, kind: FaultKind, length_s: float, index: int) -> None:
        async with self._broker_lock:
            if kind is FaultKind.BROKER_PAUSE:
                await asyncio.to_thread(self._broker.pause, index)
                self._count(kind, f"SIGSTOP broker {index} for {length_s:.1f} s")
                try:
                    await asyncio.sleep(length_s)
                finally:
                    await asyncio.to_thread(self._broker.resume, index)
                self._tell(f"SIGCONT broker {index}")
                return
            await asyncio.to_thread(self._broker.kill, index)
            self._count(kind, f"kill -9 broker {index}, down for {length_s:.0f} s")
            try:
                await asyncio.sleep(length_s)
            finally:
                await asyncio.to_thread(self._broker.restart, index)
            self._tell(f"broker {index} is back")

    async def _switch_policy(self) -> None:
        with suppress(KafkaError, OSError, TimeoutError):
            short = await self._activator.activate_next()
            self._count(FaultKind.POLICY, f"policy {short}")
