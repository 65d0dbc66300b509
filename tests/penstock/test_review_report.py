"""Reports on reviews are read from the records that the gate wrote, in whatever file they came."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from penstock.cli import app
from penstock.errors import CommandError, ExitCode, exit_code_of
from penstock.review_report import ReviewLog, read_report
from policies.review_report import ReviewReport
from tests.docs.written import audit_records


def _gate_records() -> list[dict[str, Any]]:
    """Audit records made by the gate itself; the story has several logs, of which each place counts once here."""
    records = [record for found in audit_records().values() for record in found]
    return list({(record["partition"], record["seq"]): record for record in records}.values())


def _decision(number: int, *, decision: str = "REQUIRE_APPROVAL") -> dict[str, Any]:
    return {
        "seq": number, "partition": 0, "kind": "decision", "at_ms": 1_000, "agent_id": "bot", "action_id": f"a{number}",
        "decision": {
            "decision": decision, "decision_id": f"h{number}", "rule_id": "x", "constraints": {},
        },
    }  # fmt: skip


def _end(number: int, code: str = "approved_by_reviewer", **changes: Any) -> dict[str, Any]:
    decision = {"reason_code": code, "constraints": {}, "decided_by": {"kind": "reviewer", "reviewers": ["ana"]}}
    return {
        "seq": 1_000 + number, "partition": 0, "kind": "review", "at_ms": 61_000, "hold_id": f"h{number}",
        "review_id": f"r{number}", "decision": decision, **changes,
    }  # fmt: skip


def _outcome(number: int, status: str, seq: int) -> dict[str, Any]:
    return {
        "seq": seq, "partition": 0, "kind": "outcome", "agent_id": "bot", "action_id": f"a{number}", "status": status,
        "released": True,
    }  # fmt: skip


def _report(path: Path, records: list[dict[str, Any]]) -> ReviewReport:
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return read_report([str(path)])


def test_what_the_gate_wrote_is_understood(tmp_path: Path) -> None:
    records = _gate_records()
    asked = [record for record in records if record["kind"] == "decision"]
    held = [record for record in asked if record["decision"]["decision"] == "REQUIRE_APPROVAL"]

    found = _report(tmp_path / "log.jsonl", records)

    assert found.decisions == len(asked)
    assert found.held == len(held) > 0
    assert sum(rule.approved + rule.changed for rule in found.rules) >= 1
    assert sum(rule.denied for rule in found.rules) >= 1
    assert sum(rule.expired for rule in found.rules) >= 1


def test_an_export_a_tail_and_plain_records_say_the_same(tmp_path: Path) -> None:
    records = _gate_records()
    exported = [{"partition": 0, "offset": 0, "value": orjson.dumps(record).decode()} for record in records]
    tailed = [{"topic": "gate.audit.v1", "offset": 0, "value": record} for record in records]
    end = {"checkpoint": {"partition": 0, "seq": 1, "head": "0"}}

    plain = _report(tmp_path / "plain", records)

    assert _report(tmp_path / "export", [*exported, end]) == plain
    assert _report(tmp_path / "tail", tailed) == plain


def test_packed_files_and_files_that_overlap_count_each_record_once(tmp_path: Path) -> None:
    records = _gate_records()
    once = _report(tmp_path / "one", records)
    packed = tmp_path / "two.gz"
    packed.write_bytes(gzip.compress(b"\n".join(orjson.dumps(record) for record in reversed(records))))

    assert read_report([str(tmp_path / "one"), str(packed)]) == once


def test_released_actions_have_their_worst_outcome(tmp_path: Path) -> None:
    records = [_decision(1), _end(1), _outcome(1, "incident", 2), _outcome(1, "success", 3)]

    (rule,) = _report(tmp_path / "log", records).rules

    assert (rule.incidents, rule.successes) == (1, 0)


def test_constraints_that_a_reviewer_added_are_a_change(tmp_path: Path) -> None:
    end = _end(1)
    end["decision"]["constraints"] = {"max_runtime_sec": 5}

    (rule,) = _report(tmp_path / "log", [_decision(1), end]).rules

    assert (rule.approved, rule.changed) == (0, 1)


def test_a_record_that_names_its_resolution_is_taken_at_its_word(tmp_path: Path) -> None:
    ends = [_end(1, resolution="modified"), _end(2, "released_by_timeout", resolution="released_by_timeout")]

    (rule,) = _report(tmp_path / "log", [_decision(1), _decision(2), *ends]).rules

    assert (rule.changed, rule.released_by_timeout) == (1, 1)


def test_reviews_tell_how_long_was_looked_on_the_reviewer_s_own_clock(tmp_path: Path) -> None:
    reviews = [
        {
            "review_id": f"r{number}", "target": {"kind": "action", "id": f"h{number}"},
            "rendered_at": "2031-01-01T00:00:00Z", "decided_at": "2031-01-01T00:00:00.500+00:00",
        }
        for number in range(30)
    ]  # fmt: skip
    numbers = range(30)
    records = [*reviews, *(_decision(number) for number in numbers), *(_end(number) for number in numbers)]

    (ana,) = _report(tmp_path / "log", records).reviewers

    assert (ana.timed, ana.fast) == (30, 30)
    assert any("faster than can be read" in signal for signal in ana.signals)
    assert any("never denies" in signal for signal in ana.signals)


def test_second_reviews_are_counted(tmp_path: Path) -> None:
    second = {"seq": 9, "partition": 0, "kind": "second_review", "hold_id": "h1", "agrees": False}

    (rule,) = _report(tmp_path / "log", [_decision(1), _end(1), second]).rules

    assert (rule.second_reviews, rule.second_agreed) == (1, 0)


def test_what_is_no_record_of_reviews_is_passed_over() -> None:
    log = ReviewLog()
    log.take({"kind": "action", "action_id": "a"})
    log.take({"anything": 1})

    assert (list(log.holds()), log.decisions) == ([], 0)


@pytest.mark.parametrize("line", [b"{", b"[1]", b'{"seq": 1, "kind": "decision"}', b'{"value": "{"}'])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"{}\n" + line + b"\n")

    with pytest.raises(CommandError, match=":2: not an audit record") as caught:
        read_report([str(path)])

    assert exit_code_of(caught.value) is ExitCode.USAGE


def test_an_unknown_code_is_an_error_and_no_guess(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be understood"):
        _report(tmp_path / "log", [_decision(1), _end(1, "decided_by_dice")])


def test_the_command_prints_sentences_or_json(tmp_path: Path) -> None:
    path = tmp_path / "log"
    _report(path, [*(_decision(number) for number in range(214)), *(_end(number) for number in range(214))])
    runner = CliRunner()

    told = runner.invoke(app, ["review", "report", str(path)]).stdout.splitlines()
    data = [
        orjson.loads(line) for line in runner.invoke(app, ["review", "report", str(path), "--json"]).stdout.splitlines()
    ]

    assert told[0] == "214 of 214 actions were held, 100%: more than 10%, people will tire"
    assert told[1] == (
        "rule x: 214 approvals, 0 changed, 0 incidents: approval adds delay only; lower bound of agreement 98.6%"
    )
    assert told[3] == "  time to decide 60.0 s median, 60.0 s p95"
    assert told[-1] == "reviewer ana: 214 decided, 0 changed, 0 denied: never denies or changes anything: 214 decisions"
    assert [entry["kind"] for entry in data] == ["rule", "reviewer", "all"]
    assert data[0]["sentence"] == told[1] and data[0]["agreement_low"] == pytest.approx(0.9861, abs=1e-4)
