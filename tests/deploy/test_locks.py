"""The image installs what was tested: its locks hold a subset of the pins of `requirements.lock`.

Made with uv, options `pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate`:
`--extra console pyproject.toml -o deploy/requirements.lock`, and `- -o deploy/build.lock` with the build system's
requirement as input.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)((?:.*\\\n)(?: {4}--hash=\S+(?: \\)?\n)+)", re.MULTILINE)


def pins(path: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Package to version and hashes."""
    text = (ROOT / path).read_text(encoding="utf-8")
    found = {
        name: (version, frozenset(re.findall(r"sha256:[0-9a-f]{64}", rest)))
        for name, version, rest in PIN.findall(text)
    }
    assert len(found) == len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE)), "a line was not understood"
    return found


@pytest.mark.parametrize("lock", ["deploy/requirements.lock", "deploy/build.lock"])
def test_lock_of_the_image_agrees_with_the_lock_of_the_tests(lock: str) -> None:
    tested = pins("requirements.lock")
    for name, pin in pins(lock).items():
        assert tested.get(name) == pin, f"{name}: make the lock anew, see the top of this file"


def test_lock_of_the_image_covers_the_console_and_no_embedded_broker() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def name(requirement: str) -> str:
        return re.split(r"[^A-Za-z0-9._-]", requirement)[0]

    locked = pins("deploy/requirements.lock").keys()
    extras = project["optional-dependencies"]
    assert {name(requirement) for requirement in (*project["dependencies"], *extras["console"])} <= locked
    assert not {name(requirement) for requirement in extras["broker"]} & locked


@pytest.mark.parametrize("lock", ["deploy/requirements.lock", "deploy/build.lock"])
def test_lock_names_no_index(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")
