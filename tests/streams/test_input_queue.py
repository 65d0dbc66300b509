"""No record is skipped or taken twice, whatever is dropped between the consumer and the lane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.input_queue import InputQueue, Offer
from tests.streams.samples import MODEST

LOG_END = 200


@dataclass(frozen=True)
class Record:
    """A record of a consumer, as far as the queue reads it."""

    offset: int


def records(*offsets: int) -> list[Record]:
    """Records at these offsets."""
    return [Record(offset) for offset in offsets]


def opened(position: int = 0) -> InputQueue:
    """A queue that wants `position` next."""
    queue = InputQueue()
    queue.open(position)
    return queue


def drained(queue: InputQueue) -> list[tuple[int, int]]:
    """Offset and position after it of everything that is queued."""
    found = []
    while (taken := queue.pop()) is not None:
        found.append((taken[0].offset, taken[1]))
    return found


def test_queue_that_is_not_open_takes_nothing() -> None:
    queue = InputQueue()

    assert queue.offer(0, 1, records(0)) is Offer.STALE
    queue.rewind()
    assert queue.offer(0, 1, records(0)) is Offer.STALE
    assert queue.pop() is None


def test_batches_that_continue_each_other_are_taken_in_order() -> None:
    queue = opened(5)

    assert queue.offer(5, 7, records(5, 6)) is Offer.TAKEN
    assert queue.offer(7, 9, records(7, 8)) is Offer.TAKEN

    assert queue.size == 4
    assert drained(queue) == [(5, 6), (6, 7), (7, 8), (8, 9)]
    assert (queue.size, queue.pop()) == (0, None)


def test_position_after_the_last_record_passes_over_what_was_aborted() -> None:
    queue = opened(0)
    queue.offer(0, 9, records(0, 4))

    assert drained(queue) == [(0, 1), (4, 9)]


def test_batch_that_starts_later_is_a_hole() -> None:
    queue = opened(5)

    assert queue.offer(6, 8, records(6, 7)) is Offer.HOLE
    assert queue.offer(None, 8, records(5, 6, 7)) is Offer.HOLE
    assert (queue.size, queue.want) == (0, 5)


def test_batch_that_was_taken_already_is_stale() -> None:
    queue = opened(5)
    queue.offer(5, 8, records(5, 6, 7))

    assert queue.offer(5, 8, records(5, 6, 7)) is Offer.STALE
    assert queue.offer(3, 6, records(3, 4, 5)) is Offer.STALE
    assert queue.size == 3


def test_batch_that_overlaps_gives_only_what_is_new() -> None:
    queue = opened(5)

    assert queue.offer(3, 8, records(3, 4, 5, 6, 7)) is Offer.TAKEN
    assert drained(queue) == [(5, 6), (6, 7), (7, 8)]


def test_rewind_wants_the_last_committed_position_again() -> None:
    queue = opened(0)
    queue.offer(0, 4, records(0, 1, 2, 3))
    queue.pop()
    queue.commit(1)

    queue.rewind()

    assert (queue.size, queue.want, queue.done) == (0, 1, 1)
    assert queue.offer(4, 5, records(4)) is Offer.HOLE
    assert queue.offer(1, 4, records(1, 2, 3)) is Offer.TAKEN


def test_nothing_is_taken_between_a_drop_and_the_rewind_after_it() -> None:
    queue = opened(0)
    queue.offer(0, 4, records(0, 1, 2, 3))

    queue.clear()

    # The consumer's next batch continues what was queued, and yet four records before it are gone.
    assert queue.offer(4, 6, records(4, 5)) is Offer.STALE
    assert queue.pop() is None
    queue.rewind()
    assert (queue.want, queue.offer(4, 6, records(4, 5))) == (0, Offer.HOLE)


def test_commit_while_dropped_is_what_the_rewind_starts_from() -> None:
    queue = opened(0)
    queue.offer(0, 4, records(0, 1, 2, 3))
    queue.pop()
    queue.clear()

    queue.commit(1)
    queue.rewind()

    assert queue.want == 1


def test_commit_after_a_rewind_drops_what_was_read_again_before_it() -> None:
    queue = opened(0)
    queue.offer(0, 4, records(0, 1, 2, 3))
    queue.pop()
    queue.pop()
    queue.rewind()
    queue.offer(0, 4, records(0, 1, 2, 3))

    queue.commit(2)

    assert (queue.size, drained(queue)) == (2, [(2, 3), (3, 4)])


def test_commit_beyond_what_is_wanted_moves_on() -> None:
    queue = opened(0)
    queue.offer(0, 4, records(0, 1, 2, 3))
    for _ in range(4):
        queue.pop()
    queue.rewind()
    queue.offer(0, 2, records(0, 1))

    queue.commit(4)

    assert (queue.want, queue.size, queue.done) == (4, 0, 4)


def test_closed_queue_takes_nothing_until_it_is_opened() -> None:
    queue = opened(0)
    queue.offer(0, 1, records(0))
    queue.close()

    assert (queue.offer(0, 1, records(0)), queue.pop()) == (Offer.STALE, None)
    queue.open(7)
    assert queue.offer(7, 8, records(7)) is Offer.TAKEN


@dataclass
class Consumer:
    """A consumer of a log with gaps, between which and the queue batches get lost."""

    offsets: frozenset[int]
    queue: InputQueue = field(default_factory=opened)
    at: int = 0
    in_flight: list[tuple[int, int]] = field(default_factory=list)
    committed: list[int] = field(default_factory=list)

    def do(self, op: str, count: int) -> None:
        """One thing that can happen between a consumer, a lane and its group."""
        match op:
            case "deliver" | "lose":
                self._fetch(count, is_lost=op == "lose")
            case "pop" if not self.in_flight:
                taken = [self.queue.pop() for _ in range(count)]
                self.in_flight = [(entry[0].offset, entry[1]) for entry in taken if entry is not None]
            case "commit" if self.in_flight:
                self.committed += [offset for offset, _ in self.in_flight]
                self.queue.commit(self.in_flight[-1][1])
                self.in_flight = []
            case "fail":
                self.in_flight = []
                self.queue.close()
                self.queue.open(self.queue.done or 0)
            case "revoke":
                self.queue.clear()
            case "rewind":
                self.queue.rewind()
            case "seek":
                self.seek()

    def seek(self) -> None:
        """Go where the queue wants to read on."""
        if self.queue.want is not None:
            self.at = self.queue.want

    def _fetch(self, count: int, *, is_lost: bool) -> None:
        before, after = self.at, min(self.at + count, LOG_END)
        found = records(*(offset for offset in range(before, after) if offset in self.offsets))
        if not found:
            return
        self.at = after
        if not is_lost and self.queue.offer(before, after, found) is Offer.HOLE:
            self.seek()

    def finish(self) -> None:
        """Whatever happened before: let everything arrive and be committed."""
        self.do("rewind", 0)
        self.do("commit", 0)
        for _ in range(3):
            self.seek()
            self._fetch(LOG_END, is_lost=False)
            self.do("pop", LOG_END)
            self.do("commit", 0)


# The ordinary round often, and each disturbance now and then, so that it comes between any two parts of a round.
ROUND = ["deliver", "deliver", "pop", "commit"]
OPS = st.tuples(st.sampled_from([*ROUND * 3, "lose", "rewind", "seek", "revoke", "revoke", "fail"]), st.integers(1, 6))


@given(offsets=st.sets(st.integers(0, LOG_END - 1), min_size=60), ops=st.lists(OPS, min_size=10, max_size=60))
@settings(MODEST, max_examples=300)
def test_committed_records_are_all_records_once_in_order(offsets: set[int], ops: Sequence[tuple[str, int]]) -> None:
    consumer = Consumer(frozenset(offsets))

    for op, count in ops:
        consumer.do(op, count)
        assert consumer.committed == sorted(offsets)[: len(consumer.committed)]
    consumer.finish()

    assert consumer.committed == sorted(offsets)
