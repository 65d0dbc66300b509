"""A held action on its way through people's hands, as plain data: what was fixed when it was held, and what happened.

`approval_steps.transition` is the only place that changes one. The gate keeps it in a compacted topic: `to_json` and
`from_json` are inverse, and every value is a JSON value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from policies.approval_documents import ApprovalClass, EvidenceField, OnTimeout
from policies.decisions import Decision

# How long a claim keeps others from starting the same work, milliseconds. Claims are advice: anyone may still decide.
CLAIM_MS: Final = 10 * 60 * 1000
# Policy snapshots under which one hold had the same verdict, entries. A reviewer who was shown an older one looks
# again.
MAX_SNAPSHOTS: Final = 16


class HoldState(StrEnum):
    """Where a held action stands; `absent` is one that is not, or no longer, known."""

    ABSENT = "absent"
    HELD = "held"
    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RELEASED_BY_TIMEOUT = "released_by_timeout"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether people can still decide it."""
        return self in (HoldState.HELD, HoldState.ASKED)

    @property
    def is_released(self) -> bool:
        """Whether the action went on to an executor."""
        return self in (HoldState.APPROVED, HoldState.RELEASED_BY_TIMEOUT)


class Resolution(StrEnum):
    """How a hold ended."""

    APPROVED = "approved"
    APPROVED_WITH_CONSTRAINTS = "approved_with_constraints"
    MODIFIED = "modified"
    DENIED = "denied"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    RELEASED_BY_TIMEOUT = "released_by_timeout"
    WITHDRAWN = "withdrawn"

    @property
    def state(self) -> HoldState:
        """The state that a hold ends in."""
        return _STATE_OF[self]

    @property
    def is_release(self) -> bool:
        """Whether the action goes on to an executor."""
        return self.state.is_released

    @property
    def is_by_people(self) -> bool:
        """Whether a reviewer's decision ended it."""
        return self in _BY_PEOPLE

    @property
    def is_change(self) -> bool:
        """Whether people let pass something else than what was proposed under the constraints of policy."""
        return self in (Resolution.APPROVED_WITH_CONSTRAINTS, Resolution.MODIFIED)

    @property
    def reason_code(self) -> str:
        """The reason code of the decision about the hold."""
        return _REASON_CODES[self]


_STATE_OF: Final[Mapping[Resolution, HoldState]] = {
    Resolution.APPROVED: HoldState.APPROVED,
    Resolution.APPROVED_WITH_CONSTRAINTS: HoldState.APPROVED,
    Resolution.MODIFIED: HoldState.APPROVED,
    Resolution.DENIED: HoldState.REJECTED,
    Resolution.SUPERSEDED: HoldState.REJECTED,
    Resolution.EXPIRED: HoldState.EXPIRED,
    Resolution.RELEASED_BY_TIMEOUT: HoldState.RELEASED_BY_TIMEOUT,
    Resolution.WITHDRAWN: HoldState.WITHDRAWN,
}
# A release with constraints has the code of an approval, because its constraints say the rest.
_REASON_CODES: Final[Mapping[Resolution, str]] = {
    Resolution.APPROVED: "approved_by_reviewer",
    Resolution.APPROVED_WITH_CONSTRAINTS: "approved_by_reviewer",
    Resolution.MODIFIED: "modified_by_reviewer",
    Resolution.DENIED: "rejected_by_reviewer",
    Resolution.SUPERSEDED: "superseded_by_policy",
    Resolution.EXPIRED: "hold_expired",
    Resolution.RELEASED_BY_TIMEOUT: "released_by_timeout",
    Resolution.WITHDRAWN: "withdrawn_by_agent",
}
_BY_PEOPLE: Final = frozenset(
    {Resolution.APPROVED, Resolution.APPROVED_WITH_CONSTRAINTS, Resolution.MODIFIED, Resolution.DENIED}
)


@dataclass(frozen=True, slots=True)
class HoldPlan:
    """What the approval documents say about one held action; times are milliseconds.

    `chain` are the teams from the routed one upward, empty without routing. `after_ms` is the wait of one team,
    `escalate_after_ms` the wait after which the next team gets it, None for never. `has_second_review` says that the
    decision is drawn for a blind second review after release.
    """

    approval_class: ApprovalClass
    approvers: int
    chain: tuple[str, ...]
    after_ms: int
    on_timeout: OnTimeout
    escalate_after_ms: int | None = None
    evidence: tuple[EvidenceField, ...] = ()
    is_evidence_enforced: bool = True
    has_second_review: bool = False

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> HoldPlan:
        """The plan that `plain` gave."""
        given = {
            **value,
            "approval_class": ApprovalClass(value["approval_class"]),
            "chain": tuple(value["chain"]),
            "on_timeout": OnTimeout(value["on_timeout"]),
            "evidence": tuple(EvidenceField(name) for name in value["evidence"]),
        }
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Judged:
    """What policy says about an action: its verdict, as far as people deciding it is concerned.

    `amount_usd` is None when it is unknown.
    """

    decision: Decision
    constraints: Mapping[str, object]
    plan: HoldPlan
    amount_usd: Decimal | None = None
    reversible: bool | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """One approval, with the constraints that the approver added."""

    reviewer: str
    review_id: str
    at_ms: int
    constraints: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who said to be looking at it, and until when that counts."""

    reviewer: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Question:
    """Who asked for information, when, and by which review; the words stay on the review."""

    reviewer: str
    review_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Ending:
    """How, when and by whom a hold ended; `reviewers` is empty when time or policy ended it."""

    resolution: Resolution
    at_ms: int
    reviewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """A held action: bound to the digest of what would be carried out and to the policy that holds it.

    `snapshots` are the full snapshots under which the verdict has been the same, the newest last, and `judged_as` is
    that verdict's digest; `constraints` and `plan` are the strictest that any policy or edit asked for. `excluded` are
    people who may not decide it at all, `editors` (who edited it last at the end) and `loosened_by` people who may not
    approve it. `due_ms` is when the
    present team's time is over, `ends_ms` the action's own deadline, None without one. `may_release` is false as soon
    as anything changed that nobody has approved, `is_seen` true as soon as somebody did something about it.
    """

    hold_id: str
    agent_id: str
    tenant_id: str | None
    digest: str
    snapshots: tuple[str, ...]
    decision: Decision
    constraints: Mapping[str, object]
    amount_usd: Decimal | None
    reversible: bool | None
    plan: HoldPlan
    judged_as: str
    team: str | None
    opened_ms: int
    due_ms: int
    escalate_ms: int | None
    ends_ms: int | None
    excluded: tuple[str, ...] = ()
    state: HoldState = HoldState.HELD
    tier: int = 0
    may_release: bool = True
    votes: tuple[Vote, ...] = ()
    claim: Claim | None = None
    question: Question | None = None
    editors: tuple[str, ...] = ()
    loosened_by: tuple[str, ...] = ()
    ending: Ending | None = None
    is_seen: bool = False

    @property
    def snapshot(self) -> str:
        """The full snapshot of the policy that holds it now."""
        return self.snapshots[-1]

    @property
    def next_due_ms(self) -> int | None:
        """When time next changes something, None when it is closed."""
        if not self.state.is_open:
            return None
        return self.due_ms if self.escalate_ms is None else min(self.due_ms, self.escalate_ms)

    @property
    def next_team(self) -> str | None:
        """The next team of the chain, None at its end."""
        return self.plan.chain[self.tier + 1] if self.tier + 1 < len(self.plan.chain) else None

    @property
    def climbs_at_deadline(self) -> bool:
        """Whether the next team gets it when the present team's time is over, instead of its end."""
        is_final = self.ends_ms is not None and self.ends_ms <= self.due_ms
        return self.plan.on_timeout is OnTimeout.ESCALATE and self.next_team is not None and not is_final

    @property
    def next_team_ms(self) -> int | None:
        """When the next team gets it if nobody decides, None when no other team does."""
        if not self.state.is_open:
            return None
        if self.escalate_ms is not None and self.escalate_ms < self.due_ms:
            return self.escalate_ms
        return self.due_ms if self.climbs_at_deadline else None

    @property
    def allows_batch(self) -> bool:
        """Whether it may be approved together with others: of the queue, and known to be reversible."""
        return self.plan.approval_class is ApprovalClass.QUEUE and self.reversible is True

    @property
    def is_changed(self) -> bool:
        """Whether a reviewer changed what the agent proposed."""
        return bool(self.editors)

    def with_changes(self, **changes: Any) -> Approval:
        """The same hold with some fields changed."""
        return replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """The hold as a JSON object."""
        found = plain(self)
        if not isinstance(found, dict):
            raise TypeError("a dataclass gives an object")
        return found

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Approval:
        """The hold that `to_json` gave.

        Raises: KeyError, TypeError, ValueError when it did not; half a hold would be worse than none.
        """
        texts = ("snapshots", "excluded", "editors", "loosened_by")
        ending, claim, question = value["ending"], value["claim"], value["question"]
        given = {
            **value,
            **{name: tuple(value[name]) for name in texts},
            "decision": Decision(value["decision"]),
            "amount_usd": None if value["amount_usd"] is None else Decimal(value["amount_usd"]),
            "plan": HoldPlan.from_json(value["plan"]),
            "state": HoldState(value["state"]),
            "votes": tuple(Vote(**vote) for vote in value["votes"]),
            "claim": None if claim is None else Claim(**claim),
            "question": None if question is None else Question(**question),
            "ending": None
            if ending is None
            else Ending(Resolution(ending["resolution"]), ending["at_ms"], tuple(ending["reviewers"])),
        }
        return cls(**given)


_PLAIN: Final = frozenset({str, int, bool, float})


def plain(value: object) -> object:
    """Dataclasses, enums, tuples and decimals as JSON values; a decimal becomes its text."""
    if value is None or type(value) in _PLAIN:
        return value  # nearly every value, and asking about the others costs half of opening a hold
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}  # type: ignore[arg-type]
    return value
