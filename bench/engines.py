"""The peers that the gate is measured against, each a process of its own: `python -m bench.engines KIND ...`.

`bare` is the floor: an aiokafka loop that reads batches and writes each record once, with no gate, no transaction and
no state. `stock` is what one would write with Faust as it comes: an agent that makes the same decisions (the same
intake and the same step function) and sends what they emit record by record, at least once.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import tempfile
import time
from typing import Any

import aiokafka
import faust
from aiokafka import TopicPartition

from bench.load import bundle_sources
from policies.bundle import load_bundle
from streams.gate import Gate
from streams.intake import Position, Reader
from streams.state import LaneState
from streams.terms import Terms, gate_scanner
from streams.topics import ACTIONS_PROPOSED

BATCH = 1000


async def run_bare(bootstrap: str, source: str, sink: str, *, group: str) -> None:
    """Read batches, write each record once, commit the offsets."""
    consumer = aiokafka.AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
    )
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=0, max_batch_size=2_000_000)
    await consumer.start()
    await producer.start()
    while True:
        fetched = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        futures = []
        offsets: dict[TopicPartition, int] = {}
        for tp, records in fetched.items():
            batch = producer.create_batch()
            for record in records:
                batch.append(key=record.key, value=record.value, timestamp=None, headers=list(record.headers))
            batch.close()
            futures.append(await producer.send_batch(batch, sink, partition=tp.partition))
            offsets[tp] = records[-1].offset + 1
        if futures:
            await asyncio.gather(*futures)
            await consumer.commit(offsets)


def stock_app(bootstrap: str, source: str, sink: str, *, group: str) -> faust.App:
    """A Faust app as the documentation shows it, with the gate's decisions in its agent."""
    app = faust.App(
        group,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        key_serializer="raw",
        value_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
        datadir=tempfile.mkdtemp(prefix="penstock-bench-"),
    )
    gate = Gate(Terms(load_bundle(bundle_sources()), gate_scanner(), bytes(32)))
    reader = Reader(4, 512 * 1024)
    states: dict[int, LaneState] = {}
    incoming = app.topic(source, key_type=bytes, value_type=bytes)
    outgoing = app.topic(sink, key_type=bytes, value_type=bytes)

    @app.agent(incoming, name="stock.gate")
    async def decide(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            state = states.setdefault(message.partition, LaneState(message.partition))
            position = Position(ACTIONS_PROPOSED.name, message.partition, message.offset)
            intake = reader.read(position, key=message.key, value=message.value, headers=())
            now_ms = time.time_ns() // 1_000_000
            for emit in gate.step(state, intake, now_ms).effects:
                await outgoing.send(
                    key=emit.key, value=emit.value, headers=dict(emit.headers), partition=emit.partition
                )
            for key, value in state.take_changes(now_ms):
                await outgoing.send(key=key.encode(), value=value, partition=message.partition)

    return app


async def run_stock(bootstrap: str, source: str, sink: str, *, group: str) -> None:
    """Run the stock app until the process is told to end."""
    app = stock_app(bootstrap, source, sink, group=group)
    await app.start()
    await asyncio.Event().wait()


def main() -> None:
    """Run one engine until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["bare", "stock"])
    for name in ("bootstrap", "source", "sink", "group"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    run = run_bare if args.kind == "bare" else run_stock
    asyncio.run(run(args.bootstrap, args.source, args.sink, group=args.group))


if __name__ == "__main__":
    main()
