"""Promotions as people decide them: signed for the evidence on the screen, refused, or in conflict."""

from __future__ import annotations

from typing import Any

import pytest

from policies.autonomy_record import Standing
from policies.promotion import PromotionConflict
from streams.topics import APPROVALS_REQUESTED, AUDIT
from tests.streams.approval_samples import audited
from tests.streams.histories import facts_of, restored
from tests.streams.samples import OneLane, action, review, topics_of
from tests.streams.test_conduct_step import AUTONOMY, lane_of, outcome, work

PEOPLE = """
teams: {first: {members: [ann, bo]}}
reviewers:
  ann: {roles: [senior_reviewer]}
  bo: {roles: [senior_reviewer], agents: ["agent-*"]}
  cy: {roles: [reviewer]}
  aud: {roles: [admin, auditor]}
  ten: {roles: [senior_reviewer], tenants: [t-1]}
"""


def offered(*documents: str) -> tuple[OneLane, dict[str, Any]]:
    """A lane whose agent has earned a level, and what people are asked."""
    lane = lane_of(AUTONOMY % "true", *documents)
    work(lane, 6)
    (asked,) = (entry for entry in lane.values(APPROVALS_REQUESTED.name) if "promotion_id" in entry)
    return lane, asked


def signed(asked: dict[str, Any], verdict: str = "approve", **more: Any) -> dict[str, Any]:
    """A review of a request for promotion as it was shown."""
    target = {"kind": "promotion", "id": asked["promotion_id"]}
    return review({"hold_id": "", **asked}, verdict, **{"target": target, **more})


def standing(lane: OneLane) -> Standing:
    """Where the agent stands."""
    return lane.state.agents["agent-1"].record.standings[""]


def conflict(lane: OneLane, fields: dict[str, Any]) -> str:
    """The code under which a review changed nothing."""
    before = dict(lane.state.agents)
    step = lane.give(fields)
    assert topics_of(step) == [AUDIT.name]
    assert lane.state.agents == before
    record = audited(step)
    assert record["kind"] == "review_conflict"
    assert ("review_conflict", record["code"]) in step.facts
    return str(record["code"])


def test_signed_promotion_lifts_the_level_and_policy_reads_it() -> None:
    lane, asked = offered()

    record = audited(lane.give(signed(asked)))

    assert (record["kind"], record["promotion_id"], record["reviewer"]) == ("promotion", asked["promotion_id"], "ann")
    assert [(change["kind"], change["level"]) for change in record["conduct"]] == [("promoted", 1)]
    assert standing(lane).level == 1
    assert audited(lane.give(action("after", "job.crm.update")))["decision"]["decision"] == "ALLOW"


def test_declined_promotion_leaves_the_level_and_begins_anew() -> None:
    lane, asked = offered()

    record = audited(lane.give(signed(asked, "deny")))

    assert [change["kind"] for change in record["conduct"]] == ["declined"]
    assert (standing(lane).level, standing(lane).successes) == (0, 0)


def test_state_after_a_promotion_is_read_back_as_it_was() -> None:
    lane, asked = offered()
    lane.give(signed(asked))

    assert facts_of(restored(lane.state.take_changes(lane.now_ms))) == facts_of(lane.state)


def test_decided_promotion_is_decided_once() -> None:
    lane, asked = offered()
    lane.give(signed(asked))

    assert conflict(lane, signed(asked, "deny", review_id="r2")) == PromotionConflict.ALREADY_DECIDED


def test_evidence_that_has_changed_since_is_stale() -> None:
    lane, asked = offered()
    lane.give(action("bad"))
    lane.give(outcome("bad", "failure"))

    assert conflict(lane, signed(asked)) == PromotionConflict.STALE_EVIDENCE


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("bo", PromotionConflict.SELF_APPROVAL),
        ("cy", PromotionConflict.NOT_ELIGIBLE),
        ("aud", PromotionConflict.NOT_ELIGIBLE),
        ("ten", PromotionConflict.NOT_ELIGIBLE),
        ("mallory", PromotionConflict.NOT_ELIGIBLE),
    ],
)
def test_who_owns_the_agent_or_has_not_the_role_cannot_sign(name: str, code: PromotionConflict) -> None:
    lane, asked = offered(PEOPLE)

    assert conflict(lane, signed(asked, reviewer={"id": name, "roles": ["senior_reviewer"]})) == code


def test_promotion_without_a_reason_changes_nothing() -> None:
    lane, asked = offered()

    assert conflict(lane, signed(asked, reason=" ")) == PromotionConflict.REASON_MISSING


def test_promotion_that_nobody_asked_for_is_unknown() -> None:
    lane, asked = offered()

    assert conflict(lane, signed(asked | {"promotion_id": "0" * 32})) == PromotionConflict.UNKNOWN_PROMOTION


def test_promotion_can_only_be_approved_or_denied() -> None:
    lane, asked = offered()

    assert conflict(lane, signed(asked, "escalate")) == "unsupported_target"
