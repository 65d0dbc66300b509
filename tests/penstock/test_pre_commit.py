"""The hook in .pre-commit-hooks.yaml does what it is documented to do, called as pre-commit calls it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.detectors.examples.example import made_up

ROOT = Path(__file__).parents[2]
TOKEN = "gh" + "p_" + made_up(36)


@pytest.fixture
def hook() -> dict[str, Any]:
    """The one hook."""
    (only,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    return dict(only)


def run(hook: dict[str, Any], folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """The hook as pre-commit runs it: the entry's words, `args`, then the names of staged files."""
    program, *words = shlex.split(hook["entry"])
    command = [str(Path(sys.executable).with_name(program)), *words, *hook.get("args", []), *files]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_hook_has_what_pre_commit_asks_for(hook: dict[str, Any]) -> None:
    assert {"id", "name", "entry", "language"} <= hook.keys()
    assert hook["language"] == "python"
    assert hook["types"] == ["text"]


def test_the_hook_stops_a_commit_with_a_secret_and_lets_others_pass(hook: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("print('hello')\n")
    (tmp_path / "bad.py").write_text(f"token = '{TOKEN}'\n")
    assert run(hook, tmp_path, "clean.py").returncode == 0
    stopped = run(hook, tmp_path, "clean.py", "bad.py")
    assert stopped.returncode == 1
    assert stopped.stdout.startswith("bad.py:1:")
    assert TOKEN not in stopped.stdout + stopped.stderr
