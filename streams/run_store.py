"""The runs of workflows that a lane keeps, with what changed in them and when time next changes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.workflow_runs import Run
from streams.codec import encode
from streams.deadlines import Deadlines

RUN_PREFIX: Final = "run/"


class RunStore:
    """Runs by id; equal to one that was read back from its changes."""

    __slots__ = ("_by_agent", "_due", "_touched", "runs")

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}
        self._by_agent: dict[str, set[str]] = {}
        self._due = Deadlines(self._due_of)
        self._touched: dict[str, None] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunStore) and self.runs == other.runs

    __hash__ = None  # type: ignore[assignment]

    def get(self, run_id: str) -> Run | None:
        """A run, None when there is none."""
        return self.runs.get(run_id)

    def of_agent(self, agent_id: str) -> list[Run]:
        """The runs of an agent, the one that ends first in front."""
        found = (self.runs[run_id] for run_id in self._by_agent.get(agent_id, ()))
        return sorted(found, key=lambda run: (run.until_ms, run.run_id))

    def put(self, run: Run) -> None:
        """Keep a run as it is now."""
        self._add(run)
        self._touched[run.run_id] = None

    def drop(self, run_id: str) -> None:
        """Let go of a run; one that is not there is fine."""
        if self._take(run_id):
            self._touched[run_id] = None

    def due(self, now_ms: int, most: int) -> list[str]:
        """Runs that time changes by now, earliest first, at most `most`; they stay as they are."""
        return self._due.due(now_ms, most)

    def next_due_ms(self) -> int | None:
        """When time next changes a run, or None."""
        return self._due.next_ms()

    def take_changes(self) -> list[tuple[str, bytes | None]]:
        """What changed since the last call, as keys and values for the state topic."""
        changes: list[tuple[str, bytes | None]] = []
        for run_id in self._touched:
            run = self.runs.get(run_id)
            changes.append((RUN_PREFIX + run_id, None if run is None else encode(run.to_json())))
        self._touched.clear()
        return changes

    def restore(self, run_id: str, value: Mapping[str, Any] | None) -> None:
        """Take a record of the state topic in."""
        self._take(run_id)
        if value is not None:
            self._add(Run.from_json(run_id, value))

    def _add(self, run: Run) -> None:
        self.runs[run.run_id] = run
        self._by_agent.setdefault(run.agent_id, set()).add(run.run_id)
        self._due.push(run.next_due_ms, run.run_id)

    def _take(self, run_id: str) -> bool:
        run = self.runs.pop(run_id, None)
        if run is None:
            return False
        others = self._by_agent[run.agent_id]
        others.discard(run_id)
        if not others:
            del self._by_agent[run.agent_id]
        return True

    def _due_of(self, run_id: str) -> int | None:
        run = self.runs.get(run_id)
        return None if run is None else run.next_due_ms
