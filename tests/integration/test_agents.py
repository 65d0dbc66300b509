"""Agents on a real Kafka, from the shell: promoted, looked at twice, taken back, stopped over a restart, lowered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.test_cli import LANES, Shell, shell
from tests.penstock.test_cli import write_policy

__all__ = ["shell"]

POLICY = """
autonomy_levels:
  level_0:
    rules: [{match: {topics: ["job.*.read"]}, decision: allow}, {match: {topics: ["*"]}, decision: require_approval}]
  level_1: {rules: [{match: {topics: ["*"]}, decision: allow}]}
promotion_criteria:
  {min_successful_actions: 2, max_error_rate: 0.5, review_period_days: 0, requires_human_sign_off: true}
demotion_triggers: [safety_incident]
action_classes: [{class: refund, match: {topics: [job.support.refund]}, reversible: true, customer_facing: false}]
fatigue_controls: {sampled_second_review_rate: 1}
approval_classes: [{match: {topics: [job.support.refund]}, class: queue}]
"""


def produce(shell: Shell, *events: dict[str, Any]) -> None:
    """Write events of the one agent."""
    lines = (json.dumps({"agent_id": "agent-1", **event}) for event in events)
    shell.run("produce", "-", "--strict", stdin="\n".join(lines).encode())


def action(action_id: str, topic: str = "job.crm.read") -> dict[str, Any]:
    """An action of the agent."""
    return {"kind": "action", "action_id": action_id, "topic": topic, "arguments": {"order": action_id}}


def refusals(shell: Shell, number: int) -> dict[str, str]:
    """Reason codes of so many refused actions by id."""
    found = shell.until("tail", "refused", "--no-follow", "--json", lines=number)
    return {record["value"]["action_id"]: record["value"]["decision"]["reason_code"] for record in found}


def test_an_agents_life_in_peoples_hands(shell: Shell, tmp_path: Path) -> None:
    shell.run("topics", "apply", "--lanes", str(LANES))
    shell.run("activate", write_policy(tmp_path / "policy", POLICY), "--reason", "test")
    worker = shell.start_worker()

    produce(shell, action("a0"), action("a1"), action("h0", "job.support.refund"), action("h1", "job.support.refund"))
    shell.until("review", "list", "--json", lines=2)
    produce(shell, *({"kind": "outcome", "action_id": f"a{n}", "status": "success"} for n in range(2)))
    produce(shell, {"kind": "withdrawal", "action_id": "h1"})
    assert refusals(shell, 1) == {"h1": "withdrawn_by_agent"}

    (hold,) = shell.run("review", "list", "--json").objects()
    approved = shell.run("review", "approve", hold["hold_id"], "--reason", "checked", "--as", "ann")
    assert approved.code == 0, approved.err
    (waiting,) = shell.run("review", "seconds", "--json").objects()
    assert (waiting["second_review_id"], waiting["topic"]) == (hold["hold_id"], "job.support.refund")
    second = shell.run("review", "second", hold["hold_id"], "--deny", "--reason", "too much", "--as", "bo", "--json")
    assert (second.code, second.objects()[0]["agrees"]) == (0, False)
    first_again = shell.run("review", "second", hold["hold_id"], "--approve", "--as", "ann")
    assert (first_again.code, "already_decided" in first_again.out) == (1, True)

    (agent,) = shell.until("agent", "list", "--json", lines=1)
    promotion = agent["levels"][""]["promotion_id"]
    (offered,) = shell.run("review", "promotions", "--json").objects()
    assert (offered["promotion_id"], offered["to_level"], offered["evidence"]["successes"]) == (promotion, 1, 2)
    signed = shell.run("review", "promote", promotion, "--approve", "--reason", "two clean reads", "--as", "ann")
    assert (signed.code, signed.out.startswith("promoted level=1 ")) == (0, True), signed.err
    late = shell.run("review", "promote", promotion, "--approve", "--reason", "again", "--as", "ann", "--json")
    assert (late.code, late.objects()[0]["conflict"]) == (1, "already_decided")
    assert [shell.run("review", name, "--json").out for name in ("promotions", "seconds")] == ["", ""]

    stopped = shell.run("agent", "stop", "agent-1", "--reason", "INC-7", "--as", "ann")
    assert (stopped.code, stopped.out.startswith("stopped agent=agent-1 ")) == (0, True), stopped.err
    worker.terminate()
    assert worker.wait(60) == 0
    shell.start_worker()
    produce(shell, action("b0"))
    assert refusals(shell, 2)["b0"] == "agent_stopped"
    assert shell.run("agent", "show", "agent-1", "--json").objects()[0]["stopped"]["by"] == "ann"
    twice = shell.run("agent", "stop", "agent-1", "--reason", "INC-7", "--json")
    assert (twice.code, twice.objects()[0]["conflict"]) == (1, "nothing_to_change")

    assert shell.run("agent", "resume", "agent-1", "--reason", "fixed", "--as", "bo").code == 0
    demoted = shell.run("agent", "demote", "agent-1", "--reason", "to be sure", "--as", "bo")
    assert (demoted.code, demoted.out.startswith("demoted *=0 ")) == (0, True), demoted.err
    produce(shell, action("b1"))
    cleared = shell.until("tail", "cleared", "--no-follow", "--json", lines=4)
    assert {record["value"]["action"]["action_id"] for record in cleared} == {"a0", "a1", "h0", "b1"}
    nobody = shell.run("agent", "show", "agent-9")
    assert (nobody.code, nobody.out) == (1, "")
