"""The README's commands run and print what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import typer.main

from penstock.cli import app
from tests.docs.pages import ROOT, text_of

TEXT: Final = text_of(ROOT / "README.md")
# A shell block and the output that stands right after it.
SHOWN: Final = re.findall(r"```sh\n((?:(?!```).)*)```\n\n```text\n((?:(?!```).)*)```", TEXT, re.DOTALL)
TARGETS: Final = sorted(set(re.findall(r"\bmake (\w+)", TEXT)))
LIMIT_S: Final = 120


def run(script: str, folder: Path) -> str:
    """What a script prints in a folder that has the example policies, without settings of ours."""
    (folder / "policies").symlink_to(ROOT / "policies")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK_", "KAFKA_"))}
    path = os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", "")))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**kept, "PATH": path},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("number", range(2))
def test_snippet_prints_what_stands_below_it(number: int, tmp_path: Path) -> None:
    script, shown = SHOWN[number]
    assert run(script, tmp_path) == shown


def test_every_snippet_with_output_is_run() -> None:
    assert len(SHOWN) == 2


@pytest.mark.parametrize("target", TARGETS)
def test_every_make_target_named_is_there(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_first_screen_has_the_two_commands() -> None:
    assert {"run", "test"} <= set(TARGETS)
    assert TEXT.index("make test") < TEXT.index("\n## ")


def _commands(group: typer.core.TyperGroup, path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from _commands(command, (*path, name))
        if not isinstance(command, typer.core.TyperGroup) or command.invoke_without_command:
            yield " ".join((*path, name))


def test_every_command_is_in_the_table_and_no_other() -> None:
    named: set[str] = set()
    for row in re.findall(r"^\| (`penstock [^|]*) \|", TEXT, re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", row)
        words = first.split()[1:]
        named |= {" ".join((*words[:-1], last)) for last in (words[-1], *others)}
    root = typer.main.get_command(app)
    assert isinstance(root, typer.core.TyperGroup)
    assert named == set(_commands(root))
