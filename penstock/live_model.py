"""What the live view knows: audit records folded into totals, rates and the latest decisions. Pure."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.decisions import Decision, OutputDecision

# The rate is a mean over so many whole seconds.
RATE_WINDOW_S: Final = 5
# Decisions kept for the view; a tall terminal shows some forty.
RECENT_DECISIONS: Final = 60
# Ids whose class is remembered until their decision comes; the gate is rarely more than a second behind.
SUBJECTS_KEPT: Final = 20_000
# Holds kept by id; past it the oldest are no longer shown one by one.
HOLDS_KEPT: Final = 10_000

_RESOLVING: Final = frozenset({"review", "hold_expired", "hold_superseded", "hold_released", "withdrawal"})


@dataclass(frozen=True, slots=True)
class RecentDecision:
    """One line of the view. `subject` is the class of the action or output, `-` when it is not known."""

    at_ms: int
    agent_id: str
    subject: str
    decision: Decision | OutputDecision
    reason: str


@dataclass(frozen=True, slots=True)
class HeldAction:
    """An action that waits for a person."""

    hold_id: str
    agent_id: str
    subject: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class GateStatus:
    """What the worker says about itself. `ended` is a line for a person once its process has ended.

    `lag` counts input records that are not decided yet; holds include those of earlier runs.
    """

    is_ready: bool = False
    problems: tuple[str, ...] = ("starting",)
    snapshot: str | None = None
    lanes: int = 0
    lag: int = 0
    holds_pending: int = 0
    holds_oldest_s: float = 0.0
    ended: str | None = None


class RateMeter:
    """Events per second over the last whole seconds."""

    def __init__(self) -> None:
        self._buckets: deque[tuple[int, int]] = deque()

    def add(self, now_ms: int, count: int = 1) -> None:
        """Count events at `now_ms`, which never goes back."""
        second = now_ms // 1000
        if self._buckets and self._buckets[-1][0] == second:
            count += self._buckets.pop()[1]
        self._buckets.append((second, count))
        while self._buckets[0][0] < second - RATE_WINDOW_S:
            self._buckets.popleft()

    def per_second(self, now_ms: int) -> float:
        """The mean over the window that ends with the last whole second."""
        second = now_ms // 1000
        counted = sum(count for at, count in self._buckets if second - RATE_WINDOW_S <= at < second)
        return counted / RATE_WINDOW_S


class LiveModel:
    """Totals of this run. Fed with every audit record once, in the order of each partition."""

    def __init__(self) -> None:
        self.decisions: Counter[Decision] = Counter()
        self.outputs: Counter[OutputDecision] = Counter()
        self.resolved: Counter[Decision] = Counter()
        self.findings: Counter[str] = Counter()
        self.dead_letters: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.samples = 0
        self.sent = 0
        self.unreadable = 0
        self.first_decision_ms: int | None = None
        self.recent: deque[RecentDecision] = deque(maxlen=RECENT_DECISIONS)
        self.sent_rate, self.decided_rate = RateMeter(), RateMeter()
        self._holds: OrderedDict[str, HeldAction] = OrderedDict()
        self._subjects: OrderedDict[str, str] = OrderedDict()

    @property
    def decided(self) -> int:
        """Actions and outputs that got a decision."""
        return self.decisions.total() + self.outputs.total()

    @property
    def inputs_seen(self) -> int:
        """Input records that left an audit record."""
        return sum(self.kinds[kind] for kind in ("decision", "output", "duplicate", "conflict", "dead_letter"))

    @property
    def holds(self) -> tuple[HeldAction, ...]:
        """Actions held in this run and not resolved, oldest first."""
        return tuple(self._holds.values())

    def note_sent(self, event_id: str | None, subject: str | None, now_ms: int) -> None:
        """An event is about to be sent; its class is not on the audit record."""
        self.sent += 1
        self.sent_rate.add(now_ms)
        if event_id is not None and subject is not None:
            self._subjects[event_id] = subject
            if len(self._subjects) > SUBJECTS_KEPT:
                self._subjects.popitem(last=False)

    def take(self, record: Mapping[str, Any], now_ms: int) -> None:
        """Take one audit record in; `now_ms` is when it was read."""
        kind = str(record["kind"])
        self.kinds[kind] += 1
        if kind == "decision":
            self._take_decision(record, now_ms)
        elif kind == "output":
            self._take_output(record, now_ms)
        elif kind == "dead_letter":
            self.dead_letters[str(record["code"])] += 1
        elif kind == "outcome":
            # An outcome repeats nothing of its action; a duplicate has a kind of its own.
            self.outcomes[str(record["status"])] += 1
        elif kind in _RESOLVING and "decision" in record:
            self.resolved[Decision(record["decision"]["decision"])] += 1
            self._holds.pop(str(record["hold_id"]), None)

    def _take_decision(self, record: Mapping[str, Any], now_ms: int) -> None:
        body = record["decision"]
        decision, agent_id = Decision(body["decision"]), str(record["agent_id"])
        subject = self._subjects.pop(str(record["action_id"]), "-")
        self.decisions[decision] += 1
        self.samples += bool(body["sampled"])
        if decision is Decision.REQUIRE_APPROVAL:
            hold_id = str(body["decision_id"])
            self._holds[hold_id] = HeldAction(hold_id, agent_id, subject, int(record["at_ms"]))
            if len(self._holds) > HOLDS_KEPT:
                self._holds.popitem(last=False)
        self._decided(RecentDecision(int(record["at_ms"]), agent_id, subject, decision, str(body["reason"])), now_ms)

    def _take_output(self, record: Mapping[str, Any], now_ms: int) -> None:
        decision = OutputDecision(record["output_safety_decision"])
        self.outputs[decision] += 1
        self.findings.update(str(finding["type"]) for finding in record["findings"])
        subject = self._subjects.pop(str(record["output_id"]), "-")
        line = RecentDecision(int(record["at_ms"]), str(record["agent_id"]), subject, decision, str(record["reason"]))
        self._decided(line, now_ms)

    def _decided(self, line: RecentDecision, now_ms: int) -> None:
        self.recent.append(line)
        self.decided_rate.add(now_ms)
        if self.first_decision_ms is None:
            self.first_decision_ms = now_ms
