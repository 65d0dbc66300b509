"""The feed without a broker, and batches into the store: nothing twice, nothing lost, nothing that poisons the rest."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.broker_ports import free_ports
from penstock.console.readmodel.areas import Area
from penstock.console.readmodel.feed import Feed
from penstock.console.readmodel.intake import TopicsRemadeError, fresh, take_in
from penstock.console.readmodel.record import Record
from penstock.console.readmodel.store import Position, Store
from streams.settings import load_settings
from streams.topics import AUDIT, DEADLETTERS
from tests.penstock.console.readmodel.logs import (
    KAFKA_MS,
    WitnessedLane,
    by_partition,
    folded,
    records_of_lane,
    tables_of,
)
from tests.streams.histories import GATES, HISTORIES, Life
from tests.streams.samples import MODEST, action

NOW_MS = 1_800_000_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store."""
    store = Store(tmp_path / "model.sqlite")
    yield store
    store.close()


def three() -> list[Record]:
    """Three audit records."""
    lane = WitnessedLane()
    for number in range(3):
        lane.give(action(f"a{number}"))
    return [record for record in records_of_lane(lane) if record.topic == AUDIT.name]


def placed(store: Store) -> Position:
    """How far the audit is in the store."""
    return store.positions()[AUDIT.name, 0]


@given(HISTORIES, st.data())
@MODEST
def test_batches_with_overlaps_give_what_records_give_once(history: object, data: st.DataObject) -> None:
    lane = WitnessedLane(GATES[0])
    Life(lane).live(history)  # type: ignore[arg-type]
    records = records_of_lane(lane)
    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder) / "model.sqlite")) as store:
        for place, part in by_partition(records).items():
            at = 0
            while at < len(part):
                size = data.draw(st.integers(1, 5))
                again = max(0, at - data.draw(st.integers(0, 2)))
                taken = fresh(part[again : at + size], store.positions().get(place))
                assert list(taken) == part[at : at + size]
                take_in(store, {place: taken})
                at += size
        with store.read() as db:
            found = {**tables_of(db), "positions": []}
    assert found == {**tables_of(folded(records)), "positions": []}


def test_another_record_in_the_place_of_the_last_one_means_another_topic(store: Store) -> None:
    records = three()
    take_in(store, {(AUDIT.name, 0): records[:2]})
    assert [record.offset for record in fresh(records, placed(store))] == [records[2].offset]
    other = records[1]._replace(value=b"{}")
    with pytest.raises(TopicsRemadeError):
        fresh([other, records[2]], placed(store))


def test_a_batch_says_which_areas_changed(store: Store) -> None:
    assert take_in(store, {}) == frozenset()
    assert take_in(store, {(AUDIT.name, 0): three()}) == {Area.AUDIT, Area.AGENTS}
    letter = Record(DEADLETTERS.name, 0, 0, None, b"x", (("gate.errors.code", b"empty"),), KAFKA_MS)
    assert take_in(store, {(DEADLETTERS.name, 0): [letter]}) == {Area.DEADLETTERS}


def test_a_record_that_no_column_takes_is_counted_and_the_others_stand(store: Store) -> None:
    records = three()
    fields = orjson.loads(records[1].value or b"")
    # The number of the record before: the log has been written by somebody else.
    twice = records[1]._replace(value=orjson.dumps(fields | {"seq": 1}))
    take_in(store, {(AUDIT.name, 0): [records[0], twice, records[2]]})
    with store.read() as db:
        assert [row["seq"] for row in db.execute("SELECT seq FROM audit ORDER BY seq")] == [1, 3]
        assert db.execute("SELECT records, last_offset FROM unread").fetchone()[:] == (1, twice.offset)
    assert placed(store).next_offset == records[2].offset + 1


def test_a_feed_without_a_broker_says_so_and_stops_at_once(store: Store) -> None:
    settings = load_settings({}, bootstrap=f"127.0.0.1:{free_ports(1)[0]}")
    feed = Feed(settings, store, clock=lambda: NOW_MS)
    before = feed.versions()
    feed.start()
    as_of = feed.as_of()
    assert (as_of.is_live, as_of.is_caught_up, as_of.at_ms, as_of.records_behind) == (False, False, None, 0)
    started_s = time.monotonic()
    feed.stop()
    assert time.monotonic() - started_s < 8
    assert feed.versions() == before == dict.fromkeys(Area, NOW_MS)


def test_a_feed_can_be_stopped_before_it_has_started(store: Store) -> None:
    feed = Feed(load_settings({}), store, clock=lambda: NOW_MS)
    feed.stop()
    feed.start()
    feed.stop()
    assert feed.as_of().is_live is False


async def test_who_waits_hears_of_a_change_at_once_and_of_none_after_the_time(store: Store) -> None:
    feed = Feed(load_settings({}), store, clock=lambda: NOW_MS)
    seen = feed.versions()
    assert await feed.wait(seen, 0.01) == seen
    waiting = asyncio.create_task(feed.wait(seen, 60))
    await asyncio.sleep(0)
    await asyncio.to_thread(feed._grow, frozenset({Area.HOLDS}))
    found = await asyncio.wait_for(waiting, 20)
    assert {area: found[area] - seen[area] for area in found if found[area] != seen[area]} == {"holds": 1}
    assert await feed.wait(seen, 60) == found
