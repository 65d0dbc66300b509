"""Books on the refunds of one lane: no step went out before its turn. They rest on no replay and no code of the gate.

Theory of operation. The audit gives the order in which actions were decided and outcomes were taken in, the records
that it names give sessions and results, and the cleared topic gives what executors saw. What the workflow of
`tests.crash.policy` means is said here once more, in plain words:

- a look goes out in a session in which a refund began;
- a payment goes out after a look that was told to have succeeded in time, and by a person's yes unless the look found a
  small amount: it found a large one, or left open which;
- the customer is told after a payment that was told to have succeeded, or by a person's yes once it took too long;
- a failure counts whenever it is told, a step goes out once a refund, and what people refused does not go out later.

Where the gate is stricter (a policy switch ends refunds) these books see nothing wrong in that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson

from tests.crash.policy import BEGIN, LARGE, LOOK, LOOK_S, PAY, PAY_S, REFUND, TELL
from tests.crash.verdict import Fault, Verdict

_RELEASED: Final = ("ALLOW", "ALLOW_WITH_CONSTRAINTS")
_REFUSED_BY_PEOPLE: Final = ("denied", "expired")


# What the audit says of refunds in a run that was long enough to have each, and whose turn it was when steps went out.
ALL_TURNS: Final = frozenset(
    {
        *("begun", "proposed", "released", "given_back", "approved", "chosen", "rejected"),
        *("done", "failed", "overdue", "ended"),
        *("workflow_not_started", "workflow_out_of_order", "workflow_in_progress"),
        *("workflow_approval", "workflow_undecided"),
        *(f"{LOOK} free", f"{PAY} free", f"{PAY} by people", f"{PAY} undecided"),
        *(f"{TELL} free", f"{TELL} by people"),
    }
)


class Turn(StrEnum):
    """Whether it is a step's turn."""

    FREE = "free"
    BY_PEOPLE = "by people"
    UNDECIDED = "undecided"  # by people too, who say which way it goes
    NEVER = "never"


_ASKED: Final = (Turn.BY_PEOPLE, Turn.UNDECIDED)


@dataclass(slots=True)
class Taken:
    """A step that went out at `at_ms`, and what was told of it."""

    at_ms: int
    told_ms: int | None = None
    result: Any = None
    has_failed: bool = False

    def is_done(self, *, within_s: float | None = None) -> bool:
        """Whether it is known to have succeeded."""
        if self.told_ms is None or self.has_failed:
            return False
        return within_s is None or self.told_ms < self.at_ms + within_s * 1000


@dataclass(slots=True)
class Refund:
    """A refund from its beginning on: the steps that went out and those that people refused, by topic."""

    taken: dict[str, Taken] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def turn_of(self, topic: str, at_ms: int) -> Turn:
        """Whether it is the turn of a topic, as far as what comes before it says."""
        if topic == LOOK:
            return Turn.FREE
        if topic == PAY:
            look = self.taken.get(LOOK)
            if look is None or not look.is_done(within_s=LOOK_S):
                return Turn.NEVER
            amount = look.result.get("amount") if isinstance(look.result, dict) else None
            if not isinstance(amount, int):
                return Turn.UNDECIDED
            return Turn.FREE if amount < LARGE else Turn.BY_PEOPLE
        paid = self.taken.get(PAY)
        if paid is None or paid.has_failed:
            return Turn.NEVER
        if paid.is_done():
            return Turn.FREE
        return Turn.BY_PEOPLE if at_ms >= paid.at_ms + PAY_S * 1000 else Turn.NEVER


@dataclass(frozen=True, slots=True)
class Proposal:
    """A step as an agent proposed it, and the refund that its session had then."""

    agent_id: str
    session_id: str | None
    action_id: str
    topic: str
    refund: Refund | None


class Turns:
    """Books of lane `lane`; faults go to `verdict`."""

    def __init__(self, lane: int, verdict: Verdict) -> None:
        self._lane, self._verdict = lane, verdict
        self._refunds: dict[tuple[str, str | None], Refund] = {}
        self._proposals: dict[str, Proposal] = {}
        self._went_out: dict[tuple[str, str], Taken] = {}
        # Releases by the id of their decision, in the order of the audit and in that of the cleared topic.
        self._audited: list[str] = []
        self._cleared: list[str] = []

    def audit(self, record: Mapping[str, Any], source: bytes | None) -> None:
        """Book one audit record; `source` is the value of the input record that it names."""
        for change in record.get("workflow", ()):
            self._verdict.turns[str(change["change"])] += 1
        kind, decision = record["kind"], record.get("decision")
        if kind == "decision" and record["topic"] in REFUND:
            self._propose(record, source)
        elif kind == "outcome" and record["released"]:
            self._told(record, source)
        elif "hold_id" in record and decision is not None and record["hold_id"] in self._proposals:
            is_by_people = bool(decision["decided_by"].get("reviewers"))
            if decision["decision"] in _RELEASED:
                self._release(record, record["hold_id"], is_by_people=is_by_people)
            elif record["resolution"] in _REFUSED_BY_PEOPLE:
                self._refuse(record, self._proposals[record["hold_id"]])

    def clear(self, value: Mapping[str, Any]) -> None:
        """Book one record of the topic that executors read."""
        action, decision_id = value["action"], value["decision"]["decision_id"]
        if action["topic"] not in REFUND:
            return
        self._cleared.append(decision_id)
        named = (action["agent_id"], action.get("session_id"), action["action_id"], action["topic"])
        known = self._proposals.get(decision_id)
        if known is not None and named != (known.agent_id, known.session_id, known.action_id, known.topic):
            self._blame(f"{decision_id} was cleared as a step that nobody proposed")

    def close(self) -> None:
        """Compare what executors saw with what the audit says that they were given."""
        if self._cleared != self._audited:
            self._blame("the steps of refunds were not cleared as they were audited, in their order")

    def _propose(self, record: Mapping[str, Any], source: bytes | None) -> None:
        decision = record["decision"]
        if decision["reason_code"].startswith("workflow_"):
            self._verdict.turns[decision["reason_code"]] += 1
        if source is None or decision["decision"] == "DENY":
            return
        agent_id, session_id = record["agent_id"], orjson.loads(source).get("session_id")
        self._proposals[decision["decision_id"]] = Proposal(
            agent_id, session_id, record["action_id"], record["topic"], self._refunds.get((agent_id, session_id))
        )
        if decision["decision"] in _RELEASED:
            self._release(record, decision["decision_id"], is_by_people=False)

    def _release(self, record: Mapping[str, Any], decision_id: str, *, is_by_people: bool) -> None:
        self._audited.append(decision_id)
        step = self._proposals[decision_id]
        session, at_ms = (step.agent_id, step.session_id), record["at_ms"]
        if step.topic == BEGIN:
            self._refunds[session] = Refund()
            return
        where = f"audit {record['seq']}: {step.topic} goes out"
        refund = self._refunds.get(session)
        if refund is None:
            self._blame(f"{where} in a session without a refund")
            return
        turn = refund.turn_of(step.topic, at_ms)
        self._verdict.turns[f"{step.topic} {turn.value}"] += 1
        if turn is Turn.NEVER:
            self._blame(f"{where} before what it depends on")
        elif turn is not Turn.FREE and not is_by_people:
            self._blame(f"{where} without a person's yes")
        if step.topic in refund.refused:
            self._blame(f"{where} although people refused it")
        if step.topic in refund.taken:
            self._blame(f"{where} again")
        refund.taken[step.topic] = self._went_out[step.agent_id, step.action_id] = Taken(at_ms)

    def _refuse(self, record: Mapping[str, Any], step: Proposal) -> None:
        """A no counts where a yes was asked for; what waited for another reason is free again."""
        if step.refund is not None and step.refund.turn_of(step.topic, record["at_ms"]) in _ASKED:
            step.refund.refused.add(step.topic)

    def _told(self, record: Mapping[str, Any], source: bytes | None) -> None:
        taken = self._went_out.get((record["agent_id"], record["action_id"]))
        if taken is None:
            return
        if record["status"] != "success":
            taken.has_failed = True
        elif taken.told_ms is None and source is not None:
            taken.told_ms, taken.result = record["at_ms"], orjson.loads(source).get("result")

    def _blame(self, text: str) -> None:
        self._verdict.blame(Fault.OUT_OF_TURN, f"lane {self._lane} {text}")
