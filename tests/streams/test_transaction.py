"""What goes into one transaction: how much, in which order, and what happens to a record whose step fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import current_thread
from typing import Any

import orjson
import pytest

from detectors import Finding, Scanner
from streams.codec import DeadLetterCode
from streams.gate import Gate
from streams.input_queue import InputQueue
from streams.intake import Reader
from streams.scan_pool import POOL_ABOVE_BYTES, ScanPool
from streams.settings import Settings, load_settings
from streams.state import LaneState
from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_OUTCOMES,
    ACTIONS_PROPOSED,
    ACTIONS_REFUSED,
    AUDIT,
    DEADLETTERS,
    INPUT_TOPICS,
    OUTPUTS_PRODUCED,
    QUARANTINE,
    REVIEWS,
    STATE,
)
from streams.transaction import SLICE_RECORDS, StepFailedError, Work, collect
from tests.streams.encoded import decoded, written
from tests.streams.histories import facts_of, restored
from tests.streams.samples import (
    HOLD_MS,
    MAX_EVENT_BYTES,
    NOW_MS,
    OTHER_RULES,
    PRIVATE_KEY,
    SCANNER,
    TOPIC_OF,
    action,
    bundle_of,
    gate_of,
    kind_of,
    outcome,
    output,
    review,
)


class FragileScanner(Scanner):
    """A scanner with a bug: one word is too much for it."""

    def scan(self, text: str) -> tuple[Finding, ...]:
        if "S3CR3T" in text:
            raise RuntimeError(text)
        return SCANNER.scan(text)


class WatchedScanner(Scanner):
    """A scanner that notes the threads in which it scans."""

    def scan(self, text: str) -> tuple[Finding, ...]:
        THREADS.append(current_thread().name)
        return SCANNER.scan(text)


# The threads in which a `WatchedScanner` scanned; a scanner itself takes no attributes.
THREADS: list[str] = []


class QuickScanner(Scanner):
    """A scanner that has nothing to load."""

    def warm(self) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Record:
    """A record of aiokafka, as far as a transaction reads it."""

    offset: int
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = NOW_MS - 5


@pytest.fixture(scope="module")
def pool() -> Iterator[ScanPool]:
    """The pool that scans large outputs, and all of them until its scanner is warm."""
    scan_pool = ScanPool(QuickScanner())
    yield scan_pool
    scan_pool.stop()


@dataclass
class Feed:
    """Queues with records in them, and the lane that they feed."""

    gate: Gate = field(default_factory=gate_of)
    state: LaneState = field(default_factory=lambda: LaneState(0))
    # No limit of time, because a busy machine must not change what a test sees.
    settings: Settings = field(default_factory=lambda: load_settings({}, batch_ms=5000))
    now_ms: int = NOW_MS
    suspects: dict[tuple[str, int], DeadLetterCode] = field(default_factory=dict)
    queues: dict[str, InputQueue] = field(default_factory=lambda: {topic.name: InputQueue() for topic in INPUT_TOPICS})

    def __post_init__(self) -> None:
        for queue in self.queues.values():
            queue.open(0)

    def put(self, *events: dict[str, Any] | bytes, topic: str = ACTIONS_PROPOSED.name) -> None:
        """Queue events, each on the topic of its kind; bytes go to `topic`."""
        for event in events:
            name = topic if isinstance(event, bytes) else TOPIC_OF[kind_of(event)]
            queue = self.queues[name]
            before = queue.want or 0
            value = event if isinstance(event, bytes) else orjson.dumps(event)
            queue.offer(before, before + 1, [Record(before, value)])

    async def collect(self, pool: ScanPool) -> Work:
        """One transaction, its records as they would be read."""
        work = await collect(
            self.gate,
            self.state,
            self.queues,
            settings=self.settings,
            reader=Reader(1, MAX_EVENT_BYTES),
            clock=lambda: self.now_ms,
            pool=pool,
            suspects=self.suspects,
        )
        return decoded(work)


def audit_of(work: Work) -> list[dict[str, Any]]:
    """The audit records of a transaction."""
    return [orjson.loads(emit.value or b"") for emit in written(work, AUDIT.name)]


def sources_of(work: Work) -> list[tuple[str, int]]:
    """Topic and offset of each record that was decided, in order."""
    return [(entry["source"]["topic"], entry["source"]["offset"]) for entry in audit_of(work) if entry["source"]]


def changes_of(work: Work) -> list[tuple[str, bytes | None]]:
    """The state records of a transaction."""
    return [((emit.key or b"").decode(), emit.value) for emit in written(work, STATE.name)]


async def test_nothing_queued_and_nothing_due_gives_an_empty_transaction(pool: ScanPool) -> None:
    feed = Feed()
    feed.gate.adopt(feed.state, NOW_MS)

    work = await feed.collect(pool)

    assert (work.writes, work.positions, work.records) == ({}, {}, 0)


async def test_transaction_holds_decisions_audit_state_and_positions(pool: ScanPool) -> None:
    feed = Feed()
    feed.put(action("a1"), action("a2", "job.crm.delete"), b"garbage")

    work = await feed.collect(pool)

    assert set(work.writes) == {
        (topic.name, 0) for topic in (ACTIONS_CLEARED, ACTIONS_REFUSED, DEADLETTERS, AUDIT, STATE)
    }
    assert work.positions == {ACTIONS_PROPOSED.name: 3}
    assert (work.records, work.produced_ms, work.set_aside) == (3, [NOW_MS - 5] * 3, [])
    assert [entry["kind"] for entry in audit_of(work)] == ["policy", "decision", "decision", "dead_letter"]
    assert ("decision", "action", "ALLOW") in work.facts


async def test_state_that_a_transaction_writes_is_the_state_that_it_leaves(pool: ScanPool) -> None:
    feed = Feed()
    feed.put(action("a1"), action("a2", "job.support.refund"), output(), outcome("a1"))

    work = await feed.collect(pool)

    changes = changes_of(work)
    assert changes[-1][0] == "lane"
    assert facts_of(restored(changes)) == facts_of(feed.state)
    assert restored(changes).positions == work.positions


async def test_transaction_ends_at_its_number_of_records_and_the_next_goes_on_there(pool: ScanPool) -> None:
    feed = Feed(settings=load_settings({}, batch_records=3, batch_ms=5000))
    feed.put(*(action(f"a{number}") for number in range(7)))

    works = [await feed.collect(pool) for _ in range(4)]

    assert [work.records for work in works] == [3, 3, 1, 0]
    assert [work.positions.get(ACTIONS_PROPOSED.name) for work in works] == [3, 6, 7, None]
    assert [offset for work in works for _, offset in sources_of(work)] == list(range(7))


async def test_transaction_ends_once_it_holds_so_many_bytes(pool: ScanPool) -> None:
    feed = Feed(settings=load_settings({}, batch_bytes=64 * 1024, batch_ms=5000))
    feed.put(*(action(f"a{number}", arguments={"text": "x" * 20_000}) for number in range(8)))

    works = [await feed.collect(pool) for _ in range(3)]

    assert [work.records for work in works] == [4, 4, 0]
    assert works[0].size_bytes >= 64 * 1024


async def test_position_passes_over_what_was_aborted_at_the_end_of_a_batch(pool: ScanPool) -> None:
    feed = Feed()
    feed.queues[ACTIONS_PROPOSED.name].offer(0, 9, [Record(4, orjson.dumps(action()))])

    work = await feed.collect(pool)

    assert work.positions == {ACTIONS_PROPOSED.name: 9}


async def test_topics_take_turns_reviews_first_and_a_slice_each(pool: ScanPool) -> None:
    feed = Feed()
    feed.put(*(output(f"o{number}") for number in range(SLICE_RECORDS + 1)))
    feed.put(*(action(f"a{number}") for number in range(SLICE_RECORDS + 2)))
    feed.put(outcome(), review({"hold_id": "h", "digest": "d", "policy_snapshot": "s"}))

    order = sources_of(await feed.collect(pool))

    assert [topic for topic, _ in order] == [
        REVIEWS.name,
        ACTIONS_OUTCOMES.name,
        *[ACTIONS_PROPOSED.name] * SLICE_RECORDS,
        *[OUTPUTS_PRODUCED.name] * SLICE_RECORDS,
        *[ACTIONS_PROPOSED.name] * 2,
        OUTPUTS_PRODUCED.name,
    ]
    for name in (ACTIONS_PROPOSED.name, OUTPUTS_PRODUCED.name):
        offsets = [offset for topic, offset in order if topic == name]
        assert offsets == sorted(offsets)


async def test_new_policy_and_due_holds_come_before_the_records(pool: ScanPool) -> None:
    feed = Feed()
    feed.put(action("held", "job.support.refund"))
    await feed.collect(pool)
    feed.now_ms += HOLD_MS
    feed.gate = gate_of(bundle_of(OTHER_RULES))
    feed.put(action("a2"))

    work = await feed.collect(pool)

    assert [entry["kind"] for entry in audit_of(work)] == ["policy", "hold_expired", "decision"]
    assert feed.state.holds == {}


async def test_due_hold_alone_makes_a_transaction_without_positions(pool: ScanPool) -> None:
    feed = Feed()
    feed.put(action("held", "job.support.refund"))
    await feed.collect(pool)
    feed.now_ms += HOLD_MS

    work = await feed.collect(pool)

    assert [entry["kind"] for entry in audit_of(work)] == ["hold_expired"]
    assert (work.positions, work.records) == ({}, 0)
    assert [key.partition("/")[0] for key, _ in changes_of(work)] == ["hold", "verdicts", "lane"]


@pytest.mark.parametrize("size", [10, POOL_ABOVE_BYTES + 1])
async def test_output_is_judged_the_same_on_the_loop_and_in_the_pool(pool: ScanPool, size: int) -> None:
    feed = Feed()
    feed.put(output("o1", "x" * size), output("o2", PRIVATE_KEY + "x" * size), output("o1", "x" * size))

    work = await feed.collect(pool)

    assert [entry["kind"] for entry in audit_of(work)] == ["policy", "output", "output", "duplicate"]
    assert len(work.writes[QUARANTINE.name, 0]) == 1


async def test_review_that_brings_a_large_output_back_is_scanned_in_the_pool(pool: ScanPool) -> None:
    feed = Feed(gate_of(scanner=WatchedScanner()))
    feed.put(output(content=PRIVATE_KEY + "x" * POOL_ABOVE_BYTES))
    held = orjson.loads(written(await feed.collect(pool), QUARANTINE.name)[0].value or b"")
    given = review({**held, "hold_id": ""}, "redact", target={"kind": "output", "id": held["quarantine_id"]})
    feed.put({**given, "sealed": held["payload"]})
    THREADS.clear()

    work = await feed.collect(pool)

    assert [entry["kind"] for entry in audit_of(work)] == ["quarantine_review"]
    assert len(THREADS) == 2 and all(name.startswith("scan") for name in THREADS)


@pytest.mark.parametrize("size", [10, POOL_ABOVE_BYTES + 1])
async def test_step_that_fails_names_topic_and_offset_and_never_the_payload(pool: ScanPool, size: int) -> None:
    feed = Feed(gate_of(scanner=FragileScanner()))
    feed.put(output("o1"), output("o2", "S3CR3T" + "x" * size), output("o3"))

    with pytest.raises(StepFailedError) as caught:
        await feed.collect(pool)

    assert (caught.value.topic, caught.value.offset) == (OUTPUTS_PRODUCED.name, 1)
    assert "S3CR3T" not in str(caught.value)


async def test_suspect_is_put_aside_and_everything_else_is_decided(pool: ScanPool) -> None:
    suspects = {
        (OUTPUTS_PRODUCED.name, 1): DeadLetterCode.STEP_FAILED,
        (ACTIONS_PROPOSED.name, 9): DeadLetterCode.RELEASE_TOO_LARGE,
    }
    feed = Feed(gate_of(scanner=FragileScanner()), suspects=suspects)
    feed.put(output("o1"), output("o2", "S3CR3T"), output("o3"))

    work = await feed.collect(pool)

    (letter,) = written(work, DEADLETTERS.name)
    headers = dict(letter.headers)
    assert (headers["gate.errors.stage"], headers["gate.errors.code"]) == (b"step", b"step_failed")
    assert letter.value == orjson.dumps(output("o2", "S3CR3T"))
    assert work.set_aside == [(OUTPUTS_PRODUCED.name, 1)]
    assert work.positions == {OUTPUTS_PRODUCED.name: 3}
    assert [entry["kind"] for entry in audit_of(work)] == ["policy", "output", "dead_letter", "output"]
    assert ("dead_letter", DeadLetterCode.STEP_FAILED.value) in work.facts


async def test_stray_is_written_to_the_partition_of_its_agent(pool: ScanPool) -> None:
    feed = Feed()
    feed.put(*(action("a1", agent=f"agent-{number}") for number in range(20)))
    reader = Reader(4, MAX_EVENT_BYTES)

    work = await collect(
        feed.gate,
        feed.state,
        feed.queues,
        settings=feed.settings,
        reader=reader,
        clock=lambda: NOW_MS,
        pool=pool,
        suspects={},
    )

    forwarded = {key: emits for key, emits in work.writes.items() if key[0] == ACTIONS_PROPOSED.name}
    assert {partition for _, partition in forwarded} == {1, 2, 3}
    kept = len(work.writes[ACTIONS_CLEARED.name, 0])
    assert kept + sum(map(len, forwarded.values())) == 20


async def test_transactions_one_after_the_other_leave_one_unbroken_chain(pool: ScanPool) -> None:
    feed = Feed(settings=load_settings({}, batch_records=5, batch_ms=5000))
    feed.put(*(action(f"a{number}") for number in range(12)))

    works = [await feed.collect(pool) for _ in range(3)]

    assert [entry["seq"] for work in works for entry in audit_of(work)] == list(range(1, 14))


async def test_forgotten_verdicts_leave_tombstones_with_the_next_transaction_that_writes(pool: ScanPool) -> None:
    feed = Feed()
    feed.put(action("a1"))
    await feed.collect(pool)
    feed.now_ms += feed.gate.terms.limits.verdict_retention_ms + 1

    idle = await feed.collect(pool)
    feed.put(action("a2"))
    work = await feed.collect(pool)

    assert idle.writes == {}
    assert ("verdicts/0", None) in changes_of(work)
