"""Presidio's recognizers in the gate, out of the file that a setting names."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.recognizers import RecognizersError, read_recognizers, scanner_of
from streams.scan_pool import ScanPool
from streams.settings import load_settings
from streams.terms import gate_scanner
from streams.topics import OUTPUTS_CLEARED
from tests.streams.samples import OneLane, bundle_of, gate_of, output

FILE = """
recognizers:
  - name: Shop orders
    type: custom
    supported_entity: ORDER_NUMBER
    supported_language: en
    patterns: [{name: order, regex: 'SO-\\d{4}', score: 0.9}]
"""
POLICY = "output_rules: [{id: orders, match: {findings: [ORDER_NUMBER]}, decision: redact, reason: an order}]\n"


def test_what_a_recognizer_finds_is_judged_by_policy(tmp_path: Path) -> None:
    file = tmp_path / "recognizers.yaml"
    file.write_text(FILE)
    scanner = gate_scanner(extra=read_recognizers(file))
    lane = OneLane(gate_of(bundle_of(outputs=POLICY), scanner=scanner))
    lane.give(output(content="your order SO-1234 is on its way"))

    assert lane.values(OUTPUTS_CLEARED.name)[-1]["content"] == "your order [REDACTED] is on its way"


def test_scanner_of_the_settings_is_that_of_a_worker_with_them(tmp_path: Path) -> None:
    file = tmp_path / "recognizers.yaml"
    file.write_text(FILE)
    scanner = scanner_of(load_settings({"PENSTOCK_PRESIDIO_FILE": str(file)}))

    assert [finding.type for finding in scanner.scan("order SO-1234")] == ["ORDER_NUMBER"]
    assert scanner.types - {"ORDER_NUMBER"} == gate_scanner().types
    assert scanner_of(load_settings({})).types == gate_scanner().types


def test_without_a_file_there_are_none() -> None:
    assert read_recognizers(None) == ()


def test_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecognizersError, match="cannot read"):
        read_recognizers(tmp_path / "missing.yaml")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecognizersError, match="cannot read"):
        read_recognizers(tmp_path / "bytes")


def test_slow_scanner_is_kept_off_the_event_loop_for_every_output() -> None:
    pool = ScanPool(gate_scanner(), is_slow=True)
    try:
        assert pool.wants(1)
    finally:
        pool.stop()
