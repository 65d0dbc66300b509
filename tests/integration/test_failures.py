"""What a person sees when something is wrong: one clear line, and health that says so; and nothing gets released."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import aiokafka
import pytest

from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_PROPOSED,
    ACTIONS_REFUSED,
    AUDIT,
    DEADLETTERS,
    POLICIES,
    QUARANTINE,
)
from tests.integration.deployment import DEADLINE_S, Deployment, answer, deployed

POLICY = """
rules:
  - {id: reads, match: {topics: ["job.*.read"]}, decision: allow, reason: reads pass}
  - {id: held, match: {topics: ["job.*.pay"]}, decision: require_approval, reason: a person decides}
"""
OUTPUTS = """
output_rules:
  - {id: secrets, match: {findings: [credential]}, decision: quarantine, reason: a credential}
  - {id: others, match: {findings: ["*"]}, decision: redact, reason: personal data}
"""
MARKER = "marker-7f31c0"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A small bundle."""
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "rules.yaml").write_text(POLICY)
    (folder / "outputs.yaml").write_text(OUTPUTS)
    return folder


def action(number: int, topic: str = "job.crm.read") -> dict[str, Any]:
    """A proposed action."""
    return {"action_id": f"a{number}", "agent_id": "agent-1", "topic": topic, "tool": "crm", "arguments": {"n": number}}


async def send(deployment: Deployment, topic: str, *records: tuple[bytes | None, bytes]) -> None:
    """Write raw records."""
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=deployment.bootstrap, acks="all")
    await producer.start()
    try:
        for key, value in records:
            await producer.send_and_wait(deployment.prefix + topic, value, key=key)
    finally:
        await producer.stop()


async def propose(deployment: Deployment, *actions: dict[str, Any]) -> None:
    """Propose actions as an agent runtime does."""
    records = [(event["agent_id"].encode(), json.dumps(event).encode()) for event in actions]
    await send(deployment, ACTIONS_PROPOSED.name, *records)


async def health_url(deployment: Deployment, number: int = 0) -> str:
    """Where a worker serves its health, from its log."""
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        found = re.search(r"health=(?:'|\")?(http://[0-9.:]+)", deployment.log(number))
        if found:
            return found.group(1)
        await asyncio.sleep(0.1)
    raise AssertionError(f"no health address in {deployment.log(number)}")


async def until_answer(url: str, status: int, text: str) -> str:
    """The body of a page once it has the status and contains the text."""
    until = time.monotonic() + DEADLINE_S
    while True:
        got, body = await asyncio.to_thread(answer, url)
        if got == status and text in body:
            return body
        assert time.monotonic() < until, f"{url}: {got} {body}"
        await asyncio.sleep(0.2)


async def test_without_a_policy_nothing_is_decided_and_health_says_so(
    kafka: str, topic_prefix: str, tmp_path: Path, policy: Path
) -> None:
    with deployed(kafka, topic_prefix, tmp_path, policy=None) as deployment:
        deployment.start_worker()
        await propose(deployment, action(1))
        url = await health_url(deployment)
        await until_answer(f"{url}/readyz", 503, "no policy was ever activated")
        assert await deployment.read_json(AUDIT.name) == []
        assert (await asyncio.to_thread(answer, f"{url}/livez"))[0] == 200

        deployment.run("activate", str(policy), "--reason", "now there is one")
        cleared = await deployment.wait_for(ACTIONS_CLEARED.name, lambda found: len(found) == 1)
        assert cleared[0]["action"]["action_id"] == "a1"
        await until_answer(f"{url}/readyz", 200, '"ready": true')


async def test_a_broken_activation_keeps_the_policy_before(
    kafka: str, topic_prefix: str, tmp_path: Path, policy: Path
) -> None:
    with deployed(kafka, topic_prefix, tmp_path, policy=policy) as deployment:
        deployment.start_worker()
        url = await health_url(deployment)
        await until_answer(f"{url}/readyz", 200, '"ready": true')
        await send(deployment, POLICIES.name, (b"active", b'{"snapshot":"0000"}'))
        body = await until_answer(f"{url}/readyz", 200, "refused")
        assert "policy: the latest activation was refused (POLICY_REFUSED)" in body
        await propose(deployment, action(1))
        cleared = await deployment.wait_for(ACTIONS_CLEARED.name, lambda found: len(found) == 1)
        assert cleared[0]["decision"]["rule_id"] == "reads"
        metrics = (await asyncio.to_thread(answer, f"{url}/metrics"))[1]
        assert "penstock_policy_refused_total 1.0" in metrics


async def test_bad_records_are_dead_letters_and_their_payload_is_in_no_log(
    kafka: str, topic_prefix: str, tmp_path: Path, policy: Path
) -> None:
    bad = [
        (b"agent-1", f"{{{MARKER}".encode()),
        (b"agent-1", f'{{"action_id": "x", "agent_id": "{MARKER}"'.encode() + b"\xff}"),
        (b"agent-1", json.dumps({**action(1), "agent_id": MARKER}).encode()),
        (b"agent-1", json.dumps({**action(2), "confidence": MARKER}).encode()),
        (b"agent-1", b'{"action_id":"1","action_id":"' + MARKER.encode() + b'","agent_id":"agent-1","topic":"t"}'),
        (b"agent-1", b"[" * 10_000),
        (None, b""),
    ]
    with deployed(kafka, topic_prefix, tmp_path, policy=policy) as deployment:
        deployment.start_worker()
        await send(deployment, ACTIONS_PROPOSED.name, *bad)
        await propose(deployment, action(3))
        cleared = await deployment.wait_for(ACTIONS_CLEARED.name, lambda found: len(found) == 1)
        assert cleared[0]["action"]["action_id"] == "a3"
        letters = (await deployment.read(DEADLETTERS.name))[DEADLETTERS.name]
        assert sorted(record.value for record in letters) == sorted(value for _, value in bad)
        for record in letters:
            assert "gate.errors.code" in dict(record.headers)
            assert all(MARKER.encode() not in value for _, value in record.headers)
        assert MARKER not in deployment.log(0)
        assert MARKER not in json.dumps(await deployment.read_json(AUDIT.name))


async def test_a_held_action_is_released_by_a_review_and_a_second_review_is_a_conflict(
    kafka: str, topic_prefix: str, tmp_path: Path, policy: Path
) -> None:
    with deployed(kafka, topic_prefix, tmp_path, policy=policy) as deployment:
        deployment.start_worker()
        await propose(deployment, action(1, "job.bank.pay"), action(2, "job.bank.pay"))
        audit = await deployment.wait_for(AUDIT.name, lambda found: sum(r["kind"] == "decision" for r in found) == 2)
        holds = {r["action_id"]: r["decision"]["decision_id"] for r in audit if r["kind"] == "decision"}
        assert await deployment.read_json(ACTIONS_CLEARED.name) == []
        deployment.run("review", "approve", holds["a1"], "--reason", "checked the invoice", "--as", "ada")
        deployment.run("review", "deny", holds["a2"], "--reason", "wrong account", "--as", "ada")
        again = deployment.run("review", "deny", holds["a1"], "--reason", "too late", "--as", "bob", expect=1)
        assert "already_decided" in again
        (cleared,) = await deployment.read_json(ACTIONS_CLEARED.name)
        assert cleared["action"]["action_id"] == "a1"
        assert cleared["decision"]["decided_by"]["reviewers"] == ["ada"]
        (refused,) = await deployment.read_json(ACTIONS_REFUSED.name)
        assert refused["decision"]["reason_code"] == "rejected_by_reviewer"
        assert "ok" in deployment.run("audit", "verify")


async def test_a_hold_that_nobody_decides_is_refused_also_after_a_restart(
    kafka: str, topic_prefix: str, tmp_path: Path, policy: Path
) -> None:
    with deployed(kafka, topic_prefix, tmp_path, policy=policy, extra={"PENSTOCK_HOLD_TIMEOUT_S": "8"}) as deployment:
        worker = deployment.start_worker()
        await propose(deployment, action(1, "job.bank.pay"))
        await deployment.wait_for(AUDIT.name, lambda found: any(r["kind"] == "decision" for r in found))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
        deployment.start_worker()
        (refused,) = await deployment.wait_for(ACTIONS_REFUSED.name, lambda found: len(found) == 1)
        assert refused["decision"]["reason_code"] == "hold_expired"


async def test_a_quarantined_output_travels_sealed(kafka: str, topic_prefix: str, tmp_path: Path, policy: Path) -> None:
    secret = "AKIA" + "Q3EXAMPLE7" + "ZZPROD"
    output = {
        "output_id": "o1",
        "job_id": "j1",
        "agent_id": "agent-1",
        "topic": "job.crm.reply",
        "audience": "customer",
        "content": f"key {secret} and aws_secret_access_key = " + "wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzPRODKEY",
    }
    with deployed(kafka, topic_prefix, tmp_path, policy=policy) as deployment:
        deployment.start_worker()
        await send(deployment, "agent.outputs.produced.v1", (b"agent-1", json.dumps(output).encode()))
        (held,) = await deployment.wait_for(QUARANTINE.name, lambda found: len(found) == 1)
        assert held["output_safety_decision"] == "QUARANTINE"
        assert held["findings"]
        assert held["payload"]["key_id"]
        assert secret not in json.dumps(held)
        assert secret not in json.dumps(await deployment.read_json(AUDIT.name))


def test_an_unreachable_broker_is_one_clear_line(tmp_path: Path) -> None:
    deployment = Deployment("127.0.0.1:1", "", tmp_path)
    printed = deployment.run("worker", expect=3)
    lines = [line for line in printed.splitlines() if line.startswith("penstock: error:")]
    assert len(lines) == 1
    assert "KAFKA_UNREACHABLE" in lines[0]
    assert "127.0.0.1:1" in lines[0]
    assert "Traceback" not in printed


def test_missing_topics_are_one_clear_line(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    printed = Deployment(kafka, topic_prefix, tmp_path).run("worker", expect=3)
    assert "penstock topics apply" in printed
    assert "Traceback" not in printed
