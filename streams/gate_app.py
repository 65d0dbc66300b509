"""The Faust app of the gate: four agents that feed lanes, and the rebalances that open and close them.

Faust's own commits, tables, producer and web server are not used. Everything is named explicitly.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import faust
import structlog
from aiokafka.errors import IllegalStateError, KafkaError
from faust.app.base import BootStrategy
from faust.types import TP
from mode.supervisors import CrashingSupervisor

from detectors.errors import GateError
from streams.clock import Clock
from streams.driver import Batch, LaneThread, LaneTransport
from streams.gate import Gate
from streams.intake import Reader
from streams.lane import Lane, LaneContext
from streams.metrics import Metrics
from streams.scan_pool import ScanPool
from streams.settings import Settings
from streams.topics import INPUT_TOPICS, TopicNames

# How long a rebalance waits for open transactions, and for lanes to open, seconds.
FINISH_TIMEOUT_S: Final = 8.0
OPEN_TIMEOUT_S: Final = 20.0
# How often the group's offsets are brought up to date for whoever looks at lag, and how long that may take, seconds.
REPORT_EVERY_S: Final = 1.0
REPORT_TIMEOUT_S: Final = 5.0
AGENT_NAMES: Final = {
    "agent.actions.proposed.v1": "actions",
    "agent.actions.outcomes.v1": "outcomes",
    "agent.outputs.produced.v1": "outputs",
    "gate.reviews.v1": "reviews",
}

log = structlog.get_logger()


class _Boot(BootStrategy):  # type: ignore[misc]  # Faust's types do not hold under strict
    enable_kafka_producer = False
    enable_web = False
    enable_sensors = False


class _App(faust.App):  # type: ignore[misc]
    BootStrategy = _Boot


class _Inputs:
    """The consumer, as lanes need it."""

    def __init__(self, app: Any, names: TopicNames) -> None:
        self._app, self._names = app, names

    def _tp(self, topic: str, partition: int) -> TP:
        return TP(self._names.on_broker(topic), partition)

    @property
    def _thread(self) -> LaneThread:
        thread: LaneThread = self._app.consumer._thread
        return thread

    async def seek(self, topic: str, partition: int, offset: int) -> None:
        """Read on from `offset`."""
        await self._thread.call_thread(self._thread.seek_to, self._tp(topic, partition), offset)

    async def bounds(self, topic: str, partition: int) -> tuple[int | None, int, int]:
        """Committed (or None), first and next offset."""
        found: tuple[int | None, int, int] = await self._thread.call_thread(
            self._thread.bounds, self._tp(topic, partition)
        )
        return found

    async def report(self, positions: dict[tuple[str, int], int]) -> bool:
        """Tell the group how far the lanes are; false when it cannot be told now."""
        named = {self._tp(*place): position for place, position in positions.items()}
        try:
            await asyncio.wait_for(self._thread.call_thread(self._thread.report, named), REPORT_TIMEOUT_S)
        except (KafkaError, IllegalStateError, TimeoutError) as exc:
            log.info("positions_not_reported", error=type(exc).__name__)
            return False
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Not this task was cancelled but the consumer's, in its thread: it has crashed or is being stopped.
            log.info("positions_not_reported", error="consumer stopped")
            return False
        return True

    def position(self, topic: str, partition: int) -> int | None:
        """Where the consumer stands."""
        return self._thread.position_of(self._tp(topic, partition))

    def pause(self, topic: str, partition: int) -> None:
        """Stop fetching."""
        self._app.consumer.pause_partitions({self._tp(topic, partition)})

    def resume(self, topic: str, partition: int) -> None:
        """Fetch again."""
        self._app.consumer.resume_partitions({self._tp(topic, partition)})


class GateApp:
    """Faust and the lanes of one worker."""

    def __init__(
        self,
        settings: Settings,
        *,
        names: TopicNames,
        reader: Reader,
        metrics: Metrics,
        clock: Clock,
        pool: ScanPool,
        current_gate: Callable[[], Gate | None],
        on_fatal: Callable[[GateError], None],
    ) -> None:
        self._names = names
        self.lanes: dict[int, Lane] = {}
        self._is_assigned = False
        self._reporting: asyncio.Task[None] | None = None
        self._scratch = tempfile.TemporaryDirectory(prefix="penstock-faust-")
        self._app = self._make_app(settings)
        self._inputs = _Inputs(self._app, names)
        self._context = LaneContext(
            settings=settings,
            names=names,
            inputs=self._inputs,
            reader=reader,
            metrics=metrics,
            clock=clock,
            pool=pool,
            current_gate=current_gate,
            on_fatal=on_fatal,
        )
        self._connect()

    @property
    def crash(self) -> BaseException | None:
        """What made Faust give up, or None."""
        reason: BaseException | None = self._app.crash_reason
        return reason

    async def start(self) -> None:
        """Join the group."""
        await self._app.start()
        self._reporting = asyncio.create_task(self._report(), name="positions")

    async def stop(self) -> None:
        """Finish open transactions and leave the group."""
        await asyncio.gather(*(lane.close() for lane in self.lanes.values()))
        if self._reporting is not None:
            self._reporting.cancel()
            await asyncio.gather(self._reporting, return_exceptions=True)
            # After a crash the consumer's thread may have ended, and nobody would hear.
            if self.crash is None:
                await self._inputs.report(self._positions())
        await self._app.stop()
        self._scratch.cleanup()

    async def _report(self) -> None:
        """Bring the group's offsets up to date, once a second when there is something new."""
        told: dict[tuple[str, int], int] = {}
        while True:
            await asyncio.sleep(REPORT_EVERY_S)
            positions = self._positions()
            if positions != told and self._is_assigned and await self._inputs.report(positions):
                told = positions

    def _positions(self) -> dict[tuple[str, int], int]:
        lanes = self.lanes.values()
        return {(topic, lane.partition): done for lane in lanes for topic, done in lane.positions().items()}

    def wake(self) -> None:
        """Let every lane look for work."""
        for lane in self.lanes.values():
            lane.wake()

    def problems(self) -> list[str]:
        """Why the app does not decide just now."""
        if not self._is_assigned:
            return ["kafka: not in the group yet"]
        closed = sorted(lane.partition for lane in self.lanes.values() if not lane.ready.is_set())
        return [f"lanes not open: {', '.join(map(str, closed))}"] if closed else []

    def lag(self, topic: str) -> int:
        """Input records of a topic that are on the broker and not committed as decided."""
        total = 0
        for lane in self.lanes.values():
            done = lane.queues[topic].done
            end = self._app.consumer.highwater(TP(self._names.on_broker(topic), lane.partition))
            if done is not None and end is not None:
                total += max(0, end - done)
        return total

    def _make_app(self, settings: Settings) -> Any:
        app = _App(
            settings.application,
            broker=[f"kafka://{server}" for server in settings.bootstrap.split(",")],
            store="memory://",
            key_serializer="raw",
            value_serializer="raw",
            topic_disable_leader=True,
            topic_allow_declare=False,
            stream_wait_empty=False,
            stream_buffer_maxsize=32,
            agent_supervisor=CrashingSupervisor,
            consumer_auto_offset_reset="none",
            broker_session_timeout=settings.session_timeout_s,
            broker_heartbeat_interval=max(0.3, settings.session_timeout_s / 6),
            broker_rebalance_timeout=max(15.0, settings.session_timeout_s),
            broker_request_timeout=max(20.0, settings.session_timeout_s + 5),
            broker_max_poll_interval=1000.0,
            table_standby_replicas=0,
            datadir=str(Path(self._scratch.name) / "data"),
            web_enabled=False,
        )
        app.transport = LaneTransport(app.conf.broker_consumer, app)
        return app

    def _connect(self) -> None:
        app = self._app
        app.on_partitions_revoked.connect(self._on_revoked, weak=False)
        app.on_rebalance_complete.connect(self._on_assigned, weak=False)
        app.consumer.after_seek = self._seek_all
        for topic in INPUT_TOPICS:
            channel = app.topic(self._names.on_broker(topic.name), key_type=bytes, value_type=bytes)
            app.agent(channel, name=f"penstock.{AGENT_NAMES[topic.name]}")(self._feeder(topic.name))

    def _feeder(self, topic: str) -> Any:
        async def feed(stream: Any) -> None:
            async for event in stream.noack().events():
                batch = event.value
                lane = self.lanes.get(event.message.tp.partition)
                if lane is not None and isinstance(batch, Batch):
                    await lane.feed(topic, batch)

        return feed

    async def _seek_all(self) -> None:
        for lane in list(self.lanes.values()):
            await lane.seek_all()

    async def _on_revoked(self, *_: Any, **__: Any) -> None:
        """Let open transactions finish; keep producers and state, since fencing decides in any case."""
        self._is_assigned = False
        lanes = list(self.lanes.values())
        for lane in lanes:
            lane.revoke()
        if lanes:
            await asyncio.wait([asyncio.ensure_future(lane.idle.wait()) for lane in lanes], timeout=FINISH_TIMEOUT_S)
        for lane in lanes:
            lane.rewind()

    async def _on_assigned(self, *_: Any, **__: Any) -> None:
        """Open a lane for each partition that is ours; Faust waits for this before it resumes the flow."""
        proposed = self._names.on_broker(INPUT_TOPICS[0].name)
        mine = {tp.partition for tp in self._app.consumer.assignment() if tp.topic == proposed}
        gone = [self.lanes.pop(partition) for partition in set(self.lanes) - mine]
        await asyncio.gather(*(lane.close() for lane in gone))
        for partition in sorted(mine - set(self.lanes)):
            self.lanes[partition] = Lane(self._context, partition)
        lanes = list(self.lanes.values())
        if lanes:
            await asyncio.wait([asyncio.ensure_future(lane.ready.wait()) for lane in lanes], timeout=OPEN_TIMEOUT_S)
        self._is_assigned = True
        log.info("lanes_assigned", lanes=sorted(mine))
