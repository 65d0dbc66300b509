"""What happens to a held action: votes, edits, questions, teams, time, policy."""

from __future__ import annotations

import json

import pytest

from policies.approval_documents import ApprovalClass, OnTimeout, Role
from policies.approval_events import (
    Answered,
    Edit,
    EventKind,
    FactKind,
    PolicyChanged,
    Rebalanced,
    TimePassed,
    Transition,
    Withdrawn,
)
from policies.approvals import CLAIM_MS, MAX_SNAPSHOTS, Approval, HoldState, Resolution
from policies.conflicts import Conflict
from policies.decisions import Decision
from tests.policies.holds import (
    DIGEST,
    MINUTE_MS,
    OPENED_MS,
    OTHER_DIGEST,
    OTHER_SNAPSHOT,
    act,
    after,
    held,
    judged,
    person,
    refusal,
    requested,
)

TIME = TimePassed(is_strict=False)
CONSTRAIN, DENY, ASK, MODIFY = EventKind.CONSTRAIN, EventKind.DENY, EventKind.ASK, EventKind.MODIFY


def _kinds(result: Transition) -> list[FactKind]:
    return [fact.kind for fact in result.facts]


def test_one_approval_releases_where_one_person_is_enough() -> None:
    result = after(held(), act(), OPENED_MS + 5)

    assert (result.resolution, result.approval.state) == (Resolution.APPROVED, HoldState.APPROVED)
    assert _kinds(result) == [FactKind.VOTED, FactKind.RESOLVED]
    assert result.approval.ending is not None and result.approval.ending.reviewers == ("ana",)
    assert result.facts[-1].details["waited_ms"] == 5


def test_two_distinct_people_are_needed_where_two_are_asked_for() -> None:
    hold = held(judged(approvers=2))
    once = after(hold, act())

    assert once.approval.state is HoldState.HELD and once.resolution is None
    assert refusal(once.approval, act(by=person(" ANA "))) is Conflict.DUPLICATE_VOTE

    twice = after(once.approval, act(by=person("bo")))
    assert twice.resolution is Resolution.APPROVED
    assert twice.approval.ending is not None and twice.approval.ending.reviewers == ("ana", "bo")


def test_one_denial_ends_a_hold_whatever_was_approved() -> None:
    once = after(held(judged(approvers=2)), act()).approval

    result = after(once, act(DENY, person("bo")))

    assert (result.resolution, result.approval.state) == (Resolution.DENIED, HoldState.REJECTED)


def test_constraints_of_all_approvers_and_of_policy_travel_with_the_release() -> None:
    hold = held(judged(constraints={"max_runtime_sec": 900, "network_allowlist": ["a", "b"]}, approvers=2))
    once = after(hold, act(CONSTRAIN, constraints={"max_runtime_sec": 60})).approval
    result = after(once, act(CONSTRAIN, person("bo"), constraints={"network_allowlist": ["b"], "read_only": True}))

    assert result.resolution is Resolution.APPROVED_WITH_CONSTRAINTS
    assert result.constraints == {"max_runtime_sec": 60, "network_allowlist": ["b"], "read_only": True}


def test_constraints_travel_with_releases_only() -> None:
    hold = held(judged(constraints={"max_runtime_sec": 900}))

    assert after(hold, act()).constraints == {"max_runtime_sec": 900}
    assert after(hold, act(DENY)).constraints == {}
    assert after(hold, TIME, OPENED_MS + 60 * MINUTE_MS).constraints == {}


def test_an_edit_binds_the_hold_to_the_new_digest_and_drops_votes() -> None:
    once = after(held(judged(approvers=2)), act()).approval

    result = after(once, act(MODIFY, person("bo"), edit=Edit(OTHER_DIGEST, judged(amount="10"))))

    hold = result.approval
    assert (hold.digest, hold.votes, hold.editors, hold.may_release) == (OTHER_DIGEST, (), ("bo",), False)
    assert result.facts[0].details["votes_dropped"] == 1
    assert refusal(hold, act()) is Conflict.DIGEST_MISMATCH
    assert refusal(hold, act(by=person("BO"), digest=OTHER_DIGEST)) is Conflict.EDITOR_VOTE


def test_an_edited_action_is_released_as_modified_by_somebody_else() -> None:
    edited = after(held(), act(MODIFY, person("bo"), edit=Edit(OTHER_DIGEST, judged()))).approval

    assert after(edited, act(digest=OTHER_DIGEST)).resolution is Resolution.MODIFIED


def test_an_editor_may_still_deny() -> None:
    edited = after(held(), act(MODIFY, person("bo"), edit=Edit(OTHER_DIGEST, judged()))).approval

    assert after(edited, act(DENY, person("bo"), digest=OTHER_DIGEST)).resolution is Resolution.DENIED


def test_an_edit_makes_a_hold_stricter_and_never_milder() -> None:
    hold = held(judged(constraints={"max_runtime_sec": 9}, approval_class=ApprovalClass.EXPLICIT, approvers=2))
    milder = Edit(OTHER_DIGEST, judged(Decision.ALLOW, constraints={"max_runtime_sec": 60, "max_x": 1}, approvers=1))

    edited = after(hold, act(MODIFY, edit=milder)).approval

    assert edited.state is HoldState.HELD
    assert edited.plan.approval_class is ApprovalClass.EXPLICIT and edited.plan.approvers == 2
    assert edited.constraints == {"max_runtime_sec": 9, "max_x": 1}


def test_an_edit_keeps_what_cannot_be_undone_so_and_the_stricter_timeout() -> None:
    hold = held(judged(reversible=False, on_timeout=OnTimeout.DENY))
    milder = Edit(OTHER_DIGEST, judged(reversible=True, on_timeout=OnTimeout.RELEASE))

    edited = after(hold, act(MODIFY, edit=milder)).approval

    assert edited.reversible is False
    assert edited.plan.on_timeout is OnTimeout.DENY
    assert after(held(), act(MODIFY, edit=Edit(OTHER_DIGEST, judged(reversible=None)))).approval.reversible is None


def test_an_edit_is_approved_under_the_newest_policy_only() -> None:
    rebound = after(held(), PolicyChanged(OTHER_SNAPSHOT, judged())).approval
    edited = after(rebound, act(MODIFY, person("bo"), edit=Edit(OTHER_DIGEST, judged()))).approval

    assert refusal(edited, act(digest=OTHER_DIGEST)) is Conflict.SNAPSHOT_MISMATCH
    assert after(edited, act(digest=OTHER_DIGEST, snapshot=OTHER_SNAPSHOT)).resolution is Resolution.MODIFIED


def test_an_edit_that_policy_denies_or_nobody_could_obey_changes_nothing() -> None:
    hold = held(judged(constraints={"region": "eu"}))

    assert refusal(hold, act(MODIFY, edit=Edit(OTHER_DIGEST, judged(Decision.DENY)))) is Conflict.EDIT_DENIED
    contradicting = Edit(OTHER_DIGEST, judged(constraints={"region": "us"}))
    assert refusal(hold, act(MODIFY, edit=contradicting)) is Conflict.EDIT_DENIED
    assert refusal(hold, act(MODIFY, edit=Edit(DIGEST, judged()))) is Conflict.EDIT_UNCHANGED
    assert refusal(hold, act(MODIFY)) is Conflict.EDIT_UNCHANGED


def test_a_question_holds_approvals_up_until_it_is_answered() -> None:
    asked = after(held(), act(ASK, reason="which order?"))
    assert asked.approval.state is HoldState.ASKED
    assert refusal(asked.approval, act(by=person("bo"))) is Conflict.QUESTION_OPEN

    answered = after(asked.approval, Answered("support"))
    assert answered.facts[0].details == {"by": "support", "asked_by": "ana"}
    assert after(answered.approval, act()).resolution is Resolution.APPROVED


def test_a_question_does_not_stop_a_denial_or_the_clock() -> None:
    asked = after(held(), act(ASK)).approval

    assert after(asked, act(DENY, person("bo"))).resolution is Resolution.DENIED
    assert after(asked, TIME, OPENED_MS + 60 * MINUTE_MS).resolution is Resolution.EXPIRED


def test_a_claim_is_seen_ends_by_itself_and_binds_nobody() -> None:
    claimed = after(held(), act(EventKind.CLAIM), OPENED_MS).approval

    assert claimed.claim is not None
    assert (claimed.claim.reviewer, claimed.claim.until_ms) == ("ana", OPENED_MS + CLAIM_MS)
    assert after(claimed, act(by=person("bo"))).resolution is Resolution.APPROVED


def test_a_policy_that_denies_the_action_now_ends_the_hold() -> None:
    result = after(held(), PolicyChanged(OTHER_SNAPSHOT, judged(Decision.DENY)))

    assert (result.resolution, result.approval.state) == (Resolution.SUPERSEDED, HoldState.REJECTED)


def test_the_same_verdict_under_another_policy_rebinds_and_keeps_votes() -> None:
    once = after(held(judged(approvers=2)), act()).approval

    result = after(once, PolicyChanged(OTHER_SNAPSHOT, judged(approvers=2)))

    assert _kinds(result) == [FactKind.REBOUND]
    assert len(result.approval.votes) == 1
    assert after(result.approval, act(by=person("bo"))).resolution is Resolution.APPROVED
    assert after(result.approval, act(by=person("bo"), snapshot=OTHER_SNAPSHOT)).resolution is Resolution.APPROVED


def test_another_verdict_drops_votes_and_asks_for_a_look_at_the_new_policy() -> None:
    once = after(held(judged(approvers=2)), act()).approval

    result = after(once, PolicyChanged(OTHER_SNAPSHOT, judged(approvers=2, constraints={"max_runtime_sec": 5})))

    assert _kinds(result) == [FactKind.VOTES_RESET]
    assert result.approval.votes == () and result.approval.constraints == {"max_runtime_sec": 5}
    assert refusal(result.approval, act()) is Conflict.SNAPSHOT_MISMATCH


def test_a_policy_that_would_allow_it_now_releases_nothing_by_itself() -> None:
    result = after(held(), PolicyChanged(OTHER_SNAPSHOT, judged(Decision.ALLOW)))

    assert result.approval.state is HoldState.HELD and not result.approval.may_release


def test_a_milder_policy_takes_nothing_back_from_a_hold() -> None:
    hold = held(judged(approval_class=ApprovalClass.EXPLICIT, approvers=2, reversible=False, on_timeout=OnTimeout.DENY))

    changed = after(hold, PolicyChanged(OTHER_SNAPSHOT, judged(Decision.ALLOW))).approval

    assert (changed.plan.approval_class, changed.plan.approvers) == (ApprovalClass.EXPLICIT, 2)
    assert (changed.plan.on_timeout, changed.reversible) == (OnTimeout.DENY, False)


def test_who_loosened_the_policy_may_not_approve_what_it_loosened() -> None:
    looser = PolicyChanged(OTHER_SNAPSHOT, judged(Decision.ALLOW), author="ana")
    hold = after(held(), looser).approval
    approve = act(snapshot=OTHER_SNAPSHOT)

    assert refusal(hold, approve) is Conflict.OWN_LOOSENING
    assert after(hold, act(by=person("bo"), snapshot=OTHER_SNAPSHOT)).resolution is Resolution.APPROVED
    assert after(hold, act(DENY, snapshot=OTHER_SNAPSHOT)).resolution is Resolution.DENIED


@pytest.mark.parametrize(
    ("before", "now", "is_looser"),
    [
        (judged(approvers=2), judged(approvers=1), True),
        (judged(approval_class=ApprovalClass.EXPLICIT), judged(), True),
        (judged(constraints={"max_x": 1}), judged(), True),
        (judged(constraints={"max_x": 1}), judged(constraints={"max_x": 2}), True),
        (judged(constraints={"max_x": 2}), judged(constraints={"max_x": 1}), False),
        (judged(), judged(approvers=2), False),
        (judged(), judged(constraints={"max_x": 1}), False),
    ],
)
def test_what_counts_as_loosening(before: object, now: object, is_looser: bool) -> None:
    hold = held(before)  # type: ignore[arg-type]

    result = after(hold, PolicyChanged(OTHER_SNAPSHOT, now, author="ana"))  # type: ignore[arg-type]

    assert result.facts[0].details["is_looser"] is is_looser
    assert result.approval.loosened_by == (("ana",) if is_looser else ())


def test_constraints_of_two_policies_that_nobody_could_obey_end_the_hold() -> None:
    hold = held(judged(constraints={"region": "eu"}))

    changed = PolicyChanged(OTHER_SNAPSHOT, judged(constraints={"region": "us"}))

    assert after(hold, changed).resolution is Resolution.SUPERSEDED


def test_the_policy_that_holds_it_already_changes_nothing() -> None:
    hold = held()

    assert after(hold, PolicyChanged(hold.snapshot, judged())) == Transition(hold)


def test_the_policy_that_holds_it_ends_it_when_it_denies_it_now() -> None:
    hold = held()

    assert after(hold, PolicyChanged(hold.snapshot, judged(Decision.DENY))).resolution is Resolution.SUPERSEDED


def test_snapshots_of_one_hold_are_bounded() -> None:
    hold = held()
    for number in range(3 * MAX_SNAPSHOTS):
        hold = after(hold, PolicyChanged(f"{number:064x}", judged())).approval

    assert len(hold.snapshots) == MAX_SNAPSHOTS
    assert refusal(hold, act()) is Conflict.SNAPSHOT_MISMATCH


def test_a_person_can_send_it_up_the_chain_once_per_team() -> None:
    climbed = after(held(), act(EventKind.ESCALATE)).approval

    assert climbed.team == "second"
    assert refusal(climbed, act(EventKind.ESCALATE)) is Conflict.NO_NEXT_TEAM


def test_a_senior_or_an_admin_can_give_it_to_another_team() -> None:
    admin = person("ad", Role.ADMIN, teams=())
    move = act(EventKind.REASSIGN, admin, to_team="second")

    assert after(held(), move).approval.team == "second"
    assert refusal(held(), act(EventKind.REASSIGN, person("re", Role.REVIEWER), to_team="second")) is (
        Conflict.NOT_ELIGIBLE
    )
    assert refusal(held(), act(EventKind.REASSIGN, admin, to_team="first")) is Conflict.UNKNOWN_TEAM
    assert refusal(held(), act(EventKind.REASSIGN, admin)) is Conflict.UNKNOWN_TEAM
    unknown = act(EventKind.REASSIGN, admin, to_team="moon", teams=frozenset({"first", "second"}))
    assert refusal(held(), unknown) is Conflict.UNKNOWN_TEAM


def test_rebalancing_moves_what_nobody_has_looked_at_only() -> None:
    moved = after(held(), Rebalanced("second"))
    assert moved.approval.team == "second" and _kinds(moved) == [FactKind.REASSIGNED]

    claimed = after(held(), act(EventKind.CLAIM)).approval
    assert after(claimed, Rebalanced("second")) == Transition(claimed)


def test_the_agent_can_take_its_own_proposal_back() -> None:
    assert after(held(), Withdrawn("bot")).resolution is Resolution.WITHDRAWN
    assert refusal(held(), Withdrawn("other")) is Conflict.NOT_ELIGIBLE


def test_the_same_request_again_is_the_same_hold_and_other_content_a_conflict() -> None:
    hold = held()

    assert after(hold, requested()) == Transition(hold)
    assert refusal(hold, requested(digest=OTHER_DIGEST)) is Conflict.ID_CONFLICT


def test_a_release_that_is_drawn_asks_for_a_blind_second_review_by_others() -> None:
    hold = after(held(judged(has_second_review=True)), act(MODIFY, person("bo"), edit=Edit(OTHER_DIGEST, judged())))

    result = after(hold.approval, act(digest=OTHER_DIGEST))

    assert _kinds(result)[-1] is FactKind.SECOND_REVIEW_DUE
    assert result.facts[-1].details == {"excluded": ["ana", "bo"]}
    assert FactKind.SECOND_REVIEW_DUE not in _kinds(after(held(judged(has_second_review=True)), act(DENY)))


def test_a_hold_survives_json_in_every_form() -> None:
    hold = held(judged(constraints={"network_allowlist": ["a"], "nested": {"max_x": 1.5}}), tenant_id="t", ends_ms=1)
    forms = [
        hold,
        after(held(judged(approvers=2, amount=None)), act(CONSTRAIN, constraints={"max_x": 1})).approval,
        after(held(), act(EventKind.CLAIM)).approval,
        after(held(), act(ASK)).approval,
        after(held(), act(MODIFY, edit=Edit(OTHER_DIGEST, judged()))).approval,
        after(held(), act()).approval,
        after(held(), PolicyChanged(OTHER_SNAPSHOT, judged(Decision.ALLOW), author="x")).approval,
    ]

    for form in forms:
        text = json.dumps(form.to_json())
        assert Approval.from_json(json.loads(text)) == form


@pytest.mark.parametrize("damage", [{"state": "open"}, {"more": 1}, {"plan": None}, {"votes": [{}]}])
def test_half_a_hold_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Approval.from_json({**held().to_json(), **damage})
