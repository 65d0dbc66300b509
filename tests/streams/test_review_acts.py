"""What people do about held actions, as it comes out of the gate: votes, edits, questions, teams, time and policy."""

from __future__ import annotations

import pytest

from policies.approvals import Resolution
from policies.kill import KillSwitch, kill_entry
from streams.reasons import GateReason
from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, APPROVALS_REQUESTED, AUDIT, SAMPLES
from tests.streams.approval_samples import MINUTE_MS, Desk, audited, bundle_with, kinds_of
from tests.streams.samples import HOLD_MS, action, opened, outcome, topics_of, values

CLEARED, REFUSED, REQUESTED = ACTIONS_CLEARED.name, ACTIONS_REFUSED.name, APPROVALS_REQUESTED.name
EDIT = {"order": "a1", "amount": 150}


def test_request_names_the_team_the_class_and_how_many_have_to_agree() -> None:
    desk = Desk()

    request = desk.request(desk.hold(amount=1500))

    assert (request["team"], request["approval_class"], request["approvers"]) == ("finance", "queue", 2)
    assert request["cause"] == "requested"


def test_two_different_people_have_to_agree_where_policy_says_two() -> None:
    desk = Desk()
    hold_id = desk.hold(amount=1500)

    first, second = desk.review(hold_id, "ana"), desk.review(hold_id, "eve")

    assert topics_of(first) == [AUDIT.name] and kinds_of(audited(first)) == ["voted"]
    assert "decision" not in audited(first)
    assert topics_of(second) == [CLEARED, AUDIT.name]
    decision = values(second.effects, CLEARED)[0]["decision"]
    assert decision["decided_by"]["reviewers"] == ["ana", "eve"]


def test_one_denial_ends_it_whoever_approved_before() -> None:
    desk = Desk()
    hold_id = desk.hold(amount=1500)
    desk.review(hold_id, "ana")

    step = desk.review(hold_id, "eve", "deny")

    assert values(step.effects, REFUSED)[0]["decision"]["reason_code"] == "rejected_by_reviewer"
    assert audited(step)["resolution"] == "denied"


def test_constraints_of_a_reviewer_travel_with_the_release() -> None:
    desk = Desk()

    step = desk.review(desk.hold(), "ana", "constrain", constraints={"max_amount_usd": 450, "max_runtime_sec": 5})

    decision = values(step.effects, CLEARED)[0]["decision"]
    assert decision["decision"] == "ALLOW_WITH_CONSTRAINTS"
    assert decision["constraints"] == {"max_amount_usd": 450, "max_runtime_sec": 5}
    assert audited(step)["resolution"] == "approved_with_constraints"


def test_edit_is_asked_about_anew_and_released_as_it_was_edited() -> None:
    desk = Desk()
    hold_id = desk.hold()
    before = desk.request(hold_id)

    edited = desk.review(hold_id, "ana", "modify", arguments=EDIT)
    released = desk.review(hold_id, "eve")

    (asked,) = values(edited.effects, REQUESTED)
    assert (asked["cause"], opened(asked)["arguments"]) == ("modified", EDIT)
    assert asked["digest"] == asked["decision"]["action_digest"] != before["digest"]
    cleared = values(released.effects, CLEARED)[0]
    assert cleared["action"]["arguments"] == EDIT
    decision = cleared["decision"]
    assert (decision["reason_code"], decision["action_digest"]) == ("modified_by_reviewer", asked["digest"])
    assert decision["decision_id"] == hold_id


def test_proposal_that_was_edited_is_still_known_by_what_was_proposed() -> None:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "ana", "modify", arguments=EDIT)
    proposed = action("a1", "job.support.refund", tool="pay", arguments={"order": "a1", "amount": 420})

    while_held = desk.lane.give(proposed)
    desk.review(hold_id, "eve")
    afterwards = desk.lane.give(proposed)

    assert [audited(step)["kind"] for step in (while_held, afterwards)] == ["duplicate", "duplicate"]
    assert audited(desk.lane.give(outcome("a1")))["released"] is True


def test_edit_above_a_limit_needs_the_people_of_that_limit() -> None:
    desk = Desk()
    hold_id = desk.hold()

    desk.review(hold_id, "ana", "modify", arguments={"order": "a1", "amount": 2000})

    assert desk.request(hold_id)["approvers"] == 2


def test_question_is_answered_by_the_agents_owner_and_approval_goes_on() -> None:
    desk = Desk()
    hold_id = desk.hold()

    asked = desk.review(hold_id, "ana", "ask")
    answered = desk.review(hold_id, "bo", "answer")
    released = desk.review(hold_id, "ana")

    assert (kinds_of(audited(asked)), kinds_of(audited(answered))) == (["asked"], ["answered"])
    assert audited(released)["resolution"] == "approved"


def test_escalated_hold_is_asked_of_the_next_team_and_no_longer_claimed() -> None:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "ana", "claim")
    assert desk.lane.state.reviewers["ana"].claims

    step = desk.review(hold_id, "ana", "escalate")

    assert [entry["team"] for entry in values(step.effects, REQUESTED)] == ["ops"]
    assert desk.lane.state.reviewers == {}
    assert desk.refusal(hold_id, "ana") == "wrong_team"


def test_reassigned_hold_is_asked_of_the_team_it_went_to() -> None:
    desk = Desk()
    hold_id = desk.hold(topic="job.wire.send")

    step = desk.review(hold_id, "max", "reassign", to_team="finance")

    assert [entry["team"] for entry in values(step.effects, REQUESTED)] == ["finance"]
    assert kinds_of(audited(step)) == ["reassigned"]


def test_requests_about_one_hold_have_ids_of_their_own() -> None:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "ana", "modify", arguments=EDIT)
    desk.review(hold_id, "eve", "escalate")

    ids = [dict(emit.headers)["ce_id"] for emit in desk.lane.written if emit.topic == REQUESTED]

    assert len(set(ids)) == 3 and ids[0] == hold_id.encode()


def test_waiting_gives_a_hold_to_the_next_team_and_then_ends_it() -> None:
    desk = Desk()
    hold_id = desk.hold()
    assert desk.wait(20 * MINUTE_MS - 1) == []

    (climbed,) = desk.wait(1)
    ended = desk.wait(HOLD_MS)

    assert topics_of(climbed) == [REQUESTED, AUDIT.name]
    assert (audited(climbed)["kind"], audited(climbed)["hold_id"]) == ("hold_escalated", hold_id)
    assert [audited(step)["kind"] for step in ended] == ["hold_expired"]
    assert audited(ended[0])["resolution"] == "expired"


def test_each_release_that_nobody_decided_is_audited_beside_the_first_draw() -> None:
    audit = "\naudit: {sampling: {rate: 0, strategy: uniform}, routing: {default: ops}}\n"
    desk = Desk(bundle_with(rules=("rules:", audit + "rules:")))
    hold_id = desk.hold(topic="job.note.add")

    (step,) = desk.wait(10 * MINUTE_MS)

    (sample,) = values(step.effects, SAMPLES.name)
    assert (sample["sample_id"], sample["route"]) == (f"{hold_id}-timeout", "ops")
    assert audited(step)["sample"] == {"selected": True, "probability": 1.0, "stratum": "released_by_timeout"}
    assert sample["decision"]["reason_code"] == "released_by_timeout"


def test_hold_of_the_mildest_class_is_released_by_its_timeout_where_policy_says_so() -> None:
    desk = Desk()
    hold_id = desk.hold(topic="job.note.add")

    (step,) = desk.wait(10 * MINUTE_MS)

    decision = values(step.effects, CLEARED)[0]["decision"]
    assert (decision["reason_code"], decision["decided_by"]) == ("released_by_timeout", {"kind": "deadline"})
    assert (audited(step)["kind"], audited(step)["resolution"]) == ("hold_released", "released_by_timeout")
    assert desk.lane.state.holds == {} and decision["decision_id"] == hold_id
    assert audited(desk.lane.give(outcome("a1")))["released"] is True


def test_strict_gate_releases_nothing_by_timeout() -> None:
    desk = Desk(strict=True)
    desk.hold(topic="job.note.add")

    (step,) = desk.wait(10 * MINUTE_MS)

    assert audited(step)["kind"] == "hold_expired"


def test_killed_action_is_not_released_by_its_timeout() -> None:
    desk = Desk()
    desk.hold(topic="job.note.add")
    desk.kill(KillSwitch([kill_entry("agent", "agent-1", reason="an incident", by="max", at_ms=desk.lane.now_ms)]))

    (step,) = desk.wait(10 * MINUTE_MS)

    assert topics_of(step) == [REFUSED, AUDIT.name]


def test_timeout_asks_the_policy_in_force_before_it_releases() -> None:
    desk = Desk()
    desk.hold(topic="job.note.add")
    desk.activate(bundle_with(rules=("decision: require_approval, approval: auto", "decision: deny")))

    (step,) = desk.wait(10 * MINUTE_MS)

    decision = values(step.effects, REFUSED)[0]["decision"]
    assert (decision["reason_code"], decision["decided_by"]) == ("superseded_by_policy", {"kind": "policy"})
    assert audited(step)["kind"] == "hold_superseded"


def test_reviews_of_the_old_snapshot_count_while_the_verdict_is_the_same() -> None:
    desk = Desk()
    hold_id = desk.hold(amount=1500)
    desk.review(hold_id, "ana")
    desk.activate(bundle_with(invariants=("reason: too much", "reason: far too much")))

    step = desk.review(hold_id, "eve")

    assert kinds_of(audited(step)) == ["rebound", "voted", "resolved"]
    assert topics_of(step) == [CLEARED, AUDIT.name]


def test_another_verdict_drops_the_votes_and_people_are_asked_anew() -> None:
    desk = Desk()
    hold_id = desk.hold(amount=1500)
    desk.review(hold_id, "ana")
    stale = desk.fields(hold_id, "eve")
    tighter = bundle_with(rules=("max_amount_usd: 5000", "max_amount_usd: 4000"))
    desk.activate(tighter)

    step = desk.lane.give(stale)

    record = audited(step)
    assert (record["kind"], record["code"], kinds_of(record)) == (
        "review_conflict",
        "snapshot_mismatch",
        ["votes_reset"],
    )
    (asked,) = values(step.effects, REQUESTED)
    assert (asked["cause"], asked["policy_snapshot"]) == ("votes_reset", tighter.snapshot)
    assert asked["decision"]["constraints"] == {"max_amount_usd": 4000}
    assert desk.lane.state.holds[hold_id].approval["votes"] == []


def test_breaker_that_held_an_action_is_not_read_as_a_policy_that_was_loosened() -> None:
    desk = Desk()
    hold_id = desk.hold()
    hold = desk.lane.state.holds[hold_id]
    hold.decision["reason_code"] = GateReason.CIRCUIT_OPEN.value
    held = "decision: require_approval,\n     constraints: {max_amount_usd: 5000}"
    allowing = bundle_with(rules=(held, "decision: allow"))
    desk.activate(allowing, by="ana")

    record = audited(desk.review(hold_id, "ana"))

    assert "decision" not in record
    assert desk.lane.state.holds[hold_id].approval["decision"] == "REQUIRE_APPROVAL"


def test_audit_of_the_end_says_when_it_was_shown_and_how_much_there_was_to_read() -> None:
    desk = Desk()

    record = audited(desk.review(desk.hold(), "ana", rendered_at="2027-01-15T08:00:01Z"))

    assert (record["rendered_at"], record["decided_at"]) == ("2027-01-15T08:00:01Z", "2027-01-15T08:00:05Z")
    assert record["shown_chars"] == len(
        '{"topic":"job.support.refund","tool":"pay","arguments":{"order":"a1","amount":420}}'
    )


@pytest.mark.parametrize("resolution", list(Resolution))
def test_every_end_has_a_reason_code_of_the_gate(resolution: Resolution) -> None:
    assert resolution.reason_code in {code.value for code in GateReason}


def test_claims_and_rows_of_approvals_are_kept_by_person_and_not_by_spelling() -> None:
    desk = Desk()
    first, second = desk.hold("b1"), desk.hold("b2")

    desk.review(first, "ana", "claim")
    desk.review(second, " Ana", "claim")

    assert {name: set(record.claims) for name, record in desk.lane.state.reviewers.items()} == {"ana": {first, second}}
