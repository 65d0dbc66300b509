"""The queue of held actions: what it shows, filters, hides, and says when it shows nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from penstock.console.acts.outbox import OutboxLimits
from policies.approval_documents import Role
from tests.penstock.console.fakes import FakeAsOf
from tests.penstock.console.web.approval_desk import Office, a_reviewer, an_office
from tests.streams.approval_samples import MINUTE_MS

ROW = re.compile(r'<tr data-row="([0-9a-f]+)"')
HOUR_MS = 60 * MINUTE_MS


def shown(office: Office, address: str = "/approvals", person: Any = None) -> list[str]:
    """The rows of a page, in order."""
    return ROW.findall(office.browser(person or a_reviewer()).get(address).text)


def test_row_says_what_whose_how_much_why_and_until_when(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held(environment="prod", context={"mail": "bob@example.com", "more": "eve@example.com"})
        text = office.browser(a_reviewer()).get("/approvals").text

    for words in (
        f'href="/approvals/{hold_id}"',
        "agent-1: pay, USD 420.00",
        "pay · job.support.refund · prod",
        "medium",
        "queue",
        "4 h 0 min left",
        "is-calm",
        "finance",
        "refunds",
        "EMAIL_ADDRESS ×2",
    ):
        assert words in text
    assert "bob@example.com" not in text


def test_most_urgent_is_first_and_time_left_is_told_in_words_and_by_class(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        later, sooner = office.held("a1"), None
        office.desk.wait(1)
        sooner = office.held("a2", topic="job.note.add")
        office.lane.now_ms += 9 * MINUTE_MS
        text = office.browser(a_reviewer()).get("/approvals").text

    assert ROW.findall(text) == [sooner, later]
    assert 'class="left is-soon"' in text
    assert "1 min left" in text or "59 s left" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a1", "a2", "a3"}),
        ("tool=pay", {"a1", "a2", "a3"}),
        ("tool=crm", set()),
        ("rule=notes", {"a2"}),
        ("topic=job.wire.send", {"a3"}),
        ("class=explicit", {"a3"}),
        ("risk=low", {"a2"}),
        ("agent=agent-1", {"a1", "a2", "a3"}),
        ("agent=agent-2", set()),
        ("team=finance", {"a1"}),
        ("q=wire", {"a3"}),
        ("q=nothing+of+the+kind", set()),
        ("tab=decided", set()),
        ("tab=nonsense&team=finance", {"a1"}),
    ],
)
def test_filters_stand_in_the_address(query: str, found: set[str], tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        held = {
            office.held("a1"): "a1",
            office.held("a2", topic="job.note.add"): "a2",
            office.held("a3", topic="job.wire.send"): "a3",
        }
        assert {held[hold_id] for hold_id in shown(office, f"/approvals?{query}")} == found


def test_links_of_rows_and_tabs_keep_the_filters(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held()
        text = office.browser(a_reviewer()).get("/approvals?team=finance&risk=medium").text

    assert f'href="/approvals/{hold_id}?team=finance&amp;risk=medium"' in text
    assert 'href="/approvals?tab=mine&amp;team=finance&amp;risk=medium"' in text
    assert '<option value="finance" selected>' in text


def test_tabs_hold_what_is_over(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        mine, second, denied = office.held("a1"), office.held("a2", amount=1500), office.held("a3")
        expired = office.held("a4", topic="job.wire.send")
        ana, eve = office.browser(a_reviewer("ana")), office.browser(a_reviewer("eve"))
        office.act(ana, mine, "claim")
        office.act(eve, second, "approve")
        office.act(ana, denied, "deny", reason="no")
        office.settled("ana")
        office.settled("eve")
        office.desk.wait(30 * HOUR_MS)
        office.follow()

        assert shown(office, "/approvals?tab=decided") == [denied]
        assert set(shown(office, "/approvals?tab=expired")) == {mine, second, expired}


def test_tabs_of_a_person_hold_their_own(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        mine, second = office.held("a1"), office.held("a2", amount=1500)
        office.act(office.browser(a_reviewer("ana")), mine, "claim")
        office.act(office.browser(a_reviewer("eve")), second, "approve")
        office.settled("ana")
        office.settled("eve")

        assert shown(office, "/approvals?tab=mine") == [mine]
        assert shown(office, "/approvals?tab=needs_second") == [second]
        text = office.browser(a_reviewer("eve")).get("/approvals").text
        assert "claimed by ana" in text
        assert "1 of 2 approvals" in text
        assert "claimed by you" in office.browser(a_reviewer("ana")).get("/approvals").text


def test_equal_items_are_grouped_and_can_be_opened_together(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        equal = [office.held(f"a{number}") for number in range(3)]
        office.held("b1", topic="job.note.add")
        page = office.browser(a_reviewer()).get("/approvals").text
        (group,) = set(re.findall(r'href="(/approvals\?group=[0-9a-f]{32})"', page))

        assert "3 held by refunds" in page
        assert sorted(shown(office, group)) == sorted(equal)


def test_long_list_has_pages_that_miss_and_repeat_nothing(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        held = {office.held(f"a{number}") for number in range(53)}
        browser = office.browser(a_reviewer())
        first = browser.get("/approvals").text
        later = re.findall(r'href="([^"]*after=[^"]*)"', first)
        second = browser.get(later[0].replace("&amp;", "&")).text

    assert len(ROW.findall(first)) == 50
    assert not re.findall(r"after=", second.replace("after=" + later[0].partition("after=")[2], ""))
    assert {*ROW.findall(first), *ROW.findall(second)} == held
    assert len(ROW.findall(first)) + len(ROW.findall(second)) == 53


def test_act_that_is_under_way_stands_in_its_row_and_in_the_strip(tmp_path: Path) -> None:
    with an_office(tmp_path, limits=OutboxLimits(undo_ms=3_600_000)) as office:
        hold_id = office.held()
        browser = office.browser(a_reviewer())
        office.act(browser, hold_id, "approve")
        text = browser.get("/approvals").text

        assert "Approve: under way" in text
        (undo,) = re.findall(r'action="(/acts/[0-9a-f]+/undo)"', text)
        assert "under way" not in office.browser(a_reviewer("eve")).get("/approvals").text

        assert office.browser(a_reviewer("eve")).post(undo, data={"back": "/approvals"}).status_code == 404
        answer = browser.post(undo, data={"back": "/approvals?team=finance"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/approvals?team=finance")
        assert "undone; nothing was sent" in browser.get("/approvals").text
    assert office.sent == []


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_undo_leads_nowhere_else(back: str, tmp_path: Path) -> None:
    with an_office(tmp_path, limits=OutboxLimits(undo_ms=3_600_000)) as office:
        browser = office.browser(a_reviewer())
        office.act(browser, office.held(), "approve")
        (status,) = office.outbox.of_person("ana")

        assert browser.post(f"/acts/{status.act_id}/undo", data={"back": back}).headers["location"] == "/"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/approvals", "Nothing waits for a person."),
        ("/approvals?tab=mine", "You have claimed nothing"),
        ("/approvals?tab=needs_second", "Nothing waits for another approval"),
        ("/approvals?tab=decided", "Nothing yet."),
        ("/approvals?risk=high", "Nothing is held that the filters ask for."),
    ],
)
def test_empty_list_says_so_only_when_the_model_has_caught_up(address: str, words: str, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        browser = office.browser(a_reviewer())
        assert words in browser.get(address).text

        office.feed.state = FakeAsOf(is_caught_up=False, records_behind=7)
        behind = browser.get(address).text
        assert words not in behind
        assert "Still reading" in behind


@pytest.mark.parametrize("role", list(Role))
def test_everybody_sees_the_list_and_only_deciders_get_boxes(role: Role, tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        office.held(context={"mail": "bob@example.com"})
        person = a_reviewer("ana", role)
        text = office.browser(person).get("/approvals").text

        assert "agent-1: pay" in text
        assert ('type="checkbox" name="id"' in text) is (role in (Role.REVIEWER, Role.SENIOR_REVIEWER))
        sees = role in (Role.REVIEWER, Role.SENIOR_REVIEWER, Role.AUDITOR)
        assert ("EMAIL_ADDRESS" in text) is sees


def test_person_of_one_tenant_sees_nothing_of_others(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        own, other = office.held("a1", tenant_id="t-1"), office.held("a2", tenant_id="t-2")
        none = office.held("a3")
        person = a_reviewer("ten", tenants=("t-1",))
        browser = office.browser(person)

        assert shown(office, person=person) == [own]
        assert browser.get(f"/approvals/{own}").status_code == 200
        for hold_id in (other, none):
            assert browser.get(f"/approvals/{hold_id}").status_code == 404
            assert browser.post(f"/approvals/{hold_id}/act", data={"verdict": "approve"}).status_code == 404
    assert office.sent == []


HOSTILE = "<script>alert(1)</script>\"'\u202e\u200b"


def test_hostile_names_stay_text_everywhere(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        hold_id = office.held(
            "a1",
            environment="<img src=x>",
            reasoning=HOSTILE,
            context={HOSTILE: HOSTILE},
            model="<b>gpt</b>",
            session_id="<i>s</i>",
            risk_tags=["<u>tag</u>"],
        )
        browser = office.browser(a_reviewer())
        for address in ("/approvals", f"/approvals/{hold_id}", f"/approvals/batch?verdict=deny&id={hold_id}"):
            text = browser.get(address).text
            assert not re.search(r"<(script>|img|b>|i>|u>)", text.replace("<script src=", ""))
            assert "\u202e" not in text
            assert "\u200b" not in text
        page = browser.get(f"/approvals/{hold_id}").text
        assert page.count("U+202E") >= 3
        assert "U+200B" in page
        query = browser.get("/approvals", params={"q": HOSTILE, "team": HOSTILE, "agent": HOSTILE}).text
        assert "<script>alert" not in query
