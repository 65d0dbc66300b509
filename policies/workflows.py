"""What a workflow does next, from what its steps have come to: a pure function, for whoever runs workflows.

Theory of operation. A step becomes ready when everything before it is through. A condition is decided by its branches,
of which exactly one must be true: none, two or an unknown one hold the workflow for a person, because the gate cannot
know which way was meant. A decided condition lets on only

- the step that its chosen branch names, and
- a step that depends on the condition, once the chosen step is an approval and approved, or, for a step that no branch
  names, once the chosen step is through.

Every other step that a branch names is skipped. So a payment that depends on the condition does not run beside the
review that the condition asked for, which plain dependencies would let it do.

# INVARIANT: no step is ready while an approval that stands before it on the chosen way is not approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from policies.documents import Branch, Step, Workflow
from policies.expression_values import Lookup


class StepState(StrEnum):
    """What a step has come to; a step without a state has not begun."""

    RUNNING = "running"
    DONE = "done"
    APPROVED = "approved"
    REJECTED = "rejected"
    FAILED = "failed"


class Standing(StrEnum):
    """Where a step stands in the plan."""

    READY = "ready"
    RUNNING = "running"
    THROUGH = "through"
    WAITING = "waiting"
    HELD = "held"
    SKIPPED = "skipped"
    STOPPED = "stopped"


class TimeoutAction(StrEnum):
    """What a step's deadline does."""

    DENY = "deny"
    ESCALATE = "escalate"


# The states that let a step of each kind count as through.
_THROUGH: Final = {"action": StepState.DONE, "approval": StepState.APPROVED}
_ENDED: Final = frozenset({StepState.REJECTED, StepState.FAILED})


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a run: the event that began it, states and results of steps by name."""

    event: Mapping[str, object] = field(default_factory=dict)
    states: Mapping[str, StepState] = field(default_factory=dict)
    results: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where every step stands; `chosen` names the branch of each decided condition, `held` why a condition is not."""

    standings: Mapping[str, Standing]
    chosen: Mapping[str, str]
    held: Mapping[str, str]

    @property
    def ready(self) -> tuple[str, ...]:
        """The steps that may begin now, by name."""
        return tuple(name for name, standing in self.standings.items() if standing is Standing.READY)


def plan(workflow: Workflow, progress: Progress) -> Plan:
    """Where every step stands; never raises, an error in a branch holds its condition."""
    return _Planner(workflow, progress).plan()


def timeout_action(step: Step) -> TimeoutAction:
    """What happens when a step's time is up: it is denied unless the document says that it escalates."""
    return TimeoutAction.ESCALATE if step.on_timeout == "escalate" else TimeoutAction.DENY


class _Planner:
    def __init__(self, workflow: Workflow, progress: Progress) -> None:
        self._steps = workflow.steps
        self._progress = progress
        self._standings: dict[str, Standing] = {}
        self._chosen: dict[str, str] = {}
        self._held: dict[str, str] = {}
        # Which conditions name a step as what comes next.
        self._named_by: dict[str, list[str]] = {name: [] for name in self._steps}
        for step in self._steps.values():
            for branch in step.branches:
                if step.name not in self._named_by[branch.next]:
                    self._named_by[branch.next].append(step.name)

    def plan(self) -> Plan:
        """Settle every step; documents with circles do not load, so this ends."""
        for name in self._steps:
            self._standing(name)
        return Plan({name: self._standings[name] for name in self._steps}, self._chosen, self._held)

    def _standing(self, name: str) -> Standing:
        known = self._standings.get(name)
        if known is None:
            known = self._standings[name] = self._settle(self._steps[name])
        return known

    def _settle(self, step: Step) -> Standing:
        before = self._before(step)
        if before is not None:
            return before
        state = self._progress.states.get(step.name)
        if step.kind == "condition":
            return self._decide(step)
        if state is None:
            return Standing.READY
        if state is _THROUGH[step.kind]:
            return Standing.THROUGH
        return Standing.STOPPED if state in _ENDED else Standing.RUNNING

    def _before(self, step: Step) -> Standing | None:
        """Why the step may not begin, None when it may."""
        standings = [self._way(other, step) for other in step.depends_on]
        naming = [other for other in self._named_by[step.name] if other not in step.depends_on]
        if naming:
            # One condition that names it is enough; it is skipped when all of them chose otherwise.
            ways = [self._way(other, step) for other in naming]
            standings.append(None if None in ways else _first(ways))
        blocking = [standing for standing in standings if standing is not None]
        return _first(blocking) if blocking else None

    def _way(self, name: str, step: Step) -> Standing | None:
        """How a step stands in the way of one that follows it; None when it does not."""
        standing = self._standing(name)
        if standing in (Standing.SKIPPED, Standing.STOPPED):
            return standing
        if standing is not Standing.THROUGH:
            return Standing.WAITING
        other = self._steps[name]
        if other.kind != "condition":
            return None
        following = next(branch.next for branch in other.branches if branch.name == self._chosen[name])
        if following == step.name:
            return None
        is_named = name in self._named_by[step.name]
        if name not in step.depends_on or (is_named and self._steps[following].kind != "approval"):
            return Standing.SKIPPED
        return self._way(following, step)

    def _decide(self, step: Step) -> Standing:
        true: list[Branch] = []
        unknown: list[Branch] = []
        try:
            lookup = self._lookup(step)
            for branch in step.branches:
                result = branch.when.holds(lookup)
                if result is not False:
                    (unknown if result is None else true).append(branch)
        except (TypeError, ValueError) as error:
            self._held[step.name] = f"a branch cannot be computed: {type(error).__name__}"
            return Standing.HELD
        if len(true) == 1 and not unknown:
            self._chosen[step.name] = true[0].name
            return Standing.THROUGH
        names = ", ".join(branch.name for branch in (*true, *unknown))
        if unknown:
            self._held[step.name] = f"a result is missing, so that it is open whether {names} is true"
        else:
            self._held[step.name] = f"more than one branch is true: {names}" if true else "no branch is true"
        return Standing.HELD

    def _lookup(self, step: Step) -> Lookup:
        """`result` reads the results of the steps that the condition depends on, other names the event.

        Raises: ValueError when two of them give one name different values.
        """
        merged: dict[str, object] = {}
        for name in step.depends_on:
            result = self._progress.results.get(name)
            if result is None:
                continue
            if not isinstance(result, Mapping):
                raise TypeError("a result has no fields")
            for key, value in result.items():
                if key in merged and merged[key] != value:
                    raise ValueError("two results differ")
                merged[key] = value
        roots = {**self._progress.event, "result": merged}

        def lookup(names: tuple[str, ...]) -> object:
            value: object = roots
            for name in names:
                if value is None:
                    return None
                if not isinstance(value, Mapping):
                    raise TypeError("a path leads through what has no fields")
                value = value.get(name)
            return value

        return lookup


def _first(standings: Sequence[Standing | None]) -> Standing:
    """The standing that says most about why a step does not begin."""
    for standing in (Standing.STOPPED, Standing.WAITING):
        if standing in standings:
            return standing
    return Standing.SKIPPED
