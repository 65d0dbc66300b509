"""`penstock test`: failures with what differs, coverage with a threshold, JUnit that any reader can parse."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.penstock.test_cli import EXAMPLES, Penstock, penstock, write_policy

__all__ = ["penstock"]

POLICY = """
rules:
  - {id: small, match: {topics: ["job.*"], amount_usd_above: 10}, decision: require_approval}
  - {id: all, match: {topics: ["job.*"]}, decision: allow}
  - {id: never, match: {topics: [job.x]}, decision: deny}
"""
CASES = """
cases:
  - name: ten dollars pass
    event: {topic: job.a, amount_usd: 10}
    expect: {decision: allow, rule: all}
  - name: <b>eleven & more\\u0007 wait
    event: {topic: job.a, amount_usd: 11}
    expect: {decision: require_approval, rule: small}
"""


def bundle(folder: Path, cases: str | None = CASES) -> str:
    """A folder with the policy above and cases."""
    if cases is not None:
        write_policy(folder, cases, "cases.yaml")
    return write_policy(folder, POLICY)


@pytest.mark.parametrize("name", ["refund", "airline", "platform", "data_access", "demo", "refund_workflow"])
def test_the_cases_of_an_example_pass(penstock: Penstock, name: str) -> None:
    ran = penstock("test", str(EXAMPLES / name))
    assert (ran.code, ran.err) == (0, "")
    assert " 0 failed, " in ran.out


def test_cases_pass_and_rules_without_a_case_are_named(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("test", bundle(tmp_path / "p"))
    assert ran.code == 0
    assert ran.out.splitlines() == ["uncovered never", "2 passed, 0 failed, 2 of 3 rules reached (66.7%)"]


def test_a_failing_case_tells_what_was_expected_and_what_came_out(penstock: Penstock, tmp_path: Path) -> None:
    folder = bundle(tmp_path / "p", CASES.replace("amount_usd: 11", "amount_usd: 9"))
    ran = penstock("test", folder)
    assert ran.code == 1
    assert ran.out.splitlines()[:4] == [
        f"FAIL {folder}/cases.yaml:6 <b>eleven & more\\u0007 wait",
        "  decision: expected require_approval, got allow",
        "  rule: expected small, got all",
        "  reason: rule all matched",
    ]
    assert ran.err == "penstock: 1 of 2 cases fail\n"
    objects = penstock("test", folder, "--json").objects()
    assert [entry["passed"] for entry in objects[:2]] == [True, False]
    assert objects[2] == {
        "cases": 2, "failed": 1, "covered": ["all"], "uncovered": ["small", "never"], "coverage_percent": 33.33,
        "covered_steps": [], "uncovered_steps": [], "step_coverage_percent": 100.0,
    }  # fmt: skip


def test_a_rule_that_votes_and_is_outvoted_is_reached(penstock: Penstock, tmp_path: Path) -> None:
    folder = bundle(tmp_path / "p")
    write_policy(tmp_path / "p", 'rules: [{id: outvoted, match: {topics: ["job.*"]}, decision: allow}]', "more.yaml")
    assert "outvoted" in penstock("test", folder, "--json").objects()[-1]["covered"]


def test_coverage_below_the_threshold_fails(penstock: Penstock, tmp_path: Path) -> None:
    folder = bundle(tmp_path / "p")
    assert penstock("test", folder, "--min-coverage", "66").code == 0
    ran = penstock("test", folder, "--min-coverage", "67")
    assert (ran.code, ran.err) == (1, "penstock: the cases reach 66.7% of the rules, 67% are needed\n")


FLOW = """
name: w
trigger: job.begin
steps:
  ask: {type: approval}
  pay: {type: action, topic: job.pay, depends_on: [ask]}
"""
WORKING = """
cases:
  - name: all is asked of people
    event: {topic: job.pay, amount_usd: 10}
    state: {workflows: {w: {}}}
    expect: {decision: require_approval}
  - name: what costs more is held
    event: {topic: job.x, amount_usd: 11}
    expect: {decision: require_approval, rule: small}
"""


def test_parts_of_workflows_without_a_case_are_named_and_have_a_threshold_of_their_own(
    penstock: Penstock, tmp_path: Path
) -> None:
    folder, report = bundle(tmp_path / "p", WORKING), tmp_path / "report.xml"
    write_policy(tmp_path / "p", POLICY.replace("  - {id: never, match: {topics: [job.x]}, decision: deny}\n", ""))
    write_policy(tmp_path / "p", FLOW, "flow.yaml")

    ran = penstock("test", folder, "--min-coverage", "34", "--junit", str(report))

    assert ran.out.splitlines() == [
        "uncovered w/steps/pay",
        "uncovered w/steps/pay/refused",
        "2 passed, 0 failed, 2 of 2 rules reached (100.0%), 1 of 3 steps (33.3%)",
    ]
    assert (ran.code, ran.err) == (1, "penstock: the cases reach 33.3% of the steps of workflows, 34% are needed\n")
    (suite,) = ET.parse(report).getroot()  # noqa: S314 - our own file
    told = [(entry.get("name"), entry.get("value")) for entry in suite.iter("property")]
    assert told == [
        ("rule_coverage_percent", "100.00"), ("step_coverage_percent", "33.33"),
        ("uncovered_step", "w/steps/pay"), ("uncovered_step", "w/steps/pay/refused"),
    ]  # fmt: skip
    total = penstock("test", folder, "--min-coverage", "33", "--json").objects()[-1]
    assert total["covered_steps"] == ["w/steps/ask"]
    assert (total["uncovered_steps"], total["step_coverage_percent"]) == (
        ["w/steps/pay", "w/steps/pay/refused"], 33.33,
    )  # fmt: skip


def test_no_cases_prove_nothing(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("test", bundle(tmp_path / "p", None))
    assert (ran.code, ran.err) == (1, "penstock: the folder has no cases: nothing is tested\n")


def test_junit_is_well_formed_whatever_a_case_is_called(penstock: Penstock, tmp_path: Path) -> None:
    folder = bundle(tmp_path / "p", CASES.replace("amount_usd: 11", "amount_usd: 9"))
    report = tmp_path / "report.xml"
    assert penstock("test", folder, "--junit", str(report)).code == 1
    (suite,) = ET.parse(report).getroot()  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    passed, failed = suite.findall("testcase")
    assert passed.find("failure") is None
    assert (failed.get("name"), failed.get("line")) == ("<b>eleven & more\\u0007 wait", "6")
    failure = failed.find("failure")
    assert failure is not None and failure.text is not None
    assert "rule: expected small, got all" in failure.text.split("\n")


def test_a_bundle_that_is_not_tested_fails_in_junit_too(penstock: Penstock, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    penstock("test", bundle(tmp_path / "p"), "--min-coverage", "90", "--junit", str(report))
    (suite,) = ET.parse(report).getroot()  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")


def test_a_report_that_cannot_be_written_is_a_usage_error(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("test", bundle(tmp_path / "p"), "--junit", str(tmp_path / "none" / "report.xml"))
    assert ran.code == 2
    assert "FILE_UNREADABLE" in ran.err
