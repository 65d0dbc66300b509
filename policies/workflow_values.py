"""What the branches of a workflow read, and that alone of an event or a result: small, and enough to choose a way.

A value that no branch could be computed with (a list, a long text, one that two classes see differently) is kept as an
empty list: it is there, so that IS MISSING says so, and everything else with it is an error, which is for a person.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from policies.conditions import read_path
from policies.decisions import Derived, Facts
from policies.documents import Workflow
from policies.facts import FactResolver

# Characters of a text that a branch compares; longer ones are nothing to choose a way by.
MAX_TEXT_CHARS: Final = 256
_RESULT: Final = "result"

Names = tuple[str, ...]
_Read = Callable[[Names], object]


class WorkflowReads:
    """The paths that the branches of a workflow read: of the event that began it, and of each step's result."""

    def __init__(self, workflow: Workflow) -> None:
        self._event: dict[Names, None] = {}
        self._results: dict[str, dict[Names, None]] = {}
        for step in workflow.steps.values():
            for path in (path for branch in step.branches for path in branch.when.paths()):
                if path.names[0] != _RESULT:
                    self._event[path.names] = None
                    continue
                for before in step.depends_on:
                    self._results.setdefault(before, {})[path.names[1:]] = None

    def of_event(self, event: Mapping[str, object], derived: Derived, resolver: FactResolver) -> dict[str, object]:
        """What branches read of the event that began a run; facts by one name, as in rules."""
        if not self._event:
            return {}
        try:
            seen = [resolver.resolve(event, derived, known) for known in resolver.classes_for(event)]
        except (TypeError, ValueError):
            return {names[0]: [] for names in self._event}
        return _kept(self._event, partial(_agreed, seen))

    def of_result(self, step: str, result: object) -> dict[str, object]:
        """What branches read of the result of a step."""
        return _kept(self._results.get(step, {}), partial(_walk, result))


def _agreed(seen: Sequence[Facts], names: Names) -> object:
    values = [read_path(facts, names) for facts in seen]
    return values[0] if all(value == values[0] for value in values) else []


def _walk(value: object, names: Names) -> object:
    for name in names:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise TypeError("a path leads through what has no fields")
        value = value.get(name)
    return value


def _kept(paths: Mapping[Names, None], read: _Read) -> dict[str, object]:
    """The values at some paths, nested as they were; shorter paths first, so that a longer one finds its place."""
    kept: dict[str, object] = {}
    for names in sorted(paths, key=len):
        try:
            value = _plain(read(names))
        except TypeError:
            value = []
        if value is None or not names:
            continue
        place = kept
        for name in names[:-1]:
            inner = place.setdefault(name, {})
            if not isinstance(inner, dict):
                break  # a shorter path found no fields here, and this one says so too
            place = inner
        else:
            place.setdefault(names[-1], value)
    return kept


def _plain(value: object) -> object:
    """A value as JSON keeps it exactly."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT_CHARS else []
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        number = float(value)
        return number if Decimal(repr(number)) == value else []
    if isinstance(value, float):
        return value if math.isfinite(value) else []
    return {} if isinstance(value, Mapping) else []
