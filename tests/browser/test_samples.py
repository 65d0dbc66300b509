"""Verdicts on samples and blind second reviews, by keyboard in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from playwright.sync_api import expect

from policies.approval_documents import Role
from streams.topics import ACTIONS_CLEARED, AUDIT, SAMPLES
from tests.browser.house import House
from tests.browser.visit import Visit

Open = Callable[..., Visit]


def read(agent: str, number: int) -> dict[str, Any]:
    """An action that policy lets pass."""
    return {
        "kind": "action",
        "action_id": f"{agent}-{number}",
        "agent_id": agent,
        "topic": "job.read",
        "tool": "crm.get",
        "arguments": {"customer": f"c-{number}"},
    }


def said(house: House, agent: str) -> list[tuple[str, str | None]]:
    """Verdicts and defects that the audit has about an agent's samples, in order."""
    return [
        (record["verdict"], record["defect"])
        for record in house.topic(AUDIT)
        if record["kind"] == "sample_review" and record["agent_id"] == agent
    ]


def test_samples_are_judged_by_keyboard_and_the_next_one_follows(house: House, visit: Open) -> None:
    agent = f"reader-{uuid4().hex[:8]}"
    house.produce(read(agent, 1), read(agent, 2))
    for number in (1, 2):
        house.until(SAMPLES, {"decision.action_id": f"{agent}-{number}"})
    ada = visit(Role.AUDITOR)
    ada.find(f"/samples?agent={agent}", "allow")
    expect(ada.page.locator("[data-row]")).to_have_count(2)
    ada.press("j", "a")
    ada.page.wait_for_url("**/samples/*")
    first = ada.page.url
    ada.sees("Was the decision right?")
    ada.press("a")
    ada.page.wait_for_url(lambda url: url != first and "/samples/" in url)
    ada.press("d", "ArrowDown")
    ada.press("Control+Enter")
    house.until(AUDIT, {"kind": "sample_review", "agent_id": agent, "verdict": "wrong"})
    assert said(house, agent) == [("correct", None), ("wrong", "too_strict")]
    ada.find(f"/samples?agent={agent}&tab=mine", "wrong")


def test_a_second_review_is_blind_and_tells_of_the_disagreement_afterwards(careful_house: House, visit: Open) -> None:
    number = uuid4().hex[:10]
    careful_house.produce(
        {
            "kind": "action",
            "action_id": f"refund-{number}",
            "agent_id": "support-1",
            "topic": "job.support.refund",
            "tool": "issue_refund",
            "arguments": {"order": number, "amount": 80},
        }
    )
    ada, bo = (visit(Role.REVIEWER, at=careful_house) for _ in range(2))
    path = ada.hold_of(f"refund-{number}")
    hold_id = path.rsplit("/", 1)[1]
    ada.press("a")
    careful_house.until(ACTIONS_CLEARED, {"action.action_id": f"refund-{number}"})

    bo.find("/second-reviews", "job.support.refund")
    bo.find(f"/second-reviews/{hold_id}", "Would you have let it pass?")
    bo.sees(number)
    assert ada.person not in bo.page.content()
    bo.go(path)
    assert ada.person not in bo.page.content()
    bo.go(f"/second-reviews/{hold_id}")
    bo.press("d")
    bo.page.keyboard.insert_text("the parcel came in time")
    bo.press("Control+Enter")
    record = careful_house.until(AUDIT, {"kind": "second_review", "hold_id": hold_id})
    assert (record["reviewer"], record["agrees"]) == (bo.person, False)
    # The page that stands open has come to know of it by itself.
    bo.sees("The reviewers disagree")
    assert ada.person in bo.page.inner_text("main")
