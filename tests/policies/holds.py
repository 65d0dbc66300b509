"""Held actions for tests: a plan, a hold, people and what they do, with everything in order unless a test says not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from policies.approval_documents import ApprovalClass, EvidenceField, OnTimeout, Role
from policies.approval_events import Act, Event, EventKind, Requested, Transition
from policies.approval_steps import transition
from policies.approvals import Approval, HoldPlan, Judged
from policies.conflicts import Conflict
from policies.decisions import NO_CONSTRAINTS, Decision
from policies.people import Principal

MINUTE_MS = 60_000
OPENED_MS = 1_000_000
DIGEST, OTHER_DIGEST = "d" * 64, "e" * 64
SNAPSHOT, OTHER_SNAPSHOT = "a" * 64, "b" * 64
REQUIRED = (EvidenceField.POLICY_SNAPSHOT, EvidenceField.JOB_HASH)
EVIDENCE = dict.fromkeys(EvidenceField, "given")


def plan(**changes: Any) -> HoldPlan:
    """A plan of the queue class: two teams, one approver, ten minutes each."""
    base = HoldPlan(
        approval_class=ApprovalClass.QUEUE,
        approvers=1,
        chain=("first", "second"),
        after_ms=10 * MINUTE_MS,
        on_timeout=OnTimeout.ESCALATE,
        escalate_after_ms=4 * MINUTE_MS,
        evidence=REQUIRED,
    )
    return replace(base, **changes)


def judged(
    decision: Decision = Decision.REQUIRE_APPROVAL,
    *,
    constraints: Mapping[str, object] = NO_CONSTRAINTS,
    amount: str | None = "420",
    reversible: bool | None = True,
    **changes: Any,
) -> Judged:
    """What policy says: held, unless a test says otherwise; further changes go to the plan."""
    return Judged(decision, constraints, plan(**changes), None if amount is None else Decimal(amount), reversible)


def requested(verdict: Judged | None = None, **changes: Any) -> Requested:
    """The event that opens the hold `h1` of the agent `bot`."""
    base = Requested("h1", "bot", DIGEST, SNAPSHOT, verdict or judged())
    return replace(base, **changes)


def held(verdict: Judged | None = None, **changes: Any) -> Approval:
    """An open hold."""
    return after(None, requested(verdict, **changes), OPENED_MS).approval


def person(name: str = "ana", *roles: Role, teams: tuple[str, ...] = ("first", "second"), **changes: Any) -> Principal:
    """A senior reviewer of both teams, unless a test says otherwise."""
    return replace(Principal(name, roles or (Role.SENIOR_REVIEWER,), teams), **changes)


def act(kind: EventKind = EventKind.APPROVE, by: Principal | None = None, **changes: Any) -> Act:
    """What a person does with everything in order."""
    base = Act(kind, by or person(), "r1", DIGEST, SNAPSHOT, reason="checked", evidence=EVIDENCE)
    return replace(base, **changes)


def after(approval: Approval | None, event: Event, now_ms: int = OPENED_MS + 1) -> Transition:
    """The transition that an event makes, which must not be a conflict."""
    result = transition(approval, event, now_ms)
    assert isinstance(result, Transition), result
    return result


def refusal(approval: Approval | None, event: Event, now_ms: int = OPENED_MS + 1) -> Conflict:
    """The conflict that an event meets."""
    result = transition(approval, event, now_ms)
    assert isinstance(result, Conflict), result
    return result
