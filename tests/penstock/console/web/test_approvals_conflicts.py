"""Two people, one action: who is late, wrong or not allowed gets 409 with the action as it is and what changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.console.acts.ledger import ActState
from penstock.console.acts.outbox import OutboxLimits
from penstock.console.person import Person
from penstock.console.readmodel.statements import Statement
from policies.approval_documents import Role
from tests.penstock.console.web.approval_desk import Office, a_reviewer, an_office
from tests.streams.approval_samples import MINUTE_MS, Desk, audited, bundle_with

ANA = a_reviewer("ana")
HOUR_MS = 60 * MINUTE_MS


def eve_does(verdict: str, **form: str) -> Callable[[Office, str], None]:
    """What eve does while ana looks."""

    def does(office: Office, hold_id: str) -> None:
        office.act(office.browser(a_reviewer("eve")), hold_id, verdict, **form)
        assert office.settled("eve")[-1].state is ActState.RECORDED

    return does


def gate_says(office: Office, hold_id: str, person: Person, form: dict[str, str]) -> str:
    """The conflict with which the gate answers the same act, sent past the console."""
    more = {"to_team": form["to_team"]} if "to_team" in form else {}
    step = office.lane.give(
        {
            "review_id": f"direct-{person.id}-{form['verdict']}",
            "target": {"kind": "action", "id": hold_id},
            "verdict": form["verdict"],
            "reviewer": {"id": person.id},
            "digest": form["digest"],
            "policy_snapshot": form["snapshot"],
            "reason": form.get("reason") or None,
            "decided_at": "2027-01-15T08:00:05Z",
            **more,
        }
    )
    return str(audited(step).get("code"))


def policy_changes(office: Office, hold_id: str) -> None:
    """Another policy with another verdict, which somebody's claim lets the gate notice."""
    office.activate(bundle_with(rules=("max_amount_usd: 5000", "max_amount_usd: 4000")))
    eve_does("claim")(office, hold_id)


CASES = [
    ("deny", eve_does("deny", reason="no"), "already_decided", "denied by eve"),
    ("approve", eve_does("approve"), "already_decided", "approved by eve"),
    ("claim", eve_does("approve"), "already_decided", "approved by eve"),
    ("approve", eve_does("modify", arguments='{"amount": 1}', reason="less"), "digest_mismatch", "eve"),
    ("deny", eve_does("modify", arguments='{"amount": 1}', reason="less"), "digest_mismatch", "changed it"),
    ("approve", eve_does("ask", reason="why?"), "question_open", "asked by eve"),
    ("approve", eve_does("escalate"), "wrong_team", "it is with ops"),
    ("approve", policy_changes, "snapshot_mismatch", "its approvals were dropped"),
]  # fmt: skip


@pytest.mark.parametrize(("verdict", "meanwhile", "code", "words"), CASES)
def test_late_act_is_answered_with_what_changed(
    verdict: str, meanwhile: Callable[[Office, str], None], code: str, words: str, tmp_path: Path
) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        browser = office.browser(ANA)
        form = office.form(browser, hold_id, verdict, reason="I had looked")
        office.lane.now_ms += 1_000
        meanwhile(office, hold_id)
        sent = len(office.sent)
        answer = browser.post(f"/approvals/{hold_id}/act", data=form)

        assert answer.status_code == 409
        assert f"<code>{code}</code>" in answer.text
        assert words in answer.text
        assert "Nothing was decided" in answer.text
        assert "Since you opened it" in answer.text
        assert len(office.sent) == sent
        assert gate_says(office, hold_id, ANA, form) == code


def test_nobody_escalates_past_the_end_of_the_chain(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        cy, ana = office.browser(a_reviewer("cy", Role.SENIOR_REVIEWER, teams=("ops",))), office.browser(ANA)
        form = office.form(cy, hold_id, "escalate")
        assert 'value="escalate"' in ana.get(f"/approvals/{hold_id}").text
        eve_does("escalate")(office, hold_id)
        sent = len(office.sent)

        text = cy.get(f"/approvals/{hold_id}").text
        assert 'value="escalate"' not in text
        assert "The chain of teams is at its end" in text
        answer = cy.post(f"/approvals/{hold_id}/act", data=form)
        assert (answer.status_code, "<code>no_next_team</code>" in answer.text) == (409, True)
        assert len(office.sent) == sent
        assert gate_says(office, hold_id, a_reviewer("cy"), form) == "no_next_team"

        # Given back to the first team it is still at the end: only escalations climb.
        senior = office.browser(a_reviewer("max", Role.ADMIN, teams=("ops",)))
        office.act(senior, hold_id, "reassign", to_team="finance")
        office.settled("max")
        assert 'value="escalate"' not in ana.get(f"/approvals/{hold_id}").text


@pytest.mark.parametrize(
    ("people", "is_offered"),
    [
        (("escalates_to: ops", "shares_with: [ops]"), False),
        (("routing: {financial_actions: finance, default: ops}\n", ""), False),
        (("escalate_after_sec: 1200", "target_median_wait_sec: 900"), True),
    ],
)
def test_escalation_is_offered_where_the_gate_takes_it(
    people: tuple[str, str], is_offered: bool, tmp_path: Path
) -> None:
    with an_office(tmp_path, desk=Desk(bundle_with(people=people))) as office:
        hold_id = office.held()
        text = office.browser(ANA).get(f"/approvals/{hold_id}").text
        assert ('value="escalate"' in text) is is_offered
        form = office.form(office.browser(ANA), hold_id, "escalate")
        assert (gate_says(office, hold_id, ANA, form) != "no_next_team") is is_offered


def test_escalation_is_offered_where_the_console_does_not_know_the_policy(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        eve_does("escalate")(office, hold_id)
        office.store.write([Statement("DELETE FROM bundles", ())])
        cy = office.browser(a_reviewer("cy", Role.SENIOR_REVIEWER, teams=("ops",)))
        assert 'value="escalate"' in cy.get(f"/approvals/{hold_id}").text


@pytest.mark.parametrize(
    ("topic", "code", "words"),
    [
        ("job.wire.send", "expired", "expired: nobody decided in time"),
        ("job.note.add", "consumed", "released: nobody decided in time"),
    ],
)
def test_act_after_the_deadline_is_told_how_it_ended(topic: str, code: str, words: str, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held(topic=topic)
        browser = office.browser(a_reviewer("cy", Role.SENIOR_REVIEWER, teams=("ops",)))
        form = office.form(browser, hold_id, "deny", reason="no")
        office.desk.wait(10 * HOUR_MS)
        office.follow()
        answer = browser.post(f"/approvals/{hold_id}/act", data=form)

        assert answer.status_code == 409
        assert f"<code>{code}</code>" in answer.text
        assert words in answer.text.partition("Since you opened it")[2]
        assert gate_says(office, hold_id, a_reviewer("cy"), form) == code


@pytest.mark.parametrize(
    ("person", "verdict", "code"),
    [
        (a_reviewer("bo"), "approve", "self_approval"),
        (a_reviewer("bo"), "claim", "self_approval"),
        (a_reviewer("stranger"), "approve", "not_eligible"),
        (a_reviewer("cy", Role.SENIOR_REVIEWER, teams=("ops",)), "approve", "wrong_team"),
        (a_reviewer("cy", Role.SENIOR_REVIEWER, teams=("finance",)), "approve", "wrong_team"),
        (a_reviewer("ana"), "answer", "no_question"),
        (a_reviewer("aud"), "deny", "not_eligible"),
        (a_reviewer("ana"), "approve_all", "unsupported_target"),
    ],
)
def test_who_may_not_or_cannot_is_told_by_the_gates_own_conflict(
    person: Person, verdict: str, code: str, tmp_path: Path
) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        form = office.form(office.browser(ANA), hold_id, verdict, reason="because")
        answer = office.browser(person).post(f"/approvals/{hold_id}/act", data=form)

        assert answer.status_code == 409
        assert f"<code>{code}</code>" in answer.text
        assert verdict == "approve_all" or gate_says(office, hold_id, person, form) == code
    assert office.sent == []


def test_second_vote_of_the_same_person_is_refused(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held(amount=1500)
        browser = office.browser(ANA)
        office.act(browser, hold_id, "approve")
        office.settled()
        answer = office.act(browser, hold_id, "approve")

        assert answer.status_code == 409
        assert "duplicate_vote" in answer.text


@pytest.mark.parametrize("field", ["digest", "snapshot"])
def test_tampered_evidence_is_refused_before_it_is_sent(field: str, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        answer = office.act(office.browser(ANA), hold_id, "approve", **{field: "0" * 64})

        assert answer.status_code == 409
        assert f"{field}_mismatch" in answer.text
    assert office.sent == []


def test_both_who_decide_at_once_get_an_answer_and_one_of_them_counts(tmp_path: Path) -> None:
    with an_office(tmp_path, limits=OutboxLimits(undo_ms=3_600_000)) as office:
        hold_id = office.held()
        ana, eve = office.browser(ANA), office.browser(a_reviewer("eve"))
        assert office.act(ana, hold_id, "approve").status_code == 303
        assert office.act(eve, hold_id, "deny", reason="no").status_code == 303
    # Both were still to be undone when the console stopped, which sends what waits.
    office.outbox.start()
    office.outbox.stop()
    assert [review["verdict"] for review in office.sent] == ["approve", "deny"]
    assert office.desk.lane.state.holds == {}


def test_gate_has_the_last_word_and_the_page_tells_it(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        first, second, third = (office.held(f"a{number}") for number in range(3))
        browser = office.browser(ANA)
        for hold_id in (first, second, third):
            office.act(browser, hold_id, "claim")
        office.settled()
        (status,) = office.outbox.of_target(third)

        assert (status.state, status.code) == (ActState.REFUSED, "over_limit")
        text = browser.get(f"/approvals/{third}").text
        assert "you have claimed as many as you may" in text
        assert "claim: you have claimed as many as you may" in text


def test_another_act_on_the_same_thing_has_to_wait_for_the_undo(tmp_path: Path) -> None:
    with an_office(tmp_path, limits=OutboxLimits(undo_ms=3_600_000)) as office:
        hold_id = office.held()
        browser = office.browser(ANA)
        other = office.form(browser, hold_id, "deny", reason="no")
        office.act(browser, hold_id, "approve")
        answer = browser.post(f"/approvals/{hold_id}/act", data=other)

        assert answer.status_code == 409
        assert "ACT_WAITS" in answer.text
        shown = browser.get(f"/approvals/{hold_id}").text
        assert "Your decision is on its way" in shown
        assert 'value="approve"' not in shown
        assert 'value="approve"' in office.browser(a_reviewer("eve")).get(f"/approvals/{hold_id}").text
    assert [review["verdict"] for review in office.sent] == ["approve"]


@pytest.mark.parametrize("hold_id", ["0" * 32, "nothing", "%00", "a" * 500])
def test_what_is_not_there_is_not_found(hold_id: str, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        browser = office.browser(ANA)
        assert browser.get(f"/approvals/{hold_id}").status_code == 404
        assert browser.post(f"/approvals/{hold_id}/act", data={"verdict": "deny"}).status_code == 404
