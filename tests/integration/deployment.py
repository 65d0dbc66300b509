"""A deployment of its own on the shared Kafka: topics under a prefix, a policy, and workers in processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import aiokafka
from aiokafka import TopicPartition

from streams.topics import TOPICS

LANES = 4
# Long enough for a machine that does other things too.
DEADLINE_S = 120.0


@dataclass
class Deployment:
    """Runs the program as a user would; every command gets the deployment's settings through the environment."""

    bootstrap: str
    prefix: str
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of every command."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PENSTOCK_")},
            "PENSTOCK_BOOTSTRAP": self.bootstrap,
            "PENSTOCK_TOPIC_PREFIX": self.prefix,
            "PENSTOCK_APPLICATION": f"{self.prefix}gate",
            "PENSTOCK_SAMPLE_KEY": "5a" * 32,
            "PENSTOCK_PAYLOAD_KEY": "c3" * 32,
            "PENSTOCK_SESSION_TIMEOUT_S": "3",
            "PENSTOCK_HEALTH_PORT": "0",
            **self.extra,
        }

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a command to its end and give what it printed.

        Raises:
            AssertionError: it ended with another status than `expect`.
        """
        command = [sys.executable, "-m", "penstock", *arguments]
        done = subprocess.run(
            command, env=self.environ, capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )
        assert done.returncode == expect, (
            f"{arguments}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        )
        return done.stdout + done.stderr

    def start_worker(self) -> subprocess.Popen[bytes]:
        """A gate worker of its own process group; its log is in the folder."""
        log = (self.folder / f"worker-{len(self.workers)}.log").open("wb")
        command = [sys.executable, "-m", "penstock", "worker"]
        worker = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log, start_new_session=True)
        log.close()
        self.workers.append(worker)
        return worker

    def log(self, number: int) -> str:
        """What a worker logged."""
        return (self.folder / f"worker-{number}.log").read_text("utf-8", "replace")

    def end(self) -> None:
        """End every worker."""
        for worker in self.workers:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait(10)

    async def read(self, *topics: str) -> dict[str, list[Any]]:
        """All records of topics as a plain read_committed consumer sees them now, by table name."""
        consumer = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
        )
        await consumer.start()
        found: dict[str, list[Any]] = {topic: [] for topic in topics}
        try:
            lanes = {topic.name: topic.partitions(LANES) for topic in TOPICS}
            partitions = [TopicPartition(self.prefix + t, lane) for t in topics for lane in range(lanes[t])]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            while any([await consumer.position(tp) < ends[tp] for tp in partitions]):
                for tp, records in (await consumer.getmany(timeout_ms=300)).items():
                    found[tp.topic.removeprefix(self.prefix)] += records
        finally:
            await consumer.stop()
        return found

    async def read_json(self, topic: str) -> list[dict[str, Any]]:
        """The values of a topic."""
        return [json.loads(record.value) for record in (await self.read(topic))[topic]]

    async def wait_for(self, topic: str, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The values of a topic once `enough` of them.

        Raises:
            AssertionError: not within the deadline.
        """
        until = time.monotonic() + DEADLINE_S
        while True:
            values = await self.read_json(topic)
            if enough(values):
                return values
            last = "" if not self.workers else self.log(len(self.workers) - 1)[-2000:]
            assert time.monotonic() < until, f"{topic}: {len(values)} records, not enough\n{last}"


@contextmanager
def deployed(
    bootstrap: str, prefix: str, folder: Path, *, policy: Path | None, extra: Mapping[str, str] | None = None
) -> Iterator[Deployment]:
    """Topics and policy in place, no worker yet; everything is ended afterwards."""
    deployment = Deployment(bootstrap, prefix, folder, extra=dict(extra or {}))
    try:
        deployment.run("topics", "apply", "--lanes", str(LANES))
        if policy is not None:
            deployment.run("activate", str(policy), "--reason", "a test")
        yield deployment
    finally:
        deployment.end()


def answer(url: str) -> tuple[int, str]:
    """Status and body of a page; 0 when nobody listens."""
    try:
        with urlopen(url, timeout=5) as response:  # noqa: S310
            return response.status, response.read().decode()
    except URLError as exc:
        if hasattr(exc, "code") and hasattr(exc, "read"):
            return int(exc.code), str(exc.read().decode())
        return 0, str(exc.reason)
