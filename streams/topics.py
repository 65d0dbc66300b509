"""The topic table: every Kafka topic of Penstock, once. Creation, deployment files and documentation come from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """Who writes or reads a topic; one Kafka principal per role."""

    AGENT = "agent runtimes"
    EXECUTOR = "executors"
    DOWNSTREAM = "downstream services"
    GATE = "gate"
    CONSOLE = "console"
    OPERATOR = "operators"
    AUDITOR = "auditors"


class TopicKey(StrEnum):
    """What the record key holds. Keys never contain personal data."""

    AGENT = "agent_id"
    STATE = "state key"
    POLICY = "policy key"


class Cleanup(StrEnum):
    """Kafka's `cleanup.policy`."""

    DELETE = "delete"
    COMPACT = "compact"


DAY_MS: Final = 24 * 60 * 60 * 1000
# Largest record batch of any topic, bytes. Twice the broker's default of 1 MB, so that a dead letter can hold
# whatever a producer could send, and the same everywhere, because the gate sends strays on in batches.
RECORD_BYTES: Final = 2 * 1024 * 1024
# Largest batch that the gate builds, bytes: what every topic accepts, less the batch's own header.
MAX_BATCH_BYTES: Final = RECORD_BYTES - 1024


@dataclass(frozen=True, slots=True)
class Topic:
    """One row of the table.

    `is_lane` topics all have the same partition count: partition n belongs to lane n. The others have one partition.
    `retention_ms` is -1 where compaction decides instead.
    """

    name: str
    key: TopicKey
    writers: tuple[Role, ...]
    readers: tuple[Role, ...]
    note: str
    is_lane: bool = True
    retention_ms: int = 7 * DAY_MS
    cleanup: Cleanup = Cleanup.DELETE
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def config(self) -> dict[str, str]:
        """Kafka topic configuration, as `create_topics` takes it."""
        config = {"cleanup.policy": self.cleanup.value, "max.message.bytes": str(RECORD_BYTES)}
        if self.cleanup is Cleanup.DELETE:
            config["retention.ms"] = str(self.retention_ms)
        return {**config, **self.extra}

    def partitions(self, lanes: int) -> int:
        """How many partitions the topic has in a deployment of `lanes` lanes."""
        return lanes if self.is_lane else 1


ACTIONS_PROPOSED: Final = Topic(
    "agent.actions.proposed.v1",
    TopicKey.AGENT,
    (Role.AGENT,),
    (Role.GATE,),
    "what agents want to do",
)
ACTIONS_CLEARED: Final = Topic(
    "agent.actions.cleared.v1",
    TopicKey.AGENT,
    (Role.GATE,),
    (Role.EXECUTOR,),
    "action, decision and constraints of what may be carried out",
)
ACTIONS_REFUSED: Final = Topic(
    "agent.actions.refused.v1",
    TopicKey.AGENT,
    (Role.GATE,),
    (Role.AGENT,),
    "denied, expired and rejected actions: reason code, safe text, remediation",
)
ACTIONS_OUTCOMES: Final = Topic(
    "agent.actions.outcomes.v1",
    TopicKey.AGENT,
    (Role.EXECUTOR,),
    (Role.GATE,),
    "what happened after release: success, failure, incident",
)
OUTPUTS_PRODUCED: Final = Topic(
    "agent.outputs.produced.v1",
    TopicKey.AGENT,
    (Role.AGENT,),
    (Role.GATE,),
    "what agents say",
)
OUTPUTS_CLEARED: Final = Topic(
    "agent.outputs.cleared.v1",
    TopicKey.AGENT,
    (Role.GATE,),
    (Role.DOWNSTREAM,),
    "outputs that passed (ALLOW) or were cleaned (REDACT)",
)
QUARANTINE: Final = Topic(
    "gate.quarantine.v1",
    TopicKey.AGENT,
    (Role.GATE,),
    (Role.CONSOLE,),
    "outputs held back; the payload is sealed",
    retention_ms=30 * DAY_MS,
)
APPROVALS_REQUESTED: Final = Topic(
    "gate.approvals.requested.v1",
    TopicKey.AGENT,
    (Role.GATE,),
    (Role.CONSOLE,),
    "actions held for a person, and why",
    retention_ms=30 * DAY_MS,
)
REVIEWS: Final = Topic(
    "gate.reviews.v1",
    TopicKey.AGENT,
    (Role.CONSOLE,),
    (Role.GATE,),
    "reviewers' decisions, on the partition that the request names",
    retention_ms=30 * DAY_MS,
)
SAMPLES: Final = Topic(
    "gate.samples.v1",
    TopicKey.AGENT,
    (Role.GATE,),
    (Role.CONSOLE,),
    "decisions picked for audit, with their inclusion probability",
    retention_ms=90 * DAY_MS,
)
AUDIT: Final = Topic(
    "gate.audit.v1",
    TopicKey.AGENT,
    (Role.GATE,),
    (Role.AUDITOR, Role.CONSOLE),
    "every decision, hash-chained per partition",
    retention_ms=-1,
)
STATE: Final = Topic(
    "gate.state.v1",
    TopicKey.STATE,
    (Role.GATE,),
    # The console shows holds and the auditor needs the head of the chain.
    (Role.GATE, Role.CONSOLE, Role.AUDITOR),
    "a lane's verdict memory, holds, agent records and positions",
    cleanup=Cleanup.COMPACT,
    extra=MappingProxyType(
        {
            # Small segments and eager compaction: a lane that opens reads the whole partition.
            "segment.bytes": str(16 * 1024 * 1024),
            "segment.ms": str(10 * 60 * 1000),
            "min.cleanable.dirty.ratio": "0.1",
            "max.compaction.lag.ms": str(30 * 60 * 1000),
            "delete.retention.ms": str(10 * 60 * 1000),
        }
    ),
)
POLICIES: Final = Topic(
    "gate.policies.v1",
    TopicKey.POLICY,
    (Role.OPERATOR,),
    (Role.GATE, Role.CONSOLE),
    "activations of policy snapshots",
    is_lane=False,
    cleanup=Cleanup.COMPACT,
    extra=MappingProxyType({"min.cleanable.dirty.ratio": "0.1"}),
)
DEADLETTERS: Final = Topic(
    "gate.deadletters.v1",
    TopicKey.AGENT,
    (Role.GATE,),
    (Role.OPERATOR, Role.CONSOLE),
    "records that could not be read: original bytes and error headers",
    retention_ms=30 * DAY_MS,
)

TOPICS: Final[tuple[Topic, ...]] = (
    ACTIONS_PROPOSED,
    ACTIONS_CLEARED,
    ACTIONS_REFUSED,
    ACTIONS_OUTCOMES,
    OUTPUTS_PRODUCED,
    OUTPUTS_CLEARED,
    QUARANTINE,
    APPROVALS_REQUESTED,
    REVIEWS,
    SAMPLES,
    AUDIT,
    STATE,
    POLICIES,
    DEADLETTERS,
)

# What a lane reads, in the order in which it takes records when several topics have some.
INPUT_TOPICS: Final[tuple[Topic, ...]] = (REVIEWS, ACTIONS_OUTCOMES, ACTIONS_PROPOSED, OUTPUTS_PRODUCED)


@dataclass(frozen=True, slots=True)
class TopicNames:
    """Names on the broker: a deployment's prefix before the names of the table."""

    prefix: str = ""

    def on_broker(self, name: str) -> str:
        """The broker's name of a topic of the table."""
        return self.prefix + name

    def in_table(self, name: str) -> str:
        """The table's name of a topic on the broker."""
        return name.removeprefix(self.prefix)


def topic_by_name(name: str) -> Topic:
    """The row of `name`.

    Raises:
        KeyError: no topic of the table has that name.
    """
    for topic in TOPICS:
        if topic.name == name:
            return topic
    raise KeyError(name)
