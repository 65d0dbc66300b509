"""Faust's aiokafka driver, changed where lanes need it: whole fetched batches with positions, read_committed, seeks.

Faust hands over one record at a time and acknowledges in the background; a lane needs the fetched batch as it is,
together with the position before and after it, because only that proves that nothing was dropped in between (a
rebalance, a paused flow). Each event of a Faust stream here is a `Batch`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiokafka
from aiokafka.errors import NoOffsetForPartitionError
from faust.transport.drivers import aiokafka as faust_driver
from faust.types import TP

from streams.assignor import LaneAssignor

# How long the broker may wait for data before it answers a fetch, milliseconds; it answers at once when there is some.
FETCH_WAIT_MS = 100
# After a fetch of fewer records than this, the next one waits a little: else each record that trickles in is a fetch of
# its own, for the broker as for us. Records; seconds.
COALESCE_UNDER = 200
COALESCE_S = 0.001
# How long one look for fetched records waits. A partition that was paused when it began is not looked at before it
# ends: a busy lane would stand still for so long whenever the others have nothing. Seconds.
LOOK_S = 0.05
# A group without offsets has no position until its lane seeks; look again after this long, seconds.
NO_OFFSET_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one partition in offset order, and the read position before and after them.

    `before` is None when this consumer has not read or sought the partition yet. `after` may be larger than the last
    offset plus one, because aborted and control records are passed over.
    """

    before: int | None
    after: int
    records: Sequence[Any]


class LaneThread(faust_driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust's types do not hold under strict
    """The consumer's thread. Its methods run on the thread's own loop, through `call_thread`."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        conf = self.app.conf
        self._assignor = LaneAssignor
        self.positions: dict[Any, int] = {}
        auth = faust_driver.credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context)
        return aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            bootstrap_servers=faust_driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[LaneAssignor],
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000),
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            **auth,
        )

    async def _fetch_records(
        self, consumer: Any, active_partitions: Any, timeout: Any = None, max_records: Any = None
    ) -> dict[Any, Batch]:
        try:
            fetched = await super()._fetch_records(
                consumer, active_partitions, timeout=timeout, max_records=max_records
            )
        except NoOffsetForPartitionError:
            await asyncio.sleep(NO_OFFSET_PAUSE_S)
            return {}
        batches: dict[Any, Batch] = {}
        subscription = consumer._subscription.subscription
        assignment = subscription and subscription.assignment
        if not assignment:
            return batches
        for tp, records in fetched.items():
            state = assignment.state_value(tp)
            if state is not None:
                batches[tp] = Batch(self.positions.get(tp), state.position, records)
                self.positions[tp] = state.position
        return batches

    async def seek_to(self, tp: TP, offset: int) -> None:
        """Read on from `offset`; nothing happens when the partition is no longer assigned."""
        consumer, partition = self._ensure_consumer(), aiokafka.TopicPartition(*tp)
        if partition in consumer.assignment():
            consumer.seek(partition, offset)
            self.positions[partition] = offset

    async def bounds(self, tp: TP) -> tuple[int | None, int, int]:
        """The group's committed offset (None without one), the first and the next offset of a partition."""
        consumer, partition = self._ensure_consumer(), aiokafka.TopicPartition(*tp)
        committed = await consumer.committed(partition)
        first = (await consumer.beginning_offsets([partition]))[partition]
        end = (await consumer.end_offsets([partition]))[partition]
        return committed, first, end

    async def report(self, positions: dict[TP, int]) -> None:
        """Commit the group's offsets of the partitions that are still assigned."""
        consumer = self._ensure_consumer()
        assigned = consumer.assignment()
        offsets = {aiokafka.TopicPartition(*tp): position for tp, position in positions.items()}
        if ours := {tp: position for tp, position in offsets.items() if tp in assigned}:
            await consumer.commit(ours)

    def position_of(self, tp: TP) -> int | None:
        """The read position of a partition as the lanes know it."""
        return self.positions.get(aiokafka.TopicPartition(*tp))


class LaneConsumer(faust_driver.Consumer):  # type: ignore[misc]
    """Faust's consumer, delivering `Batch`es. `after_seek` is called where Faust would go back to committed offsets."""

    after_seek: Any = None

    def _new_consumer_thread(self) -> LaneThread:
        return LaneThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Positions come from the lanes' state, not from the group."""
        if self.after_seek is not None:
            await self.after_seek()

    async def _wait_next_records(self, timeout: float) -> Any:
        if self.flow_active and not self._get_active_partitions():
            # Faust would sleep for a second while every partition is paused.
            await asyncio.sleep(0.02)
            return {}, set()
        return await super()._wait_next_records(timeout)

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                await asyncio.sleep(0)
                batches, _ = await self._wait_next_records(LOOK_S)
                if batches is None or self.should_stop:
                    break
                for tp, batch in batches.items():
                    await self._deliver(TP(*tp), batch)
                if 0 < sum(len(batch.records) for batch in batches.values()) < COALESCE_UNDER:
                    await asyncio.sleep(COALESCE_S)
        except (asyncio.CancelledError, *self.consumer_stopped_errors):
            if not self.app.should_stop:
                raise

    async def _deliver(self, tp: TP, batch: Batch) -> None:
        """Put a batch into the channels of its topic.

        While the flow is stopped it is dropped, and the lane will notice.
        """
        if not self.flow_active:
            return
        message = self._to_message(tp, batch.records[-1])
        message.value = batch
        for channel in self.app.topics._tp_index[tp]:
            while channel.queue.full() and self.flow_active:
                await asyncio.sleep(0.002)
            if self.flow_active:
                message.refcount += 1
                channel.queue.put_nowait(self.app.create_event(message.key, message.value, message.headers, message))


class LaneTransport(faust_driver.Transport):  # type: ignore[misc]
    """Faust's transport with the lanes' consumer."""

    Consumer = LaneConsumer
