"""The tutorial's commands run, one after the other in one folder, and print what stands below them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import DOCS, text_of

TEXT: Final = text_of(DOCS / "tutorial.md")
# Each shell block with the output that stands right after it.
BLOCKS: Final = re.findall(r"```sh\n((?:(?!```).)*)```\n\n```text\n((?:(?!```).)*)```", TEXT, re.DOTALL)
# What needs a Kafka begins here; its address on the page is the one of a reader's own.
ADDRESS: Final = "export KAFKA_BOOTSTRAP=127.0.0.1:9092\n"
LOCAL: Final = [block for block in BLOCKS if TEXT.index(block[0]) < TEXT.index(ADDRESS)]
LIMIT_S: Final = 120


def run(script: str, folder: Path, **variables: str) -> str:
    """What a script prints in a folder, without settings of ours but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK_", "KAFKA_"))}
    path = os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", "")))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(ADDRESS, "")],
        cwd=folder,
        env={**kept, **variables, "PATH": path},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    return done.stdout


def test_every_command_has_its_output() -> None:
    assert len(BLOCKS) == TEXT.count("```sh") == TEXT.count("```text") == 9
    assert len(LOCAL) == 7


def test_commands_without_kafka_print_what_stands_below_them(tmp_path: Path) -> None:
    for script, shown in LOCAL:
        assert run(script, tmp_path) == shown


@pytest.mark.timeout(LIMIT_S * 2)
def test_commands_on_kafka_print_what_stands_below_them(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    for script, shown in BLOCKS:
        assert run(script, tmp_path, KAFKA_BOOTSTRAP=kafka, PENSTOCK_TOPIC_PREFIX=topic_prefix) == shown
