"""What the queries about holds give: typed rows, times in milliseconds since 1970, JSON already read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Tab(StrEnum):
    """The lists of the approvals page."""

    PENDING = "pending"
    MINE = "mine"
    NEEDS_SECOND = "needs_second"
    DECIDED = "decided"
    EXPIRED = "expired"

    @property
    def stage(self) -> str:
        """The stage of the holds in it; see `holds.stage`."""
        return "decided" if self is Tab.DECIDED else "expired" if self is Tab.EXPIRED else "open"


class Cursor(NamedTuple):
    """Where a page of a list begins: behind this time (due, or ended on lists of what is over) and id."""

    at_ms: int
    hold_id: str

    def __str__(self) -> str:
        """As it stands in an address."""
        return f"{self.at_ms}-{self.hold_id}"

    @classmethod
    def parse(cls, text: str | None) -> Cursor | None:
        """The cursor in an address; None when there is none, or none that can be read."""
        at_ms, _, hold_id = (text or "").partition("-")
        return cls(int(at_ms), hold_id) if at_ms.isascii() and at_ms.isdigit() and hold_id else None


@dataclass(frozen=True, slots=True)
class HoldFilter:
    """What a list shows. None stands for anything; `text` is free text over names and ids.

    `person_id` is whose list it is, for the tabs Mine and Needs second. `tenants` are the globs that bind the person;
    empty for who sees every tenant.
    """

    tab: Tab = Tab.PENDING
    person_id: str = ""
    tenants: tuple[str, ...] = ()
    team: str | None = None
    risk: str | None = None
    approval_class: str | None = None
    agent_id: str | None = None
    rule_id: str | None = None
    tool: str | None = None
    topic: str | None = None
    fingerprint: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A held action in a list, and the head of its own page; columns of the table `holds`, never payload."""

    hold_id: str
    partition: int
    state: str
    stage: str
    agent_id: str
    action_id: str
    topic: str
    tool: str | None
    rule_id: str | None
    document: str | None
    reason: str | None
    reason_code: str | None
    opened_ms: int
    asked_ms: int | None
    cause: str | None
    requests: int
    digest: str | None
    snapshot: str | None
    policy: str | None
    team: str | None
    approval_class: str | None
    approvers: int | None
    allows_batch: bool
    due_ms: int | None
    escalate_ms: int | None
    environment: str | None
    tenant_id: str | None
    session_id: str | None
    model: str | None
    action_class: str | None
    owner: str | None
    risk: str | None
    risk_tags: tuple[str, ...]
    confidence: float | None
    anomaly_score: float | None
    retry_count: int | None
    amount_usd: str | None
    affected_users: int | None
    customer_facing: bool | None
    reversible: bool | None
    session_tainted: bool | None
    first_time: bool | None
    autonomy_level: int | None
    proposed_ms: int | None
    deadline_ms: int | None
    proposed_digest: str | None
    proposed_by: str | None
    is_sealed: bool
    fingerprint: str | None
    votes: int
    claimed_by: str | None
    claimed_until_ms: int | None
    question_by: str | None
    edited_by: str | None
    resolution: str | None
    ended_ms: int | None
    ended_by_kind: str | None
    ended_by: tuple[str, ...]
    outcome: str | None

    @property
    def cursor(self) -> Cursor:
        """Where the page behind this row begins."""
        return Cursor((self.due_ms if self.stage == "open" else self.ended_ms) or 0, self.hold_id)

    @property
    def is_open(self) -> bool:
        """Whether people can still decide it."""
        return self.stage == "open"

    @property
    def is_changed(self) -> bool:
        """Whether a reviewer changed what the agent had proposed."""
        return self.proposed_digest is not None

    def is_claimed(self, now_ms: int) -> bool:
        """Whether somebody says to be at it."""
        return self.claimed_by is not None and (self.claimed_until_ms or 0) > now_ms


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of a list; `after` is where the next one begins, None on the last."""

    rows: tuple[HoldRow, ...]
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many holds each tab has for a person, and how many open ones each team has; "" is without a team."""

    tabs: Mapping[Tab, int]
    teams: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EqualItems:
    """Open holds of one team that are decided alike: how many, and the one that is due first."""

    fingerprint: str
    team: str | None
    holds: int
    first_due_ms: int
    allows_batch: bool
    example: HoldRow


@dataclass(frozen=True, slots=True)
class Payload:
    """What a request carried, as it came: `box` to open with the console's key, or `action` in clear; else neither."""

    box: Mapping[str, str] | None
    action: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """One time that people were asked. `payload` is that of `digest`, whichever request brought it."""

    offset: int
    cause: str
    asked_ms: int
    digest: str
    snapshot: str
    team: str | None
    approval_class: str | None
    approvers: int | None
    due_ms: int | None
    constraints: Mapping[str, Any]
    payload: Payload


@dataclass(frozen=True, slots=True)
class Vote:
    """An approval that counts now."""

    reviewer: str
    review_id: str
    at_ms: int
    constraints: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HoldEvent:
    """One thing that happened to a hold. `reason` are the words of the review behind it: shown like payload."""

    seq: int
    at_ms: int
    kind: str
    person: str | None
    verdict: str | None
    code: str | None
    details: Mapping[str, Any]
    reason: str | None


@dataclass(frozen=True, slots=True)
class EarlierAction:
    """An action of the same agent or session that was held or drawn before; `what` says which of both."""

    what: str
    id: str
    action_id: str
    at_ms: int
    topic: str
    tool: str | None
    state: str
    outcome: str | None


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """What an agent did so far, as the audit counts it, and lately: the results of its last decided holds."""

    agent_id: str
    level: int | None
    last_ms: int
    allowed: int
    held: int
    denied: int
    approved: int
    changed: int
    rejected: int
    expired: int
    succeeded: int
    failed: int
    incidents: int
    is_stopped: bool
    lately: tuple[EarlierAction, ...]


@dataclass(frozen=True, slots=True)
class HoldDetail:
    """One hold with all about it. `payload` is what would be carried out now."""

    row: HoldRow
    decision: Mapping[str, Any]
    constraints: Mapping[str, Any]
    payload: Payload
    requests: tuple[HoldRequest, ...]
    votes: tuple[Vote, ...]
    events: tuple[HoldEvent, ...]
    earlier: tuple[EarlierAction, ...]
    agent: AgentRecord | None
    equal: int
