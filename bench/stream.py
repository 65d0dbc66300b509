"""The gate beside a bare aiokafka loop and a stock Faust agent, in turn on one real broker.

Rates, latency and CPU per event. Run: python bench/stream.py [--events N] [--rounds N]. Prints medians and ratios;
absolute figures of a shared machine mean little, the ratios of one run mean something.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiokafka
import psutil
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.load import actions, bundle_sources
from penstock.broker import EmbeddedKafka
from penstock.broker_ports import free_ports
from policies.bundle import load_bundle
from streams.admin import apply_topics
from streams.policy_feed import activation_records
from streams.settings import load_settings
from streams.terms import gate_scanner
from streams.topics import ACTIONS_CLEARED, ACTIONS_PROPOSED, POLICIES

LANES = 4
KINDS = ("bare", "gate", "stock")
# The stock agent is some ten times slower; it gets fewer events, so that a round stays short.
STOCK_SHARE = 8
DEADLINE_S = 300
DECISIONS = "penstock_decisions_total{"
# Progress from which the rate is taken, so that start and group join do not count.
FROM_SHARE = 0.1


@dataclass(frozen=True)
class Throughput:
    """One run: events per second and CPU microseconds per event of the engine's process."""

    rate: float
    cpu_us: float


@dataclass(frozen=True)
class Latency:
    """One run at a fixed rate: milliseconds from the producer's clock to a read_committed reader."""

    p50: float
    p99: float


@lru_cache(maxsize=1)
def plan_file() -> Path:
    """A file with the compiled detectors, made once."""
    file = Path(tempfile.mkdtemp(prefix="penstock-bench-")) / "plan"
    scanner = gate_scanner()
    scanner.warm()
    file.write_bytes(scanner.plan_bytes())
    return file


def engine_command(kind: str, bootstrap: str, prefix: str, *, sink: str, port: int) -> tuple[list[str], dict[str, str]]:
    """Command and environment of an engine."""
    if kind == "gate":
        environ = {
            "PENSTOCK_BOOTSTRAP": bootstrap,
            "PENSTOCK_TOPIC_PREFIX": prefix,
            "PENSTOCK_APPLICATION": f"{prefix}gate",
            "PENSTOCK_SAMPLE_KEY": "00" * 32,
            "PENSTOCK_HEALTH_PORT": str(port),
            "PENSTOCK_LOG_LEVEL": "warning",
            # Without it the worker compiles its detectors for seconds, beside the first events.
            "PENSTOCK_PLAN_CACHE": str(plan_file()),
        }
        return [sys.executable, "-m", "bench.gate_process"], environ
    names = ["--bootstrap", bootstrap, "--source", prefix + ACTIONS_PROPOSED.name, "--sink", sink]
    return [sys.executable, "-m", "bench.engines", kind, *names, "--group", f"{prefix}{kind}"], {}


@contextmanager
def engine(kind: str, bootstrap: str, prefix: str, *, sink: str, port: int = 0) -> Iterator[psutil.Process]:
    """Run an engine; it is ended afterwards."""
    command, environ = engine_command(kind, bootstrap, prefix, sink=sink, port=port)
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ})
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def prepare(bootstrap: str, prefix: str, *, sink: str) -> None:
    """Topics of a run, and the policy in force."""
    settings = load_settings(bootstrap=bootstrap, topic_prefix=prefix)
    await apply_topics(settings, lanes=LANES)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(sink, LANES, 1, topic_configs={"max.message.bytes": "2097152"})])
    await admin.close()
    await asyncio.sleep(1)
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    bundle = load_bundle(bundle_sources())
    for key, value in activation_records(bundle, previous=None, reason="bench", activated_by="bench", activated_at=""):
        await producer.send_and_wait(prefix + POLICIES.name, value, key=key.encode())
    await producer.stop()


async def preload(bootstrap: str, prefix: str, count: int) -> None:
    """Write `count` actions before any engine runs."""
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=20, max_batch_size=500_000)
    await producer.start()
    pending = [
        await producer.send(prefix + ACTIONS_PROPOSED.name, value, key=agent.encode())
        for agent, value in actions(count, seed=1, run=prefix)
    ]
    await asyncio.gather(*pending)
    await producer.stop()


async def committed(admin: Any, group: str, topic: str) -> int:
    """How many records of `topic` the group has committed."""
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    except Exception:  # the group does not exist yet
        return 0
    return sum(max(0, found.offset) for tp, found in offsets.items() if tp.topic == topic)


def decided(port: int) -> int:
    """How many actions the gate has decided and committed; its group's offsets are a second old."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines: list[str] = answer.read().decode().splitlines()
    except OSError:  # it does not listen yet
        return 0
    return int(sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(DECISIONS)))


async def throughput(kind: str, bootstrap: str, prefix: str, *, count: int, sink: str) -> Throughput:
    """Decide everything that was preloaded and take the rate between 10 % and the end."""
    topic, group = prefix + ACTIONS_PROPOSED.name, f"{prefix}{kind}"
    (port,) = free_ports(1)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        with engine(kind, bootstrap, prefix, sink=sink, port=port) as process:
            started: tuple[float, int, float] | None = None
            until = time.monotonic() + DEADLINE_S
            while time.monotonic() < until:
                done = decided(port) if kind == "gate" else await committed(admin, group, topic)
                now = time.monotonic()
                if started is None and done >= count * FROM_SHARE:
                    started = (now, done, sum(process.cpu_times()[:2]))
                if done >= count and started is not None:
                    since, before, cpu = started
                    events = done - before
                    if events <= 0:
                        raise RuntimeError(f"{kind}: too few events to measure")
                    spent = sum(process.cpu_times()[:2]) - cpu
                    return Throughput(events / (now - since), spent / events * 1e6)
                # To be asked costs the gate some 4 ms of its one core, and the bare loop nothing.
                await asyncio.sleep(0.3)
            raise RuntimeError(f"{kind}: not done within {DEADLINE_S} s")
    finally:
        await admin.close()


async def latency(kind: str, bootstrap: str, prefix: str, *, rate: int, seconds: int, sink: str) -> Latency:
    """Produce at `rate` and read what the engine releases."""
    out = prefix + ACTIONS_CLEARED.name if kind == "gate" else sink
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="latest", fetch_max_wait_ms=100
    )
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, acks=1, linger_ms=0)
    await consumer.start()
    await producer.start()
    sent: dict[bytes, float] = {}
    taken: list[float] = []
    try:
        partitions = [TopicPartition(out, lane) for lane in range(LANES)]
        consumer.assign(partitions)
        await consumer.seek_to_end(*partitions)
        with engine(kind, bootstrap, prefix, sink=sink):
            await asyncio.sleep(8)
            feeding = asyncio.create_task(feed(producer, prefix, sent, rate=rate, seconds=seconds))
            until = time.monotonic() + seconds + 5
            while time.monotonic() < until:
                fetched = await consumer.getmany(timeout_ms=100)
                now = time.monotonic()
                for records in fetched.values():
                    taken += [now - sent[r.key + b"/" + ident(r.value)] for r in records if r.value]
            await feeding
    finally:
        await consumer.stop()
        await producer.stop()
    taken = taken[len(taken) // 5 :]
    cuts = statistics.quantiles(taken, n=100)
    return Latency(cuts[49] * 1000, cuts[98] * 1000)


def ident(value: bytes) -> bytes:
    """The action id in an event or in a cleared action."""
    start = value.index(b'"action_id":"') + 13
    return value[start : value.index(b'"', start)]


async def feed(producer: Any, prefix: str, sent: dict[bytes, float], *, rate: int, seconds: int) -> None:
    """Send events at an even pace."""
    begin = time.monotonic()
    for index, (agent, value) in enumerate(actions(rate * seconds, seed=2, run=f"{prefix}l")):
        due = begin + index / rate
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        sent[agent.encode() + b"/" + ident(value)] = time.monotonic()
        await producer.send(prefix + ACTIONS_PROPOSED.name, value, key=agent.encode())
    await producer.flush()


async def run_round(bootstrap: str, number: int, count: int, kinds: list[str]) -> dict[str, Throughput]:
    """One round: each engine in turn, on topics of its own."""
    results: dict[str, Throughput] = {}
    for kind in kinds:
        prefix, share = f"b{number}{kind}.", count // STOCK_SHARE if kind == "stock" else count
        sink = f"{prefix}sink"
        await prepare(bootstrap, prefix, sink=sink)
        await preload(bootstrap, prefix, share)
        results[kind] = await throughput(kind, bootstrap, prefix, count=share, sink=sink)
        print(f"round {number}: {kind:6} {results[kind].rate:9,.0f} events/s  {results[kind].cpu_us:6.1f} us CPU/event")
    return results


async def run_latency(bootstrap: str, number: int, kinds: list[str], *, rate: int, seconds: int) -> dict[str, Latency]:
    """One round of latency: each engine in turn at the same rate."""
    results: dict[str, Latency] = {}
    for kind in kinds:
        prefix = f"l{number}{kind}."
        await prepare(bootstrap, prefix, sink=f"{prefix}sink")
        results[kind] = await latency(kind, bootstrap, prefix, rate=rate, seconds=seconds, sink=f"{prefix}sink")
        print(f"latency at {rate}/s: {kind:6} p50 {results[kind].p50:7.1f} ms  p99 {results[kind].p99:7.1f} ms")
    return results


def median_latency(found: list[dict[str, Latency]]) -> dict[str, Latency]:
    """The medians over the rounds."""
    return {
        kind: Latency(
            statistics.median(delays[kind].p50 for delays in found),
            statistics.median(delays[kind].p99 for delays in found),
        )
        for kind in found[0]
    }


def commit_of_tree() -> str:
    """Short hash of HEAD, or `unknown` outside a checkout."""
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"


def report(rounds: list[dict[str, Throughput]], delays: dict[str, Latency], as_json: bool) -> None:
    """Medians and ratios."""
    medians = {
        kind: Throughput(
            statistics.median(found[kind].rate for found in rounds),
            statistics.median(found[kind].cpu_us for found in rounds),
        )
        for kind in rounds[0]
    }
    gate = medians["gate"]
    lines = [
        f"commit {commit_of_tree()}, {os.cpu_count()} CPUs, Python {platform.python_version()}, {len(rounds)} rounds"
    ]
    lines += [
        f"{kind:6} {found.rate:9,.0f} events/s  {found.cpu_us:6.1f} us CPU/event" for kind, found in medians.items()
    ]
    if "bare" in medians:
        lines.append(f"gate / bare loop   {gate.rate / medians['bare'].rate:6.2f}   (wanted: at least 0.5)")
    if "stock" in medians:
        lines.append(f"gate / stock Faust {gate.rate / medians['stock'].rate:6.2f}   (wanted: at least 6)")
    if {"gate", "bare"} <= set(delays):
        added50, added99 = delays["gate"].p50 - delays["bare"].p50, delays["gate"].p99 - delays["bare"].p99
        lines.append(f"added latency p50 {added50:.1f} ms, p99 {added99:.1f} ms   (wanted: at most 15 and 60)")
    print("\n".join(lines))
    if as_json:
        figures = {kind: vars(found) for kind, found in medians.items()}
        print(json.dumps({"throughput": figures, "latency": {kind: vars(found) for kind, found in delays.items()}}))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--latency-rate", type=int, default=1000)
    parser.add_argument("--latency-seconds", type=int, default=15)
    parser.add_argument("--warm-seconds", type=int, default=30)
    parser.add_argument("--bootstrap")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    kinds = args.kinds.split(",")

    def measure(bootstrap: str) -> None:
        # Latency first: after the rounds the broker cleans logs beside them. A broker in service has its hot code
        # compiled, so there is a round before that does not count.
        delays: dict[str, Latency] = {}
        if args.latency_rate:
            kinds_l = [kind for kind in kinds if kind != "stock"]
            timing = {"rate": args.latency_rate, "seconds": args.latency_seconds}
            print("a round that does not count:")
            asyncio.run(run_latency(bootstrap, 0, kinds_l, rate=args.latency_rate, seconds=args.warm_seconds))
            delays = median_latency(
                [asyncio.run(run_latency(bootstrap, n, kinds_l, **timing)) for n in range(1, args.rounds + 1)]
            )
        rounds = [asyncio.run(run_round(bootstrap, n, args.events, kinds)) for n in range(1, args.rounds + 1)]
        report(rounds, delays, args.json)

    if args.bootstrap:
        measure(args.bootstrap)
    else:
        with EmbeddedKafka(heap_mb=512, is_short_lived=False) as kafka:
            measure(kafka.bootstrap)


if __name__ == "__main__":
    main()
