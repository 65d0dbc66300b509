"""One held action: what the page shows to whom, and what comes of each of its forms at the real gate."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from penstock.console.acts.ledger import ActState
from penstock.console.acts.outbox import OutboxLimits
from policies.approval_documents import Role
from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED
from tests.penstock.console.web.approval_desk import Office, a_reviewer, an_office
from tests.streams.approval_samples import MINUTE_MS, bundle_with

SENIOR = a_reviewer("cy", Role.SENIOR_REVIEWER, teams=("ops",))
CANARY = "canary-5d1c"


def ended(office: Office, name: str = "ana") -> tuple[ActState, str | None]:
    """How the person's last act ended."""
    status = office.settled(name)[-1]
    return status.state, status.code


def cleared(office: Office) -> list[dict[str, Any]]:
    """What executors were given."""
    return office.lane.values(ACTIONS_CLEARED.name)


def test_page_shows_everything_that_a_decision_needs(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        office.held("a0", session_id="s-1")
        office.desk.wait(MINUTE_MS)
        hold_id = office.held(
            "a1",
            session_id="s-1",
            environment="prod",
            model="gpt-9",
            confidence=0.4,
            reasoning="The customer is <b>angry</b>, mail bob@example.com",
            context={"order": {"total": 420, "card": "4111 1111 1111 1111"}},
        )
        text = office.browser(a_reviewer()).get(f"/approvals/{hold_id}").text

    for words in (
        "<strong>agent-1</strong> wants to <strong>pay</strong> (tool pay, class job.support.refund)",
        "as its arguments say",
        "it can be undone",
        "What would be carried out",
        '<mark title="CREDIT_CARD">4111 1111 1111 1111',
        "The agent's own claim",
        '<mark title="EMAIL_ADDRESS">bob@example.com',
        "&lt;b&gt;angry&lt;/b&gt;",
        "rule refunds matched",
        "decision: require_approval",
        "v1:",
        "gpt-9",
        "0.4",
        "Level of autonomy",
        "This agent so far",
        "Earlier in this session",
        "max_amount_usd",
        "held, and people were asked",
    ):
        assert words in text
    assert 'href="/approvals/' in text.partition("Earlier in this session")[2]


@pytest.mark.parametrize("role", list(Role))
def test_payload_and_forms_are_for_those_whose_roles_allow_them(role: Role, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held(reasoning=CANARY, context={"note": CANARY})
        text = office.browser(a_reviewer("ana", role)).get(f"/approvals/{hold_id}").text

    assert (CANARY in text) is (role in (Role.REVIEWER, Role.SENIOR_REVIEWER, Role.AUDITOR))
    assert ('value="approve"' in text) is (role in (Role.REVIEWER, Role.SENIOR_REVIEWER))
    assert ('value="reassign"' in text) is (role in (Role.SENIOR_REVIEWER, Role.ADMIN))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.POLICY_AUTHOR, Role.AUDITOR, Role.ADMIN])
@pytest.mark.parametrize("verdict", ["approve", "constrain", "modify", "deny", "ask", "answer", "claim", "escalate"])
def test_who_may_not_decide_is_refused_whatever_they_send(role: Role, verdict: str, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        answer = office.act(office.browser(a_reviewer("ana", role)), hold_id, verdict, reason="because")

        assert answer.status_code == 403
        assert office.outbox.of_person("ana") == ()
    assert office.sent == []


def test_reviewer_approves_and_the_next_action_follows(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        first, second = office.held("a1"), office.held("a2")
        order = re.findall(r'data-row="([0-9a-f]+)"', office.browser(a_reviewer()).get("/approvals").text)
        assert set(order) == {first, second}
        browser = office.browser(a_reviewer())
        answer = browser.post(f"/approvals/{order[0]}/act?team=finance", data=office.form(browser, order[0], "approve"))

        assert (answer.status_code, answer.headers["location"]) == (303, f"/approvals/{order[1]}?team=finance")
        assert ended(office) == (ActState.RECORDED, None)
        assert office.act(browser, order[1], "approve").headers["location"] == "/approvals"
        office.settled()
    assert len(cleared(office)) == 2


def test_next_action_is_none_that_the_reader_has_just_decided(tmp_path: Path) -> None:
    with an_office(tmp_path, limits=OutboxLimits(undo_ms=3_600_000)) as office:
        held = {office.held(f"a{number}") for number in range(3)}
        browser = office.browser(a_reviewer())
        order = re.findall(r'data-row="([0-9a-f]+)"', browser.get("/approvals").text)
        office.act(browser, order[1], "approve")

        assert office.act(browser, order[0], "approve").headers["location"] == f"/approvals/{order[2]}"
        assert office.act(browser, order[2], "approve").headers["location"] == "/approvals"
    assert {review["target"]["id"] for review in office.sent} == held


def test_review_carries_what_was_on_the_screen_and_who_decided(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held(context={"note": "x"})
        browser = office.browser(a_reviewer("ana", Role.REVIEWER, teams=("finance",)))
        form = office.form(browser, hold_id, "approve", reason="mail eve@example.com")
        office.lane.now_ms += 4_000
        browser.post(f"/approvals/{hold_id}/act", data=form)
        office.settled()
        (review,) = office.sent
        text = browser.get(f"/approvals/{hold_id}").text

    request = office.desk.request(hold_id)
    assert review["digest"] == request["digest"]
    assert review["policy_snapshot"] == request["policy_snapshot"]
    assert review["reviewer"] == {"id": "ana", "roles": ["reviewer"], "teams": ["finance"]}
    assert (review["rendered_at"], review["decided_at"]) == ("2027-01-15T08:00:00.000Z", "2027-01-15T08:00:04.000Z")
    assert review["reason"] == "mail <EMAIL_ADDRESS>"
    assert "taken out of the reason: EMAIL_ADDRESS" in text
    assert "mail &lt;EMAIL_ADDRESS&gt;" in text
    assert "released as proposed" in text


def test_denial_needs_a_reason_and_ends_it(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        browser = office.browser(a_reviewer())
        without = office.act(browser, hold_id, "deny", reason="  ")
        assert without.status_code == 422
        assert "reason_missing" in without.text

        office.act(browser, hold_id, "deny", reason="not ours")
        assert ended(office) == (ActState.RECORDED, None)
        assert "not ours" in browser.get(f"/approvals/{hold_id}").text
        assert "not ours" not in office.browser(a_reviewer("vi", Role.VIEWER)).get(f"/approvals/{hold_id}").text
    assert office.lane.values(ACTIONS_REFUSED.name)[-1]["decision"]["reason_code"] == "rejected_by_reviewer"


def test_constraints_are_added_and_tightened_and_never_loosened(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        browser = office.browser(a_reviewer())
        loose = office.act(browser, hold_id, "constrain", **{"constraint:max_amount_usd": "6000"})
        assert loose.status_code == 422
        assert "constraint_widened" in loose.text
        assert 'value="6000"' in loose.text

        tight = {"constraint:max_amount_usd": "450", "name1": "network_allowlist", "value1": "a.example, b.example"}
        office.act(browser, hold_id, "constrain", **tight)
        assert ended(office) == (ActState.RECORDED, None)
    (event,) = cleared(office)
    assert event["decision"]["constraints"] == {
        "max_amount_usd": 450,
        "network_allowlist": ["a.example", "b.example"],
    }


def test_edit_is_held_instead_and_somebody_else_sees_the_difference_and_approves(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        ana, eve = office.browser(a_reviewer("ana")), office.browser(a_reviewer("eve"))
        wrong = office.act(ana, hold_id, "modify", arguments='{"order": "a1",\n "amount": }', reason="half")
        assert wrong.status_code == 422
        assert "Line 2, column 12" in wrong.text
        assert "&#34;amount&#34;: }" in wrong.text
        same = office.act(ana, hold_id, "modify", arguments='{"amount": 420, "order": "a1"}', reason="half")
        assert "edit_unchanged" in same.text

        office.act(ana, hold_id, "modify", arguments='{"order": "a1", "amount": 80}', reason="half is enough")
        assert ended(office) == (ActState.RECORDED, None)
        text = eve.get(f"/approvals/{hold_id}").text
        assert '<del><span class="visually-hidden">removed: </span>-   &#34;amount&#34;: 420,' in text
        assert '<ins><span class="visually-hidden">added: </span>+   &#34;amount&#34;: 80,' in text
        assert "changed by ana" in text
        own = office.act(ana, hold_id, "approve")
        assert own.status_code == 409
        assert "editor_vote" in own.text

        office.act(eve, hold_id, "approve")
        assert ended(office, "eve") == (ActState.RECORDED, None)
    assert cleared(office)[0]["action"]["arguments"] == {"order": "a1", "amount": 80}


def test_question_blocks_approval_until_it_is_answered(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        ana, eve = office.browser(a_reviewer("ana")), office.browser(a_reviewer("eve"))
        asked = office.act(ana, hold_id, "ask", reason="which order?")
        assert asked.headers["location"] == f"/approvals/{hold_id}"
        office.settled("ana")
        blocked = office.act(eve, hold_id, "approve")
        assert blocked.status_code == 409
        assert "question_open" in blocked.text
        assert "which order?" in blocked.text

        office.act(eve, hold_id, "answer", reason="order a1")
        assert ended(office, "eve") == (ActState.RECORDED, None)
        office.act(eve, hold_id, "approve")
        assert ended(office, "eve") == (ActState.RECORDED, None)
    assert len(cleared(office)) == 1


def test_claim_escalation_and_reassignment_move_it(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        ana = office.browser(a_reviewer("ana"))
        office.act(ana, hold_id, "claim")
        office.settled()
        assert "claimed by you" in ana.get(f"/approvals/{hold_id}").text
        assert "claimed by ana" in office.browser(a_reviewer("eve")).get(f"/approvals/{hold_id}").text

        office.act(ana, hold_id, "escalate")
        assert ended(office) == (ActState.RECORDED, None)
        text = ana.get(f"/approvals/{hold_id}").text
        assert "given to the next team: ops" in text
        assert "not among your teams" in text

        admin = office.browser(a_reviewer("max", Role.ADMIN, teams=("ops",)))
        assert '<option value="finance">' in admin.get(f"/approvals/{hold_id}").text
        office.act(admin, hold_id, "reassign", to_team="finance")
        assert ended(office, "max") == (ActState.RECORDED, None)
        assert "given to another team: finance" in ana.get(f"/approvals/{hold_id}").text


def test_explicit_action_needs_a_senior_reviewer_a_reason_and_a_fresh_sign_in(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held(topic="job.wire.send")
        office.act(office.browser(SENIOR), hold_id, "claim")
        junior = office.browser(a_reviewer("cy", Role.REVIEWER, teams=("ops",)))
        assert office.act(junior, hold_id, "approve", reason="fine").status_code == 403

        stale = office.browser(SENIOR, is_fresh=False)
        text = stale.get(f"/approvals/{hold_id}").text
        assert 'value="approve"' not in text
        assert f'href="/sign-in/again?next=%2Fapprovals%2F{hold_id}"' in text
        with pytest.raises(Exception, match="NOT_FRESH"):
            office.act(stale, hold_id, "approve", reason="fine")

        senior = office.browser(SENIOR)
        assert office.act(senior, hold_id, "approve").status_code == 422
        office.act(senior, hold_id, "approve", reason="checked with the bank")
        assert ended(office, "cy") == (ActState.RECORDED, None)
    assert len(cleared(office)) == 1


def test_denying_what_is_explicit_needs_no_fresh_sign_in(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held(topic="job.wire.send")
        office.act(office.browser(SENIOR, is_fresh=False), hold_id, "deny", reason="no")
        assert ended(office, "cy") == (ActState.RECORDED, None)


def test_console_without_the_key_lets_nothing_pass_that_it_cannot_show(tmp_path: Path) -> None:
    with an_office(tmp_path, has_key=False) as office:
        hold_id = office.held()
        browser = office.browser(a_reviewer())
        text = browser.get(f"/approvals/{hold_id}").text
        assert "no key that opens it" in text
        assert 'value="approve"' not in text

        for verdict in ("approve", "constrain", "modify"):
            form = {"reason": "x", "arguments": "{}", "constraint:max_amount_usd": "1"}
            refused = office.act(browser, hold_id, verdict, **form)
            assert refused.status_code == 409
            assert "not_shown" in refused.text
        office.act(browser, hold_id, "deny", reason="unseen")
        assert ended(office) == (ActState.RECORDED, None)
    assert cleared(office) == []


def test_kafka_away_is_told_and_nothing_is_decided(tmp_path: Path) -> None:
    limits = OutboxLimits(undo_ms=0, give_up_s=0.1, stop_grace_s=0.1)
    with an_office(tmp_path, is_kafka_away=True, limits=limits) as office:
        hold_id = office.held()
        browser = office.browser(a_reviewer())
        assert office.act(browser, hold_id, "approve").status_code == 303

        assert ended(office) == (ActState.FAILED, "not_confirmed")
        text = browser.get(f"/approvals/{hold_id}").text
        assert "nothing was decided" in text
        assert 'value="approve"' in text
    assert cleared(office) == []


def test_how_it_was_decided_is_kept_from_whom_it_will_be_asked_again(tmp_path: Path) -> None:
    drawn = ("fatigue_controls: {", "fatigue_controls: {sampled_second_review_rate: 1, ")
    with an_office(tmp_path) as office:
        office.activate(bundle_with(people=drawn))
        hold_id = office.held()
        office.act(office.browser(a_reviewer("ana")), hold_id, "approve", reason=CANARY)
        office.settled()
        telling = ("released as proposed", CANARY, "by ana", "approved it")

        eve = office.browser(a_reviewer("eve"))
        for address in (f"/approvals/{hold_id}", "/approvals?tab=decided"):
            text = eve.get(address).text
            assert not any(words in text for words in telling)
            assert "second review" in text
        first = office.browser(a_reviewer("ana")).get(f"/approvals/{hold_id}").text
        assert "released as proposed" in first
