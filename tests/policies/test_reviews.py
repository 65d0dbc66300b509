"""A review on the wire becomes an act, and nothing that it claims beyond the directory counts."""

from __future__ import annotations

from typing import Any

import pytest

from policies.approval_documents import EvidenceField, Role
from policies.approval_events import ACTS, Edit, EventKind, Load
from policies.approval_plan import ApprovalPlanner
from policies.parse_approvals import approvals_of
from policies.reviews import act_of, evidence_of
from tests.policies.holds import DIGEST, OTHER_DIGEST, SNAPSHOT, after, held, judged
from tests.policies.samples import rules_bundle

REVIEW: dict[str, Any] = {
    "review_id": "r1",
    "target": {"kind": "action", "id": "h1"},
    "verdict": "approve",
    "reviewer": {"id": "ana", "roles": ["senior_reviewer"], "teams": ["first"]},
    "digest": DIGEST,
    "policy_snapshot": SNAPSHOT,
    "reason": "checked",
    "rendered_at": "2030-01-01T00:00:00Z",
    "decided_at": "2030-01-01T00:00:05Z",
    "signature": "s",
}
NO_DIRECTORY = ApprovalPlanner(None)
PEOPLE = "reviewers: {Ana: {roles: [reviewer]}}\nteams: {first: {members: [ana]}, second: {}}\n"
DIRECTORY = ApprovalPlanner(approvals_of(rules_bundle(PEOPLE.replace("[ana]", "[Ana]")).documents))


def test_a_complete_review_does_what_it_says() -> None:
    act = act_of(REVIEW, NO_DIRECTORY)

    assert act is not None
    assert act.by is not None and (act.by.id, act.by.roles, act.by.teams) == (
        "ana",
        (Role.SENIOR_REVIEWER,),
        ("first",),
    )
    assert after(held(judged(evidence=tuple(EvidenceField))), act).resolution is not None


def test_the_directory_outranks_what_the_review_claims() -> None:
    act = act_of(REVIEW, DIRECTORY)

    assert act is not None and act.by is not None
    assert (act.by.id, act.by.roles, act.by.teams) == ("Ana", (Role.REVIEWER,), ("first",))
    assert act.teams == frozenset({"first", "second"})


def test_who_is_not_in_the_directory_is_nobody() -> None:
    act = act_of({**REVIEW, "reviewer": {"id": "mallory", "roles": ["admin"]}}, DIRECTORY)

    assert act is not None and act.by is None


@pytest.mark.parametrize("kind", sorted(ACTS))
def test_every_act_of_a_person_has_its_verdict_on_the_wire(kind: EventKind) -> None:
    act = act_of({**REVIEW, "verdict": kind.value}, NO_DIRECTORY)

    assert act is not None and act.kind is kind


@pytest.mark.parametrize("verdict", ["time", "policy", "request", "answer", "release", "", None, 7])
def test_what_is_no_act_on_a_held_action_is_none(verdict: object) -> None:
    assert act_of({**REVIEW, "verdict": verdict}, NO_DIRECTORY) is None


def test_a_review_without_a_reviewer_is_no_act() -> None:
    assert act_of({**REVIEW, "reviewer": "ana"}, NO_DIRECTORY) is None


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        (EvidenceField.POLICY_SNAPSHOT, "policy_snapshot"),
        (EvidenceField.JOB_HASH, "digest"),
        (EvidenceField.DECISION_TS, "decided_at"),
        (EvidenceField.RENDERED_TS, "rendered_at"),
        (EvidenceField.REASON, "reason"),
        (EvidenceField.SIGNATURE, "signature"),
        (EvidenceField.APPROVER_ID, "reviewer"),
    ],
)
def test_each_piece_of_evidence_has_its_field(name: EvidenceField, missing: str) -> None:
    assert set(evidence_of(REVIEW)) == set(EvidenceField)
    assert set(evidence_of({**REVIEW, missing: None})) == set(EvidenceField) - {name}


def test_constraints_edits_batches_and_load_come_along() -> None:
    edit, load = Edit(OTHER_DIGEST, judged()), Load(3, 40, 9)
    constrained = act_of({**REVIEW, "verdict": "constrain", "constraints": {"max_x": 1}}, NO_DIRECTORY, load=load)
    modified = act_of({**REVIEW, "verdict": "modify"}, NO_DIRECTORY, edit=edit)
    approved = act_of({**REVIEW, "batch_id": "b1", "constraints": None}, NO_DIRECTORY, edit=edit)
    moved = act_of({**REVIEW, "verdict": "reassign", "to_team": "second"}, NO_DIRECTORY)

    assert constrained is not None and (constrained.constraints, constrained.load) == ({"max_x": 1}, load)
    assert modified is not None and modified.edit == edit and not modified.is_batch
    assert approved is not None and approved.is_batch and approved.edit is None and approved.constraints == {}
    assert moved is not None and moved.to_team == "second"
