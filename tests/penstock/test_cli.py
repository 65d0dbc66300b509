"""Commands that need no Kafka, through the entry point: exit codes, one-line errors, data apart from notes."""

from __future__ import annotations

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
from streams.review_signing import ReviewSigner
from streams.settings import load_settings
from streams.trusted_keys import read_review_keys

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
        ("review", "sample", "abcdef", "--verdict", "correct"),
        ("quarantine", "list"),
        ("quarantine", "show", "abcdef"),
        ("quarantine", "reveal", "abcdef", "--reason", "test"),
        ("quarantine", "release", "abcdef", "--reason", "test"),
        ("quarantine", "redact", "abcdef"),
        ("quarantine", "reject", "abcdef", "--reason", "test"),
        ("audit", "verify"),
    ],
    ids=" ".join,
)
def test_a_command_without_a_broker_says_so_in_one_line(penstock: Penstock, command: tuple[str, ...]) -> None:
    ran = penstock(*command, "--bootstrap", NOWHERE)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("penstock: error: KAFKA_UNREACHABLE: ")
    assert ran.err.count("\n") == 1


def test_a_wrong_sample_without_a_word_why_is_refused_before_anything_is_read(penstock: Penstock) -> None:
    ran = penstock("review", "sample", "abcdef", "--verdict", "wrong", "--bootstrap", NOWHERE)
    assert (ran.code, ran.out) == (2, "")
    assert "--defect" in ran.err


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
    assert checks["review keys"]["level"] == "warn"
    assert checks["python"]["level"] == "ok"


def test_key_for_the_gate_is_the_public_half_of_the_one_that_signs(
    penstock: Penstock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert penstock("review", "key").code == 2
    monkeypatch.setenv("PENSTOCK_REVIEW_SIGNING_KEY", "5a" * 32)
    printed = penstock("review", "key", "--for", "ana")
    (tmp_path / "keys.json").write_text(printed.out)

    keys = read_review_keys(load_settings({}, review_keys_file=tmp_path / "keys.json"))

    assert keys is not None and "5a5a" not in printed.out
    signed = ReviewSigner(bytes.fromhex("5a" * 32)).sign({"reviewer": {"id": "ana"}, "verdict": "deny"})
    assert keys.problem(signed, 0) is None
    assert keys.problem({**signed, "reviewer": {"id": "bo"}}, 0) == "other_person"


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": 1, "a": 2}'])
@pytest.mark.parametrize("command", [("modify", "--arguments"), ("approve", "--constraints")])
def test_what_is_no_json_object_goes_into_no_review(penstock: Penstock, command: tuple[str, str], text: str) -> None:
    ran = penstock("review", command[0], "abcdef", command[1], text, "--reason", "x", "--bootstrap", NOWHERE)

    assert (ran.code, command[1] in ran.err) == (2, True)


@pytest.mark.parametrize("text", [None, "{", '{"keys": [{"kty": "RSA"}]}'])
def test_keys_of_reviewers_that_cannot_be_read_are_told_and_not_passed_over(
    penstock: Penstock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "keys.json"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv("PENSTOCK_REVIEW_KEYS_FILE", str(file))

    checks = {check["check"]: check for check in penstock("doctor", "--json", "--bootstrap", NOWHERE).objects()}

    assert checks["review keys"]["level"] == "fail"


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
