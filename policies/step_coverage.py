"""Which parts of workflows the cases of a bundle reach, so that a step that nobody tried does not go unnoticed.

Theory of operation. A workflow comes to the parts below, each under an id made of its name and the step's. A case
reaches parts of the workflow whose step its action is, and only those on the way to that step: what else a run has come
to makes no difference to the case.

| part | reached by a case in which |
|---|---|
| `W/steps/S`, an action | the workflow lets the action go on, with nothing left to ask |
| `W/steps/S/refused` | the action is refused, because the workflow was not begun or the step is not next |
| `W/steps/S`, an approval | people are asked for it, or gave it |
| `W/steps/S/branches/B` | the condition took the branch |
| `W/steps/S/on_timeout` | the step came to what its deadline does: an action failed, or is overdue where the deadline \
escalates; an approval was refused, as it is when nobody answers |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from policies.bundle import Bundle
from policies.cases import CaseResult, Coverage
from policies.decisions import Decision, ReasonCode, Stage
from policies.documents import Step, Workflow
from policies.workflow_progress import Progress, StepState
from policies.workflows import Planner, Standing, TimeoutAction, timeout_action

_ORDER: Final[frozenset[ReasonCode | None]] = frozenset(
    {ReasonCode.WORKFLOW_NOT_STARTED, ReasonCode.WORKFLOW_OUT_OF_ORDER}
)


def step_coverage(bundle: Bundle, results: Sequence[CaseResult]) -> Coverage:
    """The parts of workflows that some case reaches, and the others, workflow by workflow and step by step."""
    seen: set[str] = set()
    for result in results:
        stage = result.verdict.stage
        machine = None if stage is None else bundle.workflow_order.machines.get(stage.workflow)
        if stage is not None and stage.step is not None and machine is not None:
            progress = result.case.derived.workflows.get(stage.workflow)
            seen.update(_reached(machine.planner, stage.step, stage, progress))
    every = [
        part for workflow in bundle.workflows for step in workflow.steps.values() for part in parts_of(workflow, step)
    ]
    return Coverage(tuple(part for part in every if part in seen), tuple(part for part in every if part not in seen))


def parts_of(workflow: Workflow, step: Step) -> Iterator[str]:
    """The ids of what a step comes to."""
    if step.kind == "condition":
        yield from (_id(workflow, step, "branches", branch.name) for branch in step.branches)
        return
    yield _id(workflow, step)
    if step.kind == "action":
        yield _id(workflow, step, "refused")
    if step.timeout_s is not None:
        yield _id(workflow, step, "on_timeout")


def _id(workflow: Workflow, step: Step, *more: str) -> str:
    return "/".join((workflow.name, "steps", step.name, *more))


def _reached(planner: Planner, step_name: str, stage: Stage, progress: Progress | None) -> Iterator[str]:
    """The parts that one case reaches whose action is the step of this name."""
    workflow = planner.workflow
    own = workflow.steps[step_name]
    if stage.decision is Decision.DENY:
        if stage.reason_code in _ORDER:
            yield _id(workflow, own, "refused")
    elif not stage.grants:
        yield _id(workflow, own)
    if progress is None:
        return
    current = planner.plan(progress)
    # An open condition leads nowhere yet, but people are asked for what would lie behind it.
    asked = [workflow.steps[name] for name, _ in stage.grants]
    yield from (_id(workflow, step) for step in asked if step.kind == "approval")
    for name in planner.way_to(progress, step_name):
        step, state = workflow.steps[name], progress.states.get(name)
        if step.kind == "condition" and name in current.chosen:
            yield _id(workflow, step, "branches", current.chosen[name])
        elif step.kind == "approval" and current.standings[name] is Standing.THROUGH:
            yield _id(workflow, step)
        if step.timeout_s is not None and state is _overdue(step):
            yield _id(workflow, step, "on_timeout")


def _overdue(step: Step) -> StepState:
    """What a step comes to when its time is up."""
    if step.kind == "approval":
        return StepState.REJECTED
    return StepState.OVERDUE if timeout_action(step) is TimeoutAction.ESCALATE else StepState.FAILED
