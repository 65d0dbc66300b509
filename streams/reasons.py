"""Reason codes that the gate itself gives, beside those of the policy (`policies.decisions.ReasonCode`)."""

from __future__ import annotations

from enum import StrEnum


class GateReason(StrEnum):
    """Why the gate decided, where no rule of a policy did."""

    ID_CONFLICT = "id_conflict"
    HOLD_EXPIRED = "hold_expired"
    APPROVED_BY_REVIEWER = "approved_by_reviewer"
    REJECTED_BY_REVIEWER = "rejected_by_reviewer"
    SUPERSEDED_BY_POLICY = "superseded_by_policy"
    CHUNKS_UNSUPPORTED = "chunks_unsupported"
    SCAN_FAILED = "scan_failed"
    SENSITIVE_KEY = "sensitive_key"
    SCAN_LIMIT = "scan_limit"
    REDACTION_FAILED = "redaction_failed"


class ReviewConflict(StrEnum):
    """Why a review changed nothing. Checked in this order."""

    UNSUPPORTED_TARGET = "unsupported_target"
    UNKNOWN_HOLD = "unknown_hold"
    ALREADY_DECIDED = "already_decided"
    EXPIRED = "expired"
    SELF_APPROVAL = "self_approval"
    DIGEST_MISMATCH = "digest_mismatch"
    SNAPSHOT_MISMATCH = "snapshot_mismatch"
    REASON_MISSING = "reason_missing"
