"""Held actions: approved, denied, expired, or in conflict, and each of it once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.conflicts import Conflict
from policies.kill import KillSwitch, kill_entry
from streams.gate import MAX_DUE, Gate
from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, APPROVALS_REQUESTED, AUDIT
from tests.streams import samples
from tests.streams.samples import HOLD_MS, OneLane, action, bundle_of, gate_of, opened, review, topics_of, values

CLEARED, REFUSED, REQUESTED = ACTIONS_CLEARED.name, ACTIONS_REFUSED.name, APPROVALS_REQUESTED.name
TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def holding(topic: str = "job.support.refund", **more: Any) -> tuple[OneLane, dict[str, Any]]:
    """A lane that holds one action, and the request that says so."""
    lane = OneLane()
    step = lane.give(action(topic=topic, **more), headers=(("traceparent", TRACE),))
    return lane, values(step.effects, REQUESTED)[0]


def conflict_of(lane: OneLane, fields: dict[str, Any]) -> str:
    """The code under which a review changed nothing."""
    holds = dict(lane.state.holds)
    step = lane.give(fields)
    assert topics_of(step) == [AUDIT.name]
    assert lane.state.holds == holds
    record = values(step.effects, AUDIT.name)[0]
    assert record["kind"] == "review_conflict"
    assert ("review_conflict", record["code"]) in step.facts
    return str(record["code"])


def test_request_says_what_is_held_why_and_until_when() -> None:
    _, request = holding(context={"order": 7})

    assert set(request) == {
        "hold_id", "partition", "cause", "summary", "action", "payload", "decision", "digest", "proposed",
        "policy_snapshot", "team", "approval_class", "approvers", "allows_batch", "opened_at", "escalate_at", "due_at",
    }  # fmt: skip
    assert opened(request)["context"] == {"order": 7}
    assert request["decision"]["decision"] == "REQUIRE_APPROVAL"
    assert request["hold_id"] == request["decision"]["decision_id"]
    assert request["policy_snapshot"] == bundle_of().snapshot
    assert (request["opened_at"], request["due_at"]) == ("2027-01-15T08:00:00.000Z", "2027-01-15T12:00:00.000Z")


def test_approved_action_is_released_once_with_who_approved_it() -> None:
    lane, request = holding()

    step = lane.give(review(request))

    assert topics_of(step) == [CLEARED, AUDIT.name]
    cleared = values(step.effects, CLEARED)[0]
    assert cleared["action"] == opened(request)
    decision = cleared["decision"]
    assert (decision["decision"], decision["reason_code"]) == ("ALLOW", "approved_by_reviewer")
    assert decision["decided_by"] == {"kind": "reviewer", "reviewers": ["ann"], "review_id": "r1"}
    assert decision["decision_id"] == request["hold_id"]
    assert lane.state.holds == {}
    assert {effect.key for effect in step.effects} == {b"agent-1"}


def test_approval_of_an_action_with_constraints_releases_it_with_them() -> None:
    lane, request = holding("job.limited.x")

    decision = values(lane.give(review(request)).effects, CLEARED)[0]["decision"]

    assert (decision["decision"], decision["constraints"]) == ("ALLOW_WITH_CONSTRAINTS", {"max_runtime_sec": 30})


def test_denied_action_is_refused() -> None:
    lane, request = holding()

    step = lane.give(review(request, "deny"))

    assert topics_of(step) == [REFUSED, AUDIT.name]
    decision = values(step.effects, REFUSED)[0]["decision"]
    assert (decision["decision"], decision["reason_code"]) == ("DENY", "rejected_by_reviewer")


def test_audit_of_a_review_keeps_who_and_what_but_not_the_written_reason() -> None:
    lane, request = holding()

    record = values(lane.give(review(request, reason="because of Bob")).effects, AUDIT.name)[0]

    assert (record["kind"], record["reviewer"], record["verdict"]) == ("review", "ann", "approve")
    assert (record["hold_id"], record["digest"]) == (request["hold_id"], request["digest"])
    assert "Bob" not in str(record)


@pytest.mark.parametrize("second", ["approve", "deny"])
@pytest.mark.parametrize("first", ["approve", "deny"])
def test_second_decision_is_a_conflict_and_changes_nothing(first: str, second: str) -> None:
    lane, request = holding()
    lane.give(review(request, first))

    assert conflict_of(lane, review(request, second, review_id="r2")) == "already_decided"


def test_same_review_again_is_a_duplicate() -> None:
    lane, request = holding()
    lane.give(review(request))

    step = lane.give(review(request))

    assert topics_of(step) == [AUDIT.name]
    assert values(step.effects, AUDIT.name)[0]["kind"] == "duplicate"


def test_proposing_a_decided_action_again_does_nothing() -> None:
    lane, request = holding()
    lane.give(review(request))

    assert topics_of(lane.give(action(topic="job.support.refund"))) == [AUDIT.name]
    assert topics_of(lane.give(action(topic="job.support.refund", tool="x"))) == [REFUSED, AUDIT.name]


# Each row breaks one more check than the row after it; the first that fails names the conflict.
BREAKS: tuple[tuple[Conflict, dict[str, Any]], ...] = (
    (Conflict.SELF_APPROVAL, {"reviewer": {"id": "agent-1", "roles": ["senior_reviewer"]}}),
    (Conflict.DIGEST_MISMATCH, {"digest": "0" * 64}),
    (Conflict.SNAPSHOT_MISMATCH, {"policy_snapshot": "0" * 64}),
    (Conflict.REASON_MISSING, {"reason": " \n"}),
)


@pytest.mark.parametrize("index", range(len(BREAKS)))
@pytest.mark.parametrize("verdict", ["approve", "deny"])
def test_checks_of_a_review_come_in_their_order(index: int, verdict: str) -> None:
    lane, request = holding()
    broken = {name: value for _, fields in BREAKS[index:] for name, value in fields.items()}

    assert conflict_of(lane, review(request, verdict, **broken)) == BREAKS[index][0]


@pytest.mark.parametrize("kind", ["output", "sample"])
def test_review_of_what_is_not_supported_yet_comes_before_all_other_checks(kind: str) -> None:
    lane, request = holding()
    broken = {name: value for _, fields in BREAKS for name, value in fields.items()}

    target = {"kind": kind, "id": request["hold_id"]}
    assert conflict_of(lane, review(request, **broken, target=target)) == "unsupported_target"


def test_review_of_a_hold_that_never_was_is_a_conflict() -> None:
    lane, request = holding()

    assert conflict_of(lane, review(request | {"hold_id": "other"})) == "unknown_hold"


def test_review_at_the_deadline_is_too_late_even_before_the_hold_is_expired() -> None:
    lane, request = holding()
    lane.now_ms += HOLD_MS
    broken = {name: value for _, fields in BREAKS[1:] for name, value in fields.items()}

    assert conflict_of(lane, review(request, **broken)) == "expired"


def test_review_one_millisecond_before_the_deadline_counts() -> None:
    lane, request = holding()
    lane.now_ms += HOLD_MS - 1

    assert topics_of(lane.give(review(request))) == [CLEARED, AUDIT.name]


def test_review_without_any_reason_is_a_conflict() -> None:
    lane, request = holding()
    fields = review(request)
    del fields["reason"]

    assert conflict_of(lane, fields) == "reason_missing"


def test_conflict_leaves_the_hold_open_for_another_review() -> None:
    lane, request = holding()
    conflict_of(lane, review(request, digest="0" * 64))

    assert topics_of(lane.give(review(request, review_id="r2"))) == [CLEARED, AUDIT.name]


def test_expired_hold_is_refused_once() -> None:
    lane, request = holding()
    lane.now_ms += HOLD_MS - 1
    assert lane.expire() == []
    lane.now_ms += 1

    (step,) = lane.expire()

    assert topics_of(step) == [REFUSED, AUDIT.name]
    decision = values(step.effects, REFUSED)[0]["decision"]
    assert (decision["decision"], decision["reason_code"]) == ("DENY", "hold_expired")
    assert decision["decided_by"] == {"kind": "deadline"}
    assert dict(step.effects[0].headers)["traceparent"] == TRACE
    assert values(step.effects, AUDIT.name)[0]["source"] is None
    assert lane.expire() == []
    assert conflict_of(lane, review(request)) == "expired"
    assert topics_of(lane.give(action(topic="job.support.refund"))) == [AUDIT.name]


def test_holds_expire_earliest_first_and_only_so_many_at_once() -> None:
    lane = OneLane()
    for number in range(MAX_DUE + 3):
        lane.give(action(f"a{number}", "job.support.refund"))
        lane.now_ms += 1
    lane.now_ms += HOLD_MS

    first, second = lane.expire(), lane.expire()

    assert (len(first), len(second)) == (MAX_DUE, 3)
    order = [values(step.effects, REFUSED)[0]["action_id"] for step in [*first, *second]]
    assert order == [f"a{number}" for number in range(MAX_DUE + 3)]


def test_approval_of_what_the_policy_in_force_denies_is_refused() -> None:
    lane, request = holding()
    lane.gate = gate_of(bundle_of(samples.STRICT_RULES))

    step = lane.give(review(request))

    assert topics_of(step) == [REFUSED, AUDIT.name]
    decision = values(step.effects, REFUSED)[0]["decision"]
    assert (decision["decision"], decision["reason_code"]) == ("DENY", "superseded_by_policy")
    assert conflict_of(lane, review(request, review_id="r2")) == "already_decided"


def test_approval_under_another_policy_that_still_holds_it_releases() -> None:
    lane, request = holding()
    lane.gate = gate_of(bundle_of(samples.OTHER_RULES))

    assert topics_of(lane.give(review(request))) == [CLEARED, AUDIT.name]


def test_policy_is_asked_again_with_what_was_known_when_the_action_was_held() -> None:
    lane, request = holding("job.first.x")
    lane.give(action("a2", "job.first.x", arguments={"id": 8}))
    first_is_denied = samples.OTHER_RULES.replace(
        "first_time_action: true}, decision: require_approval", "first_time_action: true}, decision: deny"
    )
    lane.gate = gate_of(bundle_of(first_is_denied))

    decision = values(lane.give(review(request)).effects, REFUSED)[0]["decision"]

    assert decision["reason_code"] == "superseded_by_policy"


@pytest.mark.parametrize("verdict", ["approve", "deny", "claim", "ask"])
def test_policy_that_denies_it_ends_it_before_any_review(verdict: str) -> None:
    lane, request = holding()
    lane.gate = gate_of(bundle_of(samples.STRICT_RULES))

    step = lane.give(review(request, verdict))

    decision = values(step.effects, REFUSED)[0]["decision"]
    assert (decision["reason_code"], decision["decided_by"]) == ("superseded_by_policy", {"kind": "policy"})
    record = values(step.effects, AUDIT.name)[0]
    assert (record["kind"], record["resolution"], record["code"]) == ("review", "superseded", "already_decided")


def test_holds_of_two_agents_with_the_same_action_id_are_two_holds() -> None:
    lane, request = holding()
    other = values(lane.give(action(topic="job.support.refund", agent="agent-2")).effects, REQUESTED)[0]

    lane.give(review(request, "deny"))

    assert set(lane.state.holds) == {other["hold_id"]} != {request["hold_id"]}
    assert topics_of(lane.give(review(other, review_id="r2"))) == [CLEARED, AUDIT.name]


def test_killed_action_cannot_be_approved_and_can_be_denied() -> None:
    lane, request = holding()
    entry = kill_entry("agent", "agent-1", reason="an incident", by="ana", at_ms=lane.now_ms)
    lane.gate = Gate(replace(lane.gate.terms, kill=KillSwitch([entry])))

    approved = lane.give(review(request, review_id="r1"))
    denied = lane.give(review(request, "deny", review_id="r2"))

    assert values(approved.effects, AUDIT.name)[0]["code"] == Conflict.KILLED
    assert topics_of(denied) == [REFUSED, AUDIT.name]


def test_hold_without_trace_expires_without_one() -> None:
    lane, request = holding()
    hold = lane.state.close_hold(request["hold_id"])
    lane.state.put_hold(replace(hold, trace=None))
    lane.now_ms += HOLD_MS

    (step,) = lane.expire()

    assert "traceparent" not in dict(step.effects[0].headers)
