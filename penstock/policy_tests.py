"""The cases of a bundle, run and reported: as lines, as JSON objects, as JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from penstock.errors import CommandError
from penstock.policy_folder import Folder
from penstock.printing import printable
from policies.cases import CaseResult, Coverage, coverage, run_cases
from policies.step_coverage import step_coverage


@dataclass(frozen=True, slots=True)
class TestRun:
    """All cases of a bundle with their verdicts, and which rules and which parts of workflows they reach."""

    __test__ = False  # no test of pytest's

    results: tuple[CaseResult, ...]
    coverage: Coverage
    steps: Coverage

    @property
    def failures(self) -> tuple[CaseResult, ...]:
        """The cases whose verdict is not the one expected."""
        return tuple(result for result in self.results if not result.is_passed)

    @property
    def coverage_percent(self) -> float:
        """The share of rules reached, percent."""
        return 100 * self.coverage.share

    @property
    def step_coverage_percent(self) -> float:
        """The share of the parts of workflows reached, percent."""
        return 100 * self.steps.share

    def problem(self, *, min_coverage_percent: float = 0) -> str | None:
        """Why the bundle does not pass, in one line; None when it does. A bundle without cases proves nothing."""
        if not self.results:
            return "the folder has no cases: nothing is tested"
        if self.failures:
            return f"{len(self.failures)} of {len(self.results)} cases fail"
        # Each by itself, so that many rules do not hide a step that nobody tried.
        for what, percent in (("rules", self.coverage_percent), ("steps of workflows", self.step_coverage_percent)):
            if percent < min_coverage_percent:
                return f"the cases reach {percent:.1f}% of the {what}, {min_coverage_percent:g}% are needed"
        return None


def run_tests(folder: Folder) -> TestRun:
    """Every case of a folder judged by its bundle."""
    results = run_cases(folder.bundle, folder.cases)
    return TestRun(results, coverage(folder.bundle, results), step_coverage(folder.bundle, results))


def lines_of(run: TestRun) -> Iterator[str]:
    """Each failure with what differs, then the rules and steps that no case reaches, then the totals."""
    for result in run.failures:
        case = result.case
        yield f"FAIL {case.file}:{case.line} {case.name}"
        for difference in result.differences:
            yield f"  {difference}"
        yield f"  reason: {result.verdict.reason}"
    for what in (*run.coverage.uncovered, *run.steps.uncovered):
        yield f"uncovered {what}"
    passed = len(run.results) - len(run.failures)
    reached = f"{len(run.coverage.covered)} of {run.coverage.total} rules reached ({run.coverage_percent:.1f}%)"
    if run.steps.total:
        reached += f", {len(run.steps.covered)} of {run.steps.total} steps ({run.step_coverage_percent:.1f}%)"
    yield f"{passed} passed, {len(run.failures)} failed, {reached}"


def objects_of(run: TestRun) -> Iterator[dict[str, Any]]:
    """One object for each case, then one over all."""
    for result in run.results:
        verdict = result.verdict
        yield {
            "case": result.case.name,
            "file": result.case.file,
            "line": result.case.line,
            "passed": result.is_passed,
            "differences": list(result.differences),
            "decision": verdict.decision.value,
            "rule_id": verdict.rule_id,
            "reason_code": verdict.reason_code.value,
        }
    yield {
        "cases": len(run.results),
        "failed": len(run.failures),
        "covered": list(run.coverage.covered),
        "uncovered": list(run.coverage.uncovered),
        "coverage_percent": round(run.coverage_percent, 2),
        "covered_steps": list(run.steps.covered),
        "uncovered_steps": list(run.steps.uncovered),
        "step_coverage_percent": round(run.step_coverage_percent, 2),
    }


def junit_of(run: TestRun, *, problem: str | None) -> bytes:
    """The run as JUnit XML; what fails without being a case is a case of its own, so that no reader overlooks it.

    Source: the attributes that Jenkins, GitLab and GitHub readers share,
    https://github.com/testmoapp/junitxml.
    """
    suites = ET.Element("testsuites")
    suite = ET.SubElement(suites, "testsuite", name="penstock")
    failed = len(run.failures)
    properties = ET.SubElement(suite, "properties")
    for name, covered in (("rule", run.coverage), ("step", run.steps)):
        value = f"{100 * covered.share:.2f}"
        ET.SubElement(properties, "property", name=f"{name}_coverage_percent", value=value)
        for missed in covered.uncovered:
            ET.SubElement(properties, "property", name=f"uncovered_{name}", value=printable(missed))
    for result in run.results:
        case = result.case
        element = ET.SubElement(
            suite,
            "testcase",
            classname=printable(case.file),
            name=printable(case.name),
            file=printable(case.file),
            line=str(case.line),
        )
        if not result.is_passed:
            _fail(element, result.differences[0], "\n".join((*result.differences, f"reason: {result.verdict.reason}")))
    if problem is not None and not failed:
        _fail(ET.SubElement(suite, "testcase", classname="penstock", name="the bundle is tested"), problem, problem)
        failed = 1
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(failed))
    suite.set("errors", "0")
    text: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _fail(element: ET.Element, message: str, text: str) -> None:
    failure = ET.SubElement(element, "failure", message=printable(message))
    # Control characters have no place in XML 1.0, whatever a document holds.
    failure.text = "\n".join(printable(line) for line in text.split("\n"))


def write_junit(file: Path, text: bytes) -> None:
    """Write a report.

    Raises:
        CommandError: the file cannot be written.
    """
    try:
        file.write_bytes(text)
    except OSError as exc:
        raise CommandError(
            f"cannot write {file}: {exc.strerror}", code="FILE_UNREADABLE", advice="name a file in a folder that exists"
        ) from None
