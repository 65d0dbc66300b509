"""The console's read model on a real Kafka: it follows a running gate, and is the same after every way of losing it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from penstock.broker import EmbeddedKafka
from penstock.console.readmodel.feed import Feed
from penstock.console.readmodel.hold_queries import counts, queue_page
from penstock.console.readmodel.rows import HoldFilter, Tab
from penstock.console.readmodel.store import Store
from streams.admin import apply_topics
from streams.settings import Settings, load_settings
from streams.topics import AUDIT, TOPICS
from tests.conftest import start_or_skip
from tests.integration.deployment import DEADLINE_S, LANES, Deployment, deployed
from tests.penstock.console.readmodel.logs import Row, tables_of
from tests.penstock.test_cli import write_policy
from tests.streams.samples import PRIVATE_KEY

POLICY = """
rules:
  - {id: refunds, match: {topics: [job.support.refund]}, decision: require_approval, reason: money leaves}
  - {id: rest, match: {topics: ["job.*"]}, decision: allow}
output_rules: [{id: keys, match: {findings: [PRIVATE_KEY]}, decision: quarantine}]
audit: {sampling: {rate: 1, strategy: uniform}}
"""
HOLDS = 12


def events() -> str:
    """Actions that are held and allowed, outcomes, and outputs of which some are held back, as JSON lines."""
    lines: list[dict[str, object]] = []
    for number in range(HOLDS):
        agent = f"agent-{number % 5}"
        base = {"kind": "action", "agent_id": agent, "arguments": {"order": number}}
        lines.append({**base, "action_id": f"h{number}", "topic": "job.support.refund", "tenant_id": "t-1"})
        lines.append({**base, "action_id": f"a{number}", "topic": "job.crm.read"})
        content = PRIVATE_KEY if number % 4 == 0 else "all is well"
        said = {"output_id": f"o{number}", "job_id": "j", "agent_id": agent, "topic": "job.answer", "content": content}
        lines.append({"kind": "output", **said})
    return "".join(json.dumps(line) + "\n" for line in lines)


@contextmanager
def feeding(settings: Settings, path: Path) -> Iterator[tuple[Store, Feed]]:
    """A read model that is followed until the end."""
    store = Store(path)
    feed = Feed(settings, store, clock=lambda: time.time_ns() // 1_000_000)
    feed.start()
    try:
        yield store, feed
    finally:
        started_s = time.monotonic()
        feed.stop()
        assert time.monotonic() - started_s < 8
        store.close()


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so.

    Raises:
        AssertionError: not within the deadline.
    """
    end_s = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < end_s, what
        time.sleep(0.05)


def caught_up(store: Store, feed: Feed, audited: int) -> Mapping[str, list[Row]]:
    """The tables once everything is in."""

    def is_done() -> bool:
        with store.read() as db:
            found: int = db.execute("SELECT count(*) FROM audit").fetchone()[0]
        as_of = feed.as_of()
        return found >= audited and as_of.is_live and as_of.is_caught_up and as_of.records_behind == 0

    until(is_done, f"not caught up: {feed.as_of()}")
    with store.read() as db:
        return tables_of(db)


@pytest.fixture
def deployment(kafka: str, topic_prefix: str, tmp_path: Path) -> Iterator[Deployment]:
    """A gate under the policy."""
    folder = Path(write_policy(tmp_path / "policy", POLICY))
    with deployed(kafka, topic_prefix, tmp_path, policy=folder) as found:
        yield found


async def test_the_read_model_follows_a_gate_and_survives_every_loss(deployment: Deployment, tmp_path: Path) -> None:
    deployment.start_worker()
    (tmp_path / "events.jsonl").write_text(events())
    settings = load_settings(deployment.environ)
    path = tmp_path / "console" / "model.sqlite"
    with feeding(settings, path) as (store, feed):
        deployment.run("produce", str(tmp_path / "events.jsonl"))
        # Every input, and each lane's policy.
        await deployment.wait_for(AUDIT.name, lambda found: len(found) >= 3 * HOLDS + LANES)
        caught_up(store, feed, 3 * HOLDS + LANES)
        with store.read() as db:
            page = queue_page(db, HoldFilter(), now_ms=0)
        assert [row.state for row in page.rows] == ["pending"] * HOLDS
        assert path.stat().st_mode & 0o077 == 0

        before = feed.versions()
        for number, verdict in enumerate(("approve", "deny")):
            by = ("--as", "ann", "--role", "senior_reviewer", "--reason", "I looked")
            deployment.run("review", verdict, page.rows[number].hold_id, *by)
        tables = caught_up(store, feed, 3 * HOLDS + LANES + 2)
        assert feed.versions()["holds"] > before["holds"]
        with store.read() as db:
            found = counts(db, HoldFilter(), now_ms=0)
        assert (found.tabs[Tab.PENDING], found.tabs[Tab.DECIDED]) == (HOLDS - 2, 2)
        assert len(tables["quarantine"]) == HOLDS / 4
        assert tables["unread"] == []

        # Deleted under the feet of the feed: it notices, and reads everything anew.
        path.unlink()
        until(path.exists, "the file did not come back")
        assert caught_up(store, feed, 3 * HOLDS + LANES + 2) == tables

    with feeding(settings, path) as (store, feed):
        inode = path.stat().st_ino
        assert caught_up(store, feed, 3 * HOLDS + LANES + 2) == tables
        # Nothing was read anew: the file is the one that was there.
        assert path.stat().st_ino == inode
    path.unlink()
    with feeding(settings, path) as (store, feed):
        assert caught_up(store, feed, 3 * HOLDS + LANES + 2) == tables


async def test_topics_that_were_made_anew_empty_the_read_model(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    with deployed(kafka, topic_prefix, tmp_path, policy=Path(write_policy(tmp_path / "policy", POLICY))) as found:
        settings = load_settings(found.environ)
        path = tmp_path / "model.sqlite"
        with feeding(settings, path) as (store, feed):
            until(lambda: feed.as_of().is_caught_up, "not caught up")
            assert reasons(store) == ["a test"]
        client = AIOKafkaAdminClient(bootstrap_servers=kafka)
        await client.start()
        await client.delete_topics([found.prefix + topic.name for topic in TOPICS])
        await client.close()
        await apply_topics(settings, lanes=LANES)
        # As many records as before, of which none is the same.
        found.run("activate", str(tmp_path / "policy"), "--reason", "another world")
        with feeding(settings, path) as (store, feed):
            until(lambda: feed.as_of().is_caught_up, "not caught up")
            assert reasons(store) == ["another world"]


@pytest.mark.integration
def test_a_feed_says_when_its_broker_is_gone_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    broker = EmbeddedKafka()
    start_or_skip(broker)
    try:
        with deployed(broker.bootstrap, "", tmp_path, policy=Path(write_policy(tmp_path / "policy", POLICY))) as found:
            settings = load_settings(found.environ)
            with feeding(settings, tmp_path / "model.sqlite") as (store, feed):
                until(lambda: feed.as_of().is_caught_up, "not caught up")
                seen = feed.as_of().at_ms
                broker.kill()
                until(lambda: not feed.as_of().is_live, "nobody noticed")
                lost = feed.as_of()
                assert (lost.is_caught_up, (lost.at_ms or 0) >= (seen or 0)) == (False, True)
                broker.restart()
                until(lambda: feed.as_of().is_live and feed.as_of().is_caught_up, "not live again")
                found.run("activate", str(tmp_path / "policy"), "--reason", "after the break")
                until(lambda: len(reasons(store)) == 2, "the feed does not go on")
                assert reasons(store) == ["a test", "after the break"]
    finally:
        broker.stop()


def reasons(store: Store) -> list[str]:
    """Why policies were activated, oldest first."""
    with store.read() as db:
        return [row["reason"] for row in db.execute('SELECT reason FROM activations ORDER BY "offset"')]
