"""Cases beside a bundle: those of the examples pass and reach every rule, and a wrong one is told where it is wrong."""

from __future__ import annotations

import pytest

from policies.bundle import load_bundle
from policies.cases import coverage, load_cases, run_cases
from policies.errors import PolicyLoadError
from tests.policies.samples import EXAMPLES, sources

BUNDLES = ("refund", "airline", "platform", "data_access", "refund_workflow")
POLICY = (
    'rules: [{id: all, match: {topics: ["*"]}, decision: allow}, {id: never, match: {topics: [a]}, decision: deny}]'
)
CASES = """
cases:
  - name: it is allowed
    event: {topic: job.x, note: 1.5}
    state: {autonomy_level: 2, first_time: true, retry_count: 1, velocity: [{window_sec: 60, count: 3}]}
    expect: {decision: allow, rule: all, missing: [], reason_code: rule_matched, constraints: {}}
  - name: it is denied
    event: {topic: job.x}
    expect: {decision: deny, rule: never, approval: queue}
"""


@pytest.mark.parametrize("name", BUNDLES)
def test_the_cases_of_an_example_pass_and_reach_its_rules(name: str) -> None:
    texts = sources(EXAMPLES / name)
    bundle = load_bundle(texts)
    results = run_cases(bundle, load_cases(texts))

    assert [(result.case.name, result.differences) for result in results if not result.is_passed] == []
    assert [rule for rule in coverage(bundle, results).uncovered if "/quadrants/" not in rule] == []


def test_cases_are_no_part_of_the_bundle() -> None:
    policy = {"doc.yaml": POLICY}

    assert load_bundle(policy | {"cases.yaml": CASES}).snapshot == load_bundle(policy).snapshot


def test_a_case_gives_its_state_to_the_decision_and_names_each_difference() -> None:
    texts = {"doc.yaml": POLICY, "any-name.yaml": CASES}
    bundle = load_bundle(texts)
    allowed, denied = run_cases(bundle, load_cases(texts))

    assert allowed.is_passed and allowed.case.derived[:3] == (2, True, 1)
    assert allowed.case.derived.velocity == ((60, 3),)
    assert denied.differences == (
        "decision: expected deny, got allow", "rule: expected never, got all", "approval: expected queue, got none",
    )  # fmt: skip
    found = coverage(bundle, (allowed, denied))
    assert (found.covered, found.uncovered, found.share) == (("all",), ("never",), 0.5)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("cases: []\n", "P008", "empty"),
        ("cases: [{name: a, event: {}}]\n", "P012", 'lacks "expect"'),
        ("cases: [{name: a, event: {}, expect: {decision: alow}}]\n", "P002", 'did you mean "allow"'),
        ("cases: [{name: a, event: {}, expect: {decision: allow}, stat: {}}]\n", "P001", 'did you mean "state"'),
        ("cases: [{name: a, event: [], expect: {decision: allow}}]\n", "P007", "event must be a mapping"),
        ("cases: [{name: a, event: {}, expect: {decision: allow, rulee: x}}]\n", "P001", 'did you mean "rule"'),
        ("cases: []\nrules: []\n", "P001", 'unknown key "rules"'),
        ("cases:\n" + 2 * "  - {name: a, event: {}, expect: {decision: allow}}\n", "P006", "called"),
    ],
)
def test_a_wrong_case_is_refused_with_the_bundle_and_alone(text: str, code: str, words: str) -> None:
    for load in (load_bundle, load_cases):
        with pytest.raises(PolicyLoadError) as caught:
            load({"doc.yaml": POLICY, "cases.yaml": text})

        assert (code, True) in {(problem.code.value, words in problem.message) for problem in caught.value.problems}
