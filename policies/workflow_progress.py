"""How far a run of a workflow has come: what the gate knows of it when an action is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple


class StepState(StrEnum):
    """What a step has come to; a step without a state has not begun."""

    PROPOSED = "proposed"
    RUNNING = "running"
    DONE = "done"
    APPROVED = "approved"
    REJECTED = "rejected"
    FAILED = "failed"
    OVERDUE = "overdue"


class Grant(NamedTuple):
    """What a person's yes settles: an approval or an overdue step, or the branch that an open condition takes."""

    step: str
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a run: what began it, states and results of steps by name, branches that people chose."""

    event: Mapping[str, object] = field(default_factory=dict)
    states: Mapping[str, StepState] = field(default_factory=dict)
    results: Mapping[str, object] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)

    def with_state(self, name: str, state: StepState | None) -> Progress:
        """The progress with one step in another state; None is a step that has not begun."""
        states = {known: before for known, before in self.states.items() if known != name}
        return replace(self, states=states if state is None else {**states, name: state})

    def with_grant(self, grant: Grant) -> Progress:
        """The progress after a person's yes."""
        if grant.branch is None:
            return self.with_state(grant.step, StepState.APPROVED)
        return replace(self, choices={**self.choices, grant.step: grant.branch})

    def to_json(self) -> dict[str, Any]:
        """The progress as a JSON object."""
        states = {name: state.value for name, state in self.states.items()}
        return {"event": self.event, "states": states, "results": self.results, "choices": self.choices}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Progress:
        """The progress that `to_json` gave; a part that is not there is empty.

        Raises:
            AttributeError, TypeError, ValueError: the value is none.
        """
        states = {str(name): StepState(state) for name, state in value.get("states", {}).items()}
        parts = (dict(value.get(name, {})) for name in ("results", "choices"))
        return cls(dict(value.get("event", {})), states, *parts)
