"""What the approval documents mean for one held action: class, people, teams, deadlines, second review.

The class is the strictest that the verdict's rules or `approval_classes` name. Where none speaks, an action is
explicit when it is risky, irreversible, seen by customers or above 1,000 dollars, and of the queue otherwise; without
any approval document it is explicit. A fact that is unknown counts as its strictest value, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.approval_documents import DEFAULT_TIMEOUTS, ApprovalClass, FatigueControls, OnTimeout, QueuePolicy
from policies.approval_events import amount_of
from policies.approvals import HoldPlan, Judged
from policies.conditions import holds
from policies.decisions import Facts, Verdict
from policies.documents import Approvals, Match
from policies.people import Directory
from policies.reviewers import can_rebalance
from policies.routing import Routing
from policies.sampling import SECOND_REVIEW_DOMAIN, is_selected

# Above it an action has financial impact that a person has to weigh, US dollars; equality is not above.
# Source: Alset AI on approval classes: auto for reads, explicit above 1,000 or for customers, else the queue.
EXPLICIT_ABOVE_USD: Final = 1_000
# People who have to agree before release, where an irreversible action is drawn for second review.
_EYES_BEFORE: Final = 2


class ApprovalPlanner:
    """The approval documents of a bundle, compiled."""

    def __init__(self, approvals: Approvals | None) -> None:
        self._approvals = approvals
        given = approvals or Approvals()
        self.queue = given.queue or QueuePolicy()
        self.fatigue = given.fatigue or FatigueControls()
        self.directory = Directory(approvals)
        self.teams = given.teams
        self.evidence = given.evidence
        self.can_rebalance = can_rebalance(self.teams, queue=self.queue, fatigue=self.fatigue)
        """Whether there is any queue in which holds go to another team by themselves."""
        self._routing = Routing(given.routing or {})

    @property
    def team_names(self) -> frozenset[str] | None:
        """The teams that a hold can be given to, None when the documents list none."""
        return None if self.teams is None else frozenset(self.teams)

    def plan(self, verdict: Verdict, *, hold_id: str, default_wait_ms: int, review_key: bytes) -> HoldPlan:
        """How people decide an action that this verdict holds.

        `default_wait_ms` is the gate's own limit where the documents name none. `review_key` draws the second review:
        the same hold is drawn on every worker and in every replay.
        """
        facts = verdict.facts
        approval_class, approvers = self._class_of(verdict, facts)
        is_drawn = is_selected(
            review_key, domain=SECOND_REVIEW_DOMAIN, action_id=hold_id, probability=self.fatigue.second_review_rate
        )
        is_reversible = facts is not None and facts.reversible is True
        if is_drawn and not is_reversible:
            # A second opinion after release could not take anything back, so it comes before.
            approvers = max(approvers, _EYES_BEFORE)
        given = self._approvals or Approvals()
        timeout = (given.timeouts or {}).get(approval_class.risk) or DEFAULT_TIMEOUTS[approval_class.risk]
        after_ms = default_wait_ms if timeout.after_s is None else round(timeout.after_s * 1000)
        on_timeout = timeout.action
        stage = verdict.stage
        if stage is not None and stage.grants:
            # What a workflow asks people for is never released by time, and by as many people as it asks.
            approvers = max(approvers, stage.approvers)
            on_timeout = OnTimeout.ESCALATE if stage.escalates else OnTimeout.DENY
            after_ms = after_ms if stage.timeout_s is None else min(after_ms, round(stage.timeout_s * 1000))
        escalate_after_s = self.queue.escalate_after_s
        evidence = self.evidence
        return HoldPlan(
            approval_class=approval_class,
            approvers=approvers,
            chain=self._chain(facts),
            after_ms=after_ms,
            on_timeout=on_timeout,
            escalate_after_ms=None if escalate_after_s is None else round(escalate_after_s * 1000),
            evidence=evidence.required if evidence else (),
            is_evidence_enforced=evidence.is_enforced if evidence else True,
            has_second_review=is_drawn and is_reversible,
        )

    def judge(self, verdict: Verdict, *, hold_id: str, default_wait_ms: int, review_key: bytes) -> Judged:
        """A verdict as the state machine of holds takes it, with its plan."""
        facts = verdict.facts
        plan = self.plan(verdict, hold_id=hold_id, default_wait_ms=default_wait_ms, review_key=review_key)
        amount = None if facts is None else amount_of(facts.amount_usd)
        return Judged(verdict.decision, verdict.constraints, plan, amount, facts.reversible if facts else None)

    def excluded(self, verdict: Verdict, *, agent_id: str, labels: Mapping[str, object] | None) -> tuple[str, ...]:
        """The people who may not decide an action of this agent: whose agent it is, and who asked for it.

        Who asked is the label `requested_by`: an agent's claim, which here can only shut people out.
        """
        facts = verdict.facts
        names = [*self.directory.owners_of(agent_id)]
        if facts is not None and facts.owner is not None:
            names.append(facts.owner)
        asked = (labels or {}).get("requested_by")
        if isinstance(asked, str) and asked.strip():
            names.append(asked)
        return tuple(dict.fromkeys(names))

    def _class_of(self, verdict: Verdict, facts: Facts | None) -> tuple[ApprovalClass, int]:
        """The strictest class and the most people that any rule asks for."""
        found = [] if verdict.approval is None else [(verdict.approval, 1)]
        rules = self._approvals.classes if self._approvals else None
        if facts is None:
            return ApprovalClass.EXPLICIT, max((rule.approvers for rule in rules or ()), default=1)
        for rule in rules or ():
            fits = _fits(rule.match, facts)
            # A rule that only may match cannot make an action milder: it counts as the queue's, at least.
            entry = rule.approval_class if fits else max(rule.approval_class, ApprovalClass.QUEUE, key=_strictness)
            if fits is not False:
                found.append((entry, rule.approvers))
        if found:
            return max((entry for entry, _ in found), key=_strictness), max(people for _, people in found)
        is_light = self._approvals is not None and (rules is not None or not _is_weighty(facts))
        return (ApprovalClass.QUEUE if is_light else ApprovalClass.EXPLICIT), 1

    def _chain(self, facts: Facts | None) -> tuple[str, ...]:
        """The routed team and those it escalates to, each once."""
        chain: list[str] = []
        name = self._routing.team_for(facts)
        while name is not None and name not in chain:
            chain.append(name)
            team = (self.teams or {}).get(name)
            name = team.escalates_to if team else None
        return tuple(chain)


def _strictness(entry: ApprovalClass) -> int:
    return entry.strictness


def _fits(match: Match, facts: Facts) -> bool | None:
    """Whether a match holds; one that cannot be evaluated may hold, because a rule must not vanish by an error."""
    try:
        return holds(match, facts)
    except Exception:  # the boundary: whatever went wrong counts as unknown, which is never milder
        return None


def _is_weighty(facts: Facts) -> bool:
    """Whether the action is explicit where nothing names its class."""
    amount = amount_of(facts.amount_usd)
    return (
        facts.risk == "high"
        or facts.reversible is not True
        or facts.customer_facing is not False
        or amount is None
        or amount > EXPLICIT_ABOVE_USD
    )
