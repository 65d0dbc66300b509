"""Reason codes that the gate itself gives, beside those of the policy (`policies.decisions.ReasonCode`)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from policies.decisions import ReasonCode


class GateReason(StrEnum):
    """Why the gate decided, where no rule of a policy did."""

    ID_CONFLICT = "id_conflict"
    DEADLINE_PASSED = "deadline_passed"
    TOO_MANY_HOLDS = "too_many_holds"
    TOO_MANY_RUNS = "too_many_runs"
    KILLED = "killed"
    AGENT_STOPPED = "agent_stopped"
    CIRCUIT_OPEN = "circuit_open"
    HOLD_EXPIRED = "hold_expired"
    RELEASED_BY_TIMEOUT = "released_by_timeout"
    APPROVED_BY_REVIEWER = "approved_by_reviewer"
    MODIFIED_BY_REVIEWER = "modified_by_reviewer"
    REJECTED_BY_REVIEWER = "rejected_by_reviewer"
    RELEASED_BY_REVIEWER = "released_by_reviewer"
    REDACTED_BY_REVIEWER = "redacted_by_reviewer"
    WITHDRAWN_BY_AGENT = "withdrawn_by_agent"
    SUPERSEDED_BY_POLICY = "superseded_by_policy"
    CHUNKS_UNSUPPORTED = "chunks_unsupported"
    STREAM_BROKEN = "stream_broken"
    STREAM_CLOSED = "stream_closed"
    STREAM_EXPIRED = "stream_expired"
    STREAM_OVERFULL = "stream_overfull"
    STREAM_VALUE_TOO_LONG = "stream_value_too_long"
    STREAM_LATE_FINDING = "stream_late_finding"
    STREAM_QUARANTINED = "stream_quarantined"
    TOO_MANY_STREAMS = "too_many_streams"
    SCAN_FAILED = "scan_failed"
    SENSITIVE_KEY = "sensitive_key"
    SCAN_LIMIT = "scan_limit"
    REDACTION_FAILED = "redaction_failed"


# Verdicts that are strict because the gate could not tell, and not because a rule said so.
ACTION_FAILED_CLOSED: Final = frozenset(
    {ReasonCode.EVALUATION_FAILED.value, ReasonCode.NO_POLICY.value, ReasonCode.NO_RULE_MATCHED.value}
)
OUTPUT_FAILED_CLOSED: Final = ACTION_FAILED_CLOSED | {
    ReasonCode.LIMIT_EXCEEDED.value,
    ReasonCode.FIELDS_IN_TEXT.value,
    GateReason.CHUNKS_UNSUPPORTED.value,
    GateReason.STREAM_BROKEN.value,
    GateReason.STREAM_CLOSED.value,
    GateReason.STREAM_EXPIRED.value,
    GateReason.STREAM_OVERFULL.value,
    GateReason.STREAM_VALUE_TOO_LONG.value,
    GateReason.STREAM_LATE_FINDING.value,
    GateReason.TOO_MANY_STREAMS.value,
    GateReason.SCAN_FAILED.value,
    GateReason.SCAN_LIMIT.value,
    GateReason.SENSITIVE_KEY.value,
    GateReason.REDACTION_FAILED.value,
}
