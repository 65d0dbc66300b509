"""Runs of workflows: whatever happens in whatever order, no step goes out whose turn it is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from policies.decisions import Decision, ReasonCode
from policies.workflow_progress import Grant, Progress, StepState
from policies.workflow_runs import RUN_MS, ChangeKind
from policies.workflows import Standing, plan
from tests.policies.workflow_samples import TRIGGER, Meaning, Session, documents, loaded

EXAMPLES = 5_000 if settings.get_current_profile_name() == "nightly" else 300
THOROUGH = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
STEPS = st.sampled_from("abcdefg")
OPS = st.one_of(
    st.tuples(st.just("propose"), STEPS),
    st.tuples(st.just("propose"), STEPS),
    st.tuples(st.just("propose"), STEPS),
    st.tuples(st.just("hear"), st.integers(0, 3), st.sampled_from((True, True, True, False)), st.integers(0, 9)),
    st.tuples(st.just("hear"), st.integers(0, 3), st.just(True), st.integers(0, 9)),
    st.tuples(st.just("answer"), st.integers(0, 3), st.sampled_from(("yes", "yes", "no", "lapse"))),
    st.tuples(st.just("wait"), st.sampled_from((1, 30, 90))),
    st.tuples(st.just("begin"), st.sampled_from(("low", "high", None))),
    st.tuples(st.just("restart")),
)


def _live(session: Session, ops: list[tuple[Any, ...]]) -> None:
    actions = {name for name, step in session.workflow.steps.items() if step.kind == "action"}
    for op in ops:
        match op:
            case ("propose", name) if name in actions:
                session.propose(name)
            case ("hear", number, is_success, value):
                session.hear(number, is_success, value)
            case ("answer", number, verdict):
                session.answer(number, verdict)
            case ("wait", seconds):
                session.wait(seconds)
            case ("begin", level):
                session.begin(level)
            case ("restart",):
                session.restart()


@pytest.mark.timeout(3_600)
@THOROUGH
@given(documents(), st.lists(OPS, max_size=60), st.sampled_from(("low", "high", None)))
def test_no_order_of_events_releases_a_step_before_its_turn_or_twice(
    document: dict[str, Any], ops: list[tuple[Any, ...]], level: str | None
) -> None:
    bundle = loaded(document)
    assume(bundle is not None)
    assert bundle is not None
    session = Session(bundle)
    # `Session` holds each release against the plain meaning of what happened, and fails on a second one of a step.
    _live(session, [("begin", level), *ops])

    assert session.run is None or len(session.told.released) == sum(t.is_released for t in session.run.actions.values())


@pytest.mark.timeout(3_600)
@THOROUGH
@given(documents(), st.data())
def test_ready_steps_are_those_of_the_plain_meaning(document: dict[str, Any], data: st.DataObject) -> None:
    bundle = loaded(document)
    assume(bundle is not None)
    assert bundle is not None
    session = Session(bundle)
    session.begin(data.draw(st.sampled_from(("low", "high", None))))
    assert session.run is not None
    told, progress = session.told, session.run.progress
    states = st.sampled_from((None, StepState.DONE, StepState.FAILED, StepState.APPROVED, StepState.RUNNING))
    for name, step in session.workflow.steps.items():
        state = data.draw(states) if step.kind != "condition" else None
        if state is StepState.DONE and step.kind == "approval":
            state = StepState.APPROVED
        progress = progress.with_state(name, state)
        if state is StepState.DONE:
            told.succeeded[name] = {"n": data.draw(st.integers(0, 9))}
            progress.results[name] = told.succeeded[name]  # type: ignore[index]
        elif state is StepState.FAILED:
            told.failed.add(name)
        elif state is StepState.APPROVED:
            told.granted.add(Grant(name))

    found = plan(session.workflow, progress)

    meaning = Meaning(session.workflow, told)
    for name, step in session.workflow.steps.items():
        if progress.states.get(name) is None and step.kind != "condition":
            assert (found.standings[name] is Standing.READY) is meaning.may_begin(name), name


@pytest.mark.timeout(3_600)
@THOROUGH
@given(documents(), st.lists(OPS, max_size=30))
def test_workflows_only_ever_make_a_verdict_stricter(document: dict[str, Any], ops: list[tuple[Any, ...]]) -> None:
    bundle = loaded(document)
    assume(bundle is not None)
    assert bundle is not None
    session = Session(bundle)
    _live(session, [("begin", "low"), *ops])

    for topic in (TRIGGER, "job.other", *(f"job.{name}" for name in "abcdefg")):
        event = {"topic": topic, "agent_id": "a", "tool": "t"}
        verdict, alone = session.judge(topic), bundle.decide_alone(event, session.derived())
        assert verdict.decision.strictness >= alone.decision.strictness
        assert (verdict.decision is alone.decision) or verdict.stage is not None


@pytest.mark.timeout(3_600)
@THOROUGH
@given(documents(), st.lists(OPS, max_size=30))
def test_a_session_that_nobody_knows_of_releases_no_step(document: dict[str, Any], ops: list[tuple[Any, ...]]) -> None:
    bundle = loaded(document)
    assume(bundle is not None)
    assert bundle is not None
    session = Session(bundle)
    _live(session, [op for op in ops if op[0] != "begin"])

    assert session.released == [] and session.run is None
    for name, step in session.workflow.steps.items():
        if step.kind == "action":
            verdict = session.judge(f"job.{name}")
            assert (verdict.decision, verdict.reason_code) == (Decision.DENY, ReasonCode.WORKFLOW_NOT_STARTED)


def test_chain_of_as_many_steps_as_there_may_be_is_planned() -> None:
    # The names run against the order, so that the first by name waits for all others.
    steps: dict[str, Any] = {
        f"s{999 - number}": {"type": "action", "topic": f"job.s{number}"}
        | ({"depends_on": [f"s{1000 - number}"]} if number else {})
        for number in range(256)
    }
    bundle = loaded({"trigger": TRIGGER, "steps": steps})
    assert bundle is not None

    assert plan(bundle.workflows[0], Progress()).ready == ("s999",)


def test_run_that_nothing_happens_to_ends() -> None:
    bundle = loaded({"name": "case", "trigger": TRIGGER, "steps": {"a": {"type": "action", "topic": "job.a"}}})
    assert bundle is not None
    session = Session(bundle)
    session.begin(None)
    assert session.run is not None

    before, none = session.machine.pass_time(session.run, RUN_MS - 1)
    after, facts = session.machine.pass_time(session.run, RUN_MS)

    assert before is not None and none == () and after is None
    assert [fact.kind for fact in facts] == [ChangeKind.ENDED]
