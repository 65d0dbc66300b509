"""Reviews under a changed policy, with used ids, and by people who look like the agent."""

from __future__ import annotations

import pytest

from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, APPROVALS_REQUESTED, AUDIT
from tests.streams import samples
from tests.streams.samples import action, bundle_of, gate_of, review
from tests.streams.test_review_step import conflict_of, holding

LIMITED = samples.RULES.replace(
    "decision: require_approval, reason: money leaves}",
    "decision: require_approval, reason: money leaves, constraints: {max_runtime_sec: 5}}",
)


def test_changed_policy_is_shown_again_and_its_constraints_travel_with_the_release() -> None:
    lane, request = holding()
    lane.gate = gate_of(bundle_of(LIMITED))

    lane.give(review(request))
    again = lane.values(APPROVALS_REQUESTED.name)[-1]
    assert (again["cause"], lane.values(ACTIONS_CLEARED.name)) == ("votes_reset", [])
    lane.give(review(again, review_id="r2"))

    (cleared,) = lane.values(ACTIONS_CLEARED.name)
    assert cleared["decision"]["decision"] == "ALLOW_WITH_CONSTRAINTS"
    assert cleared["decision"]["constraints"] == {"max_runtime_sec": 5}


def test_superseded_approval_names_the_policy_that_denies_it() -> None:
    lane, request = holding()
    strict = bundle_of(samples.STRICT_RULES)
    lane.gate = gate_of(strict)

    lane.give(review(request))

    (refused,) = lane.values(ACTIONS_REFUSED.name)
    decision = refused["decision"]
    assert (decision["reason_code"], decision["rule_id"]) == ("superseded_by_policy", "frozen")
    assert decision["policy_snapshot"] == strict.short


def test_review_ids_belong_to_their_reviewer() -> None:
    lane, request = holding()
    other = {**review(request, "deny", digest="0" * 64), "reviewer": {"id": "bob", "roles": ["reviewer"]}}
    assert conflict_of(lane, other) == "digest_mismatch"

    lane.give(review(request))

    assert len(lane.values(ACTIONS_CLEARED.name)) == 1


def test_review_id_used_again_for_something_else_is_a_conflict_in_the_audit() -> None:
    lane, request = holding()
    lane.give(review(request))

    step = lane.give({**review(request, "deny"), "reason": "changed my mind"})

    assert lane.values(AUDIT.name)[-1]["kind"] == "conflict"
    assert ("conflict", "review") in step.facts


@pytest.mark.parametrize("reviewer", ["agent-1", "Agent-1", " AGENT-1 "])
def test_agent_approves_nothing_of_its_own_under_any_spelling(reviewer: str) -> None:
    lane, request = holding()

    fields = {**review(request), "reviewer": {"id": reviewer, "roles": ["senior_reviewer"]}}
    assert conflict_of(lane, fields) == "self_approval"


def test_approved_action_is_no_longer_a_first_time() -> None:
    lane, request = holding("job.first.x")

    lane.give(review(request))
    lane.give(action("a2", "job.first.x", arguments={"id": 8}))

    assert lane.values(AUDIT.name)[-1]["decision"]["rule_id"] == "rest"


def test_outcome_of_an_action_that_was_not_released_leaves_room_for_the_real_one() -> None:
    lane, request = holding()
    outcome = {"action_id": "a1", "agent_id": "agent-1", "status": "incident"}
    lane.give(outcome)
    lane.give(review(request))

    lane.give(outcome)

    told = [entry["released"] for entry in lane.values(AUDIT.name) if entry["kind"] == "outcome"]
    assert told == [False, True]
