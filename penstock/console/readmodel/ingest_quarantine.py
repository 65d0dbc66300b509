"""gate.quarantine.v1, and what the audit says about people who look at quarantined outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from penstock.console.readmodel.audit_entry import Entry
from penstock.console.readmodel.record import Record, UnreadableError
from penstock.console.readmodel.statements import Statement, upsert
from policies.decisions import OutputDecision
from streams.output_step import result_id

_TEXTS: Final = (
    "agent_id",
    "output_id",
    "job_id",
    "topic",
    "audience",
    "tenant_id",
    "session_id",
    "reason",
    "reason_code",
    "rule_id",
    "document",
    "digest",
)
_OUTPUT: Final = upsert(
    "quarantine",
    ("quarantine_id",),
    (
        "partition",
        "offset",
        "quarantined_ms",
        "policy",
        "sequence",
        "is_final",
        "findings",
        "source_topic",
        "source_partition",
        "source_offset",
        "trace",
        "payload",
        *_TEXTS,
    ),
)
_FINDING: Final = upsert(
    "quarantine_findings", ("quarantine_id", "n"), ("type", "field", "start", "end", "score", "detector")
)
_ACT: Final = upsert(
    "quarantine_acts", ("partition", "seq"), ("quarantine_id", "at_ms", "reviewer", "verdict", "review_offset")
)
_REVEALED: Final = upsert("quarantine", ("quarantine_id",), adding=("reveals",))
_DECISION: Final = ("resolution", "decided_ms", "decided_by", "decided_seq", "decision")
_DECIDED: Final = upsert("quarantine", ("quarantine_id",), _DECISION)


def quarantine_changes(record: Record) -> Sequence[Statement]:
    """What a quarantined output changes.

    Raises:
        UnreadableError: it is none.
    """
    fields = record.fields()
    quarantine_id, source = fields.required("quarantine_id"), fields.object("source")
    findings = list(fields.objects("findings"))
    quarantined_ms = fields.time_ms("quarantined_at")
    row = (
        quarantine_id,
        record.partition,
        record.offset,
        record.event_ms if quarantined_ms is None else quarantined_ms,
        fields.text("policy_snapshot"),
        fields.integer("sequence"),
        fields.flag("final"),
        len(findings),
        source.text("topic"),
        source.integer("partition"),
        source.integer("offset"),
        record.trace,
        fields.json("payload"),
        fields.required("agent_id"),
        *(fields.text(name) for name in _TEXTS[1:]),
    )
    found = [Statement(_OUTPUT, row)]
    for n, finding in enumerate(findings):
        start, end, score = finding.integer("start"), finding.integer("end"), finding.number("score")
        if start is None or end is None or score is None:
            raise UnreadableError("a finding without its place")
        place = (finding.required("type"), finding.text("field"), start, end, score, finding.required("detector"))
        found.append(Statement(_FINDING, (quarantine_id, n, *place)))
    return found


def output_changes(entry: Entry) -> Sequence[Statement]:
    """An output that is held back is undecided, also one that was decided before and came again under its id.

    That happens once the gate has forgotten the first; what is the same has the same id then.
    """
    fields = entry.fields
    if fields.text("output_safety_decision") != OutputDecision.QUARANTINE:
        return ()
    said = (fields.required("agent_id"), fields.required("output_id"), fields.required("digest"))
    return (Statement(_DECIDED, (result_id(*said), *(None for _ in _DECISION))),)


def quarantine_act_changes(entry: Entry) -> Sequence[Statement]:
    """What a review of a quarantined output did; each that counted, reveals among them."""
    fields = entry.fields
    quarantine_id, verdict = fields.required("quarantine_id"), fields.required("verdict")
    reviewer = fields.required("reviewer")
    act = (entry.partition, entry.seq, quarantine_id, entry.at_ms, reviewer, verdict, entry.review_offset)
    if verdict == "reveal":
        return (Statement(_ACT, act), Statement(_REVEALED, (quarantine_id, 1)))
    row = (quarantine_id, verdict, entry.at_ms, reviewer, entry.seq, fields.json("decision"))
    return (Statement(_ACT, act), Statement(_DECIDED, row))
