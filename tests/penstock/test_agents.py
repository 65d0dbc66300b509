"""Agents from the state topic, and what the command line does about one, as the gate takes it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from penstock.agents import Agent, agent_lines, agent_object, agent_review, agent_row, take, told
from policies.supervision import AgentDeed
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from tests.streams.approval_samples import audited
from tests.streams.samples import OneLane, action
from tests.streams.test_agent_step import LEVELS
from tests.streams.test_conduct_step import AUTONOMY, lane_of, outcome, work

SIGNER = ReviewSigner(bytes(range(32)))


def acted(lane: OneLane, deed: str, **more: Any) -> dict[str, Any]:
    """The audit record of an act of the command line."""
    review = agent_review("agent-1", AgentDeed(deed), reviewer="ann", roles=["admin"], reason="INC-7", **more)
    return audited(lane.give(review))


def seen(lane: OneLane) -> dict[str, Agent]:
    """The agents that the lane's state topic tells of."""
    found: dict[str, Agent] = {}
    for key, value in lane.state.take_changes(lane.now_ms):
        take(found, lane.state.partition, key, value)
    return found


@pytest.mark.parametrize("is_signed", [False, True])
def test_act_of_the_command_line_stops_an_agent(is_signed: bool) -> None:
    lane = OneLane()
    review = agent_review("agent-1", AgentDeed.STOP, reviewer="ann", roles=["admin"], reason="INC-7")
    if is_signed:
        keys = ReviewKeys([TrustedKey(SIGNER.public)])
        review = SIGNER.sign(review)
        assert keys.problem(review, lane.now_ms) is None

    record = audited(lane.give(review))

    assert (record["kind"], told(AgentDeed.STOP, record["conduct"])) == ("agent_review", "stopped")
    assert audited(lane.give(action("a1")))["decision"]["reason_code"] == "agent_stopped"


def test_agents_are_read_back_with_stop_level_and_breaker() -> None:
    lane = lane_of(LEVELS, level=1)
    for number in range(2):
        lane.give(action(f"a{number}", arguments={"n": number}))
        lane.give(outcome(f"a{number}", "failure"))
    fell = acted(lane, "demote")
    acted(lane, "stop")

    (agent,) = seen(lane).values()

    shown = agent_object(agent)
    assert orjson.loads(orjson.dumps(shown)) == shown
    assert shown["stopped"]["by"] == "ann"
    assert (shown["levels"][""]["level"], shown["levels"][""]["cause"]) == (0, "by_person")
    assert shown["breakers"]["topic:crm"]["state"] == "open"
    assert agent_row(agent) == ("agent-1", "stopped by ann", "*=0", "topic:crm:open", "-")
    lines = "\n".join(agent_lines(agent))
    assert "everything: level=0" in lines and "topic:crm: state=open" in lines
    assert told(AgentDeed.DEMOTE, fell["conduct"]) == "demoted *=0"


def test_closed_breaker_and_lifted_stop_are_no_longer_shown() -> None:
    lane = lane_of(LEVELS, level=1)
    for number in range(2):
        lane.give(action(f"a{number}", arguments={"n": number}))
        lane.give(outcome(f"a{number}", "failure"))
    acted(lane, "stop")
    found = seen(lane)
    closed = acted(lane, "close_breaker", action_class="crm")
    resumed = acted(lane, "resume")

    for key, value in lane.state.take_changes(lane.now_ms):
        take(found, 0, key, value)

    assert told(AgentDeed.CLOSE_BREAKER, closed["conduct"]) == "closed topic:crm"
    assert told(AgentDeed.RESUME, resumed["conduct"]) == "resumed"
    assert agent_row(found["agent-1"])[1:4] == ("goes on", "*=1", "-")


def test_promotion_that_waits_is_listed_by_the_id_that_a_review_names() -> None:
    lane = lane_of(AUTONOMY % "true")
    work(lane, 6)
    (agent,) = seen(lane).values()

    promotion_id = agent_object(agent)["levels"][""]["promotion_id"]

    assert agent_row(agent)[4] == promotion_id
    assert lane.state.agent_of_promotion(promotion_id) is not None


@pytest.mark.parametrize("key", ["lane", "hold/h1", "verdicts/3", "seen/agent-1", "agents"])
def test_other_records_of_the_state_are_passed_over(key: str) -> None:
    found: dict[str, Agent] = {}

    take(found, 0, key, b"whatever")

    assert found == {}


def test_removed_conduct_and_stop_leave_nothing() -> None:
    lane = lane_of(LEVELS, level=1)
    acted(lane, "stop")
    found = seen(lane)

    for key in ("agent/agent-1", "stop/agent-1"):
        take(found, 0, key, None)

    assert found["agent-1"].stop is None and found["agent-1"].conduct.is_blank
