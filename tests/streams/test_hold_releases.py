"""No held action is released without all that its hold asks for, whatever people, time and policies do.

The audit alone is read here, fact by fact, and not the state machine that wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.topics import AUDIT
from tests.streams.histories import GATES, REFUNDS, REVIEWS, Life, Op
from tests.streams.samples import MODEST

# Nearly only holds and reviews, under policies that hold them; little time passes.
FIRSTS = st.tuples(st.just("action"), st.just("agent-1"), st.integers(0, 9), st.just("job.first.x"), st.integers(0, 9))
TRANSACTIONS = st.tuples(
    st.sampled_from([0, 0, 0, 1]),
    st.sampled_from([3, 3, 3, 4]),
    st.lists(st.one_of(REFUNDS, FIRSTS, REVIEWS, REVIEWS, REVIEWS), min_size=4, max_size=10),
)
BUSY = st.lists(TRANSACTIONS, min_size=1, max_size=6)


class Book:
    """What the audit tells about one hold since it began."""

    def __init__(self, approval_class: str) -> None:
        self.approval_class = approval_class
        self.votes: list[str] = []
        self.editors: set[str] = set()
        self.needed = 0
        self.is_changed = False
        self.is_asked = False

    def take(self, fact: dict[str, Any]) -> None:
        """One fact, in the order of the audit."""
        kind = fact["kind"]
        if kind == "voted":
            self.votes.append(fact["reviewer"])
            self.needed = fact["approvers"]
        elif kind in ("modified", "votes_reset"):
            self.votes, self.is_changed = [], True
        elif kind in ("asked", "answered"):
            self.is_asked = kind == "asked"
        if kind == "modified":
            self.editors.add(fact["reviewer"])


def check_release(book: Book, record: dict[str, Any]) -> None:
    """Whether a release is one that its hold allows."""
    assert not book.is_asked
    if record["resolution"] == "released_by_timeout":
        assert book.approval_class == "auto"
        assert not book.is_changed
    else:
        assert len(set(book.votes)) == len(book.votes) >= book.needed >= 1
        assert book.editors.isdisjoint(book.votes)
        assert record["decision"]["decided_by"]["reviewers"] == book.votes
        assert (record["resolution"] == "modified") == bool(book.editors)


def checked(history: Sequence[tuple[int, int, Sequence[Op]]]) -> list[str]:
    """Check every release of a history; gives how the holds ended."""
    life = Life().live(history)
    books: dict[str, Book] = {}
    ends: list[str] = []
    for record in life.lane.values(AUDIT.name):
        hold_id = record.get("hold_id") or record.get("decision", {}).get("decision_id")
        for fact in record.get("facts", ()):
            if fact["kind"] == "requested":
                books[hold_id] = Book(fact["approval_class"])  # also for an id that was forgotten
            books[hold_id].take(fact)
        if "resolution" in record:
            ends.append(record["resolution"])
            if record["decision"]["decision"] != "DENY":
                check_release(books[hold_id], record)
    return ends


@given(history=BUSY)
@settings(MODEST, max_examples=200)
def test_nothing_held_is_released_without_all_that_it_asks_for(
    history: Sequence[tuple[int, int, Sequence[Op]]],
) -> None:
    checked(history)


def test_the_check_sees_releases_of_every_kind() -> None:
    held: Op = ("action", "agent-1", 1, "job.first.x", 1)
    two: list[Op] = [held, ("review", 0, "approve", "ann", ""), ("review", 0, "approve", "bob", "")]
    edited: list[Op] = [held, ("review", 0, "modify", "ann", ""), ("review", 0, "approve", "bob", "")]
    noted: list[Op] = [("action", "agent-1", 0, "job.support.refund", 0)]

    assert len(GATES) == 5
    assert checked([(0, 3, two)]) == ["approved"]
    assert checked([(0, 4, edited)]) == ["modified"]
    assert checked([(0, 3, noted), (5, 3, [])]) == ["released_by_timeout"]
