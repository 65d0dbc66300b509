"""The read model is the same for every order in which topics can be read, and agrees with the gate that wrote them."""

from __future__ import annotations

import sqlite3
from random import Random
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.readmodel.ingest import READ_TOPICS, changes_of
from penstock.console.readmodel.record import Record
from policies.approvals import Approval
from tests.penstock.console.readmodel.logs import (
    KAFKA_MS,
    WitnessedLane,
    folded,
    records_of_lane,
    rows,
    shuffled,
    tables_of,
)
from tests.streams.histories import GATES, HISTORIES, Life
from tests.streams.samples import MODEST

TOPICS = [topic.name for topic in READ_TOPICS]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def lived(history: Any) -> WitnessedLane:
    """A lane after a history."""
    lane = WitnessedLane(GATES[0])
    Life(lane).live(history)
    return lane


@given(HISTORIES, st.randoms(use_true_random=False))
@MODEST
def test_every_order_of_topics_gives_the_same_tables(history: Any, random: Random) -> None:
    records = records_of_lane(lived(history))
    expected = tables_of(folded(sorted(records, key=lambda record: record.topic)))
    assert tables_of(folded(records[::1])) == expected
    assert tables_of(folded(shuffled(records, random))) == expected


@given(HISTORIES)
@MODEST
def test_open_holds_are_those_of_the_gate(history: Any) -> None:
    lane = lived(history)
    db = folded(records_of_lane(lane))
    found = {row["hold_id"]: row for row in rows(db, "SELECT * FROM holds WHERE stage = 'open'")}
    assert found.keys() == lane.state.holds.keys()
    for hold_id, hold in lane.state.holds.items():
        approval, row = Approval.from_json(hold.approval), found[hold_id]
        assert row["state"] == ("asked" if approval.question else "pending")
        assert row["snapshot"] in approval.snapshots
        assert _as_the_gate_has_it(row) == _as_it_is(approval)
        votes = rows(db, "SELECT reviewer, review_id, at_ms FROM hold_votes WHERE hold_id = ? ORDER BY seq", hold_id)
        assert votes == [{"reviewer": v.reviewer, "review_id": v.review_id, "at_ms": v.at_ms} for v in approval.votes]
        assert orjson.loads(row["constraints"]) == hold.decision["constraints"]
        assert orjson.loads(row["decision"]) == hold.decision


def _as_the_gate_has_it(row: dict[str, Any]) -> dict[str, Any]:
    names = ("agent_id", "tenant_id", "digest", "team", "approvers", "approval_class", "due_ms", "opened_ms", "votes")
    question = (row["question_by"], row["question_review"], row["question_ms"])
    claim = (row["claimed_by"], row["claimed_until_ms"])
    more = {"escalate_ms": row["escalate_ms"], "allows_batch": bool(row["allows_batch"]), "edited_by": row["edited_by"]}
    return {name: row[name] for name in names} | more | {"question": question, "claim": claim}


def _as_it_is(approval: Approval) -> dict[str, Any]:
    question, claim = approval.question, approval.claim
    return {
        "agent_id": approval.agent_id,
        "tenant_id": approval.tenant_id,
        "digest": approval.digest,
        "team": approval.team,
        "approvers": approval.plan.approvers,
        "approval_class": approval.plan.approval_class.value,
        "due_ms": approval.due_ms,
        "opened_ms": approval.opened_ms,
        "votes": len(approval.votes),
        "escalate_ms": approval.next_team_ms,
        "allows_batch": approval.allows_batch,
        "edited_by": approval.editors[-1] if approval.editors else None,
        "question": (None,) * 3 if question is None else (question.reviewer, question.review_id, question.at_ms),
        "claim": (None,) * 2 if claim is None else (claim.reviewer, claim.until_ms),
    }


@given(HISTORIES)
@MODEST
def test_second_reviews_quarantines_and_the_audit_are_those_of_the_gate(history: Any) -> None:
    lane = lived(history)
    db, state = folded(records_of_lane(lane)), lane.state
    seconds = {row["second_review_id"]: row for row in rows(db, "SELECT * FROM second_reviews WHERE state = 'open'")}
    assert seconds.keys() == state.seconds.keys()
    for name, second in state.seconds.items():
        assert (seconds[name]["digest"], seconds[name]["team"]) == (second.digest, second.team)
        assert set(orjson.loads(seconds[name]["excluded"])) <= set(second.excluded)
    held = {row["quarantine_id"]: row for row in rows(db, "SELECT * FROM quarantine")}
    for name, entry in state.quarantines.entries.items():
        assert (held[name]["digest"], held[name]["resolution"]) == (entry.digest, entry.decided)
    last = rows(db, "SELECT seq, sha256 FROM audit ORDER BY seq DESC LIMIT 1")
    assert last == ([{"seq": state.audit_seq, "sha256": state.audit_head}] if state.audit_seq else [])
    broken = "SELECT count(*) AS n FROM audit a JOIN audit b ON b.seq = a.seq + 1 WHERE b.prev <> a.sha256"
    assert rows(db, broken) == [{"n": 0}]
    assert rows(db, "SELECT * FROM unread") == []


@given(HISTORIES)
@MODEST
def test_every_review_stands_with_what_the_gate_made_of_it(history: Any) -> None:
    lane = lived(history)
    db = folded(records_of_lane(lane))
    found = rows(db, "SELECT * FROM reviews")
    assert len(found) == len(lane.reviews)
    for row in found:
        audit = rows(db, "SELECT * FROM audit WHERE source_offset = ? AND person IS NOT NULL", row["offset"])
        assert row["recorded_seq"] is not None
        assert [entry["seq"] for entry in audit] in ([], [row["recorded_seq"]])


@given(
    st.sampled_from(TOPICS),
    st.none() | st.binary(max_size=40) | JSON.map(lambda value: orjson.dumps(_fit(value))),
    st.none() | st.sampled_from([b"active", b"bundle/x", b"kill/agent/a", b"kill/", b"\xff"]),
    st.lists(st.tuples(st.sampled_from(["ce_time", "gate.errors.code", "gate.errors.offset"]), st.binary(max_size=9))),
)
@MODEST
def test_any_record_is_taken_in_or_counted(
    topic: str, value: bytes | None, key: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    record = Record(topic, 0, 3, key, value, headers, KAFKA_MS)
    db = folded([record])
    counted = rows(db, "SELECT * FROM unread")
    assert counted in ([], [{"topic": topic, "partition": 0, "records": 1, "last_offset": 3}])
    if counted:
        assert len(changes_of(record)) == 1


def _fit(value: Any) -> Any:
    """The value with integers that JSON writers agree on."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value % 2**64 - 2**63
    if isinstance(value, list):
        return [_fit(item) for item in value]
    return {name: _fit(item) for name, item in value.items()} if isinstance(value, dict) else value


@given(HISTORIES, st.data())
@MODEST
def test_a_damaged_record_of_the_gate_breaks_nothing(history: Any, data: st.DataObject) -> None:
    records = records_of_lane(lived(history))
    chosen = data.draw(st.sampled_from(records)) if records else None
    if chosen is None or chosen.value is None or not chosen.value.startswith(b"{"):
        return
    fields = orjson.loads(chosen.value)
    name = data.draw(st.sampled_from(sorted(fields)))
    damaged = chosen._replace(value=orjson.dumps(fields | {name: _fit(data.draw(JSON))}))
    db = folded([damaged if record is chosen else record for record in records])
    counted: list[sqlite3.Row] = db.execute("SELECT sum(records) FROM unread").fetchall()
    assert counted[0][0] in (None, 1)
