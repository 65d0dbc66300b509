"""What people are asked: the facts in clear, the payload sealed, and when what happens next."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given

from policies.approval_events import TimePassed, Transition
from policies.approval_steps import transition
from policies.approvals import Approval
from streams.held import Hold
from streams.sealing import Sealer, carried_action, hold_context
from streams.topics import ACTIONS_CLEARED, APPROVALS_REQUESTED, SAMPLES
from tests.streams.approval_samples import MINUTE_MS, Desk, bundle_with
from tests.streams.histories import HISTORIES, Life, restored
from tests.streams.samples import MODEST, PAYLOAD_KEY, opened, values

REQUESTED = APPROVALS_REQUESTED.name
SECRET = "the customer's own words"
CLAIMS: dict[str, Any] = {
    "reasoning": SECRET,
    "context": {"mail": SECRET},
    "labels": {"note": SECRET},
    "risk_tags": ["vip", "money"],
    "confidence": 0.7,
    "amount_usd": "1.00",
    "reversible": False,
    "environment": "prod",
    "tenant_id": "t-1",
    "session_id": "s-1",
    "model": "m-1",
    "retry_count": 3,
    "proposed_at": "2027-01-15T07:59:00Z",
    "deadline": "2027-01-16T08:00:00Z",
}
TAGGED = bundle_with(
    people=(
        "reversible: true, customer_facing: false,\n     derive",
        """reversible: true,
     customer_facing: false, risk_tags: [money], owner: pat, facts: {affected_users: 2}, derive""",
    )
)


def unsealed(desk: Desk) -> Desk:
    """The desk without a payload key."""
    desk.change(sealer=None)
    return desk


def test_summary_tells_the_facts_that_policy_used_and_derived_ones_outrank_claims() -> None:
    desk = Desk(TAGGED)

    summary = desk.request(desk.hold(**CLAIMS))["summary"]

    assert summary == {
        "agent_id": "agent-1", "action_id": "a1", "topic": "job.support.refund", "tool": "pay", "environment": "prod",
        "tenant_id": "t-1", "session_id": "s-1", "model": "m-1", "action_class": "financial", "owner": "pat",
        "risk": "medium", "risk_tags": ["money", "vip"], "confidence": 0.7, "anomaly_score": None, "retry_count": 3,
        "amount_usd": "420", "affected_users": 2, "customer_facing": False, "reversible": True,
        "session_tainted": None, "first_time": True, "autonomy_level": 0,
        "proposed_at": "2027-01-15T07:59:00Z", "deadline": "2027-01-16T08:00:00Z",
    }  # fmt: skip


def test_payload_is_in_no_request_and_in_no_sample_of_a_gate_with_a_key() -> None:
    audit = "\naudit: {sampling: {rate: 1, strategy: uniform}}\n"
    drawn = ("fatigue_controls: {", "fatigue_controls: {sampled_second_review_rate: 1, ")
    desk = Desk(bundle_with(rules=("rules:", audit + "rules:"), people=drawn))
    hold_id = desk.hold(**CLAIMS)
    desk.review(hold_id, "ana", "modify", arguments={"order": SECRET, "amount": 10})
    desk.review(hold_id, "eve")
    desk.hold("a2", topic="job.note.add", **{**CLAIMS, "reversible": True})
    desk.wait(10 * MINUTE_MS)

    written = [emit for emit in desk.lane.written if emit.topic in (REQUESTED, SAMPLES.name)]

    records = values(written, REQUESTED) + values(written, SAMPLES.name)
    assert [record.get("cause") for record in records[:4]] == ["requested", "modified", None, "requested"]
    assert len(records) == 7
    assert all(SECRET.encode() not in (emit.value or b"") for emit in written)
    assert all(SECRET in str(opened(record)) for record in records)


def test_without_a_key_the_action_travels_whole() -> None:
    desk = unsealed(Desk())

    request = desk.request(desk.hold(**CLAIMS))

    assert (request["payload"], request["action"]["reasoning"]) == (None, SECRET)


def test_box_opens_for_its_hold_and_digest_only() -> None:
    desk = Desk()
    request = desk.request(desk.hold())
    sealer = Sealer(PAYLOAD_KEY)
    other = hold_context(request["hold_id"], "0" * 64)

    assert carried_action(sealer, request, context=other) is None
    assert carried_action(Sealer(bytes(32)), request, context=hold_context("x", request["digest"])) is None
    assert carried_action(None, request, context="") is None
    assert opened(request)["arguments"] == {"order": "a1", "amount": 420}


def test_edited_action_is_summed_up_anew_and_says_who_edited_what() -> None:
    desk = Desk()
    hold_id = desk.hold()
    first = desk.request(hold_id)
    desk.review(hold_id, "ana", "modify", arguments={"order": "a1", "amount": 90})
    desk.review(hold_id, "eve", "modify", arguments={"order": "a1", "amount": 80})
    desk.review(hold_id, "ana", "modify", arguments={"order": "a1", "amount": 70})

    asked = desk.request(hold_id)

    assert first["proposed"] is None
    assert asked["proposed"] == {"digest": first["digest"], "by": "ana"}
    assert (asked["summary"]["amount_usd"], opened(asked)["arguments"]["amount"]) == ("70", 70)
    assert asked["digest"] == asked["decision"]["action_digest"] != first["digest"]


def test_later_requests_carry_the_summary_also_after_a_restart() -> None:
    desk = Desk()
    hold_id = desk.hold(**CLAIMS)
    state = desk.lane.state
    first = desk.request(hold_id)
    desk.lane.state = restored(state.take_changes(desk.lane.now_ms))

    desk.wait(20 * MINUTE_MS)

    later = desk.request(hold_id)
    assert later["cause"] == "escalated"
    assert later["summary"] == first["summary"]


def test_summary_follows_a_policy_that_says_something_else() -> None:
    desk = Desk()
    hold_id = desk.hold(**CLAIMS)
    desk.activate(TAGGED)

    desk.wait(20 * MINUTE_MS)

    assert desk.request(hold_id)["summary"]["owner"] == "pat"


def test_hold_from_before_there_were_summaries_is_known_by_its_names() -> None:
    desk = Desk()
    hold = desk.lane.state.holds[desk.hold()]
    old = {name: value for name, value in hold.to_json().items() if name != "summary"}

    found = Hold.from_json(orjson.loads(orjson.dumps(old)))

    assert (found.summary["agent_id"], found.summary["action_id"], found.summary["amount_usd"]) == (
        "agent-1", "a1", None,
    )  # fmt: skip
    assert found.to_json() | {"summary": 0} == hold.to_json() | {"summary": 0}


@pytest.mark.parametrize(
    ("topic", "risk", "is_batch"),
    [("job.note.add", "low", False), ("job.support.refund", "medium", True), ("job.wire.out", "high", False)],
)
def test_risk_and_batch_follow_the_approval_class(topic: str, risk: str, is_batch: bool) -> None:
    desk = Desk()

    request = desk.request(desk.hold(topic=topic))

    assert (request["summary"]["risk"], request["allows_batch"]) == (risk, is_batch)


def test_risk_of_the_operators_class_counts_where_it_is_greater() -> None:
    risky = ("{class: notes,", "{class: notes, risk: high,")
    desk = Desk(bundle_with(people=risky))

    assert desk.request(desk.hold(topic="job.note.add"))["summary"]["risk"] == "high"


def test_request_says_when_the_next_team_gets_it() -> None:
    desk = Desk()
    hold_id = desk.hold()
    first = desk.request(hold_id)
    desk.wait(20 * MINUTE_MS)

    second = desk.request(hold_id)

    assert (first["team"], first["escalate_at"]) == ("finance", "2027-01-15T08:20:00.000Z")
    assert (second["team"], second["escalate_at"]) == ("ops", None)


def test_next_team_may_come_at_the_deadline_alone() -> None:
    slow = bundle_with(people=("escalate_after_sec: 1200", "escalate_after_sec: 86400"))
    desk = Desk(slow)

    request = desk.request(desk.hold())

    assert request["escalate_at"] == request["due_at"]


@given(history=HISTORIES)
@MODEST
def test_next_team_comes_when_the_request_says_so_and_not_before(history: Any) -> None:
    life = Life().live(history)
    for hold in life.lane.state.holds.values():
        approval = Approval.from_json(hold.approval)
        due_ms = approval.next_due_ms or 0
        at_ms = approval.next_team_ms or due_ms
        assert teams_after(approval, at_ms - 1) == [approval.team]
        assert teams_after(approval, at_ms) == ([approval.next_team] if approval.next_team_ms else [])


def teams_after(approval: Approval, at_ms: int) -> list[str | None]:
    """The team that has the hold when nothing but time passes; none when it has ended."""
    ticked = transition(approval, TimePassed(is_strict=False), at_ms)
    assert isinstance(ticked, Transition)
    return [ticked.approval.team] if ticked.resolution is None else []


def test_release_holds_what_was_opened_from_the_box() -> None:
    desk = Desk()
    hold_id = desk.hold(**CLAIMS)
    payload = opened(desk.request(hold_id))

    step = desk.review(hold_id, "ana")

    (cleared,) = values(step.effects, ACTIONS_CLEARED.name)
    assert cleared["action"].items() <= payload.items()
