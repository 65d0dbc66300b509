"""What an operator's own recognizers find in the gate, the commands that decide or scan without a gate find too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.penstock.test_cli import Penstock, penstock, write_policy
from tests.penstock.test_cli_events import action, lines, output
from tests.streams.test_recognizers import FILE, POLICY

__all__ = ["penstock"]

RULES = "rules: [{id: all, match: {topics: ['*']}, decision: allow}]\n"
SAID = "your order SO-1234 is on its way"
COMMANDS = (
    ("eval", "--policy", "policy", "events.jsonl"),
    ("explain", "--policy", "policy", "event.json"),
    ("check", "policy", "--events", "events.jsonl"),
    ("diff", "policy", "other", "--events", "events.jsonl"),
    ("scan", "said.txt"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A policy, an output, and a setting that names the recognizers."""
    write_policy(tmp_path / "policy", RULES + POLICY)
    write_policy(tmp_path / "other", RULES)
    (tmp_path / "events.jsonl").write_bytes(lines(action("a1"), output("o1", SAID)))
    (tmp_path / "event.json").write_bytes(lines(output("o1", SAID)))
    (tmp_path / "said.txt").write_text(SAID, "utf-8")
    (tmp_path / "recognizers.yaml").write_text(FILE, "utf-8")
    monkeypatch.setenv("PENSTOCK_PRESIDIO_FILE", "recognizers.yaml")
    return tmp_path


def test_eval_redacts_what_they_find(penstock: Penstock, folder: Path) -> None:
    result = penstock(*COMMANDS[0]).objects()[-1]

    assert (result["output_safety_decision"], result["content"]) == ("REDACT", SAID.replace("SO-1234", "[REDACTED]"))


def test_explain_names_what_they_find(penstock: Penstock, folder: Path) -> None:
    (explained,) = penstock(*COMMANDS[1], "--json").objects()

    assert [finding["type"] for finding in explained["findings"]] == ["ORDER_NUMBER"]
    assert explained["verdict"]["rule_id"] == "orders"


def test_diff_compares_by_what_they_find(penstock: Penstock, folder: Path) -> None:
    ran = penstock(*COMMANDS[3], "--json")

    assert any("orders" in json.dumps(entry) for entry in ran.objects())
    assert "REDACT" in ran.out


def test_scan_reports_what_they_find(penstock: Penstock, folder: Path) -> None:
    ran = penstock(*COMMANDS[4], "--json")

    assert (ran.code, [found["type"] for found in ran.objects()]) == (1, ["ORDER_NUMBER"])
    assert penstock("scan", "--without", "ORDER_NUMBER", "said.txt").code == 0
    redacted = penstock("scan", "--redact", "said.txt")
    assert (redacted.code, "SO-1234" in redacted.out) == (1, False)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("text", "code"),
    [(None, "FILE_UNREADABLE"), ("recognizers: [{name: NoSuch, type: predefined}]", "PRESIDIO_INVALID")],
)
def test_file_that_cannot_be_used_ends_the_command(
    command: tuple[str, ...], text: str | None, code: str, penstock: Penstock, folder: Path
) -> None:
    file = folder / "recognizers.yaml"
    file.unlink()
    if text is not None:
        file.write_text(text, "utf-8")

    ran = penstock(*command)

    assert (ran.code, code in ran.err) == (2, True), ran.err


def test_console_does_not_start_with_a_file_that_cannot_be_used(
    penstock: Penstock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "recognizers.yaml").unlink()
    for name, value in (
        ("REVIEW_SIGNING_KEY", "07" * 32),
        ("CONSOLE_LOCAL_USERS", "true"),
        ("CONSOLE_PORT", "0"),
        ("DATA_DIR", str(folder)),
    ):
        monkeypatch.setenv(f"PENSTOCK_{name}", value)

    ran = penstock("console")

    assert (ran.code, "recognizers.yaml" in ran.err) == (2, True), ran.err
