"""gate.approvals.requested.v1: held actions, blind second reviews and promotions that people are asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from penstock.console.readmodel.fingerprints import fingerprint
from penstock.console.readmodel.record import Fields, Record, UnreadableError, payload_of
from penstock.console.readmodel.statements import Statement, upsert

# Columns of `holds` that the summary has under the same name, by how they are read.
_TEXTS: Final = ("environment", "tenant_id", "session_id", "model", "action_class", "owner", "risk", "amount_usd")
_NUMBERS: Final = ("confidence", "anomaly_score")
_INTEGERS: Final = ("retry_count", "affected_users", "autonomy_level")
_FLAGS: Final = ("customer_facing", "reversible", "session_tainted", "first_time")
_SEARCHED: Final = (
    "agent_id",
    "action_id",
    "topic",
    "tool",
    "environment",
    "tenant_id",
    "session_id",
    "model",
    "action_class",
    "owner",
)
_SEARCHED_OF_DECISION: Final = ("rule_id", "document", "reason_code")
_SUMMARY: Final = (*_TEXTS, *_NUMBERS, *_INTEGERS, *_FLAGS)

_HOLD: Final = upsert(
    "holds",
    ("hold_id",),
    (
        "partition",
        "agent_id",
        "action_id",
        "topic",
        "tool",
        "rule_id",
        "document",
        "reason",
        "reason_code",
        "opened_ms",
        "asked_ms",
        "cause",
        "digest",
        "asked_snapshot",
        "asked_team",
        "approval_class",
        "approvers",
        "allows_batch",
        "due_ms",
        "escalate_ms",
        "policy",
        "constraints",
        "decision",
        "risk_tags",
        "proposed_ms",
        "deadline_ms",
        "proposed_digest",
        "proposed_by",
        "payload",
        "is_sealed",
        "trace",
        "fingerprint",
        *_SUMMARY,
    ),
    adding=("requests",),
)
_HOLD_TEXT: Final = """
INSERT OR REPLACE INTO holds_text (rowid, names)
SELECT id, ? FROM holds WHERE hold_id = ?
"""
_REQUEST: Final = upsert(
    "hold_requests",
    ("hold_id", "offset"),
    (
        "cause",
        "asked_ms",
        "digest",
        "snapshot",
        "team",
        "approval_class",
        "approvers",
        "due_ms",
        "constraints",
        "is_sealed",
    ),
)
# What was asked about before an edit, kept for the difference; the latest payload stands on the hold alone.
_REPLACED: Final = """
UPDATE hold_requests SET payload = (SELECT payload FROM holds WHERE holds.hold_id = ?1)
WHERE hold_id = ?1 AND "offset" = (
  SELECT min(r."offset") FROM hold_requests r JOIN holds USING (hold_id)
  WHERE r.hold_id = ?1 AND r.digest = holds.digest AND r.digest <> ?2)
"""
_SECOND: Final = upsert(
    "second_reviews",
    ("second_review_id",),
    (
        "partition",
        "asked_ms",
        "agent_id",
        "topic",
        "tool",
        "tenant_id",
        "risk",
        "team",
        "digest",
        "snapshot",
        "summary",
        "trace",
        "held",
        "payload",
        "is_sealed",
    ),
)
_PROMOTION: Final = upsert(
    "promotions",
    ("promotion_id", "digest"),
    (
        "partition",
        "offset",
        "asked_ms",
        "agent_id",
        "action_class",
        "level",
        "to_level",
        "evidence",
        "snapshot",
        "trace",
    ),
)


def request_changes(record: Record) -> Sequence[Statement]:
    """What a request changes.

    Raises:
        UnreadableError: it is none of the three kinds of requests.
    """
    fields = record.fields()
    if "hold_id" in fields.raw:
        return _hold(record, fields)
    if "second_review_id" in fields.raw:
        return (_second(record, fields),)
    if "promotion_id" in fields.raw:
        return (_promotion(record, fields),)
    raise UnreadableError("no request")


def summary_of(fields: Fields) -> Fields:
    """What may be known in clear; a request without a summary has it in the action itself."""
    return fields.object("summary") or fields.object("action")


def _hold(record: Record, fields: Fields) -> Sequence[Statement]:
    hold_id, digest = fields.required("hold_id"), fields.required("digest")
    decision, summary, proposed = fields.object("decision"), summary_of(fields), fields.object("proposed")
    asked_ms, cause, snapshot = record.event_ms, fields.required("cause"), fields.required("policy_snapshot")
    payload, is_sealed = payload_of(fields)
    team, approval_class, approvers = fields.text("team"), fields.text("approval_class"), fields.integer("approvers")
    due_ms, constraints = fields.time_ms("due_at"), decision.json("constraints")
    row = (
        hold_id,
        record.partition,
        summary.required("agent_id"),
        summary.required("action_id"),
        summary.text("topic"),
        summary.text("tool"),
        decision.text("rule_id"),
        decision.text("document"),
        decision.text("reason"),
        decision.text("reason_code"),
        fields.time_ms("opened_at"),
        asked_ms,
        cause,
        digest,
        snapshot,
        team,
        approval_class,
        approvers,
        fields.flag("allows_batch"),
        due_ms,
        fields.time_ms("escalate_at"),
        decision.text("policy_snapshot"),
        constraints,
        fields.json("decision"),
        summary.json("risk_tags"),
        summary.time_ms("proposed_at"),
        summary.time_ms("deadline"),
        proposed.text("digest"),
        proposed.text("by"),
        payload,
        is_sealed,
        record.trace,
        fingerprint(fields, summary),
        *(summary.text(name) for name in _TEXTS),
        *(summary.number(name) for name in _NUMBERS),
        *(summary.integer(name) for name in _INTEGERS),
        *(summary.flag(name) for name in _FLAGS),
        1,
    )
    asked = (hold_id, record.offset, cause, asked_ms, digest, snapshot, team, approval_class, approvers, due_ms)
    return (
        Statement(_REPLACED, (hold_id, digest)),
        Statement(_HOLD, row),
        Statement(_REQUEST, (*asked, constraints, is_sealed)),
        Statement(_HOLD_TEXT, (_names(fields, decision, summary), hold_id)),
    )


def _names(fields: Fields, decision: Fields, summary: Fields) -> str:
    """What a hold is found by."""
    found = [fields.text("hold_id"), *(decision.text(name) for name in _SEARCHED_OF_DECISION)]
    found += [summary.text(name) for name in _SEARCHED]
    return " ".join((*(name for name in found if name), *summary.texts("risk_tags")))


def _second(record: Record, fields: Fields) -> Statement:
    summary = summary_of(fields)
    row = (
        fields.required("second_review_id"),
        record.partition,
        record.event_ms,
        summary.required("agent_id"),
        summary.text("topic"),
        summary.text("tool"),
        summary.text("tenant_id"),
        summary.text("risk"),
        fields.text("team"),
        fields.required("digest"),
        fields.required("policy_snapshot"),
        fields.json("summary"),
        record.trace,
        fields.json("held"),
        *payload_of(fields),
    )
    return Statement(_SECOND, row)


def _promotion(record: Record, fields: Fields) -> Statement:
    row = (
        fields.required("promotion_id"),
        fields.required("digest"),
        record.partition,
        record.offset,
        record.event_ms,
        fields.required("agent_id"),
        fields.text("action_class"),
        fields.integer("level"),
        fields.integer("to_level"),
        fields.json("evidence"),
        fields.required("policy_snapshot"),
        record.trace,
    )
    return Statement(_PROMOTION, row)
