"""Several held actions at once: compared first, decided each by itself, and told about each by itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from penstock.console.acts.ledger import ActState
from penstock.console.acts.outbox import OutboxLimits
from policies.approval_documents import Role
from tests.penstock.console.web.approval_desk import Office, a_reviewer, an_office

INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def address(ids: list[str], verdict: str = "approve") -> str:
    """Where several are compared."""
    return "/approvals/batch?" + "&".join([f"verdict={verdict}", *(f"id={hold_id}" for hold_id in ids)])


def sent(browser: TestClient, ids: list[str], verdict: str = "approve", **more: str) -> Any:
    """What comes of sending the form of the comparing page."""
    text = browser.get(address(ids, verdict)).text
    form: dict[str, Any] = {}
    for name, value in INPUT.findall(text.partition('action="/approvals/batch/act"')[2]):
        form.setdefault(name, []).append(value)
    return browser.post("/approvals/batch/act", data=form | more)


def states(office: Office, name: str = "ana") -> list[tuple[ActState, str | None]]:
    """How the person's acts ended."""
    return [(status.state, status.code) for status in office.settled(name)]


def test_findings_are_marked_where_items_are_compared(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        ids = [office.held(name) for name in ("bob@example.com", "eve@example.com")]
        text = office.browser(a_reviewer()).get(address(ids)).text

    for name in ("bob", "eve"):
        marked = f'<mark title="EMAIL_ADDRESS">{name}@example.com<span class="found-type">EMAIL_ADDRESS</span></mark>'
        assert marked in text
    assert "Found and marked: EMAIL_ADDRESS" in text


def test_equal_items_are_compared_place_by_place_and_released(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        ids = [office.held(f"a{number}", amount=100 + number) for number in range(3)]
        browser = office.browser(a_reviewer())
        text = browser.get(address(ids)).text
        assert "Approve 3 held actions" in text
        for place in ("amount", "order"):
            assert f'<th scope="row"><code>{place}</code></th>' in text
        assert "<code>101</code>" in text

        answer = sent(browser, ids, reason="all small")
        assert answer.status_code == 303
        assert states(office) == [(ActState.RECORDED, None)] * 3
        results = browser.get(answer.headers["location"]).text
    assert results.count("it is released") == 3
    assert len({review["batch_id"] for review in office.sent}) == 1
    assert {review["digest"] for review in office.sent} == {office.desk.request(hold_id)["digest"] for hold_id in ids}
    assert all(review["reason"] == "all small" for review in office.sent)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"topic": "job.wire.send"}, "class queue"),
        ({"topic": "job.note.add"}, "class queue"),
        ({"environment": "prod"}, "differ in rule, tool, destination or policy"),
        ({"amount": 1500}, "differ in rule, tool, destination or policy"),
    ],
)
def test_what_is_not_equal_is_never_approved_at_once(second: dict[str, Any], words: str, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        ids = [office.held("a1"), office.held("a2", **second)]
        browser = office.browser(a_reviewer())
        text = browser.get(address(ids)).text
        assert words in text
        assert ">Approve 2" not in text.replace("<h1>Approve 2", "")

        answer = sent(browser, ids)
        assert answer.status_code == 409
        assert words in answer.text
    assert office.sent == []


def test_arguments_of_another_shape_are_not_equal_even_where_they_travel_sealed(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        first = office.held("a1")
        other = office.lane.give(
            {
                "action_id": "a2",
                "agent_id": "agent-1",
                "topic": "job.support.refund",
                "tool": "pay",
                "arguments": {"order": "a2", "amount": 420, "to": "someone else"},
            }
        )
        assert other.effects
        office.follow()
        ids = [first, *set(re.findall(r'data-row="([0-9a-f]+)"', office.browser(a_reviewer()).get("/approvals").text))]
        answer = sent(office.browser(a_reviewer()), list(dict.fromkeys(ids)))

        assert answer.status_code == 409
        assert "not of one shape" in answer.text
    assert office.sent == []


def test_more_than_a_person_can_compare_are_not_approved(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        ids = [office.held(f"a{number}") for number in range(26)]
        answer = sent(office.browser(a_reviewer()), ids)

        assert answer.status_code == 409
        assert "at most 25" in answer.text
    assert office.sent == []


def test_anything_may_be_denied_together_with_a_reason(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        ids = [office.held("a1"), office.held("a2", environment="prod", amount=1500)]
        browser = office.browser(a_reviewer())
        without = sent(browser, ids, "deny", reason=" ")
        assert without.status_code == 409
        assert "a written reason is needed" in without.text.lower()

        assert sent(browser, ids, "deny", reason="not today").status_code == 303
        assert states(office) == [(ActState.RECORDED, None)] * 2


def test_items_are_claimed_together_and_each_has_its_own_result(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        ids = [office.held(f"a{number}") for number in range(3)]
        browser = office.browser(a_reviewer())
        answer = sent(browser, ids, "claim")

        ended = states(office)
        assert ended.count((ActState.REFUSED, "over_limit")) == 1
        assert ended.count((ActState.RECORDED, None)) == 2
        assert "you have claimed as many as you may" in browser.get(answer.headers["location"]).text


def test_item_that_changed_after_the_comparison_stops_the_whole_batch(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        ids = [office.held(f"a{number}") for number in range(2)]
        browser = office.browser(a_reviewer())
        text = browser.get(address(ids)).text
        form: dict[str, Any] = {}
        for name, value in INPUT.findall(text.partition('action="/approvals/batch/act"')[2]):
            form.setdefault(name, []).append(value)
        eve = office.browser(a_reviewer("eve"))
        office.act(eve, ids[1], "modify", arguments='{"order": "a1", "amount": 1}', reason="less")
        office.settled("eve")
        before = len(office.sent)
        answer = browser.post("/approvals/batch/act", data=form)

        assert answer.status_code == 409
        assert len(office.sent) == before


@pytest.mark.parametrize("field", ["digest", "snapshot"])
def test_form_without_the_evidence_of_an_item_is_refused(field: str, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        ids = [office.held(f"a{number}") for number in range(2)]
        answer = sent(office.browser(a_reviewer()), ids, **{f"{field}:{ids[0]}": "0" * 64})

        assert answer.status_code == 409
        assert "changed after your page was made" in answer.text
    assert office.sent == []


def test_item_that_the_person_may_not_decide_is_left_out_and_told(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        ids = [office.held("a1", amount=1500), office.held("a2", amount=1500)]
        browser = office.browser(a_reviewer())
        office.act(browser, ids[0], "approve")
        office.settled()
        shown = browser.get(address(ids)).text
        assert "It will be left out" in shown
        answer = sent(browser, ids)

        assert states(office) == [(ActState.RECORDED, None)] * 2
        results = browser.get(answer.headers["location"]).text
        assert "left out: You have approved it already." in results


def test_batch_can_be_undone_as_a_whole(tmp_path: Path) -> None:
    limits = OutboxLimits(undo_ms=3_600_000, batch_undo_ms=3_600_000)
    with an_office(tmp_path, limits=limits) as office:
        ids = [office.held(f"a{number}") for number in range(2)]
        browser = office.browser(a_reviewer())
        location = sent(browser, ids).headers["location"]
        (undo,) = set(re.findall(r'action="(/acts/[0-9a-f]+/undo)"', browser.get(location).text))

        assert office.browser(a_reviewer("eve")).get(location).status_code == 404
        assert office.browser(a_reviewer("eve")).post(undo, data={"back": "/"}).status_code == 404
        assert browser.post(undo, data={"back": location}).headers["location"] == location
        assert browser.get(location).text.count("undone; nothing was sent") == 2
    assert office.sent == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.POLICY_AUTHOR, Role.AUDITOR, Role.ADMIN])
def test_who_may_not_decide_compares_and_sends_nothing(role: Role, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        browser = office.browser(a_reviewer("ana", role))

        assert browser.get(address([hold_id])).status_code == 403
        form = {"verdict": "deny", "reason": "x", "id": hold_id}
        assert browser.post("/approvals/batch/act", data=form).status_code == 403
    assert office.sent == []


@pytest.mark.parametrize("verdict", ["modify", "", "reveal", "approve%00"])
def test_what_cannot_be_done_to_several_is_a_bad_request(verdict: str, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        browser = office.browser(a_reviewer())

        assert browser.get(address([hold_id], verdict)).status_code == 400
        assert browser.post("/approvals/batch/act", data={"verdict": verdict, "id": hold_id}).status_code == 400


def test_unknown_and_foreign_items_are_left_out_of_the_comparison(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        own, other = office.held("a1", tenant_id="t-1"), office.held("a2", tenant_id="t-2")
        browser = office.browser(a_reviewer("ten", tenants=("t-1",)))
        text = browser.get(address([own, other, "0" * 32])).text

        assert other not in text
        assert "2 of the selected are not there any more" in text


def test_nothing_selected_says_so(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        assert "Nothing is selected" in office.browser(a_reviewer()).get("/approvals/batch?verdict=deny").text
