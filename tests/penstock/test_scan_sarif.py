"""What `penstock scan --sarif` prints is SARIF 2.1.0: the properties that the standard demands, and no value.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from penstock.scan_report import sarif
from penstock.scanning import Problem
from tests.detectors.examples.example import made_up
from tests.penstock.test_cli import Penstock, penstock

__all__ = ["penstock"]

TOKEN = "gh" + "p_" + made_up(36)


@pytest.fixture
def log(penstock: Penstock, tmp_path: Path) -> dict[str, Any]:
    """The log of a folder with findings in text and JSON."""
    (tmp_path / "a b.txt").write_text(f"one\nkey {TOKEN} on db1.ams.lan\n")
    (tmp_path / "c.json").write_text(json.dumps({"customer": {"ssn": "219-09-9999"}}))
    ran = penstock("scan", "a b.txt", "c.json", "--sarif")
    assert ran.code == 1
    assert TOKEN not in ran.out
    (value,) = ran.objects()
    return dict(value)


def test_the_log_has_version_and_one_run(log: dict[str, Any]) -> None:
    # 3.13.2, 3.13.4, 3.14.6, 3.18.1, 3.19.2
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["name"] == "penstock"
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"][0]["executionSuccessful"] is True


def test_every_result_refers_to_its_rule_and_has_a_message_and_a_level(log: dict[str, Any]) -> None:
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert len(run["results"]) == 3
    for result in run["results"]:
        # 3.27.5 to 3.27.11
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]


def test_regions_count_from_one_and_end_after_the_last_character(log: dict[str, Any]) -> None:
    result = next(r for r in log["runs"][0]["results"] if r["level"] == "error")
    physical = result["locations"][0]["physicalLocation"]
    # 3.30.5 to 3.30.8; 3.4.3: a relative reference without spaces
    assert physical["artifactLocation"]["uri"] == "a%20b.txt"
    assert physical["region"] == {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 5 + len(TOKEN)}


def test_a_field_of_json_is_a_logical_location(log: dict[str, Any]) -> None:
    result = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "US_SSN")
    (location,) = result["locations"]
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "customer.ssn"
    assert "region" not in location["physicalLocation"]


def test_what_was_not_scanned_makes_the_run_unsuccessful() -> None:
    value = sarif([], [Problem("a.json", 7, "SCAN_TOO_DEEP", "nesting above 64 levels")], version="1.0.0")
    (invocation,) = value["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert told["descriptor"]["id"] == "SCAN_TOO_DEEP"
    assert told["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}
