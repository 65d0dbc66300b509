"""Commands that need no Kafka, through the entry point: exit codes, one-line errors, data apart from notes."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from penstock import cli

EXAMPLES = Path(__file__).parents[2] / "policies" / "examples"
REFUND = str(EXAMPLES / "refund")
# No broker listens on port 1.
NOWHERE = "127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def objects(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Penstock = Callable[..., Ran]


def run_here(
    arguments: tuple[str, ...], *, stdin: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ran:
    """Run the command line to its end in this process, as the program `penstock` does."""
    monkeypatch.setattr(sys, "argv", ["penstock", *arguments])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    capsys.readouterr()
    try:
        with pytest.raises(SystemExit) as exit_:
            cli.main()
    finally:
        structlog.reset_defaults()
    captured = capsys.readouterr()
    return Ran(int(exit_.value.code or 0), captured.out, captured.err)


def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every variable of ours out of the environment."""
    for name in list(os.environ):
        if name.startswith("PENSTOCK_") or name == "KAFKA_BOOTSTRAP":
            monkeypatch.delenv(name)


@pytest.fixture
def penstock(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Penstock:
    """Runs the command line without any setting and in a folder of its own."""
    without_settings(monkeypatch)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        return run_here(arguments, stdin=stdin, monkeypatch=monkeypatch, capsys=capsys)

    return run


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


def write_policy(folder: Path, text: str, name: str = "rules.yaml") -> str:
    """A folder with one document."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return str(folder)


# The program


def test_help_is_the_same_bytes_whatever_the_terminal() -> None:
    program = [sys.executable, "-c", "from penstock.cli import main; main()"]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    texts = {
        subprocess.run(
            [*program, "eval", "--help"], env={**environment, **extra}, capture_output=True, check=True
        ).stdout
        for extra in ({"COLUMNS": "40"}, {"FORCE_COLOR": "1", "GITHUB_ACTIONS": "true", "COLUMNS": "200"})
    }
    assert len(texts) == 1


def test_the_command_line_loads_nothing_heavy_before_a_command_runs() -> None:
    script = "import penstock.cli, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout.split()
    heavy = {"aiokafka", "faust", "pydantic", "orjson", "structlog", "rich", "policies.bundle", "asyncio"}
    assert heavy.isdisjoint(loaded)


def test_version_is_the_packages(penstock: Penstock) -> None:
    ran = penstock("--version")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("penstock 0.")


def test_an_unknown_command_is_a_usage_error(penstock: Penstock) -> None:
    assert penstock("nonsense").code == 2


def test_an_unexpected_exception_is_named_and_its_text_is_not_shown(
    penstock: Penstock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("the secret payload")

    monkeypatch.setattr(cli, "app", fail)
    ran = penstock("check", "x")
    assert ran.code == 3
    assert ran.err.startswith("penstock: error: RuntimeError ")
    assert "secret" not in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        ("topics", "list"),
        ("topics", "apply"),
        ("topics", "check"),
        ("tail", "audit"),
        ("status",),
        ("activate", REFUND, "--reason", "test"),
        ("review", "list"),
        ("review", "approve", "abcdef", "--reason", "test"),
        ("audit", "verify"),
    ],
    ids=" ".join,
)
def test_a_command_without_a_broker_says_so_in_one_line(penstock: Penstock, command: tuple[str, ...]) -> None:
    ran = penstock(*command, "--bootstrap", NOWHERE)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("penstock: error: KAFKA_UNREACHABLE: ")
    assert ran.err.count("\n") == 1


def test_a_misspelled_variable_is_a_configuration_error(penstock: Penstock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_BOOTSTRAPP", "x:1")
    ran = penstock("status")
    assert ran.code == 2
    assert "SETTINGS_UNKNOWN" in ran.err
    assert "did you mean PENSTOCK_BOOTSTRAP?" in ran.err


def test_an_unknown_topic_gets_a_suggestion(penstock: Penstock) -> None:
    ran = penstock("tail", "quarantin")
    assert ran.code == 2
    assert "did you mean quarantine?" in ran.err


def test_doctor_reports_what_is_local_and_exits_3_without_a_broker(penstock: Penstock) -> None:
    ran = penstock("doctor", "--json", "--bootstrap", NOWHERE)
    checks = {check["check"]: check for check in ran.objects()}
    assert ran.code == 3
    assert checks["broker"]["level"] == "fail"
    assert checks["sample key"]["level"] == "fail"
    assert checks["payload key"]["level"] == "warn"
    assert checks["python"]["level"] == "ok"


# Policies


@pytest.mark.parametrize("folder", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_every_example_policy_checks(penstock: Penstock, folder: str) -> None:
    ran = penstock("check", str(EXAMPLES / folder))
    assert ran.code == 0, ran.out
    assert ran.out.startswith("ok v1:")


def test_check_prints_every_problem_with_its_place(penstock: Penstock, tmp_path: Path) -> None:
    folder = write_policy(tmp_path / "p", "rules:\n- id: a\n  decison: allow\n  match: {topics: ['[']}\n")
    ran = penstock("check", folder)
    assert ran.code == 2
    assert all(line.startswith(f"{folder}/rules.yaml:") for line in ran.out.splitlines())
    assert any(" P001 " in line and "decision" in line for line in ran.out.splitlines())
    as_json = penstock("check", folder, "--json")
    assert {problem["file"] for problem in as_json.objects()} == {f"{folder}/rules.yaml"}


def test_a_policy_that_does_not_load_stops_other_commands_with_every_problem(
    penstock: Penstock, tmp_path: Path
) -> None:
    folder = write_policy(tmp_path / "p", "rules:\n- decision: maybe\n- decision: perhaps\n")
    ran = penstock("activate", folder, "--reason", "test", "--bootstrap", NOWHERE)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count(f"{folder}/rules.yaml:") >= 2
    assert ran.err.splitlines()[-1].startswith("penstock: error: POLICY_LOAD: ")


@pytest.mark.parametrize("kind", ["missing", "empty", "a file", "not UTF-8"])
def test_a_folder_that_is_no_bundle_is_refused(penstock: Penstock, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "p"
    if kind == "empty":
        folder.mkdir()
    elif kind == "a file":
        folder.write_text("rules: []")
    elif kind == "not UTF-8":
        folder.mkdir()
        (folder / "rules.yaml").write_bytes(b"rules: \xff")
    assert penstock("snapshot", str(folder)).code == 2


def test_a_snapshot_does_not_depend_on_formatting_or_other_files(penstock: Penstock, tmp_path: Path) -> None:
    first = write_policy(tmp_path / "a", "rules: [{id: r, match: {topics: ['*']}, decision: allow}]")
    second = write_policy(tmp_path / "b", "# why\nrules:\n  - decision: allow\n    match: {topics: ['*']}\n    id: r\n")
    (tmp_path / "b" / "README.md").write_text("not a policy")
    shown = penstock("snapshot", first).out
    assert shown == penstock("snapshot", second).out
    short, full = shown.split()
    assert short == f"v1:{full[:6]}"
    assert penstock("snapshot", first, "--json").objects() == [{"short": short, "snapshot": full}]


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


def test_explain_of_an_output_shows_findings_and_never_their_text(penstock: Penstock) -> None:
    text = json.dumps(output("o1", {"note": "call 536-90-4399"}))
    ran = penstock("explain", "--policy", REFUND, "--json", text)
    (explanation,) = ran.objects()
    assert explanation["findings"][0]["field"] == "note"
    assert explanation["verdict"]["decision"] == "REDACT"
    assert "536-90-4399" not in ran.out


def test_explain_of_an_output_that_cannot_be_scanned_says_quarantine(penstock: Penstock) -> None:
    text = json.dumps({**output("o1", "part"), "sequence": 1})
    ran = penstock("explain", "--policy", REFUND, text)
    assert ran.code == 0
    assert ran.out.startswith("QUARANTINE: ")
    assert "chunks_unsupported" in ran.out


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
