"""Ways around a workflow that an agent could look for: each is a question, and the answer is what it may not do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from policies.decisions import Decision, ReasonCode
from policies.documents import Workflow
from policies.workflow_progress import Grant, Progress, StepState
from policies.workflows import Standing, plan
from tests.policies.workflow_samples import TRIGGER, Session, documents, loaded

DONE, APPROVED = StepState.DONE, StepState.APPROVED
EXAMPLES = 2_000 if settings.get_current_profile_name() == "nightly" else 200


def action(name: str, *depends_on: str, **more: Any) -> dict[str, Any]:
    """A step of type action."""
    return {"type": "action", "topic": f"job.{name}", "depends_on": [*depends_on]} | more


def condition(*depends_on: str, **ways: str) -> dict[str, Any]:
    """A step of type condition: a way `step` is taken when `when` is true, as `step="when"`."""
    branches = {f"to_{following}": {"when": when, "next": following} for following, when in ways.items()}
    return {"type": "condition", "depends_on": [*depends_on], "branches": branches}


def session(steps: Mapping[str, dict[str, Any]]) -> Session:
    """A session in which a workflow of these steps has begun."""
    text = {name: {key: value for key, value in step.items() if value != []} for name, step in steps.items()}
    bundle = loaded(json.loads(json.dumps({"name": "case", "trigger": TRIGGER, "steps": text})))
    assert bundle is not None
    found = Session(bundle)
    found.begin("low")
    return found


def workflow(steps: Mapping[str, dict[str, Any]]) -> Workflow:
    """A workflow of these steps."""
    return session(steps).workflow


def standing(steps: Workflow, name: str, results: Mapping[str, Any], **states: StepState) -> Standing:
    """Where a step stands when others have come to this."""
    done = dict.fromkeys(results, DONE)
    return plan(steps, Progress(states=done | states, results=results)).standings[name]


# Two checks of one payment, each of which may ask for a person instead.
CHECKED = {
    "sum": action("sum"),
    "fraud": action("fraud"),
    "by_sum": condition("sum", pay="result.n < 5", review="result.n >= 5"),
    "by_fraud": condition("fraud", pay="result.n < 5", review="result.n >= 5"),
    "review": {"type": "approval"},
    "pay": action("pay"),
}


def test_payment_that_one_check_lets_on_waits_for_the_other() -> None:
    run = session(CHECKED)
    run.propose("sum")
    run.hear(0, True, 4)

    assert run.propose("pay").reason_code is ReasonCode.WORKFLOW_OUT_OF_ORDER
    run.propose("fraud")
    run.hear(1, True, 0)
    assert run.propose("pay").decision is Decision.ALLOW


@pytest.mark.parametrize(("amount", "score", "stands"), [
    (4, 0, Standing.READY), (4, 9, Standing.SKIPPED), (400, 0, Standing.SKIPPED), (400, 9, Standing.SKIPPED),
])  # fmt: skip
def test_payment_does_not_run_beside_the_review_that_one_of_two_checks_asked_for(
    amount: int, score: int, stands: Standing
) -> None:
    results = {"sum": {"n": amount}, "fraud": {"n": score}}

    assert standing(workflow(CHECKED), "pay", results) is stands
    assert standing(workflow(CHECKED), "pay", results, review=APPROVED) is stands


@pytest.mark.parametrize(("amount", "score"), [(4, 9), (400, 0), (400, 9)])
def test_payment_that_depends_on_both_checks_follows_the_review_that_either_asked_for(amount: int, score: int) -> None:
    steps = workflow(CHECKED | {"pay": action("pay", "by_sum", "by_fraud")})
    results = {"sum": {"n": amount}, "fraud": {"n": score}}

    assert standing(steps, "pay", results) is Standing.WAITING
    assert standing(steps, "pay", results, review=StepState.REJECTED) is Standing.STOPPED
    assert standing(steps, "pay", results, review=APPROVED) is Standing.READY


# A second look at what the first check left open, which leads to the same payment.
TWICE = {
    "sum": action("sum"),
    "first": condition("sum", pay="result.n < 100", ask="result.n >= 100"),
    "ask": action("ask"),
    "second": condition("ask", pay="result.n < 5", review="result.n >= 5"),
    "review": {"type": "approval"},
    "pay": action("pay"),
}


def test_way_that_was_not_taken_has_no_word_against_the_one_that_was() -> None:
    assert standing(workflow(TWICE), "pay", {"sum": {"n": 40}}) is Standing.READY


def test_second_check_that_the_first_one_led_to_speaks_for_both() -> None:
    steps = workflow(TWICE)

    assert standing(steps, "pay", {"sum": {"n": 400}}) is Standing.WAITING
    assert standing(steps, "pay", {"sum": {"n": 400}, "ask": {"n": 0}}) is Standing.READY
    assert standing(steps, "pay", {"sum": {"n": 400}, "ask": {"n": 9}}, review=APPROVED) is Standing.SKIPPED


def test_approval_on_the_way_silences_no_check_that_is_open_yet() -> None:
    # `review` also stands behind `by_sum`, but it was `by_fraud` that led there: `by_sum` may yet refuse.
    steps = workflow(
        CHECKED
        | {
            "by_sum": condition("sum", review="result.n < 50", pay="result.n == 50", refuse="result.n > 50"),
            "refuse": action("refuse"),
            "countersign": condition("review", pay="TRUE"),
        }
    )

    for known in ({}, {"sum": {"n": 99}}):
        assert standing(steps, "pay", {"fraud": {"n": 9}, **known}, review=APPROVED) is not Standing.READY
    assert standing(steps, "pay", {"fraud": {"n": 9}, "sum": {"n": 9}}, review=APPROVED) is Standing.READY


# One condition chooses another; `both` depends on each of them, `outer` on the first only.
NESTED = {
    "first": condition(second="TRUE"),
    "second": condition(x="TRUE"),
    "x": action("x"),
    "outer": action("outer", "first"),
    "both": action("both", "first", "second"),
}


def test_condition_that_chooses_a_condition_lets_on_only_what_this_one_chooses() -> None:
    steps = workflow(NESTED)

    assert standing(steps, "x", {}) is Standing.READY
    for name in ("outer", "both"):
        assert standing(steps, name, {}) is standing(steps, name, {}, x=DONE) is Standing.SKIPPED, name


def test_approval_that_a_chosen_condition_asks_for_lets_nothing_pass_that_depends_on_the_first() -> None:
    steps = workflow(NESTED | {"x": {"type": "approval"}})

    for state in ({}, {"x": APPROVED}):
        assert standing(steps, "outer", {}, **state) is not Standing.READY
        assert standing(steps, "both", {}, **state) is not Standing.READY


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(documents(), st.data())
def test_one_more_dependency_never_lets_a_step_begin_sooner(document: dict[str, Any], data: st.DataObject) -> None:
    steps = document["steps"]
    name, more = data.draw(st.sampled_from(sorted(steps))), data.draw(st.sampled_from(sorted(steps)))
    named = {branch["next"] for branch in steps[more].get("branches", {}).values()}
    # What depends on a condition that names it says that it also goes on behind the approval chosen instead.
    assume(name not in named and steps[name]["type"] != "condition")
    longer = {**steps[name], "depends_on": sorted({*steps[name].get("depends_on", ()), more})}
    before, after = loaded(document), loaded(document | {"steps": steps | {name: longer}})
    assume(before is not None and after is not None)
    assert before is not None and after is not None
    states = {}
    for other, step in steps.items():
        given_states = (None, DONE, DONE) if step["type"] == "action" else (None, APPROVED)
        if step["type"] != "condition" and other != name:
            states[other] = data.draw(st.sampled_from(given_states))
    results = {other: {"n": data.draw(st.integers(0, 9))} for other, state in states.items() if state is DONE}
    level = data.draw(st.sampled_from(("low", "high")))
    progress = Progress({"level": level}, {key: state for key, state in states.items() if state}, results)

    if plan(after.workflows[0], progress).standings[name] is Standing.READY:
        assert plan(before.workflows[0], progress).standings[name] is Standing.READY


OPEN = {
    "look": action("look"),
    "decide": condition("look", pay="result.m < 1", review="result.m >= 1"),
    "review": {"type": "approval"},
    "pay": action("pay", "decide"),
    "refuse": action("refuse", "look"),
}


def test_no_to_a_way_that_is_open_is_not_asked_of_the_next_person() -> None:
    run = session(OPEN)
    run.propose("look")
    run.hear(0, True, 1)
    assert run.propose("pay").reason_code is ReasonCode.WORKFLOW_UNDECIDED
    run.answer(0, "no")

    again = run.propose("pay")

    assert (again.decision, again.reason_code) == (Decision.DENY, ReasonCode.WORKFLOW_OUT_OF_ORDER)
    assert run.propose("refuse").decision is Decision.ALLOW, "what nobody refused goes on"


def test_no_to_a_way_without_an_approval_is_a_no_too() -> None:
    run = session(OPEN | {"review": action("review")})
    run.propose("look")
    run.hear(0, True, 1)
    assert run.propose("pay").stage.grants == (Grant("decide", "to_pay"),)  # type: ignore[union-attr]
    run.answer(0, "no")

    assert run.propose("pay").decision is Decision.DENY
    assert run.propose("review").decision is Decision.REQUIRE_APPROVAL, "the other way is for people as before"


def test_no_to_one_step_counts_although_the_approval_was_given_with_another() -> None:
    run = session({"ask": {"type": "approval"}, "pay": action("pay", "ask"), "tell": action("tell", "ask")})
    assert run.propose("pay").decision is run.propose("tell").decision is Decision.REQUIRE_APPROVAL
    run.answer(1, "yes")
    run.answer(0, "no")

    assert run.propose("pay").decision is Decision.DENY
    assert run.told.released == {"tell"}


def test_no_that_comes_first_stops_the_other_hold_behind_the_same_approval() -> None:
    run = session({"ask": {"type": "approval"}, "pay": action("pay", "ask"), "tell": action("tell", "ask")})
    run.propose("pay")
    run.propose("tell")
    run.answer(0, "no")
    run.answer(0, "yes")

    assert run.told.released == set()


def test_step_that_rules_alone_held_may_be_proposed_again_after_a_no() -> None:
    run = session({"pay": action("pay")})
    assert run.run is not None
    held, _ = run.machine.propose(run.run, "pay", action_key="1", grants=(), at_ms=0)

    freed, facts = run.machine.refuse(held, action_key="1", is_no=True, at_ms=0)

    assert [(fact.kind.value, fact.step) for fact in facts] == [("given_back", "pay")]
    assert run.machine.planner.plan(freed.progress).ready == ("pay",)


def test_limits_of_approvals_in_a_row_bind_whatever_comes_behind_them() -> None:
    steps = {
        "first": {"type": "approval", "constraints": {"max_runtime_sec": 5}},
        "second": {"type": "approval", "depends_on": ["first"], "constraints": {"max_runtime_sec": 9}},
        "pay": action("pay", "second"),
        "tell": action("tell", "second"),
        "later": action("later", "pay"),
    }
    run = session(steps)
    asked = run.propose("pay")
    run.answer(0, "yes")

    assert asked.constraints == run.propose("tell").constraints == {"max_runtime_sec": 5}
    run.hear(0, True, 0)
    assert run.propose("later").constraints == {}, "an action between ends them"


def test_limits_of_an_approval_bind_behind_a_condition_too() -> None:
    run = session(
        {
            "ask": {"type": "approval", "constraints": {"max_runtime_sec": 5}},
            "tell": action("tell", "ask"),
            "decide": condition("ask", pay="TRUE"),
            "pay": action("pay"),
        }
    )
    run.propose("tell")
    run.answer(0, "yes")

    assert run.propose("pay").constraints == {"max_runtime_sec": 5}


@pytest.mark.parametrize("late", [(True, 1), (True, 9), (False, 0)])
def test_result_that_comes_after_people_let_an_overdue_step_pass_changes_no_way(late: tuple[bool, int]) -> None:
    run = session(
        {
            "look": action("look", timeout_sec=10, on_timeout="escalate"),
            "decide": condition("look", pay="result.n < 5", refuse="result.n >= 5"),
            "refuse": action("refuse"),
            "pay": action("pay"),
        }
    )
    run.propose("look")
    run.wait(10)
    asked = run.propose("refuse")
    run.answer(0, "yes")
    run.hear(0, *late)

    assert asked.stage is not None and asked.stage.grants == (Grant("look"), Grant("decide", "to_refuse"))
    assert run.propose("pay").decision is Decision.DENY


@pytest.mark.parametrize(
    ("one", "other", "stands"),
    [
        ({"n": 1}, {"n": 1.0}, Standing.READY), ({"n": 1}, {"m": 2}, Standing.READY),
        ({"n": 1}, {"n": 2}, Standing.WAITING), ({"n": True}, {"n": 1}, Standing.WAITING),
        ({"n": 1, "x": {"y": 1}}, {"x": {"y": True}}, Standing.WAITING),
        ({"n": 1, "x": {"y": 1}}, {"x": {"y": 1}}, Standing.READY),
        ({"n": 1, "x": {}}, {"x": {"y": 1}}, Standing.WAITING),
    ],
)  # fmt: skip
def test_results_that_do_not_agree_leave_the_way_open(
    one: dict[str, Any], other: dict[str, Any], stands: Standing
) -> None:
    steps = workflow(
        {
            "one": action("one"),
            "two": action("two"),
            "c": condition("one", "two", pay="result.n < 5"),
            "pay": action("pay"),
        }
    )

    assert standing(steps, "pay", {"one": one, "two": other}) is stands


def test_approval_before_a_condition_is_asked_for_with_the_step_behind_it() -> None:
    run = session({"ask": {"type": "approval"}, "decide": condition("ask", pay="TRUE"), "pay": action("pay")})

    assert run.propose("pay").reason_code is ReasonCode.WORKFLOW_APPROVAL
    run.answer(0, "no")
    assert run.propose("pay").decision is Decision.DENY


def test_approval_is_not_asked_for_with_a_step_that_the_condition_behind_it_does_not_choose() -> None:
    steps = {"ask": {"type": "approval"}, "pay": action("pay"), "refuse": action("refuse")}
    run = session(steps | {"decide": condition("ask", pay="level == 'low'", refuse="level == 'high'")})

    assert run.propose("refuse").decision is Decision.DENY
    assert run.propose("pay").decision is Decision.REQUIRE_APPROVAL


def test_choice_that_people_made_counts_for_nothing_before_the_condition_is_reached() -> None:
    early = Progress(states={"look": StepState.RUNNING}, results={"look": {"m": 0}}, choices={"decide": "to_pay"})

    assert plan(workflow(OPEN), early).standings["pay"] is Standing.WAITING
