"""Runs of workflows between `policies.workflow_runs` and the lane: what policy is told, and what each event changes.

A run belongs to a session of an agent and to a workflow, by an id made of the three, and is kept under `run/<id>`. What
came due is done before anything else is done with a run, so that an action never meets a run that is late. A bundle
without workflows costs an action nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from policies.approvals import Resolution
from policies.decisions import Decision, Derived, ReasonCode, Stage, Verdict
from policies.workflow_progress import Grant, Progress
from policies.workflow_runs import Run, RunChange, RunMachine, ended
from streams.effects import Step
from streams.held import Hold
from streams.memory import id_hash
from streams.state import LaneState
from streams.terms import Terms

# Runs of one agent that are kept at once. A run that is over makes room; past it no new one begins.
MAX_RUNS: Final = 64

_RELEASING: Final = (Decision.ALLOW, Decision.ALLOW_WITH_CONSTRAINTS)
# How a hold ends that people were asked about and did not approve.
_NO: Final = frozenset({Resolution.DENIED, Resolution.EXPIRED})


def run_id_of(agent_id: str, session_id: str | None, workflow: str) -> str:
    """The id of the run of a workflow in a session: 32 hex digits."""
    return id_hash("run", agent_id, f"{session_id or ''}\0{workflow}").hex()


def known_runs(terms: Terms, step: Step, action: Mapping[str, Any], *, without: str = "") -> dict[str, Progress]:
    """How far the runs of an action's session have come, by workflow; `without` is the key of an action held there."""
    found: dict[str, Progress] = {}
    for machine, run_id in _concerned(terms, action):
        run = _current(step, machine, run_id)
        if run is not None:
            found[run.workflow] = run.without(without)
    return found


def has_room(terms: Terms, state: LaneState, action: Mapping[str, Any]) -> bool:
    """Whether the agent may have another run, where the action would begin one."""
    begun = terms.bundle.workflow_order.begun_by(action["topic"])
    if not begun:
        return True
    runs = state.runs.of_agent(action["agent_id"])
    return len(runs) + len(begun) <= MAX_RUNS or sum(_is_over(terms, run) for run in runs) >= len(begun)


def note_action(
    terms: Terms, step: Step, action: dict[str, Any], *, verdict: Verdict, derived: Derived, action_key: str
) -> None:
    """Keep what a decision changes: an action that goes out takes its step or begins a run, a held one has its step."""
    if verdict.decision in _RELEASING:
        _note_release(terms, step, action, stage=verdict.stage, derived=derived, action_key=action_key)
        return
    stage = verdict.stage
    if verdict.decision is Decision.DENY or stage is None or stage.step is None:
        return
    machine, run = _taking(terms, step, action, stage)
    grants = [Grant(*grant) for grant in stage.grants]
    _keep(step, machine.propose(run, stage.step, action_key=action_key, grants=grants, at_ms=step.now_ms))


def judge_now(terms: Terms, step: Step, hold: Hold, derived: Derived) -> Verdict | None:
    """A denial where a held action is no longer next in its session, or needs more than people were asked for."""
    if not terms.bundle.workflow_order.concerned(hold.action["topic"]):
        return None
    key = _key(hold)
    workflows = known_runs(terms, step, hold.action, without=key)
    verdict = terms.bundle.decide(hold.action, derived._replace(workflows=workflows))
    stage = verdict.stage
    if stage is None or stage.decision is Decision.DENY or stage.step is None:
        return verdict if verdict.decision is Decision.DENY else None
    _, run = _taking(terms, step, hold.action, stage)
    taken = run.actions.get(key)
    if not {*stage.grants} <= {*(() if taken is None else taken.grants)}:
        return _no_longer(verdict, stage)
    return None


def note_end(terms: Terms, step: Step, hold: Hold, derived: Derived, resolution: Resolution) -> None:
    """Keep what the end of a hold changes in the runs of its session."""
    key, action = _key(hold), hold.action
    if resolution.is_release:
        workflows = known_runs(terms, step, action, without=key)
        verdict = terms.bundle.decide(action, derived._replace(workflows=workflows))
        _note_release(terms, step, action, stage=verdict.stage, derived=derived, action_key=key)
        return
    for machine, run_id in _concerned(terms, action):
        run = step.state.runs.get(run_id)
        if run is not None and key in run.actions:
            _keep(step, machine.refuse(run, action_key=key, is_no=resolution in _NO, at_ms=step.now_ms))


def note_run_outcome(
    terms: Terms, step: Step, agent_id: str, *, action_key: str, is_success: bool, result: object
) -> None:
    """Keep what an outcome of a released action changes in the run that it is a step of."""
    for held in step.state.runs.of_agent(agent_id):
        machine = terms.bundle.workflow_order.machines.get(held.workflow)
        run = _current(step, machine, held.run_id) if machine is not None and action_key in held.actions else None
        if machine is not None and run is not None:
            told = machine.outcome(run, action_key=action_key, is_success=is_success, result=result, at_ms=step.now_ms)
            _keep(step, told)


def step_run_due(terms: Terms, state: LaneState, run_id: str, now_ms: int) -> Step:
    """Do what has come due for a run."""
    step = Step(state, now_ms, None)
    run = state.runs.runs[run_id]
    machine = terms.bundle.workflow_order.machines.get(run.workflow)
    if machine is None:
        # Its workflow is gone, and with it what its deadlines meant.
        state.runs.drop(run_id)
        _tell(step, ended(run))
    else:
        _current(step, machine, run_id)
    step.audit("workflow", run.agent_id, {"agent_id": run.agent_id})
    return step


def _concerned(terms: Terms, action: Mapping[str, Any]) -> list[tuple[RunMachine, str]]:
    order = terms.bundle.workflow_order
    agent_id, session_id = action["agent_id"], action.get("session_id")
    return [(order.machines[name], run_id_of(agent_id, session_id, name)) for name in order.concerned(action["topic"])]


def _keep(step: Step, changed: tuple[Run, Sequence[RunChange]]) -> None:
    """Keep a run as it is now, and have the step's audit record say what changed in it."""
    run, changes = changed
    if changes:
        step.state.runs.put(run)
        _tell(step, changes)


def _tell(step: Step, changes: Sequence[RunChange]) -> None:
    if not changes:
        return
    step.tell("workflow", [change.to_json() for change in changes])
    for change in changes:
        step.count("workflow", change.kind.value)


def _current(step: Step, machine: RunMachine, run_id: str) -> Run | None:
    """The run with all that came due by now; None where there is none, or none of this text of the workflow."""
    runs = step.state.runs
    run = runs.get(run_id)
    if run is None:
        return None
    if run.definition != machine.definition:
        runs.drop(run_id)
        _tell(step, ended(run))
        return None
    if run.next_due_ms > step.now_ms:
        return run
    after, changes = machine.pass_time(run, step.now_ms)
    if after is None:
        runs.drop(run_id)
    else:
        runs.put(after)
    _tell(step, changes)
    return after


def _taking(terms: Terms, step: Step, action: Mapping[str, Any], stage: Stage) -> tuple[RunMachine, Run]:
    """The run whose step an action takes; policy was told of it, so it is there."""
    run_id = run_id_of(action["agent_id"], action.get("session_id"), stage.workflow)
    return terms.bundle.workflow_order.machines[stage.workflow], step.state.runs.runs[run_id]


def _note_release(
    terms: Terms, step: Step, action: dict[str, Any], *, stage: Stage | None, derived: Derived, action_key: str
) -> None:
    if stage is not None and stage.step is not None:
        machine, run = _taking(terms, step, action, stage)
        grants = [Grant(*grant) for grant in stage.grants]
        _keep(step, machine.release(run, stage.step, action_key=action_key, grants=grants, at_ms=step.now_ms))
    for name in terms.bundle.workflow_order.begun_by(action["topic"]):
        _begin(terms, step, action, name, derived)


def _begin(terms: Terms, step: Step, action: dict[str, Any], name: str, derived: Derived) -> None:
    state, agent_id = step.state, action["agent_id"]
    run_id = run_id_of(agent_id, action.get("session_id"), name)
    state.runs.drop(run_id)
    runs = state.runs.of_agent(agent_id)
    if len(runs) >= MAX_RUNS:
        over = next((run for run in runs if _is_over(terms, run)), None)
        if over is None:
            # A trigger that was held while others began: its steps are denied as those of a run that is not there.
            return
        state.runs.drop(over.run_id)
    machine = terms.bundle.workflow_order.machines[name]
    event = machine.reads.of_event(action, derived, terms.bundle.resolver)
    _keep(step, machine.begin(run_id, agent_id=agent_id, event=event, at_ms=step.now_ms))


def _is_over(terms: Terms, run: Run) -> bool:
    machine = terms.bundle.workflow_order.machines.get(run.workflow)
    return machine is None or machine.is_over(run)


def _no_longer(verdict: Verdict, stage: Stage) -> Verdict:
    return verdict._replace(
        decision=Decision.DENY,
        reason=f"step {stage.step} of workflow {stage.workflow} needs more than people were asked for",
        reason_code=ReasonCode.WORKFLOW_OUT_OF_ORDER,
        rule_id=stage.rule_id,
        document=stage.document,
        remediation="propose it again under an id of its own",
    )


def _key(hold: Hold) -> str:
    return id_hash("action", hold.agent_id, hold.action["action_id"]).hex()
