"""`penstock check` with the linter: severities, --strict, JSON, and the share of actions that need a person."""

from __future__ import annotations

import json
from pathlib import Path

from tests.penstock.test_cli import Penstock, penstock, write_policy

__all__ = ["penstock"]

CLEAN = "rules: [{id: a, match: {topics: [job.a]}, decision: allow}, {id: b, match: {topics: [job.b]}, decision: deny}]"
CASES = (
    "cases: [{name: a, event: {topic: job.a}, expect: {decision: allow}}, "
    "{name: b, event: {topic: job.b}, expect: {decision: deny}}]"
)
WARNED = CLEAN.replace("job.a", "job.*.a").replace("[job.a]", "[job.*.a]")
HOLDING = CLEAN.replace("decision: deny", "decision: require_approval")


def folder(tmp_path: Path, policy: str, cases: str = CASES) -> str:
    """A folder with a policy and its cases."""
    write_policy(tmp_path / "p", cases, "cases.yaml")
    return write_policy(tmp_path / "p", policy)


def test_a_policy_without_findings_is_ok_strictly(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("check", folder(tmp_path, CLEAN), "--strict")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("ok v1:") and ran.out.count("\n") == 1


def test_a_warning_is_told_and_refused_only_strictly(penstock: Penstock, tmp_path: Path) -> None:
    where = folder(tmp_path, WARNED)
    ran = penstock("check", where)
    assert (ran.code, ran.err) == (0, "penstock: 0 errors, 2 warnings\n")
    ok, first, second = ran.out.splitlines()
    assert ok.startswith("ok v1:")
    assert first.startswith(f"{where}/rules.yaml:1:9: L107 warning: ")
    assert second.startswith(f"{where}/rules.yaml:1:9: L114 warning: ")
    strict = penstock("check", where, "--strict")
    assert (strict.code, "ok " in strict.out) == (1, False)


def test_an_error_is_exit_1(penstock: Penstock, tmp_path: Path) -> None:
    policy = CLEAN.replace("topics: [job.b]", "topics: [job.a], tools: [t]")
    ran = penstock("check", folder(tmp_path, policy), "--json")
    assert ran.code == 1
    *findings, total = ran.objects()
    (error,) = (finding for finding in findings if finding["severity"] == "error")
    assert (error["code"], error["line"], error["column"]) == ("L103", 1, 61)
    assert (total["errors"], total["warnings"], total["rules"]) == (1, len(findings) - 1, 2)


def test_the_share_that_needs_a_person_is_a_warning_above_a_tenth(penstock: Penstock, tmp_path: Path) -> None:
    where = folder(tmp_path, HOLDING, CASES.replace("decision: deny", "decision: require_approval"))
    actions = [
        {"kind": "action", "action_id": str(number), "agent_id": "x", "topic": "job.b" if number < 2 else "job.a"}
        for number in range(20)
    ]
    tenth = "".join(json.dumps(action) + "\n" for action in actions).encode()
    assert penstock("check", where, "--strict", "--events", "-", stdin=tenth).code == 0
    more = "".join(json.dumps(action) + "\n" for action in actions[:-1]).encode()
    ran = penstock("check", where, "--strict", "--events", "-", stdin=more)
    assert ran.code == 1
    assert ran.out == "bundle:0:0: L117 warning: 10.5% of 19 recorded actions need a person, more than 10%\n"


def test_cases_that_do_not_load_are_problems_of_the_folder(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("check", folder(tmp_path, CLEAN, CASES.replace("expect", "expects")))
    assert ran.code == 2
    assert "cases.yaml:1:" in ran.out
