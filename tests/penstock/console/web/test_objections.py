"""What the console objects to before it sends an act is what the gate would answer, conflict by conflict."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.console.web.objections import VERDICTS, Intent, Seen, objection_to
from policies.approval_documents import Role
from policies.people import Principal
from streams.events import ReviewVerdict
from tests.penstock.console.web.test_batch_eligibility import hold_row

REVIEWER = Principal("ann", (Role.REVIEWER,), ("finance",))


def code_of(verdict: str = "approve", *, voters: tuple[str, ...] = (), row: Any = None, **more: Any) -> str | None:
    """The objection to an act of ann's."""
    held = hold_row(**(row or {}))
    known: dict[str, Any] = {
        "person_id": "ann",
        "seen": Seen(held.digest or "", held.snapshot or ""),
        "reason": "because",
        "by": REVIEWER,
        "to_team": "ops",
    }
    found = objection_to(held, voters, Intent(ReviewVerdict(verdict), **known | more))
    return None if found is None else found.code


@pytest.mark.parametrize("verdict", sorted(verdict.value for verdict in VERDICTS - {ReviewVerdict.ANSWER}))
def test_ordinary_act_meets_no_objection(verdict: str) -> None:
    by = Principal("ann", (Role.SENIOR_REVIEWER,), ("finance",))
    assert code_of(verdict, row={"team": "finance"}, by=by) is None


@pytest.mark.parametrize(
    ("verdict", "row", "more", "code"),
    [
        ("approve", {}, {"by": Principal("ann")}, "not_eligible"),
        ("deny", {}, {"by": Principal("ann", (Role.REVIEWER, Role.AUDITOR))}, "not_eligible"),
        ("approve", {"approval_class": "explicit"}, {}, "not_eligible"),
        ("deny", {"approval_class": "explicit"}, {}, None),
        ("reassign", {}, {}, "not_eligible"),
        ("approve", {"team": "ops"}, {}, "wrong_team"),
        ("approve", {"team": "ops"}, {"by": None}, None),
        ("reassign", {"team": "legal"}, {"by": Principal("ann", (Role.ADMIN,))}, None),
        ("approve", {"owner": "ANN "}, {}, "self_approval"),
        ("claim", {"agent_id": "ann"}, {}, "self_approval"),
        ("ask", {"owner": "ann"}, {}, None),
        ("approve", {}, {"by": Principal("ann", (Role.REVIEWER,), agents=("agent-*",))}, "self_approval"),
        ("approve", {"proposed_digest": "d0", "edited_by": "ann"}, {}, "editor_vote"),
        ("deny", {"proposed_digest": "d0", "edited_by": "ann"}, {}, None),
        ("approve", {"stage": "decided", "resolution": "denied"}, {}, "already_decided"),
        ("approve", {"stage": "expired", "resolution": "expired"}, {}, "expired"),
        ("approve", {"stage": "expired", "resolution": "released_by_timeout"}, {}, "consumed"),
        ("claim", {"stage": "decided", "resolution": "approved"}, {}, "already_decided"),
        ("escalate", {}, {"is_last_team": True}, "no_next_team"),
        ("approve", {}, {"is_last_team": True}, None),
        ("approve", {"question_by": "bo"}, {}, "question_open"),
        ("deny", {"question_by": "bo"}, {}, None),
        ("answer", {"question_by": "bo"}, {}, None),
        ("answer", {}, {}, "no_question"),
        ("approve", {}, {"seen": Seen("other", "5" * 64)}, "digest_mismatch"),
        ("deny", {}, {"seen": Seen("other", "5" * 64)}, "digest_mismatch"),
        ("claim", {}, {"seen": Seen("other", "other")}, None),
        ("approve", {}, {"seen": Seen("d-h1", "other")}, "snapshot_mismatch"),
        ("deny", {}, {"reason": " "}, "reason_missing"),
        ("approve", {}, {"reason": ""}, None),
        ("ask", {}, {"reason": ""}, "reason_missing"),
        ("modify", {}, {"reason": ""}, "reason_missing"),
        (
            "approve",
            {"approval_class": "explicit"},
            {"reason": "", "by": Principal("ann", (Role.SENIOR_REVIEWER,))},
            "reason_missing",
        ),
        ("approve", {"allows_batch": False}, {"is_batch": True}, "batch_refused"),
        ("deny", {"allows_batch": False}, {"is_batch": True}, None),
        ("reassign", {}, {"to_team": None, "by": Principal("ann", (Role.ADMIN,))}, "unknown_team"),
        ("reassign", {"team": "ops"}, {"by": Principal("ann", (Role.ADMIN,))}, "unknown_team"),
    ],
)
def test_each_conflict_is_named_as_the_gate_names_it(
    verdict: str, row: dict[str, Any], more: dict[str, Any], code: str | None
) -> None:
    assert code_of(verdict, row=row, **more) == code


def test_second_vote_of_the_same_person_is_objected_to() -> None:
    assert code_of(voters=("bo", "Ann")) == "duplicate_vote"
    assert code_of(voters=("bo",)) is None


def test_objection_says_by_whom_it_was_decided() -> None:
    row = hold_row(stage="decided", resolution="denied", ended_by=("bo",))
    found = objection_to(row, (), Intent(ReviewVerdict.APPROVE, "ann", Seen("", "")))

    assert found is not None
    assert "denied by bo" in found.text
