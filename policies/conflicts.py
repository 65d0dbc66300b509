"""Why a review, or another event about a held thing, changed nothing."""

from __future__ import annotations

from enum import StrEnum


class Conflict(StrEnum):
    """Checked in this order; the first that applies is the answer. Each has an entry in docs/reviewing.md.

    Who may not know of a hold gets the answer of one that does not exist; who may not decide learns that before
    anything about the hold's state.
    """

    NOT_SIGNED = "not_signed"
    UNSUPPORTED_TARGET = "unsupported_target"
    UNKNOWN_HOLD = "unknown_hold"
    UNKNOWN_QUARANTINE = "unknown_quarantine"
    UNKNOWN_SAMPLE = "unknown_sample"
    NOT_ELIGIBLE = "not_eligible"
    WRONG_TEAM = "wrong_team"
    SELF_APPROVAL = "self_approval"
    OWN_LOOSENING = "own_loosening"
    EDITOR_VOTE = "editor_vote"
    ALREADY_DECIDED = "already_decided"
    CONSUMED = "consumed"
    EXPIRED = "expired"
    CHUNK_OF_STREAM = "chunk_of_stream"
    QUESTION_OPEN = "question_open"
    NO_QUESTION = "no_question"
    ID_CONFLICT = "id_conflict"
    DIGEST_MISMATCH = "digest_mismatch"
    SNAPSHOT_MISMATCH = "snapshot_mismatch"
    INCOMPLETE_EVIDENCE = "incomplete_evidence"
    REASON_MISSING = "reason_missing"
    BATCH_REFUSED = "batch_refused"
    CONSTRAINT_INVALID = "constraint_invalid"
    CONSTRAINT_WIDENED = "constraint_widened"
    CONSTRAINT_CONFLICT = "constraint_conflict"
    CONSTRAINT_EXCEEDED = "constraint_exceeded"
    EDIT_UNCHANGED = "edit_unchanged"
    EDIT_DENIED = "edit_denied"
    UNKNOWN_TEAM = "unknown_team"
    NO_NEXT_TEAM = "no_next_team"
    OVER_LIMIT = "over_limit"
    IN_COOLDOWN = "in_cooldown"
    DUPLICATE_VOTE = "duplicate_vote"
    PAYLOAD_UNREADABLE = "payload_unreadable"
    PAYLOAD_MISMATCH = "payload_mismatch"
    KILLED = "killed"
    AGENT_STOPPED = "agent_stopped"
    REDACTION_FAILED = "redaction_failed"
    STILL_QUARANTINED = "still_quarantined"
