"""One run: a broker, workers under load, faults, then quiet, then the proof."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from penstock.broker import EmbeddedKafka
from streams.admin import apply_topics
from streams.gate import Gate
from streams.settings import PREFIX, load_settings
from streams.terms import gate_scanner
from streams.worker import read_keys, terms_for
from tests.crash.answers import answers
from tests.crash.checker import Checker
from tests.crash.delivery import ACTIVATED_BY, Activator, Traffic, Writer
from tests.crash.desk import Desk
from tests.crash.drain import wait_until_decided
from tests.crash.events import Load
from tests.crash.faults import Done, Planned, Saboteur, schedule
from tests.crash.fleet import Fleet
from tests.crash.policy import bundles
from tests.crash.verdict import Fault, Verdict
from tests.crash.watcher import Silence, Watcher

HOLD_TIMEOUT_S: Final = 5.0
# After the faults everything must be decided within this, seconds; generous, because machines of CI are slow.
DRAIN_TIMEOUT_S: Final = 180.0
# How long people and executors go on after the last record of the agents, seconds.
ANSWER_S: Final = 20.0
# Slack after the hold timeout until every hold must be resolved, seconds.
HOLD_SLACK_S: Final = 5.0
# How long the live reader may take to catch up, seconds.
WATCH_TIMEOUT_S: Final = 60.0

# What was cancelled must have ended within this, seconds; client libraries take their time.
CANCEL_TIMEOUT_S: Final = 30.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of. `rate` is records a second, `every_s` the mean time between faults.

    A `script` takes the place of the faults that the seed gives.
    """

    seed: int
    chaos_s: float
    rate: float = 500.0
    workers: int = 3
    lanes: int = 4
    brokers: int = 1
    every_s: float = 7.0
    script: tuple[Planned, ...] | None = None

    def faults(self, session_timeout_s: float) -> Iterator[Planned]:
        """What goes wrong, in order."""
        if self.script is not None:
            return iter(self.script)
        return schedule(self.seed, every_s=self.every_s, session_timeout_s=session_timeout_s)


@dataclass(slots=True)
class Outcome:
    """What became of a run."""

    verdict: Verdict = field(default_factory=Verdict)
    faults: Counter[str] = field(default_factory=Counter)
    logged: Counter[str] = field(default_factory=Counter)
    silences: list[tuple[Silence, str]] = field(default_factory=list)
    written: int = 0
    not_written: int = 0
    undecided: dict[str, int] = field(default_factory=dict)
    drain_s: float = 0.0
    check_s: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether everything was decided, once, and as it must."""
        return self.verdict.is_clean and not self.undecided


def environment(bootstrap: str, seed: int) -> dict[str, str]:
    """The environment of a worker: that of this process without settings, and the settings of the run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "KAFKA_"))}
    return {
        **kept,
        "PENSTOCK_BOOTSTRAP": bootstrap,
        "PENSTOCK_APPLICATION": "crash",
        "PENSTOCK_TOPIC_PREFIX": f"c{seed}.",
        "PENSTOCK_HEALTH_PORT": "0",
        "PENSTOCK_LOG_FORMAT": "json",
        "PENSTOCK_HOLD_TIMEOUT_S": str(HOLD_TIMEOUT_S),
        "PENSTOCK_SAMPLE_KEY": "51" * 32,
        "PENSTOCK_PAYLOAD_KEY": "7a" * 32,
    }


@contextmanager
def borrowed_environment(environ: dict[str, str]) -> Iterator[None]:
    """Make `environ` this process's environment for a while: settings are read from there."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Run:
    """One run of a plan on a broker of its own; the broker is started already and will be killed often."""

    def __init__(self, plan: Plan, broker: EmbeddedKafka, folder: Path, *, say: Say) -> None:
        self._plan, self._broker, self._folder, self._say = plan, broker, folder, say
        environ = environment(broker.bootstrap, plan.seed)
        with borrowed_environment(environ):
            self._settings = load_settings(environ)
        self._environ = environ
        self._bundles = bundles()
        self._started_s = time.monotonic()
        # A broker that is down is on purpose; the client library would say so 30 times a second.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)

    def _tell(self, text: str) -> None:
        self._say(f"{time.monotonic() - self._started_s:7.1f} s  {text}")

    async def run(self) -> Outcome:
        """Run the plan and check it. Nothing that it started is running afterwards."""
        outcome, plan, settings = Outcome(), self._plan, self._settings
        await apply_topics(settings, lanes=plan.lanes, replication=plan.brokers)
        activator = Activator(settings, self._bundles)
        await activator.activate_next()
        fleet = Fleet(settings, self._environ, self._folder)
        writer, watcher = Writer(settings), Watcher(settings, lanes=plan.lanes)
        traffic = Traffic(Load(plan.seed, lanes=plan.lanes), writer, rate=plan.rate)
        answered = answers(lanes=plan.lanes, hold_timeout_s=settings.hold_timeout_s)
        desk = Desk(settings, writer, answered, lanes=plan.lanes, seed=plan.seed)
        saboteur = Saboteur(
            fleet, self._broker, traffic=traffic, activator=activator, workers=plan.workers, say=self._tell
        )
        background = [asyncio.create_task(work) for work in (watcher.run(), desk.run(), traffic.run())]
        try:
            saboteur.mend()
            await saboteur.run(plan.faults(settings.session_timeout_s), duration_s=plan.chaos_s)
            self._tell("quiet")
            await _cancel(background[2:])
            # What bursts left behind is answered too, or most workflows would never come further than their beginning.
            await wait_until_decided(settings, lanes=plan.lanes, timeout_s=ANSWER_S)
            await _cancel(background[1:])
            async with asyncio.timeout(DRAIN_TIMEOUT_S):
                await writer.close()
            await self._settle(outcome, saboteur, watcher)
        finally:
            await _cancel(background)
            await saboteur.stop()
            fleet.close()
        outcome.faults, outcome.logged = saboteur.counts, fleet.tally()
        outcome.written, outcome.not_written = writer.written, writer.failed
        outcome.silences = [(silence, _cause(silence, saboteur.done)) for silence in watcher.silences]
        await self._check(outcome, watcher)
        return outcome

    async def _settle(self, outcome: Outcome, saboteur: Saboteur, watcher: Watcher) -> None:
        """Wait until everything is decided, every hold is resolved and the live reader has seen it all."""
        started_s = time.monotonic()
        settings, lanes = self._settings, self._plan.lanes
        keeper = asyncio.create_task(_keep(saboteur))
        try:
            outcome.undecided = await wait_until_decided(settings, lanes=lanes, timeout_s=DRAIN_TIMEOUT_S)
            outcome.drain_s = time.monotonic() - started_s
            self._tell(f"drained in {outcome.drain_s:.1f} s, undecided: {outcome.undecided or 'nothing'}")
            await asyncio.sleep(settings.hold_timeout_s + HOLD_SLACK_S)
            await self._catch_up(watcher)
        finally:
            await _cancel([keeper])

    async def _catch_up(self, watcher: Watcher) -> None:
        until_s = time.monotonic() + WATCH_TIMEOUT_S
        while not await watcher.is_at_end() and time.monotonic() < until_s:
            await asyncio.sleep(0.5)

    async def _check(self, outcome: Outcome, watcher: Watcher) -> None:
        started_s = time.monotonic()
        scanner = gate_scanner()
        keys = read_keys(self._settings)
        gates = {
            bundle.snapshot: Gate(
                terms_for(self._settings, keys, bundle=bundle, scanner=scanner, activated_by=ACTIVATED_BY)
            )
            for bundle in self._bundles
        }
        checker = Checker(self._settings, gates, lanes=self._plan.lanes)
        now_ms = time.time_ns() // 1_000_000
        outcome.verdict = await checker.check(watcher.seen, overdue_ms=now_ms)
        for where, distance in outcome.undecided.items():
            outcome.verdict.blame(Fault.LOST, f"{where} was not decided: {distance} offsets behind")
        outcome.check_s = time.monotonic() - started_s


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=CANCEL_TIMEOUT_S)


async def _keep(saboteur: Saboteur) -> None:
    """Replace workers that end by themselves."""
    while True:
        await asyncio.sleep(1.0)
        saboteur.mend()


def _cause(silence: Silence, done: list[Done]) -> str:
    """What happened shortly before or during a silence."""
    within = [fault.text for fault in done if silence.start_s - 3 <= fault.at_s <= silence.start_s + silence.length_s]
    return "; ".join(within[:6]) or "nothing"
