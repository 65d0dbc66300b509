"""Blind second reviews: the action as it was first seen, and the first decision only afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from httpx2 import Response

from penstock.console.person import Permission, Person
from penstock.console.readmodel.statements import Statement
from penstock.console.web.second_reviews import ROUTES
from policies.approval_documents import Role
from streams.sealing import Sealer, second_review_context
from streams.topics import APPROVALS_REQUESTED
from tests.penstock.console.fakes import a_person
from tests.penstock.console.web.live_gate import LiveGate, running
from tests.streams.approval_samples import bundle_with
from tests.streams.samples import PAYLOAD_KEY, action, gate_of, review

TWICE = bundle_with(people=("fatigue_controls: {", "fatigue_controls: {sampled_second_review_rate: 1, "))
TEAMS = ("finance",)
EVE = a_person(Role.REVIEWER, id="eve", name="Eve", teams=TEAMS)
ANA = a_person(Role.REVIEWER, id="ana", name="Ana", teams=TEAMS)
CANARY = "canary-order-4711"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[LiveGate]:
    with running(LiveGate(tmp_path, gate=gate_of(TWICE))) as made:
        yield made


def released(gate: LiveGate, action_id: str = "a1", **more: str) -> str:
    """Ana releases what is held, and a second person is asked; gives the second review's id."""
    gate.lane.now_ms += 1_000
    fields: dict[str, Any] = {"tool": "pay", "arguments": {"order": CANARY, "amount": 420}, **more}
    gate.give(action(action_id, "job.support.refund", **fields))
    request = gate.lane.values(APPROVALS_REQUESTED.name)[-1]
    more_fields: dict[str, Any] = {
        "reviewer": {"id": "ana"},
        "decided_at": "2027-01-15T08:00:05Z",
        "review_id": f"first-{action_id}",
    }
    gate.give(review(request, "approve", **{**more_fields, "reason": "the first opinion"}))
    (asked,) = [
        r for r in gate.lane.values(APPROVALS_REQUESTED.name) if r.get("second_review_id") == request["hold_id"]
    ]
    return str(asked["second_review_id"])


def answer(gate: LiveGate, second_id: str, verdict: str, *, person: Person = EVE, **more: str) -> Response:
    asked = [r for r in gate.lane.values(APPROVALS_REQUESTED.name) if r.get("second_review_id") == second_id][-1]
    form = {"csrf": "csrf-token", "verdict": verdict, "digest": asked["digest"], "rendered_at": "0", **more}
    return gate.client(person, ROUTES).post(f"/second-reviews/{second_id}/act", data=form)


def settled(gate: LiveGate, second_id: str) -> list[tuple[str, bool]]:
    """Who answered, and whether that agrees, after everything was sent."""
    for status in gate.outbox.of_target(second_id):
        gate.outbox.wait(status.act_id, timeout_s=5)
    found = [r for r in gate.audited() if r["kind"] == "second_review" and r["hold_id"] == second_id]
    return [(record["reviewer"], record["agrees"]) for record in found]


def test_nothing_of_the_first_decision_is_told_before_the_answer(gate: LiveGate) -> None:
    second_id = released(gate)
    client = gate.client(EVE, ROUTES)
    for path in ("/second-reviews", f"/second-reviews/{second_id}"):
        text = client.get(path).text
        assert re.search(r"\bana\b", text, re.IGNORECASE) is None
        assert "first opinion" not in text
        assert "approved" not in text
    assert CANARY in text
    assert "Would you have let it pass?" in text
    assert second_id in client.get("/second-reviews").text


@pytest.mark.parametrize(("verdict", "agrees"), [("approve", True), ("deny", False)])
def test_afterwards_both_decisions_stand_side_by_side(verdict: str, agrees: bool, gate: LiveGate) -> None:
    second_id = released(gate)
    taken = answer(gate, second_id, verdict, reason="I looked")
    assert (taken.status_code, taken.headers["location"]) == (303, f"/second-reviews/{second_id}")
    assert settled(gate, second_id) == [("eve", agrees)]
    text = gate.client(EVE, ROUTES).get(f"/second-reviews/{second_id}").text
    assert ("Both reviewers would release it" in text) is agrees
    assert ("The reviewers disagree" in text) is not agrees
    assert "by ana" in text
    assert f'href="/approvals/{second_id}"' in text
    answered = gate.client(EVE, ROUTES).get("/second-reviews?tab=answered").text
    assert second_id in answered
    assert ("disagrees" in answered) is not agrees
    assert second_id not in gate.client(EVE, ROUTES).get("/second-reviews").text


def test_who_decided_first_is_not_asked_again(gate: LiveGate) -> None:
    second_id = released(gate)
    client = gate.client(ANA, ROUTES)
    assert second_id not in client.get("/second-reviews").text
    text = client.get(f"/second-reviews/{second_id}").text
    assert "You had a part in the first decision" in text
    assert "Would you have let it pass?" not in text
    refused = answer(gate, second_id, "approve", person=ANA)
    assert (refused.status_code, "self_approval" in refused.text) == (409, True)
    assert settled(gate, second_id) == []


def test_another_team_reads_and_does_not_answer(gate: LiveGate) -> None:
    second_id = released(gate)
    other = a_person(Role.REVIEWER, id="cy", teams=("ops",))
    assert second_id not in gate.client(other, ROUTES).get("/second-reviews").text
    assert "another team" in gate.client(other, ROUTES).get(f"/second-reviews/{second_id}").text
    assert answer(gate, second_id, "approve", person=other).status_code == 409
    assert settled(gate, second_id) == []


@pytest.mark.parametrize("role", [role for role in Role if not a_person(role).may(Permission.DECIDE)])
def test_who_may_not_decide_does_not_answer(role: Role, gate: LiveGate) -> None:
    second_id = released(gate)
    person = a_person(role, id="zoe", teams=TEAMS)
    text = gate.client(person, ROUTES).get(f"/second-reviews/{second_id}").text
    assert (CANARY in text) is person.may(Permission.SEE_PAYLOAD)
    assert "not decide it" in text
    assert answer(gate, second_id, "approve", person=person).status_code == 403
    assert settled(gate, second_id) == []


def test_a_denial_needs_a_reason_and_other_content_is_a_conflict(gate: LiveGate) -> None:
    second_id = released(gate)
    assert answer(gate, second_id, "deny").status_code == 422
    assert answer(gate, second_id, "modify").status_code == 400
    stale = answer(gate, second_id, "approve", digest="0" * 64)
    assert (stale.status_code, "digest_mismatch" in stale.text) == (409, True)
    assert settled(gate, second_id) == []
    assert answer(gate, second_id, "approve").status_code == 303
    assert settled(gate, second_id) == [("eve", True)]
    assert answer(gate, second_id, "approve").status_code == 409


@pytest.mark.parametrize("is_sealed", [True, False])
def test_contents_that_are_not_those_of_the_release_are_not_shown(is_sealed: bool, gate: LiveGate) -> None:
    second_id = released(gate)
    other = orjson.dumps(action("a1", "job.support.refund", tool="pay", arguments={"order": "another-canary"}))
    context = second_review_context(second_id)
    payload = orjson.dumps(Sealer(PAYLOAD_KEY).seal(other, context=context)) if is_sealed else other
    put = "UPDATE second_reviews SET payload = ?, is_sealed = ? WHERE second_review_id = ?"
    gate.store.write([Statement(put, (payload.decode(), int(is_sealed), second_id))])

    text = gate.client(EVE, ROUTES).get(f"/second-reviews/{second_id}").text

    assert "is not what its record names" in text
    assert "another-canary" not in text
    assert 'value="approve"' not in text
    refused = answer(gate, second_id, "approve")
    assert (refused.status_code, "not_shown" in refused.text) == (409, True)
    answer(gate, second_id, "deny", reason="nothing is shown")
    assert settled(gate, second_id) == [("eve", False)]


def test_an_answer_on_its_way_tells_nothing_yet(tmp_path: Path) -> None:
    with running(LiveGate(tmp_path, gate=gate_of(TWICE), undo_ms=60_000)) as gate:
        second_id = released(gate)
        answer(gate, second_id, "approve")
        text = gate.client(EVE, ROUTES).get(f"/second-reviews/{second_id}").text
        assert "on its way" in text
        assert "by ana" not in text


def test_who_is_bound_to_tenants_knows_of_no_other(gate: LiveGate) -> None:
    own, other = released(gate, "a1", tenant_id="t-1"), released(gate, "a2", tenant_id="t-2")
    bound = gate.client(a_person(Role.REVIEWER, id="ten", teams=TEAMS, tenants=("t-1",)), ROUTES)
    text = bound.get("/second-reviews").text
    assert (own in text, other in text) == (True, False)
    assert [bound.get(f"/second-reviews/{second_id}").status_code for second_id in (own, other)] == [200, 404]
