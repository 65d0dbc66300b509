"""A policy's life on a real Kafka: activated, refused, rolled back, stopped and let go again."""

from __future__ import annotations

import json
import time
from pathlib import Path

from aiokafka import TopicPartition

from penstock.activation import write_records
from penstock.connections import command_settings, now, run
from penstock.killing import LIFTED_BY, LIFTED_REASON
from streams.events import EventType
from streams.kafka_io import read_to_end, reader
from streams.topics import POLICIES, TopicNames
from tests.integration.test_cli import LANES, Shell, action, shell
from tests.penstock.test_cli import write_policy

__all__ = ["shell"]

# Within which every worker follows the kill switch, seconds.
STOP_WITHIN_S = 1.0
SECTION = "activation: {second_person_for_loosening: true}\n"
HOLDS = SECTION + "rules: [{id: a, match: {topics: ['job.*']}, decision: require_approval}]\n"
ALLOWS = HOLDS.replace("require_approval", "allow")


def policies(tmp_path: Path) -> tuple[str, str]:
    """A policy that holds everything, and one that allows it."""
    return write_policy(tmp_path / "holds", HOLDS), write_policy(tmp_path / "allows", ALLOWS)


def test_loosening_takes_two_people_and_rolling_back_takes_the_policy_before(shell: Shell, tmp_path: Path) -> None:
    shell.run("topics", "apply", "--lanes", str(LANES))
    holds, allows = policies(tmp_path)
    assert shell.run("rollback", "--reason", "none").code == 1
    first = shell.run("activate", holds, "--reason", "first", "--by", "ana", "--json").objects()[0]
    assert shell.run("rollback", "--reason", "nothing before").code == 1

    alone = shell.run("activate", allows, "--reason", "alone", "--by", "ana")
    assert (alone.code, "SECOND_PERSON_NEEDED" in alone.err) == (1, True)
    with_bo = ("--by", "ana", "--second-person", "bo")
    second = shell.run("activate", allows, "--reason", "both", *with_bo, "--json").objects()[0]
    (status,) = shell.run("status", "--json").objects()
    assert (status["in_force"], status["activation"]["second_person"]) == (second["snapshot"], "bo")

    # Back to what holds: nothing loosens, so nobody else is needed.
    back = shell.run("rollback", "--reason", "too much", "--by", "ana", "--json").objects()[0]
    assert (back["snapshot"], back["before"]) == (first["snapshot"], second["snapshot"])
    forward = shell.run("rollback", "--reason", "again", "--by", "ana")
    assert (forward.code, "SECOND_PERSON_NEEDED" in forward.err) == (1, True)
    assert shell.run("status", "--json").objects()[0]["activation"]["reason"] == "too much"


def test_a_kill_entry_stops_releases_until_it_is_lifted(shell: Shell, tmp_path: Path) -> None:
    shell.run("topics", "apply", "--lanes", str(LANES))
    shell.run("activate", policies(tmp_path)[1], "--reason", "test")
    assert shell.run("kill", "--agent", "agent-1", "--reason", "INC-1", "--by", "ana").out == "stopped agent agent-1\n"
    (entry,) = shell.run("status", "--json").objects()[0]["kill"]
    assert (entry["scope"], entry["pattern"], entry["reason"], entry["by"]) == ("agent", "agent-1", "INC-1", "ana")
    assert "stopped   agent agent-1 by ana at 2" in shell.run("status").out

    shell.start_worker()
    lines = "".join(json.dumps(action(number, 1)) + "\n" for number in range(3))
    shell.run("produce", "-", stdin=lines.encode())
    shell.until("tail", "cleared", "--no-follow", "--json", lines=2)
    (refused,) = shell.until("tail", "refused", "--no-follow", "--json", lines=1)
    assert refused["key"] == "agent-1"
    assert refused["value"]["decision"]["reason_code"] == "killed"

    assert shell.run("unkill", "--agent", "agent-2", "--reason", "wrong one").code == 1
    assert shell.run("unkill", "--agent", "agent-1", "--reason", "fixed", "--by", "bo").code == 0
    assert shell.run("status", "--json").objects()[0]["kill"] == []


def test_a_running_gate_stops_within_a_second_and_stays_stopped_after_a_crash(shell: Shell, tmp_path: Path) -> None:
    shell.run("topics", "apply", "--lanes", str(LANES))
    shell.run("activate", policies(tmp_path)[1], "--reason", "test")
    worker = shell.start_worker()

    def propose(*numbers: int) -> None:
        lines = "".join(json.dumps(action(number, 1)) + "\n" for number in numbers)
        shell.run("produce", "-", stdin=lines.encode())

    propose(0, 1, 2)
    shell.until("tail", "cleared", "--no-follow", "--json", lines=3)
    shell.run("kill", "--all", "--reason", "INC-2", "--by", "ana")
    time.sleep(STOP_WITHIN_S)  # the promise itself: what comes later is not released
    propose(3, 4, 5)
    shell.until("tail", "refused", "--no-follow", "--json", lines=3)
    worker.kill()
    worker.wait()
    propose(6, 7, 8)
    shell.start_worker()
    refused = shell.until("tail", "refused", "--no-follow", "--json", lines=6)
    assert {record["value"]["action_id"] for record in refused} == {f"a{number}" for number in range(3, 9)}
    assert {record["value"]["decision"]["reason_code"] for record in refused} == {"killed"}

    shell.run("unkill", "--all", "--reason", "fixed")
    time.sleep(STOP_WITHIN_S)
    propose(9)
    cleared = shell.until("tail", "cleared", "--no-follow", "--json", lines=4)
    assert {record["value"]["action"]["action_id"] for record in cleared} == {"a0", "a1", "a2", "a9"}


def test_a_damaged_entry_stops_everything_and_can_be_lifted(shell: Shell) -> None:
    shell.run("topics", "apply", "--lanes", str(LANES))
    settings = command_settings()
    run(write_records(settings, EventType.KILL_SWITCH_CHANGED, [("kill/nonsense", b"\xff", [])], at=now()))
    (entry,) = shell.run("status", "--json").objects()[0]["kill"]
    assert (entry["scope"], entry["by"]) == ("everything", "unknown")
    lifted = shell.run("unkill", "--all", "--reason", "a typing error", "--by", "bo", "--json")
    assert lifted.objects()[0]["lifted"] == ["kill/nonsense"]
    assert shell.run("status", "--json").objects()[0]["kill"] == []

    async def last_headers() -> dict[str, bytes]:
        partition = TopicPartition(TopicNames(settings.topic_prefix).on_broker(POLICIES.name), 0)
        async with reader(settings, [partition]) as consumer:
            records = [record async for record in read_to_end(consumer, [partition])]
        return dict(records[-1].headers)

    headers = run(last_headers())
    assert (headers[LIFTED_BY], headers[LIFTED_REASON]) == (b"bo", b"a typing error")
