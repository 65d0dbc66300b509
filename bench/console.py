"""The console's read model: how long a rebuild from Kafka takes, and what its pages then wait for.

Run: python bench/console.py [--events N] [--open N] [--rounds N]. The pure gate decides the events, and a real broker
carries what it writes; a fresh read model then reads all of it. Queries are the minimum of many runs.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiokafka
import orjson

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from detectors import Family, Profile, Scanner
from penstock.broker import EmbeddedKafka
from penstock.console.readmodel.feed import Feed
from penstock.console.readmodel.hold_queries import counts, equal_items, hold_detail, queue_page
from penstock.console.readmodel.ingest import READ_TOPICS
from penstock.console.readmodel.intake import take_in
from penstock.console.readmodel.record import Record
from penstock.console.readmodel.rows import Cursor, HoldFilter, Tab
from penstock.console.readmodel.store import Store
from policies.bundle import load_bundle
from streams.admin import apply_topics
from streams.effects import Emit
from streams.gate import Gate
from streams.intake import Position, Reader
from streams.lane_writer import LaneWriter
from streams.routing import partition_of
from streams.sealing import Sealer
from streams.settings import Settings, load_settings
from streams.state import LaneState
from streams.terms import Limits, Terms
from streams.topics import ACTIONS_OUTCOMES, ACTIONS_PROPOSED, APPROVALS_REQUESTED, OUTPUTS_PRODUCED, REVIEWS

LANES: Final = 4
AGENTS: Final = 200
# Records of one transaction, as a lane writes them.
TRANSACTION: Final = 1_000
NOW_MS: Final = 1_800_000_000_000
DEADLINE_S: Final = 300.0
# Shares of the events: approved holds take two each, their outcomes one.
APPROVED_SHARE, OUTPUT_SHARE = 0.05, 0.02
PRIVATE_KEY: Final = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA" + "\n-----END RSA PRIVATE KEY-----"
DOCUMENTS: Final = {
    "rules.yaml": """
rules:
  - {id: refunds, match: {topics: [job.support.refund]}, decision: require_approval, reason: money leaves}
  - {id: deploys, match: {topics: [job.deploy.*]}, decision: require_approval, reason: production changes}
  - {id: rest, match: {topics: ["job.*"]}, decision: allow}
output_rules: [{id: keys, match: {findings: [PRIVATE_KEY]}, decision: quarantine}]
""",
    "people.yaml": """
action_classes:
  - {class: financial, match: {topics: [job.support.refund]}, reversible: true, customer_facing: true,
     derive: {amount_usd: arguments.amount}}
approval_classes: [{match: {topics: [job.support.refund]}, class: queue}]
routing: {financial_actions: finance, default: ops}
teams: {finance: {members: [ana, bo], escalates_to: ops}, ops: {members: [cy]}}
audit: {sampling: {rate: 0.01, strategy: uniform}}
""",
}


@dataclass
class World:
    """Lanes that decide events, and what each wrote."""

    lanes: list[LaneState] = field(default_factory=lambda: [LaneState(number) for number in range(LANES)])
    written: list[list[Emit]] = field(default_factory=lambda: [[] for _ in range(LANES)])
    reviews: list[list[bytes]] = field(default_factory=lambda: [[] for _ in range(LANES)])
    offset: int = 0
    now_ms: int = NOW_MS

    def __post_init__(self) -> None:
        scanner = Scanner(Profile(families=frozenset({Family.CREDENTIAL})))
        limits = Limits(hold_timeout_ms=24 * 60 * 60 * 1000)
        terms = Terms(load_bundle(DOCUMENTS), scanner, bytes(32), limits, Sealer(bytes(range(32))), None)
        self._gate = Gate(terms)
        self._reader = Reader(LANES, 256 * 1024)

    def give(self, topic: str, event: dict[str, Any], *, lane: int) -> list[Emit]:
        """Decide one event; gives what was written about it."""
        value = orjson.dumps(event)
        offset, self.offset = self.offset, self.offset + 1
        if topic == REVIEWS.name:
            offset = len(self.reviews[lane])
            self.reviews[lane].append(value)
        self.now_ms += 20
        intake = self._reader.read(Position(topic, lane, offset), key=None, value=value, headers=())
        step = self._gate.step(self.lanes[lane], intake, self.now_ms)
        self.written[lane] += step.effects
        return step.effects


def decided(events: int, holds: int) -> World:
    """A world in which `events` were decided, and `holds` of them wait for people."""
    world = World()
    approved, outputs = int(events * APPROVED_SHARE), int(events * OUTPUT_SHARE)
    plain = events - holds - 3 * approved - outputs
    for number in range(max(holds, plain, approved, outputs)):
        agent = f"agent-{number % AGENTS}"
        lane = partition_of(agent, LANES)
        if number < holds:
            world.give(ACTIONS_PROPOSED.name, action(agent, f"h{number}", number, is_refund=number % 4 > 0), lane=lane)
        if number < approved:
            approve(world, agent, f"p{number}", number, lane=lane)
        if number < plain:
            event = action(agent, f"a{number}", number, is_refund=False) | {"topic": "job.crm.read"}
            world.give(ACTIONS_PROPOSED.name, event, lane=lane)
        if number < outputs:
            said = {"output_id": f"o{number}", "job_id": "j", "agent_id": agent, "topic": "job.answer"}
            world.give(OUTPUTS_PRODUCED.name, {**said, "content": PRIVATE_KEY}, lane=lane)
    return world


def action(agent: str, action_id: str, number: int, *, is_refund: bool) -> dict[str, Any]:
    """A proposed action of about 1 KB."""
    return {
        "action_id": action_id,
        "agent_id": agent,
        "topic": "job.support.refund" if is_refund else f"job.deploy.service-{number % 7}",
        "tool": "issue_refund" if is_refund else "deploy",
        "arguments": {"order": f"O-{number}", "amount": number % 500, "note": "n" * 300},
        "tenant_id": f"t-{number % 20}",
        "session_id": f"s-{number % 3000}",
        "reasoning": "r" * 300,
        "context": {"message": "m" * 200},
    }


def approve(world: World, agent: str, action_id: str, number: int, *, lane: int) -> None:
    """Hold an action, let somebody approve it, and report its outcome."""
    effects = world.give(ACTIONS_PROPOSED.name, action(agent, action_id, number, is_refund=True), lane=lane)
    request = next(orjson.loads(e.value or b"") for e in effects if e.topic == APPROVALS_REQUESTED.name)
    review = {
        "review_id": f"r{number}",
        "target": {"kind": "action", "id": request["hold_id"]},
        "verdict": "approve",
        "reviewer": {"id": f"person-{number % 9}", "roles": ["senior_reviewer"], "teams": ["finance", "ops"]},
        "digest": request["digest"],
        "policy_snapshot": request["policy_snapshot"],
        "reason": "looks right",
        "rendered_at": "2027-01-15T08:00:00Z",
        "decided_at": "2027-01-15T08:00:05Z",
    }
    world.give(REVIEWS.name, review, lane=lane)
    outcome = {"action_id": action_id, "agent_id": agent, "status": "success" if number % 20 else "failure"}
    world.give(ACTIONS_OUTCOMES.name, outcome, lane=lane)


async def publish(settings: Settings, world: World) -> int:
    """Write everything to Kafka as lanes do; gives how many records the console will read."""
    await apply_topics(settings, lanes=LANES)
    plain = aiokafka.AIOKafkaProducer(bootstrap_servers=settings.bootstrap, linger_ms=20, max_batch_size=500_000)
    await plain.start()
    sent = [
        await plain.send(settings.topic_prefix + REVIEWS.name, value, partition=lane)
        for lane, reviews in enumerate(world.reviews)
        for value in reviews
    ]
    await asyncio.gather(*sent)
    await plain.stop()
    for lane, written in enumerate(world.written):
        writer = LaneWriter(settings, lane)
        await writer.start()
        for first in range(0, len(written), TRANSACTION):
            writes: dict[tuple[str, int], list[Emit]] = {}
            for emit in written[first : first + TRANSACTION]:
                writes.setdefault((settings.topic_prefix + emit.topic, emit.partition), []).append(emit)
            await writer.write(writes)
        await writer.stop()
    return len(sent) + sum(len(records) for records in batches(world))


def batches(world: World) -> Iterator[list[Record]]:
    """What the console reads of what the gate wrote, in batches of one partition's records."""
    read = {topic.name for topic in READ_TOPICS}
    for lane, written in enumerate(world.written):
        parts: dict[str, list[Record]] = {}
        for emit in written:
            if emit.topic in read:
                part = parts.setdefault(emit.topic, [])
                part.append(Record(emit.topic, lane, len(part), emit.key, emit.value, emit.headers, NOW_MS))
        for part in parts.values():
            for first in range(0, len(part), TRANSACTION):
                yield part[first : first + TRANSACTION]


class Took(NamedTuple):
    """How long something took: by the clock, and of this process's CPU time; seconds."""

    wall_s: float
    cpu_s: float


def rebuilt(settings: Settings, path: Path) -> Took:
    """How long a fresh read model takes until it is caught up."""
    path.unlink(missing_ok=True)
    store = Store(path)
    feed = Feed(settings, store, clock=lambda: time.time_ns() // 1_000_000)
    started_s, cpu_s = time.perf_counter(), time.process_time()
    feed.start()
    while not (feed.as_of().is_caught_up and feed.as_of().records_behind == 0):
        if time.perf_counter() - started_s > DEADLINE_S:
            raise SystemExit(f"not caught up: {feed.as_of()}")
        time.sleep(0.01)
    took = Took(time.perf_counter() - started_s, time.process_time() - cpu_s)
    feed.stop()
    store.close()
    return took


def folded(world: World, path: Path) -> float:
    """How long the same takes without Kafka, seconds."""
    path.unlink(missing_ok=True)
    store = Store(path)
    made = list(batches(world))
    started_s = time.perf_counter()
    for part in made:
        take_in(store, {(part[0].topic, part[0].partition): part})
    took_s = time.perf_counter() - started_s
    store.close()
    return took_s


def fastest_ms(ask: Callable[[], object], *, runs: int = 30) -> float:
    """The shortest of many runs, milliseconds."""
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        ask()
        found.append(time.perf_counter() - started)
    return min(found) * 1000


def asked(db: sqlite3.Connection, now_ms: int) -> Mapping[str, float]:
    """What the questions of the approvals pages take, milliseconds."""
    plain, page = HoldFilter(), queue_page(db, HoldFilter(), now_ms=now_ms, rows=5_000)
    far = page.rows[-1].cursor if page.rows else Cursor(0, "")
    some = page.rows[0].hold_id if page.rows else ""

    def listing(**wanted: Any) -> Callable[[], object]:
        return lambda: queue_page(db, HoldFilter(**wanted), now_ms=now_ms)

    questions: dict[str, Callable[[], object]] = {
        "page of 50 by due time": listing(),
        "page of 50 behind 5,000": lambda: queue_page(db, plain, now_ms=now_ms, after=far),
        "page of 50 of a team": listing(team="finance"),
        "page of 50 of a tenant": listing(tenants=("t-3",)),
        "page of 50 of an agent": listing(agent_id="agent-7"),
        "page of 50 by free text": listing(text="refund agent-7"),
        "page of 50 by a frequent word": listing(text="refund"),
        "page of 50 decided": listing(tab=Tab.DECIDED),
        "page of 50 mine": listing(tab=Tab.MINE, person_id="ana"),
        "page of 50 that need a second": listing(tab=Tab.NEEDS_SECOND, person_id="ana"),
        "counts of tabs and teams": lambda: counts(db, plain, now_ms=now_ms),
        "groups of equal items": lambda: equal_items(db, plain, now_ms=now_ms),
        "one hold with all about it": lambda: hold_detail(db, some),
    }
    return {name: fastest_ms(ask) for name, ask in questions.items()}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--open", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    started_s = time.perf_counter()
    world = decided(given.events, given.open)
    print(f"{platform.machine()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    print(f"{given.events:,} events decided in {time.perf_counter() - started_s:.1f} s, {given.open:,} holds open")
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        path = Path(folder) / "model.sqlite"
        fold_s = min(folded(world, path) for _ in range(given.rounds))
        broker = EmbeddedKafka()
        broker.start()
        try:
            settings = load_settings({}, bootstrap=broker.bootstrap, topic_prefix="bench.", application="bench")
            records = asyncio.run(publish(settings, world))
            took = [rebuilt(settings, path) for _ in range(given.rounds)]
        finally:
            broker.stop()
        print(f"{records:,} records: folded in {fold_s:.1f} s, {records / fold_s:,.0f} a second")
        print(
            f"rebuild from Kafka: {min(took).wall_s:.1f} s at best, {max(took).wall_s:.1f} s at worst of {given.rounds}"
        )
        print(f"CPU time of a rebuild: {min(cpu_s for _, cpu_s in took):.1f} s")
        print(f"file: {path.stat().st_size / 1e6:.0f} MB")
        store = Store(path)
        with store.read() as db:
            for name, found_ms in asked(db, world.now_ms).items():
                print(f"{name:32} {found_ms:8.2f} ms")
        store.close()


if __name__ == "__main__":
    main()
