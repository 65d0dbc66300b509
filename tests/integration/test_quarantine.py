"""What people do about quarantined outputs and samples on a real Kafka, from the command line, signed."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from streams.topics import AUDIT, OUTPUTS_CLEARED, REVIEWS
from tests.integration.deployment import DEADLINE_S, Deployment, deployed

POLICY = """
rules: [{id: all, match: {topics: ["job.*"]}, decision: allow, reason: everything passes}]
output_rules: [{id: secrets, match: {findings: ["*"]}, decision: quarantine, reason: nothing that is found leaves}]
audit: {sampling: {rate: 1, strategy: uniform}}
reviewers:
  ana: {roles: [reviewer]}
  sen: {roles: [senior_reviewer]}
  ada: {roles: [auditor]}
"""
# GitHub's own documented example of a token, in two parts so that no scanner of repositories takes it for a real one.
TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
# Larger than the gate takes as an event once it is sealed, and as large as it takes as an output.
LARGE = f"use {TOKEN} now\n" + "a long and harmless line\n" * 20_000


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A bundle that quarantines whatever is found, and draws every decision."""
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "all.yaml").write_text(POLICY)
    return folder


def objects(text: str) -> list[dict[str, Any]]:
    """The JSON lines of what a command printed, without its notes."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def until(deployment: Deployment, *arguments: str, lines: int) -> list[dict[str, Any]]:
    """Run a command until it prints so many JSON lines."""
    until_s = time.monotonic() + DEADLINE_S
    while len(found := objects(deployment.run(*arguments, "--json"))) < lines:
        assert time.monotonic() < until_s, deployment.log(len(deployment.workers) - 1)[-2000:]
    return found


def produce(deployment: Deployment, *events: dict[str, Any]) -> None:
    """Send recorded events."""
    file = deployment.folder / f"events-{time.monotonic_ns()}.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    deployment.run("produce", str(file))


def output(output_id: str, content: Any) -> dict[str, Any]:
    """An output as an agent gives it."""
    return {
        "kind": "output",
        "output_id": output_id,
        "job_id": "job-1",
        "agent_id": "agent-1",
        "topic": "job.support.reply",
        "audience": "customer",
        "content": content,
    }


def trust_own_key(deployment: Deployment) -> None:
    """Let the command line sign, and the gate trust nobody else."""
    deployment.extra["PENSTOCK_REVIEW_SIGNING_KEY"] = "7b" * 32
    keys = deployment.folder / "keys.json"
    keys.write_text(deployment.run("review", "key"))
    deployment.extra["PENSTOCK_REVIEW_KEYS_FILE"] = str(keys)


async def test_outputs_are_listed_revealed_redacted_and_released_exactly_once(
    kafka: str, topic_prefix: str, tmp_path: Path, policy: Path
) -> None:
    with deployed(kafka, topic_prefix, tmp_path, policy=policy) as deployment:
        trust_own_key(deployment)
        worker = deployment.start_worker()
        produce(deployment, output("o1", {"note": f"use {TOKEN}", "n": 7}), output("o2", LARGE), output("o3", TOKEN))
        listed = {row["output_id"]: row["quarantine_id"] for row in until(deployment, "quarantine", "list", lines=3)}
        assert TOKEN not in deployment.run("quarantine", "show", listed["o1"])

        # Another key opens nothing, and nothing is sent that would say that somebody looked.
        deployment.extra["PENSTOCK_PAYLOAD_KEY"] = "00" * 32
        refused = deployment.run("quarantine", "reveal", listed["o1"], "--reason", "x", "--as", "ana", expect=1)
        assert "OTHER_PAYLOAD_KEY" in refused and await deployment.read_json(REVIEWS.name) == []
        del deployment.extra["PENSTOCK_PAYLOAD_KEY"]
        seen = deployment.run(
            "quarantine", "reveal", listed["o1"][:8], "--reason", "whose is it?", "--as", "ana", "--json"
        )
        (shown,) = objects(seen)
        assert shown["output"]["content"] == {"note": f"use {TOKEN}", "n": 7}
        (revealed,) = [r for r in await deployment.read_json(AUDIT.name) if r["kind"] == "quarantine_review"]
        assert (revealed["seq"], revealed["verdict"], revealed["reviewer"]) == (shown["audit"]["seq"], "reveal", "ana")

        done = deployment.run("quarantine", "redact", listed["o1"], "--as", "ana")
        assert "REDACT redacted_by_reviewer" in done
        # What waits, waits on after the worker has died.
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)
        deployment.start_worker()
        produce(deployment, output("o4", "all is well"))
        await deployment.wait_for(OUTPUTS_CLEARED.name, lambda values: any(v["output_id"] == "o4" for v in values))
        again = deployment.run("quarantine", "redact", listed["o1"], "--as", "sen", expect=1)
        assert "already_decided" in again
        released = deployment.run("quarantine", "release", listed["o2"], "--reason", "it was revoked", "--as", "sen")
        assert "ALLOW released_by_reviewer" in released
        rejected = deployment.run("quarantine", "reject", listed["o3"], "--reason", "no", "--as", "ana")
        assert "QUARANTINE rejected_by_reviewer" in rejected

        cleared = {record["output_id"]: record for record in await deployment.read_json(OUTPUTS_CLEARED.name)}
        assert len(await deployment.read_json(OUTPUTS_CLEARED.name)) == len(cleared) == 3
        assert cleared["o1"]["content"] == {"note": "use [REDACTED]", "n": 7}
        assert cleared["o1"]["output_safety_decision"] == "REDACT"
        assert cleared["o2"]["content"] == LARGE
        standing = {
            row["output_id"]: row["status"] for row in objects(deployment.run("quarantine", "list", "--all", "--json"))
        }
        assert standing == {"o1": "redacted", "o2": "released", "o3": "rejected"}

        # Without a gate there is no record that somebody looked, so nothing is shown.
        deployment.end()
        unanswered = deployment.run("quarantine", "reveal", listed["o3"], "--reason", "x", "--as", "ana", expect=3)
        assert "NO_ANSWER" in unanswered and TOKEN not in unanswered


async def test_verdict_on_a_sample_is_what_the_report_counts(
    kafka: str, topic_prefix: str, tmp_path: Path, policy: Path
) -> None:
    action = {"kind": "action", "action_id": "a1", "agent_id": "agent-1", "topic": "job.crm.read", "tool": "crm"}
    with deployed(kafka, topic_prefix, tmp_path, policy=policy) as deployment:
        trust_own_key(deployment)
        deployment.start_worker()
        produce(deployment, action)
        (sample,) = until(deployment, "tail", "samples", "--from-beginning", "--no-follow", lines=1)
        sample_id = sample["value"]["sample_id"]
        judge = ("review", "sample", sample_id[:8], "--verdict", "wrong", "--defect", "too mild", "--as", "ada")

        assert deployment.run(*judge).splitlines()[0].startswith("wrong ")
        assert "duplicate_vote" in deployment.run(*judge, expect=1)

        stratum, overall = objects(deployment.run("audit", "report", "--json"))
        assert (stratum["picked"], stratum["reviewed"], stratum["wrong"]) == (1, 1, 1)
        assert overall["unusable"].keys() <= {"other_record"}
        assert "ok: " in deployment.run("audit", "verify")
