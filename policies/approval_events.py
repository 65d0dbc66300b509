"""What can happen to a held action, and what follows from it: events in, facts out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from policies.approval_documents import EvidenceField
from policies.approvals import Approval, Judged, Resolution
from policies.people import Principal


class EventKind(StrEnum):
    """The kinds of events; a reviewer's acts have the names that reviews use on the wire."""

    REQUEST = "request"
    CLAIM = "claim"
    APPROVE = "approve"
    CONSTRAIN = "constrain"
    MODIFY = "modify"
    DENY = "deny"
    ASK = "ask"
    ANSWER = "answer"
    ESCALATE = "escalate"
    REASSIGN = "reassign"
    REBALANCE = "rebalance"
    WITHDRAW = "withdraw"
    TIME = "time"
    POLICY = "policy"


ACTS: Final = frozenset(
    {
        EventKind.CLAIM,
        EventKind.APPROVE,
        EventKind.CONSTRAIN,
        EventKind.MODIFY,
        EventKind.DENY,
        EventKind.ASK,
        EventKind.ESCALATE,
        EventKind.REASSIGN,
    }
)
APPROVING: Final = frozenset({EventKind.APPROVE, EventKind.CONSTRAIN})
DECIDING: Final = APPROVING | {EventKind.MODIFY, EventKind.DENY}


@dataclass(frozen=True, slots=True)
class Requested:
    """Policy asks for people. `excluded` are people who may not decide it: who asked for it, and whose agent it is.

    `ends_ms` is the action's own deadline; `opened_ms` comes from the transition's time.
    """

    hold_id: str
    agent_id: str
    digest: str
    snapshot: str
    judged: Judged
    tenant_id: str | None = None
    ends_ms: int | None = None
    excluded: tuple[str, ...] = ()
    kind: EventKind = field(default=EventKind.REQUEST, init=False)


@dataclass(frozen=True, slots=True)
class Edit:
    """A reviewer's change: the digest of the changed action, and what the policy in force says about it."""

    digest: str
    judged: Judged


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the reviewer is: open claims against their limit (None without one), and the end of a cooldown."""

    claims: int = 0
    limit: int | None = None
    cooldown_until_ms: int = 0


IDLE: Final = Load()


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does about a hold. `by` is None for someone the gate does not know.

    `digest` and `snapshot` are what was on the screen. `is_batch` says that it was one of several at once. `teams` are
    the teams that exist, None when the documents list none; `to_team` is where a reassigned hold goes.
    """

    kind: EventKind
    by: Principal | None
    review_id: str
    digest: str = ""
    snapshot: str = ""
    reason: str = ""
    evidence: Mapping[EvidenceField, object] = field(default_factory=dict)
    constraints: Mapping[str, object] = field(default_factory=dict)
    edit: Edit | None = None
    to_team: str | None = None
    teams: frozenset[str] | None = None
    is_batch: bool = False
    load: Load = IDLE

    def __post_init__(self) -> None:
        if self.kind not in ACTS:
            raise ValueError(f"{self.kind.value} is no act of a person")


@dataclass(frozen=True, slots=True)
class Answered:
    """The question was answered: by the agent's people, or by the reviewer who asked and learned it elsewhere."""

    by: str
    kind: EventKind = field(default=EventKind.ANSWER, init=False)


@dataclass(frozen=True, slots=True)
class Rebalanced:
    """The queue moves a hold that nobody has looked at to another team."""

    to_team: str
    kind: EventKind = field(default=EventKind.REBALANCE, init=False)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The agent takes its proposal back."""

    agent_id: str
    kind: EventKind = field(default=EventKind.WITHDRAW, init=False)


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Time came to a deadline. `is_strict` is the profile that releases nothing without a person."""

    is_strict: bool
    kind: EventKind = field(default=EventKind.TIME, init=False)


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """Another policy is in force: what it says about the action as it is now, and who activated it."""

    snapshot: str
    judged: Judged
    author: str | None = None
    kind: EventKind = field(default=EventKind.POLICY, init=False)


Event = Requested | Act | Answered | Rebalanced | Withdrawn | TimePassed | PolicyChanged


class FactKind(StrEnum):
    """What an event led to; the gate records each."""

    REQUESTED = "requested"
    CLAIMED = "claimed"
    VOTED = "voted"
    MODIFIED = "modified"
    ASKED = "asked"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    REASSIGNED = "reassigned"
    REBOUND = "rebound"
    VOTES_RESET = "votes_reset"
    RESOLVED = "resolved"
    SECOND_REVIEW_DUE = "second_review_due"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, when, and its details as JSON data; never a reason's words, never an argument."""

    kind: FactKind
    at_ms: int
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transition:
    """A hold after an event, and the facts to emit; `resolution` is given by the one transition that ends it.

    `constraints` are those that travel with a release, empty otherwise.
    """

    approval: Approval
    facts: tuple[Fact, ...] = ()
    resolution: Resolution | None = None
    constraints: Mapping[str, object] = field(default_factory=dict)


def amount_of(value: object) -> Decimal | None:
    """An amount as facts hold it, as an exact decimal; None when it is unknown."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return value if isinstance(value, Decimal) else Decimal(repr(value))
