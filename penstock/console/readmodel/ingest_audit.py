"""gate.audit.v1: every record as it stands, and what it says about holds, reviews, outputs, samples, agents, policies.

One partition's records come in the order of their chain, and whatever one of them changes is changed by that partition
only, except where a table's key says otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from penstock.console.readmodel.audit_entry import Entry
from penstock.console.readmodel.ingest_agents import agent_changes
from penstock.console.readmodel.ingest_holds import (
    conflict_changes,
    decision_changes,
    hold_changes,
    second_review_changes,
)
from penstock.console.readmodel.ingest_quarantine import output_changes, quarantine_act_changes
from penstock.console.readmodel.ingest_samples import sample_verdict_changes
from penstock.console.readmodel.record import Fields, Record
from penstock.console.readmodel.statements import Statement, upsert
from streams.topics import REVIEWS

# An audit record's number for full text: so many records fit into a partition.
SEQ_BITS: Final = 40
HOUR_MS: Final = 60 * 60 * 1000
# Ids by which the gate names what a record is about, the first that is there counts.
_SUBJECTS: Final = ("hold_id", "quarantine_id", "sample_id", "promotion_id")
_RESULTS: Final = ("resolution", "output_safety_decision", "status")
_ITEMS: Final = ("action_id", "output_id", "id")

_AUDIT: Final = """
INSERT INTO audit (id, partition, seq, "offset", at_ms, kind, agent_id, action_id, subject, person, code, decision,
  rule_id, topic, source_topic, source_partition, source_offset, value, prev, sha256)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_TEXT: Final = "INSERT INTO audit_text (rowid, names) VALUES (?, ?)"
_HOURLY: Final = upsert("hourly", ("hour_ms", "kind", "result", "rule_id"), adding=("records",))
_RECORDED: Final = upsert(
    "reviews",
    ("partition", "offset"),
    ("recorded_kind", "recorded_seq", "recorded_ms", "recorded_code", "recorded_resolution"),
)
_LANE_POLICY: Final = upsert("lane_policies", ("partition", "seq"), ("at_ms", "snapshot", "before", "activated_by"))
_LANE_KILLS: Final = upsert("lane_kills", ("partition", "seq"), ("at_ms", "entries", "digest"))


def audit_changes(record: Record) -> Sequence[Statement]:
    """What an audit record changes.

    Raises:
        UnreadableError: it is no audit record.
    """
    entry = Entry.of(record)
    found = [*_as_it_stands(record, entry)]
    if entry.source_topic == REVIEWS.name and entry.source_offset is not None:
        found.append(_recorded(entry))
    for change in _KINDS.get(entry.kind, _ABOUT_HOLDS):
        found += change(entry)
    found += agent_changes(entry)
    return found


class _Told(NamedTuple):
    """What the columns of `audit` say about a record."""

    code: str | None
    decision: str | None
    rule_id: str | None


def _told(entry: Entry) -> _Told:
    fields = entry.fields
    decision = fields.object("decision")
    code = fields.first(("code", "reason_code")) or decision.text("reason_code")
    result = fields.first(_RESULTS) or decision.first(("decision", "output_safety_decision"))
    return _Told(code, result, fields.text("rule_id") or decision.text("rule_id"))


def _held(decision: Fields) -> str | None:
    """The id of the hold that a decision begins. Others are found by their text: most are never looked up by id."""
    return decision.text("decision_id") if decision.text("decision") == "REQUIRE_APPROVAL" else None


def _as_it_stands(record: Record, entry: Entry) -> Sequence[Statement]:
    fields, told, value = entry.fields, _told(entry), record.value or b""
    number = (entry.partition << SEQ_BITS) + entry.seq
    action_id = fields.first(_ITEMS)
    subject = fields.first(_SUBJECTS) or _held(fields.object("decision"))
    person = fields.text("reviewer") or fields.text("activated_by")
    topic, tool = fields.text("topic"), fields.text("tool")
    agent_id = fields.text("agent_id")
    row = (
        number,
        entry.partition,
        entry.seq,
        record.offset,
        entry.at_ms,
        entry.kind,
        agent_id,
        action_id,
        subject,
        person,
        told.code,
        told.decision,
        told.rule_id,
        topic,
        entry.source_topic,
        entry.source_partition,
        entry.source_offset,
        value,
        fields.required("prev"),
        hashlib.sha256(value).hexdigest(),
    )
    decision_id = subject or fields.object("decision").text("decision_id")
    names = (entry.kind, agent_id, action_id, decision_id, person, topic, tool, *told, fields.text("review_id"))
    # A review of a hold has a verdict, and no result before the hold ends.
    result = told.decision or fields.text("verdict") or told.code or ""
    hour_ms = entry.at_ms - entry.at_ms % HOUR_MS
    return (
        Statement(_AUDIT, row),
        Statement(_TEXT, (number, " ".join(name for name in names if name))),
        Statement(_HOURLY, (hour_ms, entry.kind, result, told.rule_id or "", 1)),
    )


def _recorded(entry: Entry) -> Statement:
    """What the gate made of the review that is the record's source."""
    fields = entry.fields
    code = fields.text("code")
    row = (entry.source_partition, entry.source_offset, entry.kind, entry.seq, entry.at_ms, code)
    return Statement(_RECORDED, (*row, fields.text("resolution")))


def _policy(entry: Entry) -> Sequence[Statement]:
    fields = entry.fields
    row = (entry.partition, entry.seq, entry.at_ms, fields.required("snapshot"))
    return (Statement(_LANE_POLICY, (*row, fields.text("before"), fields.text("activated_by"))),)


def _kills(entry: Entry) -> Sequence[Statement]:
    fields = entry.fields
    row = (entry.partition, entry.seq, entry.at_ms, fields.json("entries") or "[]", fields.text("digest"))
    return (Statement(_LANE_KILLS, row),)


_Changes = Callable[[Entry], Sequence[Statement]]
# Whatever else is about a hold tells facts about it, a conflict, or both; so kinds to come are understood as well.
_ABOUT_HOLDS: Final[Sequence[_Changes]] = (hold_changes, conflict_changes)
_KINDS: Final[Mapping[str, Sequence[_Changes]]] = {
    "decision": (decision_changes,),
    "second_review": (second_review_changes,),
    "quarantine_review": (quarantine_act_changes,),
    "sample_review": (sample_verdict_changes,),
    "output": (output_changes,),
    "chunk": (output_changes,),
    "policy": (_policy,),
    "kill_switch": (_kills,),
}
