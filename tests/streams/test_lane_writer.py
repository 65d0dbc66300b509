"""A lane's writer against a Kafka that refuses, moves and breaks off: all of a transaction once, or an error."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, ProducerFenced, TopicAuthorizationFailedError
from hypothesis import given
from hypothesis import strategies as st

from streams import lane_writer
from streams.effects import Emit
from streams.lane_writer import LaneWriter
from streams.record_batches import Records
from streams.settings import Settings, load_settings
from streams.topics import MAX_BATCH_BYTES
from tests.streams.fake_kafka import FakeKafka, Fault, Lost

CLEARED, AUDIT = TopicPartition("cleared", 2), TopicPartition("audit", 2)
SETTINGS: Settings = load_settings({})

# Answers that pass by themselves. Numbers: Kafka protocol guide, error codes.
CONCURRENT, LOADING, NO_COORDINATOR, MOVED, UNKNOWN_TOPIC = 51, 14, 15, 16, 3
NOT_LEADER, NOT_ENOUGH_REPLICAS, TIMED_OUT = 6, 19, 7
PASSING: dict[str, list[Fault]] = {
    "find": [Lost.REQUEST],
    "add": [CONCURRENT, LOADING, NO_COORDINATOR, MOVED, UNKNOWN_TOPIC, Lost.REQUEST, Lost.ANSWER],
    "produce": [NOT_LEADER, NOT_ENOUGH_REPLICAS, TIMED_OUT, UNKNOWN_TOPIC, Lost.REQUEST, Lost.ANSWER],
    "end": [CONCURRENT, LOADING, NO_COORDINATOR, MOVED, Lost.REQUEST, Lost.ANSWER],
}
FAULTS = st.fixed_dictionaries(
    {kind: st.lists(st.none() | st.sampled_from(faults), max_size=6) for kind, faults in PASSING.items()}
)


@pytest.fixture(autouse=True, scope="module")
def _no_pauses() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lane_writer, "MARKERS_PAUSE_S", (0.0, 0.0))
        patch.setattr(lane_writer, "RETRY_PAUSE_S", (0.0, 0.0))
        yield


def writes(*values: str, to: tuple[TopicPartition, ...] = (CLEARED, AUDIT)) -> dict[tuple[str, int], Records]:
    """The same values for each partition."""
    return {
        (tp.topic, tp.partition): [Emit(tp.topic, b"k", value.encode(), [], tp.partition) for value in values]
        for tp in to
    }


async def started(kafka: FakeKafka) -> LaneWriter:
    """A writer that has begun."""
    writer = LaneWriter(SETTINGS, 2, client=kafka)
    await writer.start()
    return writer


async def test_transaction_is_three_requests_and_is_there_when_it_returns() -> None:
    kafka = FakeKafka()
    writer = await started(kafka)
    kafka.asked.clear()
    await writer.write(writes("a", "b"))
    await writer.write(writes("c", to=(AUDIT,)))
    assert kafka.asked == ["add", "produce", "end"] * 2
    assert kafka.committed == {CLEARED: [b"a", b"b"], AUDIT: [b"a", b"b", b"c"]}
    await writer.stop()
    assert kafka.is_closed


@given(faults=FAULTS, counts=st.lists(st.integers(1, 3), min_size=1, max_size=5))
def test_whatever_passes_by_itself_loses_and_doubles_nothing(
    faults: dict[str, list[Fault | None]], counts: list[int]
) -> None:
    async def scenario() -> None:
        kafka = FakeKafka({kind: list(found) for kind, found in faults.items()})
        writer = await started(kafka)
        sent: list[bytes] = []
        for turn, count in enumerate(counts):
            values = [f"{turn}.{number}" for number in range(count)]
            await writer.write(writes(*values))
            sent += [value.encode() for value in values]
            assert kafka.committed == {CLEARED: sent, AUDIT: sent}

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["add", "produce", "end"])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (47, ProducerFenced),
        (90, ProducerFenced),
        (29, TopicAuthorizationFailedError),
        (45, OutOfOrderSequenceNumber),
        (120, KafkaError),
    ],
)
async def test_every_other_answer_raises_and_nothing_is_committed(
    kind: str, code: int, error: type[KafkaError]
) -> None:
    kafka = FakeKafka()
    writer = await started(kafka)
    kafka.faults[kind] = [code]
    with pytest.raises(error):
        await writer.write(writes("a"))
    assert kafka.committed == {}
    assert ("end" in kafka.asked) is (kind == "end")


@pytest.mark.parametrize("kind", ["add", "produce", "end"])
async def test_writer_is_fenced_by_the_next_one_at_every_step(kind: str) -> None:
    kafka = FakeKafka()
    first = await started(kafka)
    steps = {"add": first.begin, "produce": first.send, "end": first.commit}

    async def overtaken(*args: object) -> None:
        await started(kafka)
        await steps[kind](*args)  # type: ignore[operator]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(first, {"add": "begin", "produce": "send", "end": "commit"}[kind], overtaken)
        with pytest.raises(ProducerFenced):
            await first.write(writes("a"))
    assert kafka.committed == {}


async def test_batch_that_was_acknowledged_is_not_sent_again_with_one_that_was_not() -> None:
    kafka = FakeKafka(faults={"produce": [NOT_LEADER]})
    writer = await started(kafka)
    await writer.write(writes("a"))
    assert kafka.committed == {CLEARED: [b"a"], AUDIT: [b"a"]}
    assert kafka.asked.count("produce") == 2


async def test_partition_without_a_leader_is_asked_for() -> None:
    kafka = FakeKafka(leaders={CLEARED: None, AUDIT: -1})
    await (await started(kafka)).write(writes("a"))
    assert kafka.committed == {CLEARED: [b"a"], AUDIT: [b"a"]}


async def test_coordinator_that_moves_is_looked_up_again_and_only_then() -> None:
    kafka = FakeKafka()
    writer = await started(kafka)
    await writer.write(writes("a"))
    kafka.coordinator = 2
    await writer.write(writes("b"))
    assert kafka.committed[AUDIT] == [b"a", b"b"]
    assert kafka.asked.count("find") == 2


async def test_what_does_not_pass_ends_with_the_transactions_time() -> None:
    kafka = FakeKafka()
    writer = LaneWriter(SETTINGS.model_copy(update={"transaction_timeout_s": 0.2}), 2, client=kafka)
    await writer.start()
    kafka.faults["produce"] = [NOT_ENOUGH_REPLICAS] * 10_000_000
    with pytest.raises(TimeoutError):
        await writer.write(writes("a", to=(CLEARED,)))
    assert kafka.committed == {}


async def test_start_waits_for_what_an_earlier_writer_left_open_and_fences_it() -> None:
    kafka = FakeKafka(faults={"init": [CONCURRENT, MOVED, Lost.ANSWER, CONCURRENT]})
    await started(kafka)
    assert kafka.asked.count("init") == 5
    with pytest.raises(KafkaError):
        await started(FakeKafka(faults={"init": [53]}))


async def test_batches_of_one_partition_follow_one_another() -> None:
    kafka = FakeKafka()
    writer = await started(kafka)
    kafka.asked.clear()
    large = "x" * (MAX_BATCH_BYTES // 2 + 1)
    await writer.write(writes(large, "small", large, large))
    assert kafka.committed[CLEARED] == [large.encode(), b"small", large.encode(), large.encode()]
    assert kafka.asked == ["add", *["produce"] * 3, "end"]


async def test_record_larger_than_a_batch_is_refused_before_anything_is_sent() -> None:
    kafka = FakeKafka()
    writer = await started(kafka)
    kafka.asked.clear()
    for before in ([], ["small"]):
        with pytest.raises(ValueError, match="larger than a batch"):
            await writer.write(writes(*before, "x" * MAX_BATCH_BYTES))
    assert kafka.asked == []
