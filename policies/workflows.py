"""What a workflow does next, from what its steps have come to, and what a person's yes to a step would settle.

Theory of operation. A step becomes ready when everything before it is through. A condition is decided by its branches,
of which exactly one must be true: none, two or an unknown one hold the workflow for a person, because the gate cannot
know which way was meant. A decided condition lets on only

- the step that its chosen branch names, and
- a step that depends on the condition, once the chosen step is an approval and approved, or, for a step that no branch
  names, once the chosen step is through; where that is a condition itself, only the step that it chooses.

Every other step that a branch names is skipped. So a payment that depends on the condition does not run beside the
review that the condition asked for, which plain dependencies would let it do. Nor does it where several conditions name
it: one that chose otherwise, or is open yet, stands against the one that chose it, unless the way leads from the first
to the second. An approval only asks people, so that one of them is enough for it.

A person is asked about an action that is next but for approvals, undecided conditions and overdue steps: its *grants*
say what a yes to that action settles.

# INVARIANT: no step is ready while an approval that stands before it on the chosen way is not approved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.documents import Branch, Step, Workflow
from policies.expression_values import Lookup
from policies.workflow_order import followers, order_of
from policies.workflow_progress import Grant, Progress, StepState

# Grants that one yes may need, one after the other; more of them are a plan that no person could take in.
MAX_GRANTS: Final = 16


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


# The states that let a step count as through; an overdue action may be let pass by a person.
_THROUGH: Final = frozenset({StepState.DONE, StepState.APPROVED})
_ENDED: Final = frozenset({StepState.REJECTED, StepState.FAILED})
# What says most about why none of several conditions lets a step on.
_OF_SEVERAL: Final = (Standing.STOPPED, Standing.WAITING, Standing.SKIPPED)
_OPEN: Final = frozenset({Standing.READY, Standing.RUNNING, Standing.HELD})


@dataclass(frozen=True, slots=True)
class Plan:
    """Where every step stands; `chosen` names the branch of each decided condition, `held` why a step is for people."""

    standings: Mapping[str, Standing]
    chosen: Mapping[str, str]
    held: Mapping[str, str]

    @property
    def ready(self) -> tuple[str, ...]:
        """The steps that may begin now, by name."""
        return tuple(name for name, standing in self.standings.items() if standing is Standing.READY)

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen any more."""
        return _OPEN.isdisjoint(self.standings.values())


def plan(workflow: Workflow, progress: Progress) -> Plan:
    """Where every step stands; never raises, an error in a branch holds its condition."""
    return Planner(workflow).plan(progress)


def timeout_action(step: Step) -> TimeoutAction:
    """What happens when a step's time is up: it is denied unless the document says that it escalates."""
    return TimeoutAction.ESCALATE if step.on_timeout == "escalate" else TimeoutAction.DENY


class Planner:
    """Plans the runs of one workflow; immutable, built once."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self._steps = workflow.steps
        # Whatever a step's standing is made from comes before it, so that a long chain needs no deep stack.
        self._order, _ = order_of(workflow.steps)
        # Which conditions name a step as what comes next.
        self._named_by = {
            name: tuple(step.name for step in self._steps.values() if name in followers(step)) for name in self._steps
        }

    def plan(self, progress: Progress) -> Plan:
        """Where every step stands."""
        return _Planning(self._steps, self._named_by, progress).plan(self._order)

    def grants(self, progress: Progress, name: str) -> tuple[Grant, ...] | None:
        """What a yes to a step settles so that it is ready: nothing when it is; None when no yes makes it so."""
        found: list[Grant] = []
        while len(found) <= MAX_GRANTS:
            current = self.plan(progress)
            if current.standings[name] is Standing.READY:
                return tuple(found)
            if current.standings[name] is not Standing.WAITING:
                return None
            grant = next(self._possible(current, progress, name), None)
            if grant is None:
                return None
            found.append(grant)
            progress = progress.with_grant(grant)
        return None

    def approvals_before(self, progress: Progress, name: str) -> tuple[str, ...]:
        """The approvals given before a step, with no action between: their constraints are those of the step."""
        current = self.plan(progress)
        found: dict[str, None] = {}
        left = [name]
        while left:
            for other in self._before(current, left.pop()):
                is_passed = current.standings[other] is Standing.THROUGH and other not in found
                if is_passed and self._steps[other].kind != "action":
                    found[other] = None
                    left.append(other)
        return tuple(other for other in found if self._steps[other].kind == "approval")

    def way_to(self, progress: Progress, name: str) -> tuple[str, ...]:
        """A step and all before it, as far as the way to it leads over what was chosen."""
        current = self.plan(progress)
        found = {name: None}
        left = [name]
        while left:
            before = [other for other in self._before(current, left.pop()) if other not in found]
            found.update(dict.fromkeys(before))
            left += before
        return tuple(found)

    def _possible(self, current: Plan, progress: Progress, name: str) -> Iterator[Grant]:
        """What stands in the way of a step and is for a person, the nearest to its beginning first."""
        for before in self._before(current, name):
            step, standing = self._steps[before], current.standings[before]
            if standing is Standing.WAITING and step.kind != "action":
                # Approvals in a row, and what is before a condition: the first of them comes first.
                yield from self._possible(current, progress, before)
            elif (standing is Standing.READY and step.kind == "approval") or (
                standing is Standing.HELD and step.kind == "action"
            ):
                yield Grant(before)
            elif standing is Standing.HELD:
                yield from self._ways(step, progress, name)

    def _before(self, current: Plan, name: str) -> Iterator[str]:
        """The steps that the standing of a step is made from."""
        for other in dict.fromkeys((*self._steps[name].depends_on, *self._named_by[name])):
            yield other
            following = self._following(current, other)
            if following is not None and following != name:
                yield following

    def _following(self, current: Plan, condition: str) -> str | None:
        """The step that a condition chose, None while it is open."""
        chosen = current.chosen.get(condition)
        return next((branch.next for branch in self._steps[condition].branches if branch.name == chosen), None)

    def _ways(self, condition: Step, progress: Progress, name: str) -> Iterator[Grant]:
        """The branches of an open condition that lead to a step, those through an approval first: a person looks."""
        for is_approval in (True, False):
            for branch in condition.branches:
                grant = Grant(condition.name, branch.name)
                if (self._steps[branch.next].kind == "approval") is not is_approval:
                    continue
                if not is_approval and branch.next != name:
                    continue
                if self.plan(progress.with_grant(grant)).standings[name] in (Standing.READY, Standing.WAITING):
                    yield grant


class _Planning:
    """One plan in the making."""

    def __init__(self, steps: Mapping[str, Step], named_by: Mapping[str, tuple[str, ...]], progress: Progress) -> None:
        self._steps = steps
        self._named_by = named_by
        self._progress = progress
        self._standings: dict[str, Standing] = {}
        self._chosen: dict[str, str] = {}
        self._held: dict[str, str] = {}

    def plan(self, order: Sequence[str]) -> Plan:
        """Settle every step in this order."""
        for name in order:
            self._standings[name] = self._settle(self._steps[name])
        return Plan({name: self._standings[name] for name in self._steps}, self._chosen, self._held)

    def _settle(self, step: Step) -> Standing:
        state = self._progress.states.get(step.name)
        if state is StepState.REJECTED:
            return Standing.STOPPED  # people refused it, whatever else the run comes to
        before = self._before(step)
        if before is not None:
            return before
        if step.kind == "condition":
            return self._decide(step)
        if state is None:
            return Standing.READY
        if state is StepState.OVERDUE:
            self._held[step.name] = "it took longer than its time"
            return Standing.HELD
        if state in _THROUGH and (state is StepState.APPROVED or step.kind == "action"):
            return Standing.THROUGH
        return Standing.STOPPED if state in _ENDED else Standing.RUNNING

    def _before(self, step: Step) -> Standing | None:
        """Why the step may not begin, None when it may."""
        standings: list[Standing | None] = [self._way(other, step) for other in step.depends_on]
        naming = [other for other in self._named_by[step.name] if other not in step.depends_on]
        if naming:
            standings.append(self._named(naming, step))
        # It needs all of them, so that one that was never reached says most.
        return _first(standings, of=(Standing.SKIPPED, Standing.STOPPED, Standing.WAITING))

    def _named(self, naming: Sequence[str], step: Step) -> Standing | None:
        """How the conditions that name a step, and that it does not depend on, stand in its way together.

        One that was never reached has no say, and none that the way led through to one that chose the step.
        """
        ways = {other: self._way(other, step) for other in naming}
        chose = [other for other, way in ways.items() if way is None]
        if not chose:
            return _first(ways.values(), of=_OF_SEVERAL)
        against = {
            other: way
            for other, way in ways.items()
            if way is not None and self._standings[other] is not Standing.SKIPPED
        }
        if not against or step.kind == "approval":
            return None
        led_through = self._led_through(chose)
        return _first([way for other, way in against.items() if other not in led_through], of=_OF_SEVERAL)

    def _led_through(self, names: Sequence[str]) -> set[str]:
        """All that the ways to some steps, which may begin, have passed."""
        passed: set[str] = set()
        left = list(names)
        while left:
            step = self._steps[left.pop()]
            for other in (*step.depends_on, *self._named_by[step.name]):
                if other in passed or self._way(other, step) is not None:
                    continue
                on_way = {other}
                if self._steps[other].kind == "condition" and (following := self._following(other)) != step.name:
                    on_way.add(following)
                left += on_way - passed
                passed |= on_way
        return passed

    def _way(self, name: str, step: Step) -> Standing | None:
        """How a step stands in the way of one that follows it; None when it does not."""
        standing = self._blocking(name)
        if standing is not None or self._steps[name].kind != "condition":
            return standing
        following = self._following(name)
        if following == step.name:
            return None
        is_named = name in self._named_by[step.name]
        if name not in step.depends_on or (is_named and self._steps[following].kind != "approval"):
            return Standing.SKIPPED
        standing = self._blocking(following)
        if standing is not None or self._steps[following].kind != "condition":
            return standing
        return None if self._following(following) == step.name else Standing.SKIPPED

    def _blocking(self, name: str) -> Standing | None:
        """Why nothing goes on behind a step; None when it is through."""
        standing = self._standings[name]
        if standing is Standing.THROUGH:
            return None
        return standing if standing in (Standing.SKIPPED, Standing.STOPPED) else Standing.WAITING

    def _following(self, condition: str) -> str:
        """The step that a decided condition chose."""
        chosen = self._chosen[condition]
        return next(branch.next for branch in self._steps[condition].branches if branch.name == chosen)

    def _decide(self, step: Step) -> Standing:
        chosen = self._choose(step)
        if isinstance(chosen, str):
            # What the results left open a person may have settled; what they decide, nobody does.
            name = self._progress.choices.get(step.name)
            found = next((branch for branch in step.branches if branch.name == name), None)
            if found is None:
                self._held[step.name] = chosen
                return Standing.HELD
            chosen = found
        self._chosen[step.name] = chosen.name
        return Standing.THROUGH

    def _choose(self, step: Step) -> Branch | str:
        """The one branch that is true, or why it is open which one is."""
        true: list[Branch] = []
        unknown: list[Branch] = []
        try:
            lookup = self._lookup(step)
            for branch in step.branches:
                result = branch.when.holds(lookup)
                if result is not False:
                    (unknown if result is None else true).append(branch)
        except (TypeError, ValueError) as error:
            return f"a branch cannot be computed: {type(error).__name__}"
        if len(true) == 1 and not unknown:
            return true[0]
        names = ", ".join(branch.name for branch in (*true, *unknown))
        if unknown:
            return f"a result is missing, so that it is open whether {names} is true"
        return f"more than one branch is true: {names}" if true else "no branch is true"

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
                if key in merged and not _is_same(merged[key], value):
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


def _is_same(one: object, other: object) -> bool:
    """Whether two values of results are equal; true is not 1, since a branch reads them differently."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_is_same(value, other[key]) for key, value in one.items())
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def _first(standings: Collection[Standing | None], *, of: Sequence[Standing]) -> Standing | None:
    """The first of some standings that is there; None when there is none."""
    return next((standing for standing in of if standing in standings), None)
