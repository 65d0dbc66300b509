"""Pages are told when something changed, and when they are no longer current although nothing changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from penstock.console.readmodel.store import Store
from penstock.console.web.live import changes
from tests.penstock.console.fakes import FakeAsOf, FakeFeed, a_console


async def told(stream: Any) -> dict[str, int]:
    """The counters of the next event."""
    counters: dict[str, int] = orjson.loads((await anext(stream)).data)
    return counters


async def test_a_page_hears_that_kafka_is_away_and_back(tmp_path: Path) -> None:
    feed = FakeFeed(counters={"holds": 1})
    store = Store(tmp_path / "model.sqlite")
    stream = changes(a_console(store, feed=feed))
    current = await told(stream)
    assert current["holds"] == 1

    feed.state = FakeAsOf(is_live=False)
    away = await told(stream)
    feed.state = FakeAsOf(is_caught_up=False, records_behind=7)
    behind = await told(stream)
    feed.state = FakeAsOf()

    assert await told(stream) == current
    assert len({counters["as_of"] for counters in (current, away, behind)}) == 3
    store.close()


async def test_nothing_new_is_no_event(tmp_path: Path) -> None:
    store = Store(tmp_path / "model.sqlite")
    assert len([event async for event in changes(a_console(store), life_s=0.35)]) == 1
    store.close()
