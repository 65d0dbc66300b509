"""What a check found: counts that must be zero, and the first few findings in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# Findings of one kind that are told in words; one fault early in a lane makes many.
MAX_TOLD: Final = 5


class Fault(StrEnum):
    """What must not happen."""

    LOST = "lost"  # an input without audit, an output without a reader, a hold that nobody resolved in time
    TWICE = "twice"  # an input with two audit records, a release or a resolution that happened again
    CONTRADICTION = "contradictions"  # a record that an exact replay would not have written
    FORK = "forks"  # the audit chain breaks, or its head is not the lane's
    VANISHED = "vanished"  # a live reader saw something else than the final reading
    OUT_OF_TURN = "out of turn"  # a step of a workflow went out before what it depends on, or not as it was audited
    STATE = "state"  # the restored state is not what the replay ended with


@dataclass(slots=True)
class Verdict:
    """Counts of a check; `turns` are those of workflows. `is_clean` when no fault was found."""

    inputs: int = 0
    audited: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    turns: Counter[str] = field(default_factory=Counter)
    faults: Counter[Fault] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults.total()

    def blame(self, fault: Fault, text: str) -> None:
        """Count a fault, and tell it when it is one of the first."""
        self.faults[fault] += 1
        if self.faults[fault] <= MAX_TOLD:
            self.told.append(f"{fault.value}: {text}")

    def add(self, other: Verdict) -> None:
        """Add the counts of another check."""
        self.inputs += other.inputs
        self.audited += other.audited
        self.kinds += other.kinds
        self.turns += other.turns
        self.faults += other.faults
        self.told += other.told
