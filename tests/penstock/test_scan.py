"""`penstock scan` through the entry point: exit codes, places, formats, redaction; the value is never printed."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from detectors import Scanner
from penstock.scanning import LIMITS, MARGIN_CHARS, WINDOW_CHARS, text_findings
from tests.detectors.examples.example import made_up
from tests.penstock.test_cli import Penstock, penstock

__all__ = ["penstock"]

TOKEN = "gh" + "p_" + made_up(36)
SSN = "219-09-9999"


def write(folder: Path, name: str, text: str) -> str:
    """A file in a folder; its name."""
    (folder / name).write_text(text, "utf-8")
    return name


def test_clean_files_give_exit_code_0_and_nothing(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("scan", write(tmp_path, "a.txt", "nothing to see here\n"))
    assert (ran.code, ran.out) == (0, "")
    assert "0 findings in 0 of 1 files" in ran.err


def test_a_finding_gives_exit_code_1_its_place_and_never_its_value(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("scan", write(tmp_path, "a.txt", f"one\ntwo\nkey {TOKEN} end\n"))
    assert ran.code == 1
    (line,) = ran.out.splitlines()
    assert line.split()[0] == "a.txt:3:5"
    assert "credential" in line
    assert TOKEN not in ran.out + ran.err
    assert "1 findings in 1 of 1 files (1 credential)" in ran.err


def test_standard_input_is_read_without_a_file(penstock: Penstock) -> None:
    ran = penstock("scan", "--json", stdin=f"key {TOKEN}\n".encode())
    (found,) = ran.objects()
    assert (found["file"], found["line"], found["column"], found["end_column"]) == ("-", 1, 5, 5 + len(TOKEN))
    assert TOKEN not in ran.out + ran.err


@pytest.mark.parametrize("packed", [False, True])
def test_json_lines_name_line_and_field(penstock: Penstock, tmp_path: Path, packed: bool) -> None:
    raw = f'{{"note": "ok"}}\n\n{{"customer": {{"ssn": "{SSN}"}}}}\nno json {TOKEN}\n'.encode()
    name = "events.jsonl.gz" if packed else "events.jsonl"
    (tmp_path / name).write_bytes(gzip.compress(raw) if packed else raw)
    ran = penstock("scan", name, "--json")
    places = [(found["line"], found["field"], found["type"]) for found in ran.objects()]
    assert places[0] == (3, "customer.ssn", "US_SSN")
    assert places[1][:2] == (4, None)


def test_a_json_document_names_its_field(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("scan", write(tmp_path, "a.json", json.dumps({"customer": {"ssn": SSN}}, indent=2)))
    assert ran.out.startswith("a.json customer.ssn  US_SSN")


def test_json_with_equal_names_is_scanned_as_text(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("scan", write(tmp_path, "a.json", f'{{"k": "key {TOKEN} x", "k": "harmless"}}'), "--json")
    (found,) = ran.objects()
    assert (found["field"], found["line"]) == (None, 1)


def test_a_field_name_that_holds_a_finding_is_not_printed(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("scan", write(tmp_path, "a.json", json.dumps({"balances": {SSN: 3}})))
    assert ran.code == 1
    assert "balances{key 0}" in ran.out
    assert SSN not in ran.out + ran.err


@pytest.mark.parametrize("form", ["--json", "--sarif"])
def test_half_a_character_in_a_name_is_no_obstacle(penstock: Penstock, tmp_path: Path, form: str) -> None:
    (tmp_path / "a.json").write_text('{"x\\ud800": {"ssn": "219-09-9999"}}')
    (tmp_path / os.fsdecode(b"b\xff.txt")).write_text(f"key {TOKEN}")
    ran = penstock("scan", ".", form)
    assert ran.code == 1
    assert ran.out.count("US_SSN") >= 1
    assert ran.objects() != []


def test_folders_are_walked_and_what_is_not_text_is_counted(penstock: Penstock, tmp_path: Path) -> None:
    (tmp_path / "src" / ".git").mkdir(parents=True)
    (tmp_path / "src" / "a.txt").write_text(f"key {TOKEN}")
    (tmp_path / "src" / "b.bin").write_bytes(b"\0\1" + TOKEN.encode())
    (tmp_path / "src" / ".git" / "config").write_text(f"key {TOKEN}")
    ran = penstock("scan", "src", "--json")
    assert [found["file"] for found in ran.objects()] == ["src/a.txt"]
    assert "1 files passed over that are not text" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.txt",),
        ("a.txt", "--sarif", "--json"),
        ("a.txt", "--format", "xml"),
        ("a.txt", "--family", "none"),
        ("a.txt", "--without", "NO_SUCH_TYPE"),
        ("a.txt", "--update-baseline"),
        ("a.txt", "b.txt", "--redact"),
        ("a.txt", "--redact", "--baseline", "known.json"),
        ("a.txt", "--baseline", "missing.json"),
        ("damaged.gz",),
    ],
)
def test_a_wrong_call_gives_exit_code_2(penstock: Penstock, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write(tmp_path, "a.txt", "ok")
    write(tmp_path, "b.txt", "ok")
    (tmp_path / "damaged.gz").write_bytes(b"\x1f\x8b" + bytes(40))
    assert penstock("scan", *arguments).code == 2


def test_what_was_not_scanned_is_named_and_gives_exit_code_1(penstock: Penstock, tmp_path: Path) -> None:
    deep = "[" * 100 + "]" * 100
    ran = penstock("scan", write(tmp_path, "a.jsonl", f'{{"a": 1}}\n{deep}\n'))
    assert ran.code == 1
    assert "a.jsonl:2: SCAN_TOO_DEEP not scanned" in ran.err


def test_families_types_and_scores_can_be_left_out(penstock: Penstock, tmp_path: Path) -> None:
    name = write(tmp_path, "a.txt", f"ssn {SSN} and {TOKEN} on db1.ams.lan\n")
    assert {found["family"] for found in penstock("scan", name, "--json").objects()} == {
        "pii",
        "credential",
        "internal",
    }
    assert {f["family"] for f in penstock("scan", name, "--json", "--family", "pii").objects()} == {"pii"}
    left = penstock("scan", name, "--json", "--without", "US_SSN", "--min-score", "0.9").objects()
    assert {found["family"] for found in left} == {"credential"}


def test_hosts_can_be_allowed(penstock: Penstock, tmp_path: Path) -> None:
    name = write(tmp_path, "a.md", "![x](https://cdn.acme.com/p?data=what-they-said)\n")
    assert penstock("scan", name).code == 1
    assert penstock("scan", name, "--allow-host", "*.acme.com").code == 0


def test_redaction_prints_the_text_without_its_findings(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("scan", write(tmp_path, "a.txt", f"a\nkey {TOKEN} b\n"), "--redact")
    assert (ran.code, ran.out) == (1, "a\nkey [REDACTED] b\n")


def test_redaction_keeps_json_and_lines_that_are_clean(penstock: Penstock, tmp_path: Path) -> None:
    clean = '{"a":1.10,  "b":[ ]}'
    ran = penstock("scan", write(tmp_path, "a.jsonl", f'{clean}\n{{"ssn": "{SSN}"}}\n'), "--redact")
    assert ran.out.splitlines() == [clean, '{"ssn": "[REDACTED]"}']


def test_redaction_of_a_clean_file_changes_no_byte(penstock: Penstock, tmp_path: Path) -> None:
    name = write(tmp_path, "a.json", '{\n    "a" : 1.10\n}')
    ran = penstock("scan", name, "--redact")
    assert (ran.code, ran.out) == (0, '{\n    "a" : 1.10\n}')


def test_redaction_prints_nothing_of_what_was_not_scanned(penstock: Penstock, tmp_path: Path) -> None:
    deep = "[" * 100 + f'"{TOKEN}"' + "]" * 100
    ran = penstock("scan", write(tmp_path, "a.json", deep), "--redact")
    assert ran.code == 1
    assert ran.out == ""
    (tmp_path / "b.bin").write_bytes(b"\0" + TOKEN.encode())
    assert penstock("scan", "b.bin", "--redact").out == ""


def test_the_plan_cache_is_written_once_and_used(penstock: Penstock, tmp_path: Path) -> None:
    name = write(tmp_path, "a.txt", f"key {TOKEN}\n")
    first = penstock("scan", name, "--plan-cache", "plan.bin", "--json")
    before = (tmp_path / "plan.bin").stat().st_mtime_ns
    second = penstock("scan", name, "--plan-cache", "plan.bin", "--json")
    assert (tmp_path / "plan.bin").stat().st_mtime_ns == before
    assert first.objects() == second.objects() != []
    (tmp_path / "plan.bin").write_bytes(b"something else")
    assert penstock("scan", name, "--plan-cache", "plan.bin", "--json").objects() == first.objects()


def test_a_long_text_gives_each_finding_once_at_its_place() -> None:
    scanner = Scanner(limits=LIMITS)
    filler = "nothing to see here, go on\n" * (2 * WINDOW_CHARS // 27)
    text = list(filler)
    places = [100, WINDOW_CHARS - 20, WINDOW_CHARS + 300, 2 * WINDOW_CHARS - len(TOKEN) - 40]
    for place in places:
        text[place : place + len(TOKEN) + 2] = f" {TOKEN} "
    whole = "".join(text)
    assert len(whole) > WINDOW_CHARS + MARGIN_CHARS
    found = [(finding.start, finding.end) for finding in text_findings(scanner, whole)]
    assert found == [(place + 1, place + 1 + len(TOKEN)) for place in places]
