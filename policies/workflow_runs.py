"""One run of a workflow as the gate keeps it, and what each event makes of it: a pure state machine.

The order of calls: `begin` when the trigger goes out; for an action of a step `propose` when it is held, `release` when
it goes out, `refuse` when a held one does not; `outcome` for what became of a released one; `pass_time` for deadlines.
Each gives the new run with facts for the audit, or the run as it was. Which action may go out is for `workflow_votes`
to say, before; `release` takes a step that is not ready as an error of its caller.

# INVARIANT: a step is given to one action at a time, and to no other once that action went out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple

from policies.workflow_progress import Grant, Progress, StepState
from policies.workflow_values import WorkflowReads
from policies.workflows import Planner, Standing, TimeoutAction, timeout_action

# A run that nothing happens to for so long is over, milliseconds. As long as verdicts are remembered by default.
RUN_MS: Final = 7 * 24 * 60 * 60 * 1000


class ChangeKind(StrEnum):
    """What happened to a run."""

    BEGUN = "begun"
    PROPOSED = "proposed"
    RELEASED = "released"
    GIVEN_BACK = "given_back"
    APPROVED = "approved"
    CHOSEN = "chosen"
    REJECTED = "rejected"
    DONE = "done"
    FAILED = "failed"
    OVERDUE = "overdue"
    ENDED = "ended"


class RunChange(NamedTuple):
    """A fact about a run; `step` is None for the run as a whole, `branch` the way that a condition took."""

    kind: ChangeKind
    workflow: str
    run_id: str
    step: str | None = None
    branch: str | None = None

    def to_json(self) -> dict[str, object]:
        """The fact as a JSON object."""
        named = {"change": self.kind.value, "workflow": self.workflow, "run_id": self.run_id}
        return {**named, **{name: value for name, value in (("step", self.step), ("branch", self.branch)) if value}}


class Taken(NamedTuple):
    """A step that an action has; `grants` are what a yes to the action settles while it waits for people."""

    step: str
    grants: tuple[Grant, ...] = ()
    is_released: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A run of `workflow` in one session of one agent; equal after its way through JSON.

    `definition` names the text of the workflow that it follows, `actions` the steps that actions have, by the key of
    the action, `deadlines` until when running steps may take, milliseconds since 1970 like `until_ms`, the end of a
    run to which nothing happens.
    """

    run_id: str
    agent_id: str
    workflow: str
    definition: str
    until_ms: int
    progress: Progress
    actions: Mapping[str, Taken] = field(default_factory=dict)
    deadlines: Mapping[str, int] = field(default_factory=dict)

    @property
    def next_due_ms(self) -> int:
        """When time next changes it."""
        return min((self.until_ms, *self.deadlines.values()))

    def without(self, action_key: str) -> Progress:
        """The progress as if an action that waits for people had not been proposed."""
        taken = self.actions.get(action_key)
        if taken is None or taken.is_released:
            return self.progress
        return self.progress.with_state(taken.step, None)

    def to_json(self) -> dict[str, Any]:
        """The run as a JSON object, without its id."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "progress": self.progress.to_json(),
            "actions": {key: [taken.step, [[*g] for g in taken.grants], taken.is_released]
                        for key, taken in self.actions.items()},
        }  # fmt: skip

    @classmethod
    def from_json(cls, run_id: str, value: Mapping[str, Any]) -> Run:
        """The run that `to_json` gave.

        Raises:
            AttributeError, KeyError, TypeError, ValueError: the value is none.
        """
        actions = {
            key: Taken(step, tuple(Grant(*grant) for grant in grants), is_released)
            for key, (step, grants, is_released) in value["actions"].items()
        }
        plain = {name: value[name] for name in _PLAIN}
        return cls(run_id=run_id, progress=Progress.from_json(value["progress"]), actions=actions, **plain)


_PLAIN: Final = tuple(entry.name for entry in fields(Run) if entry.name not in ("run_id", "progress", "actions"))
Changed = tuple[Run, tuple[RunChange, ...]]


class RunMachine:
    """Changes the runs of one workflow; immutable, built once. `definition` names the workflow's text."""

    def __init__(self, planner: Planner, *, definition: str) -> None:
        self.planner = planner
        self.definition = definition
        self.reads = WorkflowReads(planner.workflow)
        self._steps = planner.workflow.steps

    def begin(self, run_id: str, *, agent_id: str, event: Mapping[str, object], at_ms: int) -> Changed:
        """A new run; `event` is what `reads` gives of the event that began it."""
        name = self.planner.workflow.name
        run = Run(run_id, agent_id, name, self.definition, at_ms + RUN_MS, Progress(event))
        return run, (RunChange(ChangeKind.BEGUN, name, run_id),)

    def is_over(self, run: Run) -> bool:
        """Whether nothing can happen to the run any more, or it follows another text of the workflow."""
        return run.definition != self.definition or self.planner.plan(run.progress).is_over

    def propose(self, run: Run, step: str, *, action_key: str, grants: Sequence[Grant], at_ms: int) -> Changed:
        """An action of a step waits for people; `grants` are what a yes settles."""
        changed = replace(
            run,
            progress=run.progress.with_state(step, StepState.PROPOSED),
            actions={**run.actions, action_key: Taken(step, tuple(grants))},
            until_ms=at_ms + RUN_MS,
        )
        return changed, (_change(run, ChangeKind.PROPOSED, step),)

    def release(self, run: Run, step: str, *, action_key: str, grants: Sequence[Grant], at_ms: int) -> Changed:
        """An action of a step goes out; `grants` are what people settled by their yes to it.

        Raises:
            ValueError: the step is not ready, even with these grants.
        """
        progress = run.without(action_key)
        facts: list[RunChange] = []
        for grant in grants:
            progress = progress.with_grant(grant)
            kind = ChangeKind.APPROVED if grant.branch is None else ChangeKind.CHOSEN
            facts.append(_change(run, kind, grant.step, grant.branch))
        if self.planner.plan(progress).standings.get(step) is not Standing.READY:
            raise ValueError(f"step {step} of a run is not ready")
        timeout_s = self._steps[step].timeout_s
        timeout_ms = 0 if timeout_s is None else round(timeout_s * 1000)
        changed = replace(
            run,
            progress=progress.with_state(step, StepState.RUNNING),
            actions={**run.actions, action_key: Taken(step, is_released=True)},
            until_ms=at_ms + timeout_ms + RUN_MS,
            deadlines={**run.deadlines, step: at_ms + timeout_ms} if timeout_ms else run.deadlines,
        )
        return changed, (*facts, _change(run, ChangeKind.RELEASED, step))

    def refuse(self, run: Run, *, action_key: str, is_no: bool, at_ms: int) -> Changed:
        """A held action does not go out, and its step is free again, unless people refused it.

        `is_no` says that people were asked and said no, or let the time pass: what they were asked for is refused then.
        So is the step itself, which could otherwise be proposed again until it finds another way, or a person who nods.
        """
        taken = run.actions.get(action_key)
        if taken is None or taken.is_released:
            return run, ()
        progress = run.without(action_key)
        facts = [_change(run, ChangeKind.GIVEN_BACK, taken.step)]
        asked = [grant.step for grant in taken.grants if grant.branch is None]
        for name in (*asked, taken.step) if is_no and taken.grants else ():
            if progress.states.get(name) in (None, StepState.OVERDUE):
                progress = progress.with_state(name, StepState.REJECTED)
                facts.append(_change(run, ChangeKind.REJECTED, name))
        actions = {key: entry for key, entry in run.actions.items() if key != action_key}
        return replace(run, progress=progress, actions=actions, until_ms=at_ms + RUN_MS), tuple(facts)

    def outcome(self, run: Run, *, action_key: str, is_success: bool, result: object, at_ms: int) -> Changed:
        """What became of a released action; the worst of several outcomes counts, and a denied step stays denied.

        `result` is the executor's word; only what branches read of it is kept.
        """
        taken = run.actions.get(action_key)
        if taken is None or not taken.is_released:
            return run, ()
        state = run.progress.states.get(taken.step)
        if not is_success and state in (StepState.RUNNING, StepState.OVERDUE, StepState.DONE, StepState.APPROVED):
            progress, kind = run.progress.with_state(taken.step, StepState.FAILED), ChangeKind.FAILED
        elif is_success and state in (StepState.RUNNING, StepState.OVERDUE):
            progress, kind = run.progress.with_state(taken.step, StepState.DONE), ChangeKind.DONE
            progress = replace(
                progress, results={**progress.results, taken.step: self.reads.of_result(taken.step, result)}
            )
        else:
            return run, ()
        deadlines = {name: due for name, due in run.deadlines.items() if name != taken.step}
        changed = replace(run, progress=progress, deadlines=deadlines, until_ms=at_ms + RUN_MS)
        return changed, (_change(run, kind, taken.step),)

    def pass_time(self, run: Run, now_ms: int) -> tuple[Run | None, tuple[RunChange, ...]]:
        """What came due by now, earliest first; None is a run that is over."""
        facts: list[RunChange] = []
        progress, deadlines = run.progress, dict(run.deadlines)
        for due_ms, name in sorted((due, name) for name, due in run.deadlines.items()):
            if due_ms > now_ms:
                break
            del deadlines[name]
            step = self._steps.get(name)
            if step is not None and progress.states.get(name) is StepState.RUNNING:
                escalates = timeout_action(step) is TimeoutAction.ESCALATE
                state, kind = (
                    (StepState.OVERDUE, ChangeKind.OVERDUE) if escalates else (StepState.FAILED, ChangeKind.FAILED)
                )
                progress = progress.with_state(name, state)
                facts.append(_change(run, kind, name))
        if run.until_ms <= now_ms:
            return None, (*facts, *ended(run))
        return replace(run, progress=progress, deadlines=deadlines), tuple(facts)


def ended(run: Run) -> tuple[RunChange, ...]:
    """What the audit is told of a run that is let go."""
    return (_change(run, ChangeKind.ENDED),)


def _change(run: Run, kind: ChangeKind, step: str | None = None, branch: str | None = None) -> RunChange:
    return RunChange(kind, run.workflow, run.run_id, step, branch)
