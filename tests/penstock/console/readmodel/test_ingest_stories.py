"""What people, time and policy do, as the pure gate tells it and as the read model then shows it."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import orjson
import pytest

from penstock.console.readmodel.areas import AREA_OF_TABLE, area_of
from penstock.console.readmodel.ingest import READ_TOPICS, changes_of
from penstock.console.readmodel.record import Record
from policies.kill import kill_entry
from policies.promotion import promotion_id
from streams.gate import Gate
from streams.policy_feed import activation_records
from streams.sealing import Sealer, hold_context
from streams.topics import DEADLETTERS, POLICIES, REVIEWS
from tests.docs.written import story
from tests.penstock.console.readmodel.logs import (
    KAFKA_MS,
    READ,
    WitnessedLane,
    folded,
    one,
    records_of,
    records_of_lane,
    rows,
    shuffled,
    tables_of,
)
from tests.streams.approval_samples import MINUTE_MS, Desk, bundle_with
from tests.streams.quarantine_samples import Hearing, Ward
from tests.streams.samples import NOW_MS, PAYLOAD_KEY, OneLane, action, bundle_of, gate_of, outcome, output
from tests.streams.test_agent_step import act
from tests.streams.test_conduct_step import AUTONOMY, lane_of, work
from tests.streams.test_promotion_step import PEOPLE, signed

CANARY = "canary-7f3a"


def witnessed(lane: OneLane) -> WitnessedLane:
    """The same lane, from here on with the reviews that it is given."""
    return WitnessedLane(lane.gate, lane.state, lane.now_ms, lane.partitions, lane.offset, lane.written)


def a_desk(**more: Any) -> tuple[Desk, WitnessedLane]:
    """People who review, and their lane."""
    desk = Desk(**more)
    lane = desk.lane = witnessed(desk.lane)
    return desk, lane


def forget(lane: OneLane) -> None:
    """Let so much time pass that the lane no longer knows which verdicts it gave."""
    limits = replace(lane.gate.terms.limits, verdict_retention_ms=1)
    lane.gate = Gate(replace(lane.gate.terms, limits=limits))
    lane.state.take_changes(lane.now_ms)
    lane.now_ms += 60 * MINUTE_MS
    lane.gate.forget(lane.state, lane.now_ms)


def timeline(records: list[Record], hold_id: str) -> list[tuple[str, str | None]]:
    """What happened to a hold, and who did it."""
    found = rows(folded(records), "SELECT * FROM hold_events WHERE hold_id = ? ORDER BY at_ms, seq, n", hold_id)
    return [(row["kind"], row["person"]) for row in found]


def test_a_hold_goes_through_many_hands() -> None:
    desk, lane = a_desk()
    hold_id = desk.hold("t1", amount=1500, session_id="s-1")
    proposed = desk.request(hold_id)["digest"]
    desk.review(hold_id, "ana", "claim")
    desk.review(hold_id, "ana", "ask", reason="which order?")
    assert desk.refusal(hold_id, "eve") == "question_open"
    desk.review(hold_id, "eve", "answer", reason="order 7")
    desk.review(hold_id, "ana", "modify", arguments={"order": "t1", "amount": 1400})
    desk.review(hold_id, "eve")
    records = records_of_lane(lane)
    held = one(folded(records), "SELECT * FROM holds")
    assert (held["state"], held["votes"], held["approvers"], held["requests"]) == ("pending", 1, 2, 2)
    assert (held["edits"], held["edited_by"], held["proposed_by"], held["proposed_digest"]) == (
        1,
        "ana",
        "ana",
        proposed,
    )
    assert (held["amount_usd"], held["risk"], held["session_id"], held["owner"]) == ("1400", "medium", "s-1", None)

    desk.review(hold_id, "tim", "constrain", constraints={"max_amount_usd": 1450}, rendered_at="2027-01-15T08:00:01Z")
    records = records_of_lane(lane)
    held = one(folded(records), "SELECT * FROM holds")
    assert (held["state"], held["resolution"], held["stage"]) == ("approved", "modified", "decided")
    assert (held["ended_by_kind"], orjson.loads(held["ended_by"])) == ("reviewer", ["eve", "tim"])
    assert (held["chosen_ms"] or 0) - (held["rendered_ms"] or 0) == 4_000
    assert orjson.loads(held["ended_decision"])["constraints"]["max_amount_usd"] == 1450
    assert timeline(records, hold_id) == [
        ("requested", None), ("claimed", "ana"), ("asked", "ana"), ("conflict", "eve"), ("answered", "eve"),
        ("modified", "ana"), ("voted", "eve"), ("voted", "tim"), ("resolved", "tim"),
    ]  # fmt: skip
    sent = rows(folded(records), "SELECT * FROM reviews WHERE recorded_code IS NOT NULL")
    assert [(row["verdict"], row["recorded_kind"], row["recorded_code"]) for row in sent] == [
        ("approve", "review_conflict", "question_open")
    ]


def test_both_payloads_of_an_edited_hold_are_kept_and_open_under_their_own_digests() -> None:
    desk, lane = a_desk()
    hold_id = desk.hold("t1", amount=1500)
    desk.review(hold_id, "ana", "modify", arguments={"order": "t1", "amount": 1400})
    desk.review(hold_id, "ana", "escalate")
    db = folded(records_of_lane(lane))
    held = one(db, "SELECT * FROM holds")
    asked = rows(db, 'SELECT * FROM hold_requests ORDER BY "offset"')
    assert [(row["cause"], row["payload"] is None) for row in asked] == [
        ("requested", False), ("modified", True), ("escalated", True),
    ]  # fmt: skip
    amounts = []
    for row in (asked[0], held):
        opened = Sealer(PAYLOAD_KEY).open(orjson.loads(row["payload"]), context=hold_context(hold_id, row["digest"]))
        amounts.append(orjson.loads(opened)["arguments"]["amount"])
    assert amounts == [1500, 1400]


def test_time_and_policy_end_holds_under_names_of_their_own() -> None:
    desk, lane = a_desk()
    desk.hold("t2", topic="job.note.add")
    desk.wait(10 * MINUTE_MS)
    desk.hold("t3")
    desk.wait(20 * MINUTE_MS)
    desk.wait(4 * 60 * MINUTE_MS)
    desk.hold("t4")
    desk.activate(bundle_with(invariants=("amount_usd_above: 9000", "amount_usd_above: 100")))
    desk.wait(20 * MINUTE_MS)
    records = records_of_lane(lane)
    found = rows(folded(records), "SELECT action_id, state, stage, ended_by_kind, team FROM holds ORDER BY action_id")
    assert [tuple(row.values()) for row in found] == [
        ("t2", "released_by_timeout", "expired", "deadline", "ops"),
        ("t3", "expired", "expired", "deadline", "ops"),
        ("t4", "superseded", "decided", "policy", "finance"),
    ]
    expected = tables_of(folded(records))
    for seed in range(20):
        assert tables_of(folded(shuffled(records, Random(seed)))) == expected


def test_an_action_that_is_held_again_under_its_id_is_open_again() -> None:
    desk, lane = a_desk()
    hold_id = desk.hold("t1")
    desk.review(hold_id, "ana", "deny")
    forget(lane)
    assert desk.hold("t1") == hold_id
    held = one(folded(records_of_lane(lane)), "SELECT * FROM holds")
    assert (held["state"], held["ended_ms"], held["opened_ms"]) == ("pending", None, lane.now_ms)


def test_a_withdrawn_hold_and_a_second_opinion_are_shown() -> None:
    drawn = ("fatigue_controls: {", "fatigue_controls: {sampled_second_review_rate: 1, ")
    desk, lane = a_desk(bundle=bundle_with(people=drawn))
    hold_id = desk.hold("t5")
    desk.review(hold_id, "ana")
    (second,) = rows(folded(records_of_lane(lane)), "SELECT * FROM second_reviews")
    assert (second["state"], second["risk"], orjson.loads(second["excluded"])) == ("open", "medium", ["ana"])
    assert "ending" not in orjson.loads(second["held"])
    target = {"kind": "second_review", "id": hold_id}
    lane.give(desk.fields(hold_id, "eve", "deny", target=target))
    (second,) = rows(folded(records_of_lane(lane)), "SELECT * FROM second_reviews")
    assert (second["state"], second["reviewer"], second["agrees"]) == ("answered", "eve", 0)
    assert timeline(records_of_lane(lane), hold_id)[-1] == ("second_review", "eve")


def test_quarantined_outputs_are_held_revealed_and_decided() -> None:
    ward = Ward()
    lane = ward.lane = witnessed(ward.lane)
    first, second, third = (ward.hold(f"o{number}") for number in range(3))
    ward.review(first, "ana", "reveal")
    ward.review(first, "sen", "release")
    ward.review(second, "ana", "redact")
    ward.review(third, "ana", "reject")
    assert ward.refusal(third, "sen", "release") == "already_decided"
    records = records_of_lane(lane)
    db = folded(records)
    found = {row["output_id"]: row for row in rows(db, "SELECT * FROM quarantine")}
    assert [found[f"o{n}"]["state"] for n in range(3)] == ["released", "redacted", "rejected"]
    assert (found["o0"]["reveals"], found["o0"]["decided_by"], found["o0"]["findings"]) == (1, "sen", 1)
    acts = rows(db, "SELECT verdict, reviewer FROM quarantine_acts WHERE quarantine_id = ?", first["quarantine_id"])
    assert acts == [{"verdict": "reveal", "reviewer": "ana"}, {"verdict": "release", "reviewer": "sen"}]
    (finding,) = rows(db, "SELECT * FROM quarantine_findings WHERE quarantine_id = ?", first["quarantine_id"])
    assert (finding["type"], finding["field"], finding["detector"] != "") == ("PRIVATE_KEY", None, True)
    assert orjson.loads(found["o0"]["payload"]) == first["payload"]
    reason = "SELECT r.reason FROM quarantine_acts a JOIN reviews r ON r.partition = a.partition"
    assert rows(db, reason + " AND r.\"offset\" = a.review_offset WHERE a.verdict = 'reveal'") == [
        {"reason": "I looked at it"}
    ]
    expected = tables_of(db)
    assert tables_of(folded(shuffled(records, Random(5)))) == expected


def test_an_output_that_is_held_back_again_under_its_id_is_undecided_again() -> None:
    ward = Ward()
    lane = ward.lane = witnessed(ward.lane)
    ward.review(ward.hold("o1"), "ana", "reject")
    forget(lane)
    ward.hold("o1")
    found = one(folded(records_of_lane(lane)), "SELECT * FROM quarantine")
    assert (found["state"], found["decided_by"], found["quarantined_ms"]) == ("held", None, lane.now_ms)


def test_verdicts_on_samples_stand_together_and_the_latest_on_the_sample() -> None:
    hearing = Hearing()
    lane = hearing.lane = witnessed(hearing.lane)
    lane.gate = Gate(
        replace(lane.gate.terms, bundle=bundle_of(audit="audit: {sampling: {rate: 1, strategy: uniform}}"))
    )
    lane.give(action("a1"))
    roles = {"roles": ["reviewer"]}
    hearing.review("ana", "correct", reviewer={"id": "ana", **roles})
    lane.now_ms += MINUTE_MS
    hearing.review("eve", "wrong", reviewer={"id": "eve", **roles}, defect="wrong tool")
    found = one(folded(records_of_lane(lane)), "SELECT * FROM samples")
    assert (found["state"], found["verdict"], found["defect"], found["reviewer"]) == (
        "reviewed", "wrong", "wrong tool", "eve",
    )  # fmt: skip
    assert (found["probability"], found["outcome"], found["topic"], found["is_sealed"]) == (
        1.0,
        "ALLOW",
        "job.crm.read",
        1,
    )


@pytest.mark.parametrize("first", [0, 1])
def test_verdicts_on_one_sample_from_two_partitions_are_ordered_by_time(first: int) -> None:
    records = [sample_review(0, "correct", at_ms=2_000), sample_review(1, "wrong", at_ms=1_000)]
    found = one(folded([records[first], records[1 - first]]), "SELECT * FROM samples")
    assert (found["verdict"], found["state"]) == ("correct", "incomplete")


def sample_review(partition: int, verdict: str, *, at_ms: int) -> Record:
    """An audit record of a verdict, as the gate writes it."""
    body = {
        "seq": 1,
        "prev": "0" * 64,
        "partition": partition,
        "at_ms": at_ms,
        "kind": "sample_review",
        "source": {"topic": REVIEWS.name, "partition": partition, "offset": 3},
        "agent_id": "agent-1",
        "sample_id": "s-1",
        "reviewer": "ana",
        "verdict": verdict,
        "review_id": "r",
    }
    return Record("gate.audit.v1", partition, 0, None, orjson.dumps(body), (), KAFKA_MS)


def test_promotions_are_offered_signed_and_withdrawn() -> None:
    lane = witnessed(lane_of(AUTONOMY % "true", PEOPLE))
    work(lane, 6)
    asked = one(folded(records_of_lane(lane)), "SELECT * FROM promotions")
    assert (asked["state"], asked["level"], asked["to_level"]) == ("open", 0, 1)
    assert asked["promotion_id"] == promotion_id("agent-1", "")
    lane.give(signed({**asked, "policy_snapshot": asked["snapshot"]}, "approve", reviewer={"id": "ann"}))
    db = folded(records_of_lane(lane))
    found = one(db, "SELECT * FROM promotions WHERE verdict IS NOT NULL")
    assert (found["state"], found["reviewer"], found["decided_ms"]) == ("approved", "ann", lane.now_ms)
    level = one(db, "SELECT level, kind FROM agent_levels WHERE action_class = ''")
    assert level == {"level": 1, "kind": "promoted"}


def test_a_request_that_the_agent_loses_is_withdrawn() -> None:
    lane = witnessed(lane_of(AUTONOMY % "true", PEOPLE))
    work(lane, 6)
    lane.give(action("bad"))
    lane.give(outcome("bad", "incident"))
    waiting = [s for s in lane.state.agents["agent-1"].record.standings.values() if s.is_offered]
    found = rows(folded(records_of_lane(lane)), "SELECT state FROM promotions")
    assert waiting == []
    assert [row["state"] for row in found] == ["withdrawn"]


def test_agents_are_counted_stopped_and_let_go_on() -> None:
    lane = WitnessedLane()
    lane.give(action("a1"))
    lane.give(action("a1"))
    lane.give(outcome("a1"))
    lane.give(action("a2", "job.crm.delete"))
    lane.give(action("a3", "job.support.refund"))
    lane.give(output("o1"))
    lane.now_ms += MINUTE_MS
    lane.give(act())
    found = one(folded(records_of_lane(lane)), "SELECT * FROM agents")
    counted = ("allowed", "denied", "held", "succeeded", "passed", "conflicts")
    assert [found[name] for name in counted] == [1, 1, 1, 1, 1, 0]
    assert (found["first_ms"], found["last_ms"]) == (NOW_MS, NOW_MS)
    assert (found["stopped_by"], found["stopped_ms"], found["level"]) == ("ann", lane.now_ms, 0)
    lane.give(act("resume"))
    db = folded(records_of_lane(lane))
    assert one(db, "SELECT stopped_by FROM agents") == {"stopped_by": None}
    assert [row["kind"] for row in rows(db, "SELECT kind FROM agent_events ORDER BY seq")] == ["stop", "resume"]


def test_policies_kills_and_what_lanes_decide_by_are_kept() -> None:
    lane = WitnessedLane()
    adopted = lane.gate.adopt(lane.state, lane.now_ms)
    assert adopted is not None
    bundle = lane.gate.terms.bundle
    given = activation_records(
        bundle, previous=None, reason="why", activated_by="ann", activated_at="2030-01-01T00:00:00Z"
    )
    keyed = [(key.encode(), value) for key, value in given]
    entry = kill_entry("agent", "agent-*", reason="an incident", by="ana", at_ms=NOW_MS)
    keyed += [
        (entry.key.encode(), orjson.dumps(entry.to_json())),
        (b"kill/nonsense", b"\xff"),
        (entry.key.encode(), b""),
    ]
    records = [
        Record(POLICIES.name, 0, number, key, value or None, (), KAFKA_MS + number)
        for number, (key, value) in enumerate(keyed)
    ]
    db = folded([*records, *records_of(adopted.effects)])
    activation = one(db, "SELECT * FROM activations")
    assert (activation["snapshot"], activation["activated_by"], activation["reason"]) == (bundle.snapshot, "ann", "why")
    assert one(db, "SELECT snapshot FROM bundles") == {"snapshot": bundle.snapshot}
    kills = {row["scope"]: (row["pattern"], row["by"], row["is_active"]) for row in rows(db, "SELECT * FROM kills")}
    assert kills == {"agent": ("agent-*", "ana", 0), "everything": ("*", "unknown", 1)}
    assert one(db, "SELECT snapshot FROM lane_policies") == {"snapshot": bundle.snapshot}


def test_dead_letters_leave_their_value_behind() -> None:
    lane = WitnessedLane()
    lane.step(lane.read(CANARY.encode(), topic="agent.actions.proposed.v1", key=b"agent-1"))
    db = folded(records_of_lane(lane))
    found = one(db, "SELECT * FROM deadletters")
    assert (found["code"], found["stage"], found["source_offset"], found["value_bytes"]) == (
        "not_json",
        "intake",
        0,
        11,
    )
    assert CANARY not in repr(tables_of(db))
    assert one(db, "SELECT code FROM audit WHERE kind = 'dead_letter'") == {"code": "not_json"}


def test_what_nobody_may_search_stands_in_payload_columns_only() -> None:
    lane = WitnessedLane(gate_of(bundle_of(audit="audit: {sampling: {rate: 1, strategy: uniform}}"), is_sealing=False))
    secret: dict[str, Any] = {
        "arguments": {"note": CANARY},
        "reasoning": CANARY,
        "context": {"mail": CANARY},
        "labels": {"l": CANARY},
    }
    step = lane.give(action("h1", "job.support.refund", **secret))
    lane.give(action("a1", **secret))
    lane.give(output("o1", f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----"))
    db = folded([*records_of_lane(lane), *records_of(step.effects)[:0]])
    found = set()
    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in rows(db, f'SELECT * FROM "{table}"'):  # noqa: S608
            found |= {(table, name) for name, value in row.items() if CANARY.encode() in _bytes(value)}
    assert found == {("holds", "payload"), ("samples", "payload")}


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def test_every_record_that_the_gate_can_write_is_understood() -> None:
    records = [
        Record(emit.topic, emit.partition, number, emit.key, emit.value, emit.headers, KAFKA_MS)
        for number, emit in enumerate(story())
        if emit.topic in READ
    ]
    assert {record.topic for record in records} >= READ - {REVIEWS.name, POLICIES.name}
    unread = [record for record in records if changes_of(record)[0].sql.split()[2] == "unread"]
    assert unread == []


def test_every_table_belongs_to_an_area_or_to_the_feed() -> None:
    tables = set(tables_of(folded([])))
    assert tables - AREA_OF_TABLE.keys() == {"positions"}
    assert AREA_OF_TABLE.keys() <= tables
    sqls = {statement.sql for record in _all_records() for statement in changes_of(record)}
    assert [sql for sql in sqls if area_of(sql) is None] == []


def _all_records() -> list[Record]:
    found = [Record(topic.name, 0, 0, None, b"{}", (), KAFKA_MS) for topic in READ_TOPICS]
    dead = Record(DEADLETTERS.name, 0, 1, None, b"", (("gate.errors.code", b"empty"),), KAFKA_MS)
    return [*found, dead, *records_of(emit for emit in story() if emit.topic in READ)]
