"""Agents are stopped, let go on, promoted and lowered by keyboard, and the gate obeys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from policies.approval_documents import Role
from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, APPROVALS_REQUESTED, AUDIT
from tests.browser.house import House
from tests.browser.visit import Visit

Open = Callable[..., Visit]


def fresh_agent() -> str:
    return f"agent-{uuid4().hex[:8]}"


def read(agent: str, number: int) -> dict[str, Any]:
    """An action that passes at every level."""
    action_id = f"{agent}-{number}"
    return {"kind": "action", "action_id": action_id, "agent_id": agent, "topic": "job.crm.read", "arguments": {}}


def said(house: House, agent: str, verdict: str) -> dict[str, Any]:
    """The audit record of what a person did with an agent."""
    return house.until(AUDIT, {"kind": "agent_review", "agent_id": agent, "verdict": verdict})


def test_a_stopped_agent_is_refused_until_somebody_lets_it_go_on(careful_house: House, visit: Open) -> None:
    agent = fresh_agent()
    careful_house.produce(read(agent, 1))
    careful_house.until(ACTIONS_CLEARED, {"action.action_id": f"{agent}-1"})
    junior, senior = (visit(role, at=careful_house) for role in (Role.REVIEWER, Role.SENIOR_REVIEWER))
    senior.find(f"/agents/{agent}", "Stop it")
    senior.press("s")
    senior.page.keyboard.insert_text("INC-7: it reads what it should not")
    senior.press("Control+Enter")
    assert said(careful_house, agent, "stop")["reviewer"] == senior.person
    careful_house.produce(read(agent, 2))
    refused = careful_house.until(ACTIONS_REFUSED, {"action_id": f"{agent}-2"})
    assert refused["decision"]["reason_code"] == "agent_stopped"

    junior.find(f"/agents/{agent}", "stopped this agent")
    assert junior.page.locator("main form").count() == 0
    senior.find(f"/agents/{agent}", "Let it go on")
    senior.page.get_by_text("Let it go on").first.click()
    senior.page.fill("#resume-reason", "INC-7 is closed")
    senior.press("Control+Enter")
    said(careful_house, agent, "resume")
    careful_house.produce(read(agent, 3))
    careful_house.until(ACTIONS_CLEARED, {"action.action_id": f"{agent}-3"})


def test_an_agent_is_promoted_by_signature_and_lowered_again(careful_house: House, visit: Open) -> None:
    agent = fresh_agent()
    careful_house.produce(read(agent, 1), read(agent, 2))
    careful_house.until(ACTIONS_CLEARED, {"action.action_id": f"{agent}-2"})
    careful_house.produce(
        *(
            {"kind": "outcome", "action_id": f"{agent}-{number}", "agent_id": agent, "status": "success"}
            for number in (1, 2)
        )
    )
    careful_house.until(APPROVALS_REQUESTED, {"agent_id": agent})
    ada = visit(Role.SENIOR_REVIEWER, at=careful_house)
    ada.find("/promotions", agent)
    ada.find(f"/agents/{agent}", "Sign the promotion")
    ada.press("a")
    ada.page.keyboard.insert_text("two clean reads")
    ada.press("Control+Enter")
    careful_house.until(AUDIT, {"kind": "promotion", "agent_id": agent})
    ada.find(f"/agents/{agent}", "promoted")

    ada.page.get_by_text("Lower its level").first.click()
    ada.page.select_option("#demote-level", "0")
    ada.page.fill("#demote-reason", "to be sure")
    ada.press("Control+Enter")
    assert said(careful_house, agent, "demote")["reviewer"] == ada.person
    ada.find(f"/agents/{agent}", "to be sure")
    assert ada.violations() == []
