"""What the embedded broker promises without being started: settings, ports, the probe, messages."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from penstock.broker import EmbeddedKafka
from penstock.broker_config import Node, render, server_properties
from penstock.broker_errors import BrokerError
from penstock.broker_ports import PORT_RANGE, free_ports
from penstock.broker_probe import cluster_members
from tests.conftest import start_or_skip

NODES = [Node(number, 20_000 + number, 21_000 + number, Path(f"/data/{number}")) for number in (1, 2, 3)]


@pytest.mark.parametrize(("count", "factor", "in_sync"), [(1, "1", "1"), (2, "2", "1"), (3, "3", "2")])
def test_replication_follows_the_number_of_brokers(count: int, factor: str, in_sync: str) -> None:
    settings = server_properties(NODES[0], NODES[:count], {})
    replication = {value for name, value in settings.items() if "replication.factor" in name}
    assert replication == {factor}
    assert {value for name, value in settings.items() if name.endswith(("min.isr", "insync.replicas"))} == {in_sync}
    assert len(settings["controller.quorum.voters"].split(",")) == count


def test_every_listener_is_on_loopback_and_given_properties_win() -> None:
    settings = server_properties(NODES[1], NODES, {"log.segment.bytes": "7"})
    for name in ("listeners", "advertised.listeners"):
        assert all("://127.0.0.1:" in part for part in settings[name].split(","))
    assert settings["log.segment.bytes"] == "7"
    assert settings["auto.create.topics.enable"] == "false"


def test_backslashes_in_values_survive_java_properties() -> None:
    assert render({"log.dirs": "a\\b"}) == "log.dirs=a\\\\b\n"


def test_free_ports_are_different_and_below_those_of_outgoing_connections() -> None:
    ports = free_ports(6)
    assert len(set(ports)) == 6
    assert all(port in PORT_RANGE for port in ports)


def test_probe_of_a_closed_port_is_empty() -> None:
    assert cluster_members("127.0.0.1", free_ports(1)[0], timeout_s=0.2) == frozenset()


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x00\x00", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x08" + bytes(4) + b"\x00\x00\x00\x09", b"HTTP/1.1 400"],
)
def test_probe_of_something_that_is_no_kafka_is_empty(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        found = cluster_members("127.0.0.1", server.getsockname()[1], timeout_s=2)
        thread.join(timeout=5)
    assert found == frozenset()


def test_number_of_brokers_is_one_to_three() -> None:
    for count in (0, 4):
        with pytest.raises(ValueError, match=f"expected 1 to 3, got {count}"):
            EmbeddedKafka(brokers=count)


def test_broker_that_was_not_started_says_so() -> None:
    broker = EmbeddedKafka()
    with pytest.raises(BrokerError, match="BROKER_NOT_RUNNING"):
        _ = broker.bootstrap
    with pytest.raises(BrokerError, match="BROKER_NOT_RUNNING"):
        broker.restart()
    broker.stop()


def test_missing_java_is_an_error_with_advice_before_anything_is_written(tmp_path: Path) -> None:
    cache = tmp_path / "file"
    cache.write_bytes(b"")
    data = tmp_path / "data"
    broker = EmbeddedKafka(data, environ={"PENSTOCK_CACHE_DIR": str(cache / "cache"), "JAVA_HOME": "/nowhere"})
    with pytest.raises(BrokerError, match="BROKER_JA"):
        broker.start()
    assert not data.exists()


def test_kafka_that_cannot_be_had_skips_on_a_laptop_and_fails_in_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    broker = EmbeddedKafka(environ={"PENSTOCK_CACHE_DIR": str(blocked / "cache")})
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Kafka: BROKER_JA"):
        start_or_skip(broker)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(BrokerError, match="BROKER_JA"):
        start_or_skip(broker)
