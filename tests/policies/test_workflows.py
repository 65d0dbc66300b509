"""What the refund workflow lets happen, from what its steps have come to."""

from __future__ import annotations

import pytest

from policies.bundle import load_bundle
from policies.documents import Workflow
from policies.errors import PolicyLoadError
from policies.workflow_progress import Progress, StepState
from policies.workflows import Plan, Standing, TimeoutAction, plan, timeout_action
from tests.policies.samples import s2_sources

DONE, APPROVED = StepState.DONE, StepState.APPROVED
SMALL: dict[str, object] = {"amount": 40, "prior_refunds": 0}
LARGE: dict[str, object] = {"amount": 400, "prior_refunds": 0}


def _refund() -> Workflow:
    (workflow,) = load_bundle(s2_sources("refund")).workflows
    return workflow


def _plan(result: object = None, **states: StepState) -> Plan:
    named = {name.replace("_", "-"): state for name, state in states.items()}
    return plan(_refund(), Progress(states=named, results={} if result is None else {"analyze": result}))


def test_only_the_analysis_is_ready_at_first() -> None:
    assert _plan().ready == ("analyze",)


def test_a_small_refund_is_processed_without_a_person() -> None:
    found = _plan(SMALL, analyze=DONE)

    assert found.chosen == {"decide": "auto_approve"}
    assert found.ready == ("process",)
    assert found.standings["human-review"] is Standing.SKIPPED


def test_a_large_refund_is_not_processed_while_its_review_is_pending() -> None:
    asked, pending = _plan(LARGE, analyze=DONE), _plan(LARGE, analyze=DONE, human_review=StepState.RUNNING)

    assert asked.ready == ("human-review",)
    assert pending.ready == ()
    assert asked.standings["process"] is pending.standings["process"] is Standing.WAITING


def test_a_large_refund_is_processed_after_its_approval_and_not_after_a_rejection() -> None:
    approved = _plan(LARGE, analyze=DONE, human_review=APPROVED)
    rejected = _plan(LARGE, analyze=DONE, human_review=StepState.REJECTED)

    assert approved.ready == ("process",)
    assert rejected.ready == ()
    assert rejected.standings["process"] is Standing.STOPPED


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ({}, "missing"),
        ({"amount": 40}, "missing"),
        ({"amount": None, "prior_refunds": 1}, "missing"),
        ({"amount": "40", "prior_refunds": 1}, "cannot be computed"),
        ("no mapping", "cannot be computed"),
        ({"amount": float("nan"), "prior_refunds": 1}, "cannot be computed"),
    ],
)
def test_a_condition_that_cannot_be_decided_holds_the_workflow(result: object, why: str) -> None:
    found = _plan(result, analyze=DONE)

    assert found.ready == ()
    assert found.standings["decide"] is Standing.HELD
    assert found.standings["process"] is found.standings["human-review"] is Standing.WAITING
    assert why in found.held["decide"]


def _workflow(branches: str) -> Workflow:
    text = (
        "trigger: t\nsteps:\n  choose: {type: condition, branches: {%s}}\n"
        "  refuse: {type: action, topic: job.refuse}\n  pay: {type: action, topic: job.pay, depends_on: [choose]}\n"
        "  tell: {type: action, topic: job.tell, depends_on: [choose]}\n"
    )
    (workflow,) = load_bundle({"w.yaml": text % branches}).workflows
    return workflow


EITHER = "a: {when: 'n < 10', next: pay}, b: {when: 'n >= 10', next: refuse}"


def test_a_chosen_action_does_not_let_the_other_branch_go_on() -> None:
    workflow = _workflow(EITHER)

    large = plan(workflow, Progress({"n": 10}))
    refused = plan(workflow, Progress({"n": 10}, {"refuse": DONE}))

    assert large.ready == ("refuse",) and large.standings["tell"] is Standing.WAITING
    assert refused.standings["pay"] is Standing.SKIPPED
    assert refused.ready == ("tell",)


def test_two_true_branches_and_none_hold() -> None:
    both = plan(_workflow("a: {when: 'n < 10', next: pay}, b: {when: 'n < 20', next: refuse}"), Progress({"n": 1}))
    none = plan(_workflow(EITHER.replace("n >= 10", "n > 10")), Progress({"n": 10}))

    assert (both.ready, none.ready) == ((), ())
    assert "more than one" in both.held["choose"] and "no branch" in none.held["choose"]


def test_a_true_branch_beside_an_unknown_one_holds() -> None:
    found = plan(_workflow("a: {when: 'n < 10', next: pay}, b: {when: 'm < 20', next: refuse}"), Progress({"n": 1}))

    assert found.ready == ()


def test_a_deadline_denies_unless_the_document_says_that_it_escalates() -> None:
    steps = _refund().steps

    assert timeout_action(steps["analyze"]) is TimeoutAction.DENY
    assert timeout_action(steps["human-review"]) is TimeoutAction.ESCALATE


TWO = "trigger: t\nsteps:\n  a: {type: action, topic: b, %s}\n  c: {type: action, topic: b, %s}\n"
CHOICE = "  choose: {type: condition, branches: {x: {when: 'TRUE', next: c}}, depends_on: [c]}\n"
# `pay` waits for the approval that `c` may choose, and that approval waits for `pay`.
ROUND = (
    "trigger: t\nsteps:\n  c: {type: condition, "
    "branches: {x: {when: 'n > 1', next: review}, y: {when: 'n < 2', next: pay}}}\n"
    "  review: {type: approval, depends_on: [pay]}\n  pay: {type: action, topic: p, depends_on: [c]}\n"
)
WRONG = (
    ("trigger: 'a.*'\nsteps: {a: {type: action, topic: b}}\n", "P003", "not a glob"),
    ("steps: {a: {type: action, topic: b}}\n", "P012", 'lacks "trigger"'),
    ("trigger: t\nsteps: {}\n", "P012", "no step"),
    ("trigger: t\nsteps: {a: {type: actoin, topic: b}}\n", "P002", 'did you mean "action"'),
    ("trigger: t\nsteps: {a: {type: action}}\n", "P012", 'lacks "topic"'),
    ("trigger: b\nsteps: {a: {type: action, topic: b}}\n", "P014", "the trigger is the topic of a step"),
    (ROUND, "P014", "wait for each other: pay, review"),
    ("trigger: t\nsteps: {a: {type: approval, topic: b}}\n", "P014", "no meaning"),
    ("trigger: t\nsteps: {a: {type: action, topic: b, depends_on: [c]}}\n", "P002", "not there"),
    ("trigger: t\nsteps: {a: {type: action, topic: b, depends_on: [a]}}\n", "P014", "waits for itself"),
    ("trigger: t\nsteps: {a: {type: action, topic: b, on_timeout: deny}}\n", "P014", "without timeout_sec"),
    (TWO % ("depends_on: [c]", "depends_on: [a]"), "P014", "wait for each other: a, c"),
    (TWO % ("", "depends_on: [choose]") + CHOICE, "P014", "wait for each other: c, choose"),
    ("trigger: t\nsteps: {a: {type: condition, branches: {x: {when: '1', next: a}}}}\n", "P007", "character 1"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "code", "words"), WRONG)
def test_a_workflow_that_could_not_run_is_refused(text: str, code: str, words: str) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        load_bundle({"w.yaml": text})

    assert (code, True) in {(problem.code.value, words in problem.message) for problem in caught.value.problems}
