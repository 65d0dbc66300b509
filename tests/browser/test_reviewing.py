"""Holds are decided in a real browser, by keyboard only, and the right event comes out of Kafka."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import expect

from policies.approval_documents import Role
from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, AUDIT, REVIEWS
from tests.browser.house import House, payment, wipe
from tests.browser.visit import Visit

Open = Callable[..., Visit]


def fresh() -> str:
    return uuid4().hex[:10]


def test_an_action_is_approved_by_keyboard_and_goes_out(house: House, visit: Open) -> None:
    number = fresh()
    house.produce(payment(number, 42))
    ada = visit(Role.REVIEWER)
    ada.find(f"/approvals?q=pay-{number}", "Select")
    ada.press("j", "a")  # the first press opens, so that nothing is approved unread
    ada.page.wait_for_url("**/approvals/*")
    ada.sees("USD 42.00")
    ada.press("a")
    ada.sees("undo")
    released = house.until(ACTIONS_CLEARED, {"action.action_id": f"pay-{number}"})
    assert released["decision"]["decided_by"]["reviewers"] == [ada.person]
    ada.find("/approvals?tab=decided", "approved")


def test_an_action_is_denied_with_a_reason_by_keyboard(house: House, visit: Open) -> None:
    number = fresh()
    house.produce(payment(number))
    ada = visit(Role.REVIEWER)
    ada.hold_of(f"pay-{number}")
    ada.press("d")
    ada.page.keyboard.type("not this customer's account")
    ada.press("Control+Enter")
    refused = house.until(ACTIONS_REFUSED, {"action_id": f"pay-{number}"})
    assert refused["decision"]["reason_code"] == "rejected_by_reviewer"


def test_a_decision_can_be_undone_before_it_is_sent(house: House, visit: Open) -> None:
    number = fresh()
    house.produce(payment(number))
    ada = visit(Role.REVIEWER)
    path = ada.hold_of(f"pay-{number}")
    ada.press("a")
    ada.sees("Undo")
    with ada.page.expect_navigation():
        ada.press("z")
    ada.find(path, "Decide")
    assert not [value for value in house.topic(REVIEWS) if value["target"]["id"] == path.rsplit("/", 1)[1]]


def test_an_edit_is_approved_by_somebody_else_and_the_edited_action_goes_out(house: House, visit: Open) -> None:
    number = fresh()
    house.produce(payment(number, 900))
    ada, bo = visit(Role.REVIEWER), visit(Role.REVIEWER)
    path = ada.hold_of(f"pay-{number}")
    ada.press("e")
    ada.press("Control+a")
    ada.page.keyboard.insert_text('{"amount": 90, "to": "account 7"}')
    ada.page.fill("#edit-why", "a tenth of it is due")
    ada.press("Control+Enter")
    bo.find(path, "What reviewers changed")
    bo.press("a")
    released = house.until(ACTIONS_CLEARED, {"action.action_id": f"pay-{number}"})
    assert released["action"]["arguments"] == {"amount": 90, "to": "account 7"}
    assert released["decision"]["decided_by"]["reviewers"] == [bo.person]


def test_two_reviewers_race_and_the_second_is_told_what_happened(house: House, visit: Open) -> None:
    number = fresh()
    house.produce(payment(number))
    ada, bo = visit(Role.REVIEWER), visit(Role.REVIEWER)
    path = ada.hold_of(f"pay-{number}")
    bo.go(path)
    bo.page.fill("#why-not", "too late")
    ada.press("a")
    house.until(ACTIONS_CLEARED, {"action.action_id": f"pay-{number}"})
    bo.page.press("#why-not", "Control+Enter")
    bo.sees("already_decided")
    decisions = [
        value
        for value in house.topic(AUDIT)
        if value.get("hold_id") == path.rsplit("/", 1)[1] and value.get("resolution")
    ]
    assert [value["resolution"] for value in decisions] == ["approved"]


def test_what_was_on_the_screen_and_is_held_no_more_is_not_approved(house: House, visit: Open) -> None:
    number = fresh()
    house.produce(payment(number, 900))
    ada, bo, cy = visit(Role.REVIEWER), visit(Role.REVIEWER), visit(Role.REVIEWER)
    path = ada.hold_of(f"pay-{number}")
    cy.go(path)
    ada.press("e")
    ada.press("Control+a")
    ada.page.keyboard.insert_text('{"amount": 90, "to": "account 8"}')
    ada.page.fill("#edit-why", "another account")
    ada.press("Control+Enter")
    bo.find(path, "What reviewers changed")
    cy.page.locator('button[data-key="a"]').click()
    cy.sees("Nothing was decided")
    cy.sees("Since you opened it")
    assert not [value for value in house.topic(ACTIONS_CLEARED) if value["action"]["action_id"] == f"pay-{number}"]


def test_what_is_explicit_wants_a_written_reason_of_a_senior_person(house: House, visit: Open) -> None:
    number = fresh()
    house.produce(wipe(number))
    junior, senior = visit(Role.REVIEWER), visit(Role.SENIOR_REVIEWER)
    path = junior.hold_of(f"wipe-{number}")
    assert junior.page.locator('button[data-key="a"]').count() == 0
    senior.go(path)
    senior.page.fill("#note", "the retention period is over, checked with legal")
    senior.press("Control+Enter")
    released = house.until(ACTIONS_CLEARED, {"action.action_id": f"wipe-{number}"})
    assert released["decision"]["decided_by"]["reviewers"] == [senior.person]


def test_equal_items_are_approved_together_with_a_result_for_each(house: House, visit: Open) -> None:
    run = fresh()
    house.produce(*(payment(f"{run}-{number}", 10 + number) for number in range(3)))
    ada = visit(Role.REVIEWER)
    ada.find(f"/approvals?q=pay-{run}", "USD 12.00")
    ada.press("j", "J", "J")
    ada.press("A")
    ada.page.wait_for_url("**/approvals/batch**")
    ada.sees("USD 11.00")
    ada.press("a")
    for number in range(3):
        house.until(ACTIONS_CLEARED, {"action.action_id": f"pay-{run}-{number}"})
    expect(ada.page.get_by_text("recorded").first).to_be_visible()


def test_without_scripts_one_can_read_and_decide(house: House, visit: Open) -> None:
    number = fresh()
    house.produce(payment(number))
    ada = visit(Role.REVIEWER, java_script_enabled=False)
    ada.hold_of(f"pay-{number}")
    ada.page.get_by_role("button", name="Approve a", exact=True).click()
    released = house.until(ACTIONS_CLEARED, {"action.action_id": f"pay-{number}"})
    assert released["decision"]["decided_by"]["reviewers"] == [ada.person]


def test_a_session_that_ended_asks_to_sign_in_and_decides_nothing(house: House, visit: Open) -> None:
    number = fresh()
    house.produce(payment(number))
    ada = visit(Role.REVIEWER)
    path = ada.hold_of(f"pay-{number}")
    ada.context.clear_cookies()
    ada.press("a")
    ada.page.wait_for_url("**/sign-in**")
    assert not [value for value in house.topic(REVIEWS) if value["target"]["id"] == path.rsplit("/", 1)[1]]


def test_new_holds_appear_by_themselves_without_moving_rows(house: House, visit: Open) -> None:
    run = fresh()
    house.produce(payment(f"{run}-1"))
    ada = visit(Role.REVIEWER)
    ada.find(f"/approvals?q=pay-{run}", "Select")
    house.produce(payment(f"{run}-2"))
    expect(ada.page.get_by_role("button", name="1 new")).to_be_visible()
    assert ada.page.locator("[data-row]").count() == 1
    ada.page.get_by_role("button", name="1 new").click()
    expect(ada.page.locator("[data-row]")).to_have_count(2)


def test_hostile_payload_is_shown_and_does_nothing(house: House, visit: Open) -> None:
    number = fresh()
    hostile = "<script>document.title='owned'</script><img src=//evil.example/x>\u202egnp.exe\u200b"
    house.produce(payment(number, reasoning=hostile, arguments={"memo": hostile}))
    ada = visit(Role.REVIEWER)
    ada.hold_of(f"pay-{number}")
    ada.sees("<script>document.title='owned'</script>")
    ada.sees("U+202E")
    ada.sees("U+200B")
    assert "owned" not in ada.page.title()
    assert ada.page.locator("main img, main script").count() == 0
