"""A workflow on a real Kafka: nothing is paid before its turn, also not by a gate that was killed in between."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.deployment import Deployment, deployed
from tests.policies.samples import EXAMPLES, sources

TEXTS = sources(EXAMPLES / "refund_workflow")
CLEARED, REFUSED = "agent.actions.cleared.v1", "agent.actions.refused.v1"
TOOLS = {
    "support.refund.requested": "open_case",
    "job.support.analyze-refund": "read_orders",
    "job.support.process-refund": "issue_refund",
    "job.support.tell-customer": "send_mail",
}


def action(action_id: str, topic: str) -> dict[str, Any]:
    """One action of the agent's only session."""
    fields = {"action_id": action_id, "agent_id": "support-1", "session_id": "s-1", "topic": topic}
    return {"kind": "action", **fields, "tool": TOOLS[topic], "arguments": {"amount": 40, "of": action_id}}


def outcome(action_id: str, **more: Any) -> dict[str, Any]:
    """What an executor says."""
    return {"kind": "outcome", "action_id": action_id, "agent_id": "support-1", "status": "success", **more}


def produce(deployment: Deployment, *events: dict[str, Any]) -> None:
    """Write events as their producers would."""
    file = deployment.folder / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    deployment.run("produce", str(file))


@pytest.mark.timeout(300)
async def test_steps_go_out_in_their_order_across_a_crash(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.mkdir()
    for name, text in TEXTS.items():
        # A gate that was killed takes longer to be there again than the example gives an analysis.
        (policy / name).write_text(text.replace("timeout_sec: 30\n", "timeout_sec: 3600\n"), "utf-8")
    with deployed(kafka, topic_prefix, tmp_path, policy=policy) as deployment:
        worker = deployment.start_worker()
        begin, analyze, pay, tell = TOOLS
        produce(deployment, action("early", pay), action("a1", begin), action("a2", analyze), action("soon", pay))
        await deployment.wait_for(REFUSED, lambda values: len(values) >= 2)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)

        # The outcome waits for the gate that comes after; what its run had come to is in the lane's state.
        produce(deployment, outcome("a2", result={"amount": 40, "prior_refunds": 0}))
        deployment.start_worker()
        await _told(deployment, "a2")
        produce(deployment, action("a3", pay), action("twice", pay))
        await deployment.wait_for(REFUSED, lambda values: len(values) >= 3)
        produce(deployment, outcome("a3"))
        await _told(deployment, "a3")
        produce(deployment, action("a4", tell))
        cleared = await deployment.wait_for(CLEARED, lambda values: len(values) >= 4)

        refused = await deployment.read_json(REFUSED)
        assert [value["action"]["action_id"] for value in cleared] == ["a1", "a2", "a3", "a4"]
        assert cleared[2]["decision"]["constraints"]["max_amount_usd"] == 10000
        assert [(value["action_id"], value["decision"]["reason_code"]) for value in refused] == [
            ("early", "workflow_not_started"), ("soon", "workflow_out_of_order"), ("twice", "workflow_out_of_order"),
        ]  # fmt: skip


async def _told(deployment: Deployment, action_id: str) -> None:
    """Wait until the gate has taken an outcome in: outcomes and actions are different topics."""

    def is_there(values: list[dict[str, Any]]) -> bool:
        return any(value["kind"] == "outcome" and value["action_id"] == action_id for value in values)

    await deployment.wait_for("gate.audit.v1", is_there)
