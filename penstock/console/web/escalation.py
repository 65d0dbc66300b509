"""Whether a held action can still be given to the next team, as far as this console can know. Pure.

The chain of teams is fixed when an action is held, and only escalations climb it. So it follows from the first request
and the policy that it names, by the function with which the gate itself made it.
"""

from __future__ import annotations

from typing import Final

from penstock.console.readmodel.rows import HoldDetail
from policies.approval_events import FactKind
from policies.approval_plan import ApprovalPlanner
from policies.bundle import Bundle
from policies.decisions import Decision, ReasonCode, Verdict
from policies.documents import Approvals
from policies.routing import DEFAULT_CLASS

# A held action of which nothing is known but the team that it is routed to.
_HELD: Final = Verdict(Decision.REQUIRE_APPROVAL, "", ReasonCode.RULE_MATCHED, 0)


def chain_of(bundle: Bundle, team: str | None) -> tuple[str, ...]:
    """The routed team and those it escalates to under a policy; empty without one."""
    routing = {} if team is None else {DEFAULT_CLASS: team}
    planner = ApprovalPlanner(Approvals(teams=bundle.approvals.teams, routing=routing))
    return planner.plan(_HELD, hold_id="", default_wait_ms=0, review_key=bytes(32)).chain


def is_last_team(detail: HoldDetail, opened_under: Bundle | None) -> bool:
    """Whether the chain is at its end. False where this console cannot tell: the gate decides.

    `opened_under` is the policy that the first request names.
    """
    first = detail.requests[0] if detail.requests else None
    if detail.row.escalate_ms is not None or opened_under is None or first is None:
        return False
    if first.cause != FactKind.REQUESTED.value or first.snapshot != opened_under.snapshot:
        return False
    tiers = [event.details.get("tier") for event in detail.events if event.kind == FactKind.ESCALATED.value]
    tier = max((tier for tier in tiers if isinstance(tier, int)), default=0)
    return tier + 1 >= len(chain_of(opened_under, first.team))
