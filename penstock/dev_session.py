"""One run of `penstock dev` on a Kafka that answers: set up, run gate and fleet under the live view, end in order."""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import aiohttp
import structlog
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.live import Live

from detectors.errors import GateError
from penstock.activation import policy_status
from penstock.connections import KafkaFailedError
from penstock.dev_audit import AuditFollower
from penstock.dev_console import ConsoleProcess, is_installed
from penstock.dev_gate import ASK_TIMEOUT_S, STOP_GRACE_S, GateProcess
from penstock.dev_setup import check_takeover, put_in_force
from penstock.dev_stages import Stages
from penstock.fleet import Fleet, FleetEvent
from penstock.fleet_traffic import run_executor, run_fleet
from penstock.live import LiveView, plain_line, render
from penstock.live_model import GateStatus, LiveModel
from policies.bundle import Bundle
from streams.admin import apply_topics, require_topics
from streams.clock import wall_clock_ms
from streams.settings import Settings

# Each step of the setup that talks to Kafka may take so long, seconds.
STEP_TIMEOUT_S: Final = 60.0
PICTURE_EVERY_S: Final = 0.25
LINE_EVERY_S: Final = 1.0
STATUS_EVERY_S: Final = 0.5
# A part that lost Kafka tries again after this, seconds.
RETRY_S: Final = 1.0
# What was sent is usually decided within milliseconds; the view waits so long for the rest, seconds.
DRAIN_S: Final = 3.0
# The fleet's parts may take so long to flush and close, seconds.
PART_STOP_S: Final = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does. `seconds` counts from the first picture, None runs until it is told to stop.

    `may_take_over` says whether another operator's policy may be replaced.
    """

    settings: Settings
    bundle: Bundle
    rate: float
    seconds: float | None
    may_take_over: bool
    log: Path
    is_live: bool


@dataclass(slots=True)
class Session:
    """A run. `view` is the last picture once `run` has returned; `ended` what ended unasked, or None."""

    plan: Plan
    console: Console
    stages: Stages
    model: LiveModel = field(default_factory=LiveModel)
    status: GateStatus = field(default_factory=GateStatus)
    started_ms: int = field(default_factory=wall_clock_ms)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _is_forced: bool = False
    _troubles: dict[str, str] = field(default_factory=dict)
    _parts: list[asyncio.Task[None]] = field(default_factory=list)
    _gate: GateProcess | None = None
    _console: ConsoleProcess | None = None
    _lanes: int = 0

    @property
    def view(self) -> LiveView:
        """The picture of this moment."""
        return LiveView(
            self.model,
            self.status,
            self.plan.settings.bootstrap,
            self.started_ms,
            wall_clock_ms(),
            next(iter(self._troubles.values()), None if self._console is None else self._console.ended),
            console_url=None if self._console is None else self._console.url,
            first_user=None if self._console is None else self._console.first_user,
        )

    async def run(self) -> None:
        """Run until SIGINT, SIGTERM or the time is over, and end everything in order; a second signal forces.

        Raises:
            GateError: it could not be set up.
        """
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self._signalled)
        setup = asyncio.create_task(self._set_up())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({setup, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if setup.done():
                await setup
                await self._watch()
        except (KafkaError, TimeoutError, OSError) as error:
            raise KafkaFailedError(
                f"Kafka did not do what was asked ({type(error).__name__})", advice="see `penstock doctor`"
            ) from None
        finally:
            stopped.cancel()
            setup.cancel()
            await asyncio.gather(setup, stopped, return_exceptions=True)
            await self._end()

    def _signalled(self) -> None:
        if self._stop.is_set():
            self._is_forced = True
            if self._gate is not None:
                self._gate.kill()
        self._stop.set()

    async def _set_up(self) -> None:
        plan, settings = self.plan, self.plan.settings
        created = await asyncio.wait_for(apply_topics(settings, lanes=None), STEP_TIMEOUT_S)
        self._lanes = await asyncio.wait_for(require_topics(settings), STEP_TIMEOUT_S)
        self.stages.say(f"{len(created)} topics created, {self._lanes} lanes" if created else f"{self._lanes} lanes")
        status = await asyncio.wait_for(policy_status(settings), STEP_TIMEOUT_S)
        if not plan.may_take_over:
            check_takeover(status, plan.bundle)
        await asyncio.wait_for(put_in_force(settings, plan.bundle, status), STEP_TIMEOUT_S)
        self.stages.say(f"policy {plan.bundle.short} is in force")
        follower = AuditFollower(settings, self.model, lanes=self._lanes, clock=wall_clock_ms)
        self._gate = GateProcess(settings, plan.log)
        await self._gate.start()
        self._start_part("audit", follower.run)
        await asyncio.wait_for(follower.started.wait(), STEP_TIMEOUT_S)
        self.stages.say(f"gate is starting; its log: {plan.log}")
        await self._start_console()
        run, random = secrets.token_hex(3), Random(secrets.randbits(64))  # noqa: S311 - a simulation, no secret
        fleet = Fleet(random, run=run)
        self._start_part(
            "fleet", lambda: run_fleet(settings, fleet, rate=plan.rate, clock=wall_clock_ms, note=self._note_sent)
        )
        self._start_part("executor", lambda: run_executor(settings, random, lanes=self._lanes, clock=wall_clock_ms))
        self._start_part("status", self._follow_status)

    async def _start_console(self) -> None:
        """The console is for people: without its packages, or when it fails, the gate goes on all the same."""
        if not is_installed():
            self.stages.say("no console: install penstock[console]")
            return
        # Over a picture nothing is printed: there the footer says it.
        say = None if self.plan.is_live else self.stages.say
        teams = self.plan.bundle.approvals.team_names or ()
        log_file = self.plan.log.with_name("console.log")
        self._console = ConsoleProcess(self.plan.settings, log_file, teams=teams, say=say)
        await self._console.start()
        self.stages.say(f"console is starting; its log: {self._console.log}")

    def _note_sent(self, event: FleetEvent) -> None:
        self.model.note_sent(event.event_id, event.subject, wall_clock_ms())

    def _start_part(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._parts.append(asyncio.create_task(self._keep(name, work), name=name))

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run a part, and again when Kafka failed it; the view says so meanwhile."""
        while True:
            began_s = time.monotonic()
            cleared = asyncio.get_running_loop().call_later(5 * RETRY_S, self._troubles.pop, name, None)
            try:
                await work()
            except (KafkaError, GateError, TimeoutError, OSError) as error:
                detail = str(error) if isinstance(error, GateError) else type(error).__name__
                self._troubles[name] = f"{name}: {detail}"
                log.warning("part_failed", part=name, error=type(error).__name__, after_s=time.monotonic() - began_s)
            finally:
                cleared.cancel()
            await asyncio.sleep(RETRY_S)

    async def _follow_status(self) -> None:
        timeout = aiohttp.ClientTimeout(total=ASK_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as http:
            while self._gate is not None:
                self.status = await self._gate.status(http)
                await asyncio.sleep(STATUS_EVERY_S)

    async def _watch(self) -> None:
        """Show pictures or lines until it is time to stop, and what was sent is decided."""
        plan, loop = self.plan, asyncio.get_running_loop()
        until_s = None if plan.seconds is None else loop.time() + plan.seconds
        every_s = PICTURE_EVERY_S if plan.is_live else LINE_EVERY_S
        with self._display() as show:
            while not self._stop.is_set():
                show()
                left_s = every_s if until_s is None else min(every_s, until_s - loop.time())
                if left_s <= 0:
                    break
                try:
                    await asyncio.wait_for(self._stop.wait(), left_s)
                except TimeoutError:
                    continue
            await self._drain(show)

    @contextmanager
    def _display(self) -> Iterator[Callable[[], None]]:
        console = self.console
        if not self.plan.is_live:
            yield lambda: console.print(plain_line(self.view), soft_wrap=True, highlight=False, markup=False)
            return
        with Live(console=console, screen=True, auto_refresh=False) as live:
            yield lambda: live.update(render(self.view, width=console.width, height=console.height), refresh=True)

    async def _drain(self, show: Callable[[], None]) -> None:
        """Stop the fleet, and wait a little until the gate has decided what was sent."""
        await self._stop_parts({"fleet"})
        until_s = time.monotonic() + DRAIN_S
        while (
            self.model.inputs_seen < self.model.sent
            and time.monotonic() < until_s
            and not self._is_forced
            and self.status.ended is None
        ):
            await asyncio.sleep(0.1)
        # One more answer of the worker, so that the summary has its latest counts.
        await asyncio.sleep(0 if self._is_forced or self.status.ended else STATUS_EVERY_S)
        show()

    async def _end(self) -> None:
        await self._stop_parts({"fleet", "executor", "status"})
        if self._console is not None:
            await self._console.stop(grace_s=0.0 if self._is_forced else STOP_GRACE_S)
        if self._gate is not None:
            self.stages.say("stopping the gate")
            await self._gate.stop(grace_s=0.0 if self._is_forced else STOP_GRACE_S)
        await self._stop_parts({"audit"})

    async def _stop_parts(self, names: set[str]) -> None:
        going = [part for part in self._parts if part.get_name() in names]
        self._parts = [part for part in self._parts if part not in going]
        for part in going:
            part.cancel()
        if going:
            await asyncio.wait(going, timeout=0 if self._is_forced else PART_STOP_S)
