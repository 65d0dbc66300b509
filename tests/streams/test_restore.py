"""A lane that reads its state back is the lane that wrote it, and goes on as that one would have."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.state import LaneState
from tests.streams.histories import (
    HISTORIES,
    Life,
    Op,
    compacted,
    facts_of,
    restored,
    without_tombstones,
)
from tests.streams.samples import MODEST

History = Sequence[tuple[int, int, Sequence[Op]]]
THOROUGH = settings(MODEST, max_examples=150)


@given(history=HISTORIES)
@THOROUGH
def test_restored_state_is_the_live_one(history: History) -> None:
    life = Life().live(history)

    expected = facts_of(life.lane.state)
    assert facts_of(restored(life.changes)) == expected
    assert facts_of(restored(compacted(life.changes))) == expected
    assert facts_of(restored(without_tombstones(life.changes))) == expected


@given(before=HISTORIES, after=HISTORIES)
@THOROUGH
def test_restored_lane_goes_on_byte_for_byte_as_the_live_one(before: History, after: History) -> None:
    life = Life().live(before)
    twins = [life.again(restored(log(life.changes))) for log in (list, compacted, without_tombstones)]
    written = len(life.lane.written)

    life.live(after)

    for twin in twins:
        twin.live(after)
        assert twin.lane.written == life.lane.written[written:]
        assert twin.changes == life.changes
        assert facts_of(twin.lane.state) == facts_of(life.lane.state)


@given(history=HISTORIES)
@THOROUGH
def test_same_events_at_the_same_times_give_the_same_effects(history: History) -> None:
    one, other = Life().live(history), Life().live(history)

    assert one.lane.written == other.lane.written
    assert one.changes == other.changes


@given(history=HISTORIES, restarts=st.sets(st.integers(0, 7)))
@THOROUGH
def test_restarts_between_transactions_change_nothing(history: History, restarts: set[int]) -> None:
    steady, shaken = Life().live(history), Life()
    written = []
    for number, transaction in enumerate(history):
        if number in restarts:
            written += shaken.lane.written
            shaken = shaken.again(restored(compacted(shaken.changes)))
        shaken.live([transaction])

    assert [*written, *shaken.lane.written] == steady.lane.written
    assert shaken.changes == steady.changes


@pytest.mark.parametrize("key", ["", "holds/x", "verdict/1", "lane/1", "agents"])
def test_key_that_this_version_does_not_know_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="unknown state key"):
        LaneState(0).restore(key, b"{}", orjson.loads)


def test_tombstone_of_the_position_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown state key"):
        LaneState(0).restore("lane", None, orjson.loads)


@pytest.mark.parametrize("value", [b"", b"1234567", bytes(8 + 48), bytes(8 + 50)])
def test_damaged_segment_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match="segment 3 is damaged"):
        LaneState(0).restore("verdicts/3", value, orjson.loads)
