"""Recorded agent traffic through the gate on a real Kafka, counted as any reader would count it."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_REFUSED,
    APPROVALS_REQUESTED,
    AUDIT,
    OUTPUTS_CLEARED,
    QUARANTINE,
)
from tests.integration.deployment import Deployment, deployed

ROOT = Path(__file__).resolve().parents[2]
AIRLINE = ROOT / "policies" / "examples" / "airline"
ACTIONS, OUTPUTS, OUTCOMES = 621, 1381, 621


def recorded_traffic() -> Path:
    """The recorded events; the test skips where they are not."""
    folder = os.environ.get("PENSTOCK_TRAFFIC")
    if not folder:
        pytest.skip("PENSTOCK_TRAFFIC names no folder with recorded traffic")
    return Path(folder) / "airline_events.jsonl.gz"


def kinds(records: list[dict[str, Any]]) -> Counter[str]:
    """How many audit records of each kind."""
    return Counter(record["kind"] for record in records)


async def counted(deployment: Deployment) -> tuple[int, int]:
    """Decisions and output results on the topics, each id once."""
    found = await deployment.read(
        ACTIONS_CLEARED.name, ACTIONS_REFUSED.name, APPROVALS_REQUESTED.name, OUTPUTS_CLEARED.name, QUARANTINE.name
    )
    decisions = [
        json.loads(record.value)["decision"]["action_id"]
        for topic in (ACTIONS_CLEARED.name, ACTIONS_REFUSED.name, APPROVALS_REQUESTED.name)
        for record in found[topic]
    ]
    results = [
        json.loads(record.value)["output_id"]
        for topic in (OUTPUTS_CLEARED.name, QUARANTINE.name)
        for record in found[topic]
    ]
    assert len(set(decisions)) == len(decisions)
    assert len(set(results)) == len(results)
    return len(decisions), len(results)


@pytest.mark.timeout(400)
async def test_recorded_traffic_is_decided_once_however_often_it_comes(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    traffic = recorded_traffic()
    with deployed(kafka, topic_prefix, tmp_path, policy=AIRLINE) as deployment:
        deployment.start_worker()
        deployment.run("produce", str(traffic), "--no-progress")
        first = await deployment.wait_for(AUDIT.name, lambda found: kinds(found)["outcome"] == OUTCOMES and full(found))
        assert await counted(deployment) == (ACTIONS, OUTPUTS)
        assert same_as_offline(deployment, traffic, first)

        deployment.run("produce", str(traffic), "--no-progress")
        inputs = 2 * (ACTIONS + OUTPUTS + OUTCOMES)
        again = await deployment.wait_for(AUDIT.name, lambda found: sourced(found) >= inputs)
        assert sourced(again) == inputs
        assert kinds(again)["decision"] == ACTIONS
        repeated = Counter(record["of"] for record in again if record["kind"] == "duplicate")
        assert (repeated["action"], repeated["output"]) == (ACTIONS, OUTPUTS)
        assert await counted(deployment) == (ACTIONS, OUTPUTS)
        assert "ok" in deployment.run("audit", "verify")


@pytest.mark.timeout(400)
async def test_recorded_traffic_is_decided_once_when_a_worker_is_killed(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    traffic = recorded_traffic()
    with deployed(kafka, topic_prefix, tmp_path, policy=AIRLINE, extra={"PENSTOCK_BATCH_RECORDS": "50"}) as deployment:
        worker = deployment.start_worker()
        deployment.run("produce", str(traffic), "--no-progress")
        seen = await deployment.wait_for(AUDIT.name, lambda found: len(found) > 200)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)
        assert not full(seen), "the worker was done before it could be killed"
        deployment.start_worker()
        records = await deployment.wait_for(
            AUDIT.name, lambda found: kinds(found)["outcome"] == OUTCOMES and full(found)
        )
        assert kinds(records)["decision"] == ACTIONS
        assert kinds(records)["duplicate"] == 0
        assert await counted(deployment) == (ACTIONS, OUTPUTS)
        assert same_as_offline(deployment, traffic, records)
        assert "ok" in deployment.run("audit", "verify")


def sourced(records: list[dict[str, Any]]) -> int:
    """How many input records the audit accounts for."""
    return sum(record["source"] is not None for record in records)


def full(records: list[dict[str, Any]]) -> bool:
    """Whether every action and output of the recording has its audit record."""
    found = kinds(records)
    return found["decision"] == ACTIONS and found["output"] == OUTPUTS


def same_as_offline(deployment: Deployment, traffic: Path, records: list[dict[str, Any]]) -> bool:
    """Whether `penstock eval` decides the same file in the same way; times are the only difference."""
    printed = deployment.run("eval", "--policy", str(AIRLINE), str(traffic), "--json")
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    offline = {line["action_id"]: untimed(line) for line in lines if "action_id" in line}
    online = {
        record["decision"]["action_id"]: untimed(record["decision"])
        for record in records
        if record["kind"] == "decision"
    }
    results = {line["output_id"]: line["output_safety_decision"] for line in lines if "output_id" in line}
    judged = {record["output_id"]: record["output_safety_decision"] for record in records if record["kind"] == "output"}
    assert online == offline
    assert judged == results
    return True


def untimed(decision: dict[str, Any]) -> dict[str, Any]:
    """A decision without its time."""
    return {name: value for name, value in decision.items() if name != "decided_at"}
