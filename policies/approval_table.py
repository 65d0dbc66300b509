"""The state table of held actions, as data: for every state and every kind of event, what is done or why nothing is.

A conflict in the table is the answer about the *state*; an event that the table lets through can still be refused for
another reason (`approval_checks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from policies.approval_events import EventKind
from policies.approvals import HoldState
from policies.conflicts import Conflict


class Step(StrEnum):
    """What is done about an event; each has one function in `approval_steps`."""

    OPEN = "open"
    REPEAT = "repeat"
    CLAIM = "claim"
    VOTE = "vote"
    EDIT = "edit"
    REJECT = "reject"
    ASK = "ask"
    ANSWER = "answer"
    CLIMB = "climb"
    MOVE = "move"
    CLOSE = "close"
    TICK = "tick"
    JUDGE = "judge"
    NOTHING = "nothing"


Entry = Step | Conflict

# The states that each step can lead to from an open one; `approval_steps` leads nowhere else.
LEADS_TO: Final[Mapping[Step, frozenset[HoldState]]] = {
    Step.OPEN: frozenset({HoldState.HELD}),
    Step.REPEAT: frozenset(HoldState) - {HoldState.ABSENT},
    Step.CLAIM: frozenset({HoldState.HELD, HoldState.ASKED}),
    Step.VOTE: frozenset({HoldState.HELD, HoldState.APPROVED}),
    Step.EDIT: frozenset({HoldState.HELD}),
    Step.REJECT: frozenset({HoldState.REJECTED}),
    Step.ASK: frozenset({HoldState.ASKED}),
    Step.ANSWER: frozenset({HoldState.HELD}),
    Step.CLIMB: frozenset({HoldState.HELD, HoldState.ASKED}),
    Step.MOVE: frozenset({HoldState.HELD, HoldState.ASKED}),
    Step.CLOSE: frozenset({HoldState.WITHDRAWN}),
    Step.TICK: frozenset({HoldState.HELD, HoldState.ASKED, HoldState.EXPIRED, HoldState.RELEASED_BY_TIMEOUT}),
    Step.JUDGE: frozenset({HoldState.HELD, HoldState.ASKED, HoldState.REJECTED}),
    Step.NOTHING: frozenset(HoldState) - {HoldState.ABSENT, HoldState.HELD, HoldState.ASKED},
}

_HELD: Final[Mapping[EventKind, Entry]] = {
    EventKind.REQUEST: Step.REPEAT,
    EventKind.CLAIM: Step.CLAIM,
    EventKind.APPROVE: Step.VOTE,
    EventKind.CONSTRAIN: Step.VOTE,
    EventKind.MODIFY: Step.EDIT,
    EventKind.DENY: Step.REJECT,
    EventKind.ASK: Step.ASK,
    EventKind.ANSWER: Conflict.NO_QUESTION,
    EventKind.ESCALATE: Step.CLIMB,
    EventKind.REASSIGN: Step.MOVE,
    EventKind.REBALANCE: Step.MOVE,
    EventKind.WITHDRAW: Step.CLOSE,
    EventKind.TIME: Step.TICK,
    EventKind.POLICY: Step.JUDGE,
}
# While a question is open nothing is approved over it, and everything else goes on.
_ASKED: Final[Mapping[EventKind, Entry]] = {
    **_HELD,
    EventKind.APPROVE: Conflict.QUESTION_OPEN,
    EventKind.CONSTRAIN: Conflict.QUESTION_OPEN,
    EventKind.MODIFY: Conflict.QUESTION_OPEN,
    EventKind.ASK: Conflict.QUESTION_OPEN,
    EventKind.ANSWER: Step.ANSWER,
}


def _closed(answer: Conflict) -> Mapping[EventKind, Entry]:
    """A hold that ended: acts get the answer, the gate's own events change nothing."""
    quiet = {EventKind.TIME: Step.NOTHING, EventKind.POLICY: Step.NOTHING, EventKind.REQUEST: Step.REPEAT}
    return {kind: quiet.get(kind, answer) for kind in EventKind}


TABLE: Final[Mapping[HoldState, Mapping[EventKind, Entry]]] = {
    HoldState.ABSENT: {kind: Step.OPEN if kind is EventKind.REQUEST else Conflict.UNKNOWN_HOLD for kind in EventKind},
    HoldState.HELD: _HELD,
    HoldState.ASKED: _ASKED,
    HoldState.APPROVED: _closed(Conflict.ALREADY_DECIDED),
    HoldState.REJECTED: _closed(Conflict.ALREADY_DECIDED),
    HoldState.EXPIRED: _closed(Conflict.EXPIRED),
    HoldState.RELEASED_BY_TIMEOUT: _closed(Conflict.CONSUMED),
    HoldState.WITHDRAWN: _closed(Conflict.ALREADY_DECIDED),
}
