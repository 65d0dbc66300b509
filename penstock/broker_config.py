"""The settings of an embedded Kafka broker: what differs from Kafka's defaults, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Node:
    """One broker of a cluster: combined broker and controller. `data` holds its log segments."""

    node_id: int
    client_port: int
    controller_port: int
    data: Path


def server_properties(node: Node, nodes: Sequence[Node], extra: Mapping[str, str]) -> dict[str, str]:
    """The properties of `node` in the cluster `nodes`; `extra` wins over everything here."""
    return {**_roles(node, nodes), **_replication(len(nodes)), **_timing(), **_size(), **extra}


def render(properties: Mapping[str, str]) -> str:
    """The text of a Java properties file; values are taken literally."""
    return "".join(f"{name}={value.replace(chr(92), chr(92) * 2)}\n" for name, value in properties.items())


def _roles(node: Node, nodes: Sequence[Node]) -> dict[str, str]:
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.node_id),
        "listeners": f"CLIENTS://{LOOPBACK}:{node.client_port},CONTROLLER://{LOOPBACK}:{node.controller_port}",
        "advertised.listeners": f"CLIENTS://{LOOPBACK}:{node.client_port}",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENTS",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": ",".join(f"{peer.node_id}@{LOOPBACK}:{peer.controller_port}" for peer in nodes),
        "log.dirs": str(node.data),
        # Topics come from the topic table; a misspelt name must be an error, not a new topic.
        "auto.create.topics.enable": "false",
    }


def _replication(count: int) -> dict[str, str]:
    factor = str(min(count, 3))
    in_sync = "2" if count >= 3 else "1"
    return {
        "default.replication.factor": factor,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": factor,
        "offsets.topic.num.partitions": "8",
        "transaction.state.log.replication.factor": factor,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": "8",
        "share.coordinator.state.topic.replication.factor": factor,
        "share.coordinator.state.topic.min.isr": in_sync,
        "share.coordinator.state.topic.num.partitions": "8",
    }


def _timing() -> dict[str, str]:
    return {
        "group.initial.rebalance.delay.ms": "0",
        # Crash tests use short sessions, so that a dead worker is noticed within seconds.
        "group.min.session.timeout.ms": "1000",
        "group.consumer.min.session.timeout.ms": "1000",
        "group.consumer.min.heartbeat.interval.ms": "500",
        # How soon the cluster notices that one of its brokers is gone (default 9 s).
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        # An abandoned transaction holds back every read_committed reader: look for one each second (default 10 s).
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
        "transaction.max.timeout.ms": "900000",
        # A laptop that sleeps over a weekend keeps its positions.
        "offsets.retention.minutes": "43200",
        # Segments are deleted and compacted soon after a topic's own settings allow it (defaults 5 min and 15 s).
        "log.retention.check.interval.ms": "5000",
        "log.cleaner.backoff.ms": "500",
        "log.segment.delete.delay.ms": "1000",
    }


def _size() -> dict[str, str]:
    return {
        "log.segment.bytes": "67108864",
        # Index files are mapped at this size as soon as a segment is open; 10 MB by default.
        "log.index.size.max.bytes": "1048576",
        # The default of 128 MB does not fit a small heap.
        "log.cleaner.dedupe.buffer.size": "4194304",
        "log.cleaner.threads": "1",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
    }
