"""Decisions of two bundles on the same events, counted and compared: what would change, and in which direction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from policies.decisions import Decision, OutputDecision
from policies.diff import is_as_tight

# Changed decisions kept for showing, of each direction; all are counted. 0.5 KB each.
MAX_KEPT: Final = 10_000


class Direction(StrEnum):
    """Where a decision went."""

    LOOSER = "looser"
    STRICTER = "stricter"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision as far as it is compared: on an action with its constraints, or on an output with redacted fields."""

    decision: Decision | OutputDecision
    rule_id: str | None = None
    constraints: Mapping[str, object] = field(default_factory=dict)
    redacted: frozenset[str] = frozenset()


def direction(before: Outcome, after: Outcome) -> Direction:
    """Where a decision went; one that is stricter in one respect and milder in another counts as looser."""
    gap = after.decision.strictness - before.decision.strictness
    if gap:
        return Direction.STRICTER if gap > 0 else Direction.LOOSER
    if after.decision is Decision.DENY or after.decision is OutputDecision.QUARANTINE:
        return Direction.SAME  # nothing travels
    if not is_as_tight(after.constraints, than=before.constraints) or not before.redacted <= after.redacted:
        return Direction.LOOSER
    is_same = is_as_tight(before.constraints, than=after.constraints) and before.redacted == after.redacted
    return Direction.SAME if is_same else Direction.STRICTER


@dataclass(frozen=True, slots=True)
class Changed:
    """An event that the two bundles decide differently."""

    event_id: str
    agent_id: str
    topic: str
    before: Outcome
    after: Outcome
    direction: Direction


@dataclass(slots=True)
class Transitions:
    """All pairs of decisions, (before, after) -> count, with the changed ones by direction."""

    actions: Counter[tuple[Decision, Decision]] = field(default_factory=Counter)
    outputs: Counter[tuple[OutputDecision, OutputDecision]] = field(default_factory=Counter)
    directions: Counter[Direction] = field(default_factory=Counter)
    kept: dict[Direction, list[Changed]] = field(default_factory=dict)

    def take(self, event_id: str, *, agent_id: str, topic: str, before: Outcome, after: Outcome) -> None:
        """Count one event, decided by both."""
        one, other = before.decision, after.decision
        if isinstance(one, Decision) and isinstance(other, Decision):
            self.actions[one, other] += 1
        elif isinstance(one, OutputDecision) and isinstance(other, OutputDecision):
            self.outputs[one, other] += 1
        else:
            raise TypeError("an action and an output are compared")
        where = direction(before, after)
        self.directions[where] += 1
        if where is Direction.SAME:
            return
        kept = self.kept.setdefault(where, [])
        if len(kept) < MAX_KEPT:
            kept.append(Changed(event_id, agent_id, topic, before, after, where))

    def changed(self) -> tuple[Changed, ...]:
        """The changed decisions that were kept: looser ones first, the widest step first, then as they came."""
        found = (*self.kept.get(Direction.LOOSER, ()), *self.kept.get(Direction.STRICTER, ()))
        return tuple(
            sorted(found, key=lambda change: change.after.decision.strictness - change.before.decision.strictness)
        )

    @property
    def held_before(self) -> int:
        """How many actions wait for a person under the old bundle."""
        return sum(count for (before, _), count in self.actions.items() if before is Decision.REQUIRE_APPROVAL)

    @property
    def held_after(self) -> int:
        """How many actions wait for a person under the new bundle."""
        return sum(count for (_, after), count in self.actions.items() if after is Decision.REQUIRE_APPROVAL)
