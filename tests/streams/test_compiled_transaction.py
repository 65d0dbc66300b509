"""Transactions with the compiled short way: those of a lane without it, and one that fails is gone without."""

from __future__ import annotations

from typing import Any, NoReturn, cast

import orjson
import pytest

from streams.intake import Reader
from streams.native_step import is_built
from streams.scan_pool import ScanPool
from streams.settings import load_settings
from streams.topics import ACTIONS_PROPOSED, STATE
from streams.transaction import CompiledStepError, Work
from tests.streams.encoded import written
from tests.streams.samples import MAX_EVENT_BYTES, action
from tests.streams.test_transaction import Feed, Record, audit_of, pool, sources_of

__all__ = ["pool"]  # the fixture
pytestmark = pytest.mark.skipif(not is_built(), reason="the compiled short way is not built")


class BrokenStep:
    """A compiled short way that fails."""

    def run(self, *_: object) -> NoReturn:
        raise RuntimeError("broken")


async def test_compiled_way_that_fails_is_gone_without_and_nothing_is_put_aside(pool: ScanPool) -> None:
    feed = Feed()
    reader = Reader(1, MAX_EVENT_BYTES)
    feed.gate._compiled[reader] = cast("Any", BrokenStep())
    feed.put(action("a1"))

    with pytest.raises(CompiledStepError):
        await feed.collect(pool)
    # The lane opens again from what is committed.
    again = Feed(feed.gate)
    again.put(action("a1"))
    work = await again.collect(pool)

    assert feed.gate.compiled(reader) is None
    assert [entry["kind"] for entry in audit_of(work)] == ["policy", "decision"]


@pytest.mark.parametrize("limits", [{}, {"batch_records": 7}, {"batch_bytes": 64 * 1024}])
async def test_transactions_are_the_same_with_the_compiled_way_and_without(
    pool: ScanPool, limits: dict[str, Any]
) -> None:
    feeds = [Feed(settings=load_settings({}, batch_ms=5000, compiled=flag, **limits)) for flag in (True, False)]
    # Plain ones, held ones, denied ones, repeated ones and a damaged one, in one fetched batch.
    topics = ("job.crm.read", "job.crm.read", "job.crm.delete", "job.support.refund", "job.crm.read")
    events = [action(f"a{n % 90}", topics[n % 5], arguments={"n": n % 90, "t": "x" * 900}) for n in range(100)]
    values = [orjson.dumps(event) for event in events]
    values[40] = b"{"
    made: list[list[Work]] = []
    for feed in feeds:
        queue = feed.queues[ACTIONS_PROPOSED.name]
        queue.offer(0, 100, [Record(offset, value) for offset, value in enumerate(values)])
        works: list[Work] = []
        while queue.size:
            works.append(await feed.collect(pool))
        made.append(works)

    ways = [[record for work in works for record in audit_of(work)] for works in made]
    assert ways[0] == ways[1]
    assert sources_of(made[0][-1])[-1] == (ACTIONS_PROPOSED.name, 99)
    assert sum(work.records for work in made[0]) == 100
    assert {key for work in made[0] for key in work.writes} == {key for work in made[1] for key in work.writes}
    for topic, _ in {key for work in made[0] for key in work.writes} - {(STATE.name, 0)}:
        assert [e for w in made[0] for e in written(w, topic)] == [e for w in made[1] for e in written(w, topic)]
