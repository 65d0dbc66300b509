"""Commands that decide events without Kafka: `penstock eval` and `penstock explain`, and the files they read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.penstock.test_cli import EXAMPLES, REFUND, Penstock, penstock

__all__ = ["penstock"]


def action(action_id: str, **fields: object) -> dict[str, Any]:
    """An action that the refund policy knows."""
    return {
        "kind": "action",
        "action_id": action_id,
        "agent_id": "agent-1",
        "topic": "job.support.refund",
        "tool": "issue_refund",
        "arguments": {"amount": 50},
        "proposed_at": "2026-01-01T00:00:00Z",
        **fields,
    }


def output(output_id: str, content: object) -> dict[str, Any]:
    """An output to a customer."""
    return {
        "kind": "output",
        "output_id": output_id,
        "job_id": "job-1",
        "agent_id": "agent-1",
        "topic": "job.support.reply",
        "audience": "customer",
        "content": content,
    }


def lines(*events: object) -> bytes:
    """Events as JSON lines."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


# Evaluation


def test_eval_gives_one_line_per_action_and_output_in_the_files_order(penstock: Penstock, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl.gz"
    file.write_bytes(
        gzip.compress(
            lines(
                action("a1"),
                output("o1", "call 536-90-4399"),
                {"kind": "outcome", "action_id": "a1", "agent_id": "agent-1", "status": "success"},
                action("a2", arguments={"amount": 500}),
                action("a3", tool="delete_account"),
            )
        )
    )
    ran = penstock("eval", "--policy", REFUND, str(file))
    assert ran.code == 0
    found = ran.objects()
    assert [line.get("decision", line.get("output_safety_decision")) for line in found] == [
        "ALLOW_WITH_CONSTRAINTS",
        "REDACT",
        "REQUIRE_APPROVAL",
        "DENY",
    ]
    assert found[0]["constraints"] == {"max_amount_usd": 100}
    assert found[0]["decided_at"] == "2026-01-01T00:00:00.000Z"
    assert found[1]["content"] == "call [REDACTED]"
    assert "33.3% of actions need a person" in ran.err
    assert "a key of zeros" in ran.err


def test_eval_gives_a_repeated_action_its_first_decision_and_refuses_another_effect(penstock: Penstock) -> None:
    ran = penstock(
        "eval", "--policy", REFUND, "-",
        stdin=lines(action("a1"), action("a1"), action("a1", arguments={"amount": 51}), action("a1")),
    )  # fmt: skip
    first, again, other, last = ran.objects()
    assert first == again == last
    assert other["reason_code"] == "id_conflict"


def test_eval_holds_back_an_output_whose_id_was_used_for_something_else(penstock: Penstock) -> None:
    ran = penstock("eval", "--policy", REFUND, "-", stdin=lines(output("o1", "fine"), output("o1", "other")))
    first, second = ran.objects()
    assert first["output_safety_decision"] == "ALLOW"
    assert (second["output_safety_decision"], second["reason_code"]) == ("QUARANTINE", "id_conflict")


def test_eval_shows_what_the_gate_would_put_aside_and_goes_on(penstock: Penstock) -> None:
    ran = penstock("eval", "--policy", REFUND, "-", stdin=lines(action("a1", confidence=7), action("a2")))
    bad, good = ran.objects()
    assert bad == {
        "kind": "dead_letter",
        "line": 1,
        "code": "invalid_field",
        "detail": "confidence: less_than_equal",
    }
    assert good["action_id"] == "a2"
    assert ran.code == 0


def test_eval_exits_1_for_lines_that_are_no_events(penstock: Penstock) -> None:
    ran = penstock("eval", "--policy", REFUND, "-", stdin=b"nonsense\n\n[]\n" + lines({"kind": "x"}, action("a1")))
    assert [line.get("code") for line in ran.objects()] == ["not_json", "not_object", "unknown_kind", None]
    assert [line.get("line") for line in ran.objects()[:3]] == [1, 3, 4]
    assert ran.code == 1


def test_eval_takes_level_time_and_sample_key_as_told(penstock: Penstock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_SAMPLE_KEY", "11" * 32)
    ran = penstock(
        "eval", "--policy", REFUND, "--autonomy-level", "2", "--now", "2026-02-03T04:05:06+01:00", "-",
        stdin=lines(action("a1")),
    )  # fmt: skip
    (decision,) = ran.objects()
    assert decision["autonomy_level"] == 2
    assert decision["decided_at"] == "2026-02-03T03:05:06.000Z"
    assert "zeros" not in ran.err


def test_a_time_without_offset_is_a_usage_error(penstock: Penstock) -> None:
    assert penstock("eval", "--policy", REFUND, "--now", "2026-02-03T04:05:06", "-").code == 2


def test_the_same_file_evaluates_to_the_same_bytes(penstock: Penstock) -> None:
    events = lines(*(action(f"a{i}", arguments={"amount": i}) for i in range(50)), output("o", {"note": "x"}))
    runs = [penstock("eval", "--policy", REFUND, "--now", "2026-01-01T00:00:00Z", "-", stdin=events) for _ in "12"]
    assert runs[0].out == runs[1].out


# Explanations


def test_explain_names_the_rule_that_decided(penstock: Penstock, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(action("a1", arguments={"amount": 500}), indent=2))
    ran = penstock("explain", "--policy", REFUND, str(file))
    assert ran.code == 0
    assert ran.out.startswith("REQUIRE_APPROVAL by refunds/hold-large-refunds: ")
    assert "amount_usd_above 100: amount_usd is 500, matched" in ran.out


FLOW = str(EXAMPLES / "refund_workflow")
STATE = '{"workflows": {"customer-refund": {"states": {"analyze": "done"}, "results": {"analyze": {"amount": 40}}}}}'


def flow_action(action_id: str, topic: str, tool: str, amount: int) -> dict[str, Any]:
    """An action of a session that follows the example's workflow."""
    fields = {"action_id": action_id, "agent_id": "a", "session_id": "s", "topic": topic, "tool": tool}
    return {"kind": "action", **fields, "arguments": {"amount": amount}}


def test_explain_says_where_the_workflow_stands_under_a_given_state(penstock: Penstock, tmp_path: Path) -> None:
    event = json.dumps(flow_action("x", "job.support.process-refund", "issue_refund", 400))
    (tmp_path / "state.json").write_text(STATE, "utf-8")

    without = penstock("explain", "--policy", FLOW, event).out
    given = penstock("explain", "--policy", FLOW, event, "--state", str(tmp_path / "state.json")).out
    wrong = penstock("explain", "--policy", FLOW, event, "--state", STATE.replace("done", "doen"))

    assert "(workflow_not_started)" in without and "customer-refund: not begun in this session" in without
    assert "(workflow_undecided)" in given
    assert "held        decide, a result is missing, so that it is open whether auto_approve, needs_review" in given
    assert (wrong.code, 'did you mean "done"' in wrong.err) == (2, True)


def test_eval_follows_the_workflow_by_the_outcomes_of_the_file(penstock: Penstock, tmp_path: Path) -> None:
    pay = flow_action("a3", "job.support.process-refund", "issue_refund", 40)
    events = [
        pay | {"action_id": "early"},
        flow_action("a1", "support.refund.requested", "open_case", 0),
        flow_action("a2", "job.support.analyze-refund", "read_orders", 0),
        {"kind": "outcome", "action_id": "a2", "agent_id": "a", "status": "success",
         "result": {"amount": 40, "prior_refunds": 0}},
        pay,
        pay | {"action_id": "twice"},
    ]  # fmt: skip
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")

    decided = [json.loads(line) for line in penstock("eval", "--policy", FLOW, str(file)).out.splitlines()]

    assert [(line["action_id"], line["decision"], line["reason_code"]) for line in decided] == [
        ("early", "DENY", "workflow_not_started"), ("a1", "ALLOW", "rule_matched"), ("a2", "ALLOW", "rule_matched"),
        ("a3", "ALLOW_WITH_CONSTRAINTS", "rule_matched"), ("twice", "DENY", "workflow_out_of_order"),
    ]  # fmt: skip


def test_explain_of_an_output_shows_findings_and_never_their_text(penstock: Penstock) -> None:
    text = json.dumps(output("o1", {"note": "call 536-90-4399"}))
    ran = penstock("explain", "--policy", REFUND, "--json", text)
    (explanation,) = ran.objects()
    assert explanation["findings"][0]["field"] == "note"
    assert explanation["verdict"]["decision"] == "REDACT"
    assert "536-90-4399" not in ran.out


def test_eval_prints_a_line_for_each_chunk_of_an_output(penstock: Penstock, tmp_path: Path) -> None:
    chunks = [
        {**output("o1", "my number is 536-90"), "sequence": 0},
        {**output("o1", "-4399, thanks"), "sequence": 1, "final": True},
    ]
    file = tmp_path / "chunks.jsonl"
    file.write_text("\n".join(json.dumps(chunk) for chunk in chunks))

    held, released = penstock("eval", "--policy", REFUND, str(file)).objects()

    assert (held["sequence"], held["released_chars"]) == (0, 0)
    assert (released["sequence"], released["final"], released["output_safety_decision"]) == (0, True, "REDACT")
    assert released["content"] == "my number is [REDACTED], thanks"


def test_explain_of_an_output_that_cannot_be_scanned_says_quarantine(penstock: Penstock) -> None:
    text = json.dumps(output("o1", {"ssn 219-09-9999": "a field's name that must not leave"}))
    ran = penstock("explain", "--policy", REFUND, text)
    assert ran.code == 0
    assert ran.out.startswith("QUARANTINE: ")
    assert "sensitive_key" in ran.out


@pytest.mark.parametrize("event", ["{", "{}", '{"kind": "review"}', '{"action_id": 7}', "[]", "no-such-file.json"])
def test_what_is_no_event_cannot_be_explained(penstock: Penstock, event: str) -> None:
    ran = penstock("explain", "--policy", REFUND, event)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1


# Files of events


@pytest.mark.parametrize("rate", ["fast", "0", "-1/s", "nan"])
def test_a_rate_that_is_none_is_a_usage_error(penstock: Penstock, rate: str) -> None:
    assert penstock("produce", "-", f"--rate={rate}").code == 2


def test_a_file_that_is_not_there_is_a_usage_error(penstock: Penstock) -> None:
    ran = penstock("eval", "--policy", REFUND, "missing.jsonl")
    assert ran.code == 2
    assert "FILE_UNREADABLE" in ran.err


def test_a_damaged_gzip_file_is_an_error_after_what_could_be_read(penstock: Penstock, tmp_path: Path) -> None:
    whole = gzip.compress(lines(*(action(f"a{i}") for i in range(5000))))
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    ran = penstock("eval", "--policy", REFUND, "cut.jsonl.gz")
    assert ran.code == 2
    assert "cannot read cut.jsonl.gz after line" in ran.err
