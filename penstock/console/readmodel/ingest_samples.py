"""gate.samples.v1, and what the audit says about people's verdicts on samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from penstock.console.readmodel.audit_entry import Entry
from penstock.console.readmodel.record import Record, payload_of
from penstock.console.readmodel.statements import Statement, upsert

_NAMES: Final = ("topic", "tool", "tenant_id", "session_id", "risk")
_SAMPLE: Final = upsert(
    "samples",
    ("sample_id",),
    (
        "partition",
        "offset",
        "sampled_ms",
        "probability",
        "stratum",
        "route",
        "agent_id",
        "action_id",
        "rule_id",
        "outcome",
        "digest",
        "snapshot",
        "decision",
        "summary",
        "trace",
        "payload",
        "is_sealed",
        *_NAMES,
    ),
)
_VERDICT: Final = upsert(
    "sample_verdicts",
    ("partition", "seq"),
    ("sample_id", "at_ms", "reviewer", "verdict", "defect", "review_offset"),
)
# Verdicts on one sample may stand in several partitions, whose order is that of their times.
_LATEST: Final = """
INSERT INTO samples (sample_id, verdict, defect, reviewer, reviewed_ms)
SELECT sample_id, verdict, defect, reviewer, at_ms FROM sample_verdicts
WHERE sample_id = ? ORDER BY at_ms DESC, partition DESC, seq DESC LIMIT 1
ON CONFLICT (sample_id) DO UPDATE SET verdict = excluded.verdict, defect = excluded.defect,
  reviewer = excluded.reviewer, reviewed_ms = excluded.reviewed_ms
"""


def sample_changes(record: Record) -> Sequence[Statement]:
    """What a sample changes.

    Raises:
        UnreadableError: it is none.
    """
    fields = record.fields()
    decision = fields.object("decision")
    summary = fields.object("summary") or fields.object("action")
    row = (
        fields.required("sample_id"),
        record.partition,
        record.offset,
        record.event_ms,
        fields.number("inclusion_probability"),
        fields.text("stratum"),
        fields.text("route"),
        decision.required("agent_id"),
        decision.required("action_id"),
        decision.text("rule_id"),
        decision.text("decision"),
        decision.text("action_digest"),
        decision.text("policy_snapshot"),
        fields.json("decision"),
        fields.json("summary"),
        record.trace,
        *payload_of(fields),
        *(summary.text(name) for name in _NAMES),
    )
    return (Statement(_SAMPLE, row),)


def sample_verdict_changes(entry: Entry) -> Sequence[Statement]:
    """What somebody said about a sample."""
    fields = entry.fields
    sample_id = fields.required("sample_id")
    said = (fields.required("reviewer"), fields.required("verdict"), fields.text("defect"), entry.review_offset)
    row = (entry.partition, entry.seq, sample_id, entry.at_ms, *said)
    return (Statement(_VERDICT, row), Statement(_LATEST, (sample_id,)))
