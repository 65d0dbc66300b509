"""Exports of the audit log: what was written verifies, and damage to the file is told from tampering with the log."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import orjson
import pytest

from penstock.audit_files import verify_file
from penstock.errors import CommandError, ExitCode, exit_code_of
from tests.penstock.test_audit_chain import chain_of


def export_of(partitions: int, length: int = 5) -> list[bytes]:
    """The lines of an export."""
    lines, ends = [], []
    for partition in range(partitions):
        records, checkpoint = chain_of(length, partition)
        for offset, value in records:
            lines.append(orjson.dumps({"partition": partition, "offset": offset, "value": value.decode()}))
        end = {"partition": partition, "seq": checkpoint.seq, "head": checkpoint.head}
        ends.append(orjson.dumps({"checkpoint": end}))
    return lines + ends


def findings(path: Path, lines: list[bytes]) -> list[tuple[str, int, int | None]]:
    """What verifying a file of these lines finds."""
    raw = b"".join(line + b"\n" for line in lines)
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return [(finding.kind.value, finding.partition, finding.seq) for finding in verify_file(path).findings()]


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz"])
def test_an_export_verifies(tmp_path: Path, name: str) -> None:
    assert findings(tmp_path / name, export_of(3)) == []
    verifier = verify_file(tmp_path / name)
    assert (verifier.records, verifier.partitions, verifier.unproven) == (15, (0, 1, 2), ())


def test_checkpoints_count_wherever_they_stand(tmp_path: Path) -> None:
    lines = export_of(2)
    assert findings(tmp_path / "log", [*lines[-2:], *lines[:-2]]) == []
    assert findings(tmp_path / "log", [*lines[-2:], *lines[:-3]]) == [("truncated", 1, 5)]


def test_a_removed_line_is_missing(tmp_path: Path) -> None:
    lines = export_of(2)
    assert findings(tmp_path / "log", [*lines[:2], *lines[3:]]) == [("missing", 0, 3)]


def test_a_partition_without_its_records_is_truncated(tmp_path: Path) -> None:
    assert findings(tmp_path / "log", export_of(2)[5:]) == [("truncated", 0, 1)]


def test_a_value_that_is_no_text_is_kept_as_bytes_and_found(tmp_path: Path) -> None:
    lines = export_of(1)
    lines[2] = orjson.dumps({"partition": 0, "offset": 4, "base64": base64.b64encode(b"\xff\xfe").decode()})
    assert findings(tmp_path / "log", lines) == [("unreadable", 0, 3)]


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"[]",
        b"{}",
        b'{"partition": 0, "offset": 1}',
        b'{"partition": "0", "offset": 1, "value": "x"}',
        b'{"partition": 0, "offset": 1, "base64": "*"}',
        b'{"checkpoint": 1}',
        b'{"checkpoint": {"partition": 0, "seq": "1", "head": "x"}}',
    ],
)
def test_a_line_that_is_none_of_an_export_is_an_error_and_no_verdict(tmp_path: Path, line: bytes) -> None:
    with pytest.raises(CommandError) as error:
        findings(tmp_path / "log", [*export_of(1), line])
    assert error.value.code == "EXPORT_UNREADABLE"
    assert exit_code_of(error.value) is ExitCode.USAGE


def test_an_empty_export_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="neither records nor checkpoints"):
        findings(tmp_path / "log", [])


def test_a_cut_gzip_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    findings(path, export_of(3))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CommandError, match="cannot read"):
        verify_file(path)
