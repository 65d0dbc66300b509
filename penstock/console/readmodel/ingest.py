"""From a Kafka record to what it changes in the read model: pure, total, and silent about what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from penstock.console.readmodel.ingest_audit import audit_changes
from penstock.console.readmodel.ingest_deadletters import deadletter_changes
from penstock.console.readmodel.ingest_policies import policy_changes
from penstock.console.readmodel.ingest_quarantine import quarantine_changes
from penstock.console.readmodel.ingest_requests import request_changes
from penstock.console.readmodel.ingest_reviews import review_changes
from penstock.console.readmodel.ingest_samples import sample_changes
from penstock.console.readmodel.record import Record, UnreadableError
from penstock.console.readmodel.statements import Statement, upsert
from streams.topics import (
    APPROVALS_REQUESTED,
    AUDIT,
    DEADLETTERS,
    POLICIES,
    QUARANTINE,
    REVIEWS,
    SAMPLES,
    Topic,
)

READ_TOPICS: Final[tuple[Topic, ...]] = (
    APPROVALS_REQUESTED,
    QUARANTINE,
    SAMPLES,
    REVIEWS,
    AUDIT,
    POLICIES,
    DEADLETTERS,
)
_CHANGES: Final[Mapping[str, Callable[[Record], Sequence[Statement]]]] = {
    APPROVALS_REQUESTED.name: request_changes,
    QUARANTINE.name: quarantine_changes,
    SAMPLES.name: sample_changes,
    REVIEWS.name: review_changes,
    AUDIT.name: audit_changes,
    POLICIES.name: policy_changes,
    DEADLETTERS.name: deadletter_changes,
}

_UNREAD: Final = """
INSERT INTO unread (topic, partition, records, last_offset) VALUES (?1, ?2, 1, ?3)
ON CONFLICT (topic, partition) DO UPDATE SET records = records + 1, last_offset = ?3
"""
_POSITION: Final = upsert("positions", ("topic", "partition"), ("next_offset", "last_offset", "last_sha256", "last_ms"))


def changes_of(record: Record) -> Sequence[Statement]:
    """What a record changes; one that cannot be read changes the count of such records and nothing else."""
    try:
        return _CHANGES[record.topic](record)
    except UnreadableError:
        return (unread(record),)


def unread(record: Record) -> Statement:
    """The count of a record that cannot be read."""
    return Statement(_UNREAD, (record.topic, record.partition, record.offset))


def position_after(record: Record, next_offset: int) -> Statement:
    """Where reading goes on in the record's partition once it is in the tables."""
    row = (record.topic, record.partition, next_offset, record.offset, record.sha256, record.at_ms)
    return Statement(_POSITION, row)
