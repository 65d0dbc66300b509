"""The baseline of `penstock scan`: known findings are accepted, others are not, and no value can be read from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.detectors.examples.example import made_up
from tests.penstock.test_cli import Penstock, penstock

__all__ = ["penstock"]

OLD, NEW = ("gh" + "p_" + made_up(36, seed=seed) for seed in ("old", "new"))


@pytest.fixture
def known(penstock: Penstock, tmp_path: Path) -> Penstock:
    """A folder with one finding that its baseline accepts."""
    (tmp_path / "a.txt").write_text(f"key {OLD}\n")
    assert penstock("scan", "a.txt", "--baseline", "known.json", "--update-baseline").code == 0
    return penstock


def test_known_findings_are_accepted_wherever_in_the_file_they_move(known: Penstock, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"more\nlines\n  key {OLD}\n")
    ran = known("scan", "a.txt", "--baseline", "known.json")
    assert (ran.code, ran.out) == (0, "")
    assert "1 accepted by the baseline" in ran.err


@pytest.mark.parametrize("text", [f"key {NEW}\n", f"key {OLD}\nkey {OLD}\n"])
def test_another_value_and_one_more_of_the_same_are_new(known: Penstock, tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    ran = known("scan", "a.txt", "--baseline", "known.json", "--json")
    assert ran.code == 1
    assert len(ran.objects()) == 1


def test_the_same_value_in_another_file_is_new(known: Penstock, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text(f"key {OLD}\n")
    ran = known("scan", "a.txt", "b.txt", "--baseline", "known.json", "--json")
    assert [found["file"] for found in ran.objects()] == ["b.txt"]


def test_what_is_gone_is_said(known: Penstock, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("clean\n")
    ran = known("scan", "a.txt", "--baseline", "known.json")
    assert ran.code == 0
    assert "1 findings of the baseline were not there any more" in ran.err


def test_no_value_stands_in_the_file(known: Penstock, tmp_path: Path) -> None:
    raw = (tmp_path / "known.json").read_text()
    assert OLD not in raw
    assert set(json.loads(raw)) == {"version", "key", "findings"}


def test_a_key_of_ones_own_is_not_written_and_is_needed_again(penstock: Penstock, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"key {OLD}\n")
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "other").write_text("cd" * 32)
    made = ("scan", "a.txt", "--baseline", "known.json")
    assert penstock(*made, "--baseline-key", "key", "--update-baseline").code == 0
    assert "ab" * 32 not in (tmp_path / "known.json").read_text()
    assert penstock(*made, "--baseline-key", "key").code == 0
    assert penstock(*made, "--baseline-key", "other").code == 2
    assert penstock(*made).code == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"version": 2, "key": "' + "ab" * 32 + '", "findings": {}}',
        '{"version": 1, "key": "ab", "findings": {}}',
        '{"version": 1, "key": "' + "ab" * 32 + '", "findings": {"x": 0}}',
        '{"version": 1, "key": "' + "ab" * 32 + '", "findings": {}, "more": 1}',
    ],
)
def test_a_file_that_is_no_baseline_is_an_error(known: Penstock, tmp_path: Path, text: str) -> None:
    (tmp_path / "known.json").write_text(text)
    ran = known("scan", "a.txt", "--baseline", "known.json")
    assert ran.code == 2
    assert "BASELINE_INVALID" in ran.err


def test_a_finding_whose_value_has_no_text_is_never_accepted(penstock: Penstock, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"219-09-9999": 1}')
    made = penstock("scan", "a.json", "--baseline", "known.json", "--update-baseline")
    assert made.code == 1
    assert "cannot be accepted" in made.err
    assert penstock("scan", "a.json", "--baseline", "known.json").code == 1
