"""A gate worker: Faust carries the traffic, lanes decide it, one small port says how it goes."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final

import structlog

from detectors import Scanner
from detectors.errors import GateError
from policies.bundle import Bundle
from policies.kill import KillSwitch
from streams.admin import require_topics
from streams.clock import Clock, wall_clock_ms
from streams.gate import Gate
from streams.gate_app import GateApp
from streams.health import Health, HealthServer
from streams.intake import Reader
from streams.metrics import Metrics
from streams.native_step import is_built
from streams.plan_cache import PlanCacheError, read_plan, write_plan
from streams.policy_feed import PolicyFeed
from streams.recognizers import read_recognizers
from streams.review_signing import ReviewKeys
from streams.scan_pool import ScanPool
from streams.sealing import sealer_of
from streams.settings import Settings, SettingsError
from streams.terms import Limits, Terms, gate_scanner
from streams.topics import INPUT_TOPICS, TopicNames
from streams.trusted_keys import read_review_keys

# How often the worker looks after itself, seconds.
WATCH_EVERY_S: Final = 0.5
# How long a start that is given up may take to let go, seconds.
LEAVE_TIMEOUT_S: Final = 2.0
# After `stop_grace_s` the rest of a stopping worker has so long, seconds; then the process ends all the same.
LAST_RESORT_S: Final = 6.0
EXIT_FORCED: Final = 70

# Objects made and not let go of before the garbage collector looks at the young ones: some transactions' worth.
GC_THRESHOLD: Final = 50_000
NOTHING_KILLED: Final = KillSwitch()
UNSIGNED: Final = "reviews: unsigned ones count, which is unsafe; set PENSTOCK_REVIEW_KEYS_FILE"

log = structlog.get_logger()


class StalledError(GateError):
    """The worker could not commit for longer than its limit."""

    code = "WORKER_STALLED"


class CrashedError(GateError):
    """Faust gave up."""

    code = "WORKER_CRASHED"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The keys of a worker, 32 bytes each, and those that may sign reviews; read once."""

    sample: bytes
    payload: bytes | None
    token: bytes | None
    reviews: ReviewKeys | None = None


def read_keys(settings: Settings) -> Keys:
    """The keys that `settings` name.

    Raises:
        SettingsError: there is no sample key, or a key cannot be read.
        ReviewKeyError: the keys of reviewers are none.
    """
    sample = settings.secret("sample_key")
    if sample is None:
        raise SettingsError("there is no sample key", advice="set PENSTOCK_SAMPLE_KEY or PENSTOCK_SAMPLE_KEY_FILE")
    return Keys(sample, settings.secret("payload_key"), settings.secret("token_key"), read_review_keys(settings))


def terms_for(
    settings: Settings,
    keys: Keys,
    *,
    bundle: Bundle,
    scanner: Scanner,
    kill: KillSwitch = NOTHING_KILLED,
    activated_by: str | None = None,
) -> Terms:
    """The terms that settings, keys, a bundle and the kill switch give."""
    limits = Limits(
        hold_timeout_ms=int(settings.hold_timeout_s * 1000),
        verdict_retention_ms=int(settings.verdict_retention_s * 1000),
        verdict_most=settings.verdict_most,
        default_level=settings.default_autonomy_level,
        holds_per_agent=settings.holds_per_agent,
        stream_timeout_ms=int(settings.stream_timeout_s * 1000),
        streams_per_agent=settings.streams_per_agent,
        is_strict=settings.strict,
    )
    return Terms(
        bundle,
        scanner,
        keys.sample,
        limits,
        sealer_of(keys.payload),
        keys.token,
        kill,
        review_keys=keys.reviews,
        activated_by=activated_by,
    )


class Worker:
    """One process of the gate. `run` returns when it was asked to stop, and raises when it had to."""

    def __init__(self, settings: Settings, *, clock: Clock = wall_clock_ms) -> None:
        self._settings = settings
        self._clock = clock
        self._names = TopicNames(settings.topic_prefix)
        self.metrics = Metrics()
        self._plan = None if settings.plan_cache is None else read_plan(settings.plan_cache)
        recognizers = read_recognizers(settings.presidio_file)
        self._scanner = gate_scanner(self._plan, extra=recognizers)
        self._keys: Keys | None = None
        self._gate: Gate | None = None
        self._feed = PolicyFeed(settings, self._names, self.metrics, on_change=self._adopt)
        # Presidio's recognizers take milliseconds a text, which is too long for the event loop.
        self._pool = ScanPool(self._scanner, on_warm=self._warmed, is_slow=bool(recognizers))
        self._stop = asyncio.Event()
        self._fatal: GateError | None = None
        self._app: GateApp | None = None
        self.health = HealthServer(self.probe, self.metrics)

    def stop(self) -> None:
        """Ask the worker to finish its transactions and end."""
        self._stop.set()

    async def run(self) -> None:
        """Work until `stop`.

        Raises:
            KafkaUnreachableError, TopicsError, SettingsError, HealthPortError: it could not start.
            StalledError, CrashedError, InputLostError: it had to stop.
        """
        settings = self._settings
        self._keys = read_keys(settings)
        if self._keys.reviews is None:
            log.warning("unsafe_unsigned_reviews")
        await self.health.start(settings.health_host, settings.health_port)
        try:
            await self._unless_stopped(self._begin())
            await self._watch()
        finally:
            await self._shut_down()
        if self._fatal is not None:
            raise self._fatal

    async def _begin(self) -> None:
        settings = self._settings
        lanes = await require_topics(settings)
        log.info(
            "worker_started",
            lanes=lanes,
            health=f"http://{settings.health_host}:{self.health.port}",
            compiled=settings.compiled and is_built(),
        )
        self._pool.warm()
        self._feed.start()
        self._app = GateApp(
            settings,
            names=self._names,
            reader=Reader(lanes, settings.max_event_bytes),
            metrics=self.metrics,
            clock=self._clock,
            pool=self._pool,
            current_gate=lambda: self._gate,
            on_fatal=self._fail,
        )
        await self._app.start()

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work`, and leave it when the worker is to stop: a broker that hangs would hold it up for ever."""
        task, stop = asyncio.ensure_future(work), asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
        finally:
            stop.cancel()
            task.cancel()
            await asyncio.wait({task}, timeout=LEAVE_TIMEOUT_S)

    def probe(self) -> Health:
        """How the worker is, and the gauges brought up to date."""
        problems: list[str] = []
        app = self._app
        if self._fatal is not None:
            problems.append(f"stopping: {self._fatal.code}")
        if app is None:
            problems.append("not started")
        else:
            problems += app.problems()
        bundle = self._feed.bundle
        warnings: list[str] = []
        if self._feed.problem is not None:
            (problems if self._gate is None else warnings).append(f"policy: {self._feed.problem}")
        if self._keys is not None and self._keys.reviews is None:
            warnings.append(UNSIGNED)
        self.metrics.ready.set(0 if problems else 1)
        if app is not None:
            self._show(app)
        return Health(
            is_alive=self._fatal is None,
            problems=tuple(problems),
            warnings=tuple(warnings),
            snapshot=None if bundle is None else bundle.short,
            lanes=0 if app is None else len(app.lanes),
        )

    def _show(self, app: GateApp) -> None:
        states = [lane.state for lane in app.lanes.values() if lane.state is not None]
        holds = [hold for state in states for hold in state.holds.values()]
        now_ms = self._clock()
        self.metrics.lanes_open.set(len(states))
        self.metrics.holds_pending.set(len(holds))
        self.metrics.holds_oldest.set(max((now_ms - hold.opened_ms for hold in holds), default=0) / 1000)
        self.metrics.verdicts.set(sum(len(state.verdicts) for state in states))
        for topic in INPUT_TOPICS:
            self.metrics.lag.labels(topic.name).set(app.lag(topic.name))

    def _warmed(self) -> None:
        """The scanner is ready: what is loaded by now stays, so the garbage collector need not look at it any more.

        What a transaction holds is no garbage either, and with Python's own threshold it would be looked at twice.
        """
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD, *gc.get_threshold()[1:])
        self._keep_plan()

    def _keep_plan(self) -> None:
        """Write the compiled detectors down for the next start; that it cannot be done holds nothing up."""
        file = self._settings.plan_cache
        if file is None:
            return
        try:
            write_plan(file, self._scanner.plan_bytes(), before=self._plan)
        except PlanCacheError as exc:
            log.warning("plan_not_kept", detail=str(exc))

    def _adopt(self, bundle: Bundle, kill: KillSwitch, activated_by: str | None) -> None:
        if self._keys is not None:
            terms = terms_for(
                self._settings,
                self._keys,
                bundle=bundle,
                scanner=self._scanner,
                kill=kill,
                activated_by=activated_by,
            )
            self._gate = Gate(terms)
        if self._app is not None:
            self._app.wake()

    def _fail(self, error: GateError) -> None:
        if self._fatal is None:
            self._fatal = error
        self._stop.set()

    async def _watch(self) -> None:
        """Wait for the end; end by oneself when nothing can be committed for too long or Faust has given up."""
        while not self._stop.is_set():
            try:
                await asyncio.wait_for(self._stop.wait(), WATCH_EVERY_S)
            except TimeoutError:
                self._check()

    def _check(self) -> None:
        app = self._app
        if app is None:
            return
        if app.crash is not None:
            self._fail(CrashedError(f"Faust stopped ({type(app.crash).__name__})", advice="see the lines before"))
        stalled_s = max((lane.stalled_s for lane in app.lanes.values()), default=0.0)
        if stalled_s > self._settings.commit_stall_s and self._gate is not None:
            self._fail(StalledError(f"nothing could be committed for {stalled_s:.0f} s", advice="see the lines before"))

    async def _shut_down(self) -> None:
        if self._app is not None:
            try:
                await asyncio.wait_for(self._app.stop(), self._settings.stop_grace_s)
            except TimeoutError:
                log.error("stop_timed_out", after_s=self._settings.stop_grace_s)
        await self._feed.stop()
        await self.health.stop()
        self._pool.stop()
        log.info("worker_stopped")


async def run_until_signalled(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT. When it cannot stop in time, the process ends with status `EXIT_FORCED`."""
    worker = Worker(settings)

    def stop() -> None:
        worker.stop()
        # Faust's thread may hang in a broker that does, and Python would wait for it. What it holds is as safe as
        # after a kill -9.
        timer = threading.Timer(settings.stop_grace_s + LAST_RESORT_S, os._exit, (EXIT_FORCED,))
        timer.daemon = True
        timer.start()

    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    await worker.run()


def new_event_loop() -> Any:
    """uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
