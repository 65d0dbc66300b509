"""Which parts of a workflow a case reaches: what it tries, and what the run has passed on the way there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.bundle import load_bundle
from policies.cases import load_cases, run_cases
from policies.step_coverage import parts_of, step_coverage
from tests.policies.samples import EXAMPLES, sources

FLOW = """
name: w
trigger: begin
steps:
  look: {type: action, topic: job.look, timeout_sec: 9}
  decide:
    type: condition
    depends_on: [look]
    branches: {small: {when: "result.n < 5", next: pay}, large: {when: "result.n >= 5", next: ask}}
  ask: {type: approval, timeout_sec: 9, on_timeout: deny}
  pay: {type: action, topic: job.pay, depends_on: [decide], timeout_sec: 9, on_timeout: escalate}
  tell: {type: action, topic: job.tell, depends_on: [pay]}
  aside: {type: action, topic: job.aside}
"""
RULES = "rules: [{id: all, match: {topics: ['*']}, decision: allow}]\n"
EVERY = (
    "aside", "aside/refused", "ask", "ask/on_timeout", "decide/branches/large", "decide/branches/small",
    "look", "look/refused", "look/on_timeout", "pay", "pay/refused", "pay/on_timeout", "tell", "tell/refused",
)  # fmt: skip


def reached(topic: str, run: dict[str, Any] | None, *, rules: str = RULES) -> set[str]:
    """What one case reaches whose action has this topic, in a session whose run has come so far; None is no run."""
    state = {} if run is None else {"workflows": {"w": run}}
    case = {"name": "c", "event": {"topic": topic}, "state": state, "expect": {"decision": "deny"}}
    texts = {"w.yaml": FLOW, "r.yaml": rules, "cases.json": json.dumps({"cases": [case]})}
    bundle = load_bundle(texts)
    found = step_coverage(bundle, run_cases(bundle, load_cases(texts)))
    assert {*found.covered, *found.uncovered} == {f"w/steps/{part}" for part in EVERY}
    assert found.total == len(EVERY) and found.share == len(found.covered) / len(EVERY)
    return {part.removeprefix("w/steps/") for part in found.covered}


def run(n: int | None = None, **states: str) -> dict[str, Any]:
    """A run in which steps have come to these states, and the analysis to a number."""
    results = {} if n is None else {"look": {"n": n}}
    return {"states": ({} if n is None else {"look": "done"}) | states, "results": results}


SMALL, LARGE = "decide/branches/small", "decide/branches/large"


@pytest.mark.parametrize(
    ("topic", "came_to", "parts"),
    [
        ("job.look", None, {"look/refused"}),
        ("job.look", run(), {"look"}),
        ("job.look", run(look="running"), {"look/refused"}),
        ("job.pay", run(), {"pay/refused"}),
        ("job.pay", run(look="failed"), {"pay/refused", "look/on_timeout"}),
        ("job.pay", run(1), {"pay", SMALL}),
        ("job.pay", run(9), {"ask", LARGE}),
        ("job.pay", run(9, ask="approved"), {"pay", "ask", LARGE}),
        ("job.pay", run(9, ask="rejected"), {"pay/refused", "ask/on_timeout", LARGE}),
        ("job.pay", run(1, pay="overdue"), {"pay/refused", "pay/on_timeout", SMALL}),
        ("job.tell", run(1, pay="overdue"), {"pay/on_timeout", SMALL}),
        ("job.tell", run(1, pay="done"), {"tell", SMALL}),
        # An action that fails where its deadline escalates has not come to what the deadline does.
        ("job.tell", run(1, pay="failed"), {"tell/refused", SMALL}),
        ("begin", run(1), set()),
        ("job.other", run(1), set()),
        # The rest of the run makes no difference to a step beside it.
        ("job.aside", run(9, ask="approved", pay="overdue"), {"aside"}),
    ],
)
def test_case_reaches_its_step_and_what_lies_on_the_way_to_it(
    topic: str, came_to: dict[str, Any] | None, parts: set[str]
) -> None:
    assert reached(topic, came_to) == parts


def test_open_condition_takes_no_branch_and_the_choice_of_a_person_does() -> None:
    assert reached("job.pay", {"states": {"look": "done"}}) == {"ask"}
    assert reached("job.pay", {"states": {"look": "done"}, "choices": {"decide": "small"}}) == {"pay", SMALL}


def test_approval_off_the_chosen_way_is_not_reached() -> None:
    assert reached("job.pay", run(1, ask="approved")) == {"pay", SMALL}


def test_step_that_rules_deny_is_reached_where_the_workflow_lets_it_go_on() -> None:
    denied = RULES.replace("allow", "deny")

    assert reached("job.pay", run(1), rules=denied) == {"pay", SMALL}
    assert reached("job.pay", None, rules=denied) == {"pay/refused"}


def test_bundle_without_workflows_has_nothing_to_reach() -> None:
    texts = sources(EXAMPLES / "refund")
    bundle = load_bundle(texts)
    found = step_coverage(bundle, run_cases(bundle, load_cases(texts)))

    assert (found.covered, found.uncovered, found.share) == ((), (), 1.0)


def test_cases_of_the_example_reach_every_part_of_its_workflow() -> None:
    texts = sources(EXAMPLES / "refund_workflow")
    bundle = load_bundle(texts)
    found = step_coverage(bundle, run_cases(bundle, load_cases(texts)))

    (workflow,) = bundle.workflows
    assert found.uncovered == ()
    assert found.covered == tuple(part for step in workflow.steps.values() for part in parts_of(workflow, step))
