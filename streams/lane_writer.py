"""A lane's transactional writer: Kafka's transaction protocol on aiokafka's client, three requests for a transaction.

Theory of operation. To start is to ask the coordinator for a producer id under the lane's transactional id. That raises
the epoch, and every earlier writer of the lane is refused from then on. A transaction announces its partitions to the
coordinator, writes to their leaders, and asks the coordinator to commit once every batch is acknowledged. What may be
asked again is asked again until the transaction's time is over; a batch keeps its sequence number, so that a broker
which has it already knows it. Every other answer raises, and whoever sees that makes a new writer.

Why it is not aiokafka's producer: docs/decisions/0021. Source: Apache Kafka's protocol guide and KIP-98.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import (
    ConcurrentTransactions,
    DuplicateSequenceNumber,
    InvalidProducerEpoch,
    KafkaError,
    NoError,
    OperationNotAttempted,
    ProducerFenced,
    for_code,
)
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import AddPartitionsToTxnRequest, EndTxnRequest, InitProducerIdRequest

from streams.record_batches import Batch, Records, batches_of
from streams.settings import Settings

REQUEST_TIMEOUT_MS: Final = 20_000
# While the markers of the transaction before are being written, the next one is told to ask again. Seconds; the pause
# doubles up to the second number.
MARKERS_PAUSE_S: Final = (0.002, 0.02)
# After any other answer that asks for patience: a leader or coordinator that moves, a broker that is away.
RETRY_PAUSE_S: Final = (0.02, 0.5)
# Not among aiokafka's errors. Source: Kafka protocol guide, error codes.
_PRODUCER_FENCED_CODE: Final = 90
_ACKS_ALL: Final = -1
# Sequence numbers of a partition start again at 0 after this many records.
_SEQUENCES: Final = 2**31


class LaneWriter:
    """Writes the transactions of lane `partition`, one after the other. After an error it is of no use."""

    def __init__(self, settings: Settings, partition: int, *, client: Any = None) -> None:
        self._id: Final = f"{settings.application}/{settings.topic_prefix}/{partition}"
        self._timeout_s: Final = settings.transaction_timeout_s
        self._client = client or AIOKafkaClient(
            bootstrap_servers=settings.bootstrap,
            client_id=f"{settings.application}-lane-{partition}",
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            retry_backoff_ms=round(RETRY_PAUSE_S[0] * 1000),
        )
        self._coordinator: int | None = None
        self._producer: tuple[int, int] = (-1, -1)
        self._sequences: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        """Connect and fence every earlier writer of the lane.

        Waits as long as it takes; what an earlier writer left open is ended first.

        Raises:
            KafkaConnectionError: no broker answers.
            KafkaError: the coordinator refuses.
        """
        await self._client.bootstrap()
        request = InitProducerIdRequest(transactional_id=self._id, transaction_timeout_ms=round(self._timeout_s * 1000))
        answer = await self._ask(request, lambda found: [found.error_code])
        self._producer = (answer.producer_id, answer.producer_epoch)

    async def stop(self) -> None:
        """Close the connections. An open transaction is ended by the lane's next writer, or by its timeout."""
        await self._client.close()

    async def write(self, writes: Mapping[tuple[str, int], Records]) -> None:
        """One whole transaction: the records by topic and partition, committed when this returns.

        Raises:
            ProducerFenced: the lane has a newer writer, or took so long that the coordinator gave it up.
            TimeoutError: not done within the transaction's timeout. Whether it is committed is not known.
            KafkaError: Kafka refused something.
            ValueError: a record is larger than a batch; nothing was sent.
        """
        batches = {TopicPartition(*target): batches_of(records) for target, records in writes.items()}
        async with asyncio.timeout(self._timeout_s):
            await self.begin(batches)
            await self.send(batches)
            # INVARIANT: every batch is acknowledged before the commit is asked for.
            await self.commit()

    async def begin(self, partitions: Iterable[TopicPartition]) -> None:
        """Announce the partitions that the transaction writes to."""
        topics: dict[str, list[int]] = {}
        for topic, partition in partitions:
            topics.setdefault(topic, []).append(partition)
        request = AddPartitionsToTxnRequest(self._id, *self._producer, list(topics.items()))
        await self._ask(request, lambda found: [code for _, parts in found.errors for _, code in parts])

    async def send(self, batches: Mapping[TopicPartition, list[Batch]]) -> None:
        """Write all batches, a partition's in order, until each is acknowledged."""
        waiting = {tp: deque(found) for tp, found in batches.items() if found}
        encoded: dict[TopicPartition, bytes] = {}
        pause = _Pause(RETRY_PAUSE_S)
        while waiting:
            for tp, queue in waiting.items():
                if tp not in encoded:
                    encoded[tp] = queue[0].encode(*self._producer, self._sequences.get(tp, 0))
            done = await self._send_once({tp: encoded[tp] for tp in waiting})
            for tp in done:
                count = waiting[tp].popleft().record_count()
                self._sequences[tp] = (self._sequences.get(tp, 0) + count) % _SEQUENCES
                del encoded[tp]
                if not waiting[tp]:
                    del waiting[tp]
            if not done:
                await pause()

    async def commit(self) -> None:
        """End the transaction; what it wrote is visible to readers of committed records from then on."""
        request = EndTxnRequest(self._id, *self._producer, True)
        await self._ask(request, lambda found: [found.error_code])

    async def _send_once(self, batches: Mapping[TopicPartition, bytes]) -> set[TopicPartition]:
        """Send a batch to each partition; gives those that have it."""
        cluster = self._client.cluster
        leaders: dict[int, dict[str, list[tuple[int, bytes]]]] = {}
        for tp, batch in batches.items():
            leader = cluster.leader_for_partition(tp)
            if leader is None or leader < 0:
                self._client.add_topic(tp.topic)
                await self._client.force_metadata_update()
                continue
            leaders.setdefault(leader, {}).setdefault(tp.topic, []).append((tp.partition, batch))
        sent = [self._produce(leader, topics) for leader, topics in leaders.items()]
        # A task costs a turn of the event loop, and one leader is the usual case.
        answers = [await sent[0]] if len(sent) == 1 else await asyncio.gather(*sent)
        return {tp for answer in answers for tp in answer}

    async def _produce(self, leader: int, topics: dict[str, list[tuple[int, bytes]]]) -> list[TopicPartition]:
        request = ProduceRequest(self._id, _ACKS_ALL, REQUEST_TIMEOUT_MS, list(topics.items()))
        try:
            answer = await self._client.send(leader, request)
        except KafkaError as error:
            await self._be_patient(error)
            return []
        done = []
        for topic, parts in answer.topics:
            for partition, code, *_ in parts:
                if code in (NoError.errno, DuplicateSequenceNumber.errno):
                    done.append(TopicPartition(topic, partition))
                else:
                    await self._be_patient(_error(code))
        return done

    async def _ask(self, request: Any, codes: Callable[[Any], list[int]]) -> Any:
        """The coordinator's answer, once it has done what is asked for."""
        markers, retry = _Pause(MARKERS_PAUSE_S), _Pause(RETRY_PAUSE_S)
        while True:
            try:
                if self._coordinator is None:
                    self._coordinator = await self._client.coordinator_lookup(CoordinationType.TRANSACTION, self._id)
                answer = await self._client.send(self._coordinator, request)
            except KafkaError as error:
                found = error
            else:
                failed = set(codes(answer)) - {NoError.errno}
                if not failed:
                    return answer
                # Beside the partition that failed, the others were not attempted.
                found = _error(min(failed - {OperationNotAttempted.errno} or failed))
            if isinstance(found, ConcurrentTransactions):
                await markers()
                continue
            self._coordinator = None
            await self._be_patient(found)
            await retry()

    async def _be_patient(self, error: KafkaError) -> None:
        """Raise what does not pass by itself; else learn who leads now.

        Raises:
            KafkaError: `error`.
        """
        if not error.retriable:
            raise error
        if error.invalid_metadata:
            await self._client.force_metadata_update()


class _Pause:
    """Waits longer each time, from the first to the last of `bounds_s`."""

    def __init__(self, bounds_s: tuple[float, float]) -> None:
        self._next_s, self._last_s = bounds_s

    async def __call__(self) -> None:
        await asyncio.sleep(self._next_s)
        self._next_s = min(2 * self._next_s, self._last_s)


def _error(code: int) -> KafkaError:
    """The error of an answer. The two that a fenced writer is told, older and newer, are one here."""
    if code in (InvalidProducerEpoch.errno, _PRODUCER_FENCED_CODE):
        return ProducerFenced()
    return for_code(code)()
