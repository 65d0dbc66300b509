"""The command line on a real Kafka: topics, activation, production, decisions, reviews and the audit log."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.penstock.test_cli import Penstock, Ran, run_here, without_settings

REFUND = str(Path(__file__).parents[2] / "policies" / "examples" / "refund")
AIRLINE = str(Path(__file__).parents[2] / "policies" / "examples" / "airline")
PROGRAM = "from penstock.cli import main; main()"
LANES = 2
# For what a worker has to do; a loaded machine is slow. Seconds.
WORK_TIMEOUT_S = 120


@dataclass(slots=True)
class Shell:
    """Runs `penstock` against one deployment: commands in this process, workers in their own."""

    penstock: Penstock
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *arguments: str, stdin: bytes = b"") -> Ran:
        """Run a command to its end."""
        return self.penstock(*arguments, stdin=stdin)

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start a worker; its log is in the folder."""
        with (self.folder / "worker.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, "worker", "--health-port", "0"],
                stdout=log,
                stderr=log,
            )
        self.workers.append(worker)
        return worker

    def until(self, *arguments: str, lines: int) -> list[dict[str, Any]]:
        """Run a command until it prints so many JSON lines."""
        until_s = time.monotonic() + WORK_TIMEOUT_S
        while len(found := self.run(*arguments).objects()) < lines:
            log = (self.folder / "worker.log").read_text() if self.workers else "no worker"
            assert time.monotonic() < until_s, f"{len(found)} of {lines} lines\n{log[-2000:]}"
        return found


@pytest.fixture
def shell(
    kafka: str,
    topic_prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Shell]:
    """A deployment of its own: no topics, no policy, no worker yet."""
    without_settings(monkeypatch)
    monkeypatch.setenv("PENSTOCK_BOOTSTRAP", kafka)
    monkeypatch.setenv("PENSTOCK_TOPIC_PREFIX", topic_prefix)
    monkeypatch.setenv("PENSTOCK_APPLICATION", f"{topic_prefix}gate")
    monkeypatch.setenv("PENSTOCK_SAMPLE_KEY", "11" * 32)
    monkeypatch.setenv("PENSTOCK_DATA_DIR", str(tmp_path))

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        return run_here(arguments, stdin=stdin, monkeypatch=monkeypatch, capsys=capsys)

    shell = Shell(run, tmp_path)
    yield shell
    for worker in shell.workers:
        if worker.poll() is None:
            worker.kill()
        worker.wait(30)


def action(number: int, amount: int) -> dict[str, Any]:
    """An action that the refund policy knows; above 100 it is held."""
    return {
        "kind": "action",
        "action_id": f"a{number}",
        "agent_id": f"agent-{number % 3}",
        "topic": "job.support.refund",
        "tool": "issue_refund",
        "arguments": {"amount": amount, "note": "the secret payload"},
    }


def test_topics_are_made_checked_and_not_made_twice(shell: Shell) -> None:
    assert shell.run("topics", "check").code == 1
    before = shell.run("status")
    assert (before.code, before.out) == (3, "")
    assert "TOPICS_WRONG" in before.err
    created = shell.run("topics", "apply", "--lanes", str(LANES), "--json")
    assert len(created.objects()) == 14
    assert shell.run("topics", "apply").out == ""
    assert shell.run("topics", "apply", "--lanes", "5").code == 3
    assert shell.run("topics", "check").code == 0
    counts = {
        row["topic"].partition(".")[2]: row["partitions"] for row in shell.run("topics", "list", "--json").objects()
    }
    assert counts["gate.audit.v1"] == LANES
    assert counts["gate.policies.v1"] == 1


def test_an_activation_is_in_force_and_names_the_one_before(shell: Shell) -> None:
    shell.run("topics", "apply", "--lanes", str(LANES))
    assert shell.run("status").code == 1
    first = shell.run("activate", REFUND, "--reason", "first", "--by", "me", "--json").objects()[0]
    assert first["before"] is None
    second = shell.run("activate", AIRLINE, "--reason", "second", "--json").objects()[0]
    assert second["before"] == first["snapshot"]
    again = shell.run("activate", AIRLINE, "--reason", "again", "--by", "me", "--json").objects()[0]
    assert again["before"] == second["snapshot"]
    status = shell.run("status", "--json")
    assert status.code == 0
    (shown,) = status.objects()
    assert shown["in_force"] == second["snapshot"]
    # Activating the same policy again must not make it its own fallback.
    assert shown["activation"]["previous"] == first["snapshot"]
    assert (shown["activation"]["reason"], shown["activation"]["activated_by"]) == ("again", "me")


def test_produced_lines_keep_their_bytes_and_bad_ones_are_named(shell: Shell) -> None:
    shell.run("topics", "apply", "--lanes", str(LANES))
    line = b'{"kind": "action", "action_id": "a1",  "agent_id": "agent-1", "topic": "x", "amount_usd": 1.10}'
    stdin = line + b'\nnonsense\n{"kind":"action"}\n{"kind":"output","output_id":"o","agent_id":"b","sequence":2}\n'
    ran = shell.run("produce", "-", "--json", stdin=stdin)
    assert ran.code == 1
    assert ran.objects() == [{"sent": {"action": 1, "withdrawal": 0, "outcome": 0, "output": 1, "review": 0}, "bad": 2}]
    assert ran.err.splitlines()[:2] == [
        "-:2: not_json not JSON at byte 0",
        "-:3: invalid_field agent_id is missing or no text of 1 to 256 characters",
    ]
    (record,) = shell.run("tail", "proposed", "--no-follow", "--json").objects()
    assert record["headers"]["ce_id"] == "a1"
    assert record["headers"]["ce_type"] == "penstock.action.proposed.v1"
    assert record["key"] == "agent-1"
    shown = shell.run("tail", "proposed", "--no-follow", "--payload")
    assert "1.1" in shown.out
    assert "payload is printed" in shown.err
    assert shell.run("tail", "produced", "--no-follow", "--json").objects()[0]["headers"]["ce_id"] == "o-2"
    strict = shell.run("produce", "-", "--strict", "--json", stdin=b"nonsense\n" + line)
    assert (strict.code, strict.objects()[0]["sent"]["action"]) == (1, 0)


EVENTS = [action(number, 500 if number < 3 else 50) for number in range(12)]
LINES = b"".join(json.dumps(event).encode() + b"\n" for event in EVENTS)


def decide_events(shell: Shell) -> list[dict[str, Any]]:
    """Start a worker, let it decide `EVENTS`, and give the three holds."""
    shell.run("topics", "apply", "--lanes", str(LANES))
    shell.run("activate", REFUND, "--reason", "test")
    shell.start_worker()
    shell.run("produce", "-", stdin=LINES)
    shell.until("tail", "cleared", "--no-follow", "--json", lines=9)
    return shell.until("review", "list", "--json", lines=3)


def test_eval_decides_as_a_worker_does(shell: Shell) -> None:
    decide_events(shell)
    records = [record["value"] for record in shell.until("tail", "audit", "--no-follow", "--json", lines=14)]
    live = [value["decision"] for value in records if value["kind"] == "decision"]
    offline = shell.run("eval", "--policy", REFUND, "-", stdin=LINES).objects()
    for decision in (*live, *offline):
        del decision["decided_at"]
    assert sorted(live, key=lambda decision: decision["action_id"]) == sorted(
        offline, key=lambda decision: decision["action_id"]
    )


def test_a_person_decides_holds_and_conflicts_are_typed(shell: Shell) -> None:
    first, second, third = decide_events(shell)
    refused = shell.run("review", "approve", first["hold_id"], "--reason", "mine", "--as", first["agent_id"], "--json")
    assert (refused.code, refused.objects()[0]["conflict"]) == (1, "self_approval")
    approved = shell.run("review", "approve", first["hold_id"][:10], "--reason", "checked", "--as", "alice", "--json")
    assert approved.code == 0, approved.err
    assert approved.objects()[0]["decision"]["decision"] == "ALLOW_WITH_CONSTRAINTS"
    # Whoever decides sees what would be done.
    assert "the secret payload" in approved.err
    denied = shell.run("review", "deny", second["hold_id"], "--reason", "no receipt", "--as", "alice")
    assert (denied.code, denied.out.startswith("DENY rejected_by_reviewer ")) == (0, True)
    late = shell.run("review", "approve", second["hold_id"], "--reason", "again", "--as", "alice")
    assert (late.code, "already_decided" in late.out) == (1, True)
    listed = {row["hold_id"]: row["status"] for row in shell.run("review", "list", "--all", "--json").objects()}
    assert listed == {
        first["hold_id"]: "approved_by_reviewer",
        second["hold_id"]: "rejected_by_reviewer",
        third["hold_id"]: "pending",
    }
    assert shell.run("review", "show", third["hold_id"], "--json").objects()[0]["action"]["arguments"]["amount"] == 500
    unknown = shell.run("review", "approve", "0123456789", "--reason", "x")
    assert (unknown.code, "HOLD_NOT_PENDING" in unknown.err) == (1, True)


def test_the_log_verifies_live_and_exported_and_an_edit_shows(shell: Shell, tmp_path: Path) -> None:
    holds = decide_events(shell)
    assert shell.run("doctor").code == 0
    (worker,) = shell.workers
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    verified = shell.run("audit", "verify")
    assert (verified.code, verified.out.startswith("ok: ")) == (0, True)
    export = tmp_path / "audit.jsonl"
    assert shell.run("audit", "export", str(export)).code == 0
    assert shell.run("audit", "export", str(export)).code == 2
    assert shell.run("audit", "verify", str(export)).out == verified.out
    export.write_text(export.read_text().replace("REQUIRE_APPROVAL", "ALLOW"))
    tampered = shell.run("audit", "verify", str(export), "--json")
    assert (tampered.code, tampered.objects()[0]["finding"]) == (1, "edited")
    unanswered = shell.run("review", "deny", holds[0]["hold_id"], "--reason", "later", "--no-wait")
    assert (unanswered.code, unanswered.out.startswith("sent ")) == (0, True)
