"""The exact replay of one lane from its audit, pure: what the gate must have written, record by record.

Theory of operation. A transaction of a lane is: adopt a new policy, bring on what is due, step over records;
all at one time, which every audit record tells (`at_ms`). So the audit gives the order of the steps, their time and
their policy, the input topics give the records, and the gate's own step function gives what each step must have
written. A policy record or a new time begins a transaction, and there everything that is due comes before anything
else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from streams.effects import Emit, Step
from streams.gate import STEP_CODES, Gate
from streams.intake import Position, Reader
from streams.state import LaneState

# Kinds of audit records that time causes.
TIMED: Final = frozenset(
    {
        "hold_escalated",
        "hold_expired",
        "hold_rebalanced",
        "hold_released",
        "hold_superseded",
        "stream_expired",
        "workflow",
    }
)


class ReplayError(Exception):
    """The audit tells something that the gate cannot have done."""


@dataclass(frozen=True, slots=True)
class Source:
    """An input record, as far as the gate reads it."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class LaneReplay:
    """Replays lane `state.partition`. `gates` are the gates under each full snapshot that was ever active."""

    state: LaneState
    gates: Mapping[str, Gate]
    reader: Reader
    _gate: Gate | None = None
    _at_ms: int | None = None
    _expired: deque[Step] = field(default_factory=deque)

    def follow(self, audit: Mapping[str, Any], source: Source | None) -> list[Emit]:
        """Everything that must have been written for one audit record, itself included.

        `source` is the input record that it names, None when it names none.

        Raises:
            ReplayError: no step gives such a record here; the state is not changed by it.
        """
        kind, at_ms = audit["kind"], audit["at_ms"]
        if kind == "policy":
            return self._adopt(audit["snapshot"], at_ms)
        gate = self._gate
        if gate is None:
            raise ReplayError("a step before any policy")
        if at_ms != self._at_ms:
            self._begin(gate, at_ms)
        if kind in TIMED:
            if not self._expired:
                self._expired.extend(gate.expire(self.state, at_ms))
            if not self._expired:
                raise ReplayError("something came due that is not")
            return self._expired.popleft().effects
        if self._expired:
            raise ReplayError("a step before the holds that were due")
        if source is None:
            raise ReplayError(f"a record of kind {kind} without source")
        if kind == "dead_letter" and audit.get("code") in STEP_CODES:
            # No load of a run asks for that, so it is a fault of the gate.
            raise ReplayError("a step failed")
        where = audit["source"]
        position = Position(where["topic"], where["partition"], where["offset"])
        intake = self.reader.read(position, key=source.key, value=source.value, headers=source.headers)
        return gate.step(self.state, intake, at_ms).effects

    def _adopt(self, snapshot: str, at_ms: int) -> list[Emit]:
        gate = self.gates.get(snapshot)
        if gate is None:
            raise ReplayError("a policy that was never activated")
        if self._expired:
            raise ReplayError("a policy before the holds that were due")
        step = gate.adopt(self.state, at_ms)
        if step is None:
            raise ReplayError("a policy that was in force already")
        self._gate = gate
        self._begin(gate, at_ms)
        return step.effects

    def _begin(self, gate: Gate, at_ms: int) -> None:
        if self._expired:
            raise ReplayError("a transaction ended before the holds that were due")
        if self._at_ms is not None:
            # Attempts are let go by segment, so the replay has segments too.
            self.state.verdicts.close_segment(self._at_ms)
        self._at_ms = at_ms
        self._expired.extend(gate.expire(self.state, at_ms))


def differences(restored: LaneState, replayed: LaneState) -> list[str]:
    """What of a lane's state differs, in words; positions are compared elsewhere."""
    found = [
        f"{name} is {getattr(restored, name)}, replayed {getattr(replayed, name)}"
        for name in ("audit_seq", "audit_head", "snapshot")
        if getattr(restored, name) != getattr(replayed, name)
    ]
    if _verdicts(restored) != _verdicts(replayed):
        found.append(f"{len(restored.verdicts)} verdicts, replayed {len(replayed.verdicts)}, or their content")
    if restored.holds != replayed.holds:
        found.append(f"{len(restored.holds)} holds, replayed {len(replayed.holds)}, or their content")
    if restored.runs != replayed.runs:
        kept = len(restored.runs.runs), len(replayed.runs.runs)
        found.append(f"{kept[0]} runs of workflows, replayed {kept[1]}, or their content")
    found += [
        f"{name}: {len(getattr(restored, name))}, replayed {len(getattr(replayed, name))}, or their content"
        for name in ("agents", "times", "tainted", "streams", "reviewers", "seconds")
        if getattr(restored, name) != getattr(replayed, name)
    ]
    # Order matters here too, and for what is seen below: the oldest entries are forgotten first.
    if list(restored.quarantines.entries.items()) != list(replayed.quarantines.entries.items()):
        kept = len(restored.quarantines.entries), len(replayed.quarantines.entries)
        found.append(f"{kept[0]} quarantined outputs, replayed {kept[1]}, or their content or order")
    for agent_id, seen in restored.seen.items():
        if list(seen) != list(replayed.seen.get(agent_id, ())):
            found.append(f"what {agent_id} was seen with")
    if restored.seen.keys() != replayed.seen.keys():
        found.append(f"{len(restored.seen)} agents were seen, replayed {len(replayed.seen)}")
    return found


def _verdicts(state: LaneState) -> dict[bytes, tuple[str, str]]:
    """The verdicts without the number of the segment that holds them: it depends on where transactions ended."""
    found = {}
    for key in state.verdicts.entries:
        remembered = state.verdicts.get(key)
        if remembered is not None:
            found[key] = (remembered.digest, remembered.code.name)
    return found
