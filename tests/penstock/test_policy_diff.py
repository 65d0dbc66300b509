"""`penstock diff`: rules that changed, decisions that changed, recorded inputs, and an exit code for loosening."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.penstock.test_cli import EXAMPLES, Penstock, penstock, write_policy

__all__ = ["penstock"]

# Read at import: the command line is run without our variables.
TRAFFIC = os.environ.get("PENSTOCK_TRAFFIC")
OLD = """
rules:
  - {id: large, match: {topics: [job.pay], amount_usd_above: 100}, decision: require_approval}
  - {id: first, match: {topics: [job.new], first_time_action: true}, decision: require_approval}
  - {id: all, match: {topics: ["job.*"]}, decision: allow}
"""


def action(number: int, **fields: Any) -> dict[str, Any]:
    """An action of the file, by number."""
    return {"kind": "action", "action_id": f"a{number}", "agent_id": "x", "topic": "job.pay", **fields}


EVENTS = [action(1, amount_usd=50), action(2, amount_usd=150), action(3, amount_usd=500), action(4, topic="job.new")]


@pytest.fixture
def events(tmp_path: Path) -> str:
    """The events as a file."""
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in EVENTS), "utf-8")
    return str(file)


@pytest.fixture
def traffic() -> Path:
    """The folder with recorded traffic."""
    if not TRAFFIC or not (Path(TRAFFIC) / "airline_events.jsonl.gz").exists():
        pytest.skip("recorded traffic is not here; PENSTOCK_TRAFFIC names its folder")
    return Path(TRAFFIC)


def folders(tmp_path: Path, new: str) -> tuple[str, str]:
    """The old policy and a new one."""
    return write_policy(tmp_path / "old", OLD), write_policy(tmp_path / "new", new)


QUEUE = """
approval_queue_policy: {target_median_wait_sec: 10, target_p95_wait_sec: 600}
routing: {default: ops}
teams: {ops: {members: [ann]}}
reviewers: {ann: {roles: [reviewer]}, bob: {roles: [viewer]}}
"""


def test_wait_for_people_is_forecast_before_and_after(penstock: Penstock, tmp_path: Path) -> None:
    stricter = OLD.replace("amount_usd_above: 100}", "amount_usd_above: 40}")
    old, new = write_policy(tmp_path / "old", OLD), write_policy(tmp_path / "new", stricter + QUEUE)
    file = tmp_path / "events.jsonl"
    times = (f"2027-01-15T{8 + n // 60:02}:{n % 60:02}:00Z" for n in range(121))
    lines = [action(n, amount_usd=150 if n % 10 == 0 else 50, proposed_at=time) for n, time in enumerate(times)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")

    plain = penstock("diff", old, new, "--events", str(file), "--review-sec", "30").out
    found = penstock("diff", old, new, "--events", str(file), "--reviewers", "3", "--json").out.splitlines()[-1]

    # 13 of 121 in two hours before, all of them after: 0.05 and 0.5 people at work, so about half find one free.
    assert plain.splitlines()[-3:] == [
        "queue of 1 reviewer, 30 s a decision: 0.05 at work before, 0.50 after",
        "  wait, median: 0 s before, 1 s after, target 10 s",
        "  wait, 95 %: 3 s before, 140 s after, target 600 s",
    ]
    queue = json.loads(found)["queue"]
    assert (queue["reviewers"], queue["review_sec"], queue["is_over_target"]) == (3, 120, False)
    assert queue["after"]["load"] == pytest.approx(121 / 7200 * 120)


def test_more_holds_than_people_can_decide_are_said_to_wait_without_end(penstock: Penstock, tmp_path: Path) -> None:
    old, new = folders(tmp_path, OLD.replace("decision: allow}", "decision: require_approval}"))
    file = tmp_path / "events.jsonl"
    lines = [action(n, amount_usd=1, proposed_at=f"2027-01-15T08:00:{n:02}Z") for n in range(60)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")

    out = penstock("diff", old, new, "--events", str(file), "--reviewers", "2").out

    assert "  wait, median: 0 s before, without end after" in out
    assert "  the queue grows without bound: more comes than people can decide" in out


def test_events_without_times_forecast_nothing(penstock: Penstock, tmp_path: Path, events: str) -> None:
    assert "queue of" not in penstock("diff", *folders(tmp_path, OLD), "--events", events, "--reviewers", "2").out


def test_a_policy_does_not_differ_from_itself(penstock: Penstock, tmp_path: Path, events: str) -> None:
    ran = penstock("diff", *folders(tmp_path, OLD), "--events", events)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "the policies are the same"
    assert "0 looser, 0 stricter" in ran.out


def test_without_events_a_change_that_may_loosen_is_exit_1(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("diff", *folders(tmp_path, OLD.replace("100", "200")))
    assert ran.code == 1
    assert ran.out == "may loosen  changed rule rules/large (match.amount_usd_above)\n"
    assert "--events" in ran.err


def test_without_events_a_change_known_to_be_no_looser_is_fine(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("diff", *folders(tmp_path, OLD.replace("decision: require_approval", "decision: deny")), "--json")
    assert ran.code == 0
    assert [(change["rule_id"], change["may_loosen"]) for change in ran.objects()] == [
        ("large", False),
        ("first", False),
    ]


def test_loosened_decisions_come_first_and_the_new_load_is_told(
    penstock: Penstock, tmp_path: Path, events: str
) -> None:
    new = OLD.replace("100", "200").replace("true}, decision: require_approval", "true}, decision: deny")
    ran = penstock("diff", *folders(tmp_path, new), "--events", events)
    assert ran.code == 1
    lines = ran.out.splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines[2:7] if "ALLOW" in line or "REQUIRE" in line}
    assert rows["ALLOW"] == ["1", "0", "0", "0"]
    assert rows["REQUIRE_APPROVAL"] == ["1", "0", "1", "1"]
    assert lines[-4:] == [
        "looser    a2 x job.pay: REQUIRE_APPROVAL (large) -> ALLOW (all)",
        "stricter  a4 x job.new: REQUIRE_APPROVAL (first) -> DENY (first)",
        "1 looser, 1 stricter",
        "held for a person: 75.0% before, 25.0% after (-2)",
    ]


def test_json_has_every_changed_decision_and_the_counts(penstock: Penstock, tmp_path: Path, events: str) -> None:
    ran = penstock("diff", *folders(tmp_path, OLD.replace("100", "200")), "--events", events, "--json")
    assert ran.code == 1
    _, change, total = ran.objects()
    assert (change["direction"], change["event_id"], change["after"]["rule_id"]) == ("looser", "a2", "all")
    assert (total["looser"], total["same"], total["held_share_before"]) == (1, 3, 0.75)
    assert {"before": "REQUIRE_APPROVAL", "after": "ALLOW", "count": 1} in total["transitions"]["actions"]


def test_recorded_inputs_replace_those_counted_anew(penstock: Penstock, tmp_path: Path, events: str) -> None:
    derived = {"autonomy_level": 0, "first_time": False, "retry_count": 0, "velocity": [[60, 3]]}
    record = {"seq": 1, "kind": "decision", "agent_id": "x", "action_id": "a4", "derived": derived}
    audit = tmp_path / "audit.jsonl.gz"
    with gzip.open(audit, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"partition": 0, "offset": 0, "value": json.dumps(record)}) + "\n")
        file.write(json.dumps({"checkpoint": {}}) + "\n")
    dirs = folders(
        tmp_path, OLD.replace("job.new], first_time_action: true", "job.new], velocity: {max: 2, window_sec: 60}")
    )
    counted = penstock("diff", *dirs, "--events", events, "--json").objects()[-1]
    recorded = penstock("diff", *dirs, "--events", events, "--audit", str(audit), "--json").objects()[-1]
    assert (counted["recorded_inputs"], counted["held_share_before"]) == (0, 0.75)
    assert (recorded["recorded_inputs"], recorded["held_share_before"], recorded["held_share_after"]) == (1, 0.5, 0.75)


def test_damaged_audit_records_are_a_usage_error(penstock: Penstock, tmp_path: Path, events: str) -> None:
    audit = tmp_path / "audit.jsonl"
    audit.write_text('{"kind": "decision", "agent_id": "x", "action_id": "a", "derived": {"first_time": 1}}\n', "utf-8")
    ran = penstock("diff", *folders(tmp_path, OLD), "--events", events, "--audit", str(audit))
    assert ran.code == 2
    assert "audit.jsonl:1: no audit record" in ran.err
    assert penstock("diff", *folders(tmp_path, OLD), "--audit", str(audit)).code == 2


def test_lines_that_are_no_events_are_counted_and_fail(penstock: Penstock, tmp_path: Path) -> None:
    lines = b'nonsense\n{"kind": "action", "action_id": "a"}\n{"kind": "outcome", "action_id": "a", "agent_id": "x"}\n'
    ran = penstock("diff", *folders(tmp_path, OLD), "--events", "-", stdin=lines)
    assert ran.code == 1
    assert "1 lines are no events, 1 events would be dead letters" in ran.err


def test_outputs_are_compared_too(penstock: Penstock, tmp_path: Path) -> None:
    output = {
        "kind": "output",
        "output_id": "o",
        "job_id": "j",
        "agent_id": "x",
        "topic": "job.reply",
        "content": "all is well",
        "content_type": "text/plain",
        "final": True,
    }
    rule = "output_rules: [{id: q, match: {topics: ['*']}, decision: quarantine, reason: never}]\n"
    ran = penstock(
        "diff", *folders(tmp_path, OLD + rule), "--events", "-", "--json", stdin=json.dumps(output).encode() + b"\n"
    )
    assert ran.err == ""
    total = ran.objects()[-1]
    assert sum(entry["count"] for entry in total["transitions"]["outputs"]) == 1
    assert total["held_share_before"] is None


def test_recorded_traffic_is_decided_alike_by_the_same_policy(penstock: Penstock, traffic: Path) -> None:
    airline, file = str(EXAMPLES / "airline"), str(traffic / "airline_events.jsonl.gz")
    ran = penstock("diff", airline, airline, "--events", file, "--json")
    assert ran.code == 0
    (total,) = ran.objects()
    assert (sum(entry["count"] for entry in total["transitions"]["actions"]), total["undecided"]) == (621, 0)
    assert (total["looser"], total["stricter"]) == (0, 0)


def test_examples_are_compared_by_rule(penstock: Penstock) -> None:
    ran = penstock("diff", str(EXAMPLES / "refund"), str(EXAMPLES / "airline"))
    assert ran.code == 1
    assert "removed rule" in ran.out
