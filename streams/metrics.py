"""Prometheus metrics of a worker. Label sets are closed: never ids, users or text. Every one stands in the docs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from policies.approvals import Resolution
from policies.autonomy_rules import ChangeKind
from policies.breaker import State
from policies.conflicts import Conflict
from policies.decisions import Decision, OutputDecision
from policies.promotion import PromotionConflict
from policies.supervision import AgentConflict
from policies.workflow_runs import ChangeKind as RunChangeKind
from streams.codec import DeadLetterCode
from streams.effects import Fact
from streams.events import OutcomeStatus, ReviewVerdict
from streams.reasons import OUTPUT_FAILED_CLOSED

LATENCY_BUCKETS_S: Final = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
REOPEN_CAUSES: Final = ("fenced", "broker", "step", "input", "other")


class Metrics:
    """The metrics of one worker, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        make = self.registry
        self.decisions = Counter("penstock_decisions", "Verdicts given", ["stage", "decision"], registry=make)
        self.findings = Counter("penstock_findings", "Findings in outputs", ["type", "detector"], registry=make)
        self.duplicates = Counter("penstock_duplicates", "Events that had a verdict already", ["kind"], registry=make)
        self.conflicts = Counter("penstock_conflicts", "Ids used again for other content", ["kind"], registry=make)
        self.dead_letters = Counter("penstock_dead_letters", "Records that could not be read", ["code"], registry=make)
        self.fail_closed = Counter(
            "penstock_fail_closed",
            "Verdicts that are strict because the gate could not tell",
            ["reason"],
            registry=make,
        )
        self.forwarded = Counter("penstock_forwarded", "Records sent on to their agent's partition", registry=make)
        self.samples = Counter("penstock_samples", "Decisions picked for audit", registry=make)
        self.outcomes = Counter("penstock_outcomes", "Outcomes recorded", ["status"], registry=make)
        self.reviews = Counter("penstock_reviews", "Reviews applied", ["verdict"], registry=make)
        self.review_conflicts = Counter(
            "penstock_review_conflicts", "Reviews that changed nothing", ["code"], registry=make
        )
        self.holds_opened = Counter("penstock_holds_opened", "Actions held for a person", registry=make)
        self.holds_resolved = Counter("penstock_holds_resolved", "Holds resolved", ["outcome"], registry=make)
        self.conduct = Counter(
            "penstock_conduct_changes", "Changes of agents' levels and circuit breakers", ["kind"], registry=make
        )
        self.workflow = Counter(
            "penstock_workflow_changes", "Changes of the runs of workflows", ["change"], registry=make
        )
        self.holds_pending = Gauge("penstock_holds_pending", "Holds that wait now", registry=make)
        self.holds_oldest = Gauge("penstock_holds_oldest_age_seconds", "Age of the oldest hold", registry=make)
        self.latency = Histogram(
            "penstock_decision_latency_seconds",
            "From the record's timestamp to the commit of its verdict",
            buckets=LATENCY_BUCKETS_S,
            registry=make,
        )
        self.transactions = Counter("penstock_transactions", "Transactions committed", registry=make)
        self.lanes_open = Gauge("penstock_lanes_open", "Lanes that this worker has open", registry=make)
        self.lane_reopened = Counter(
            "penstock_lane_reopened", "Lanes that threw their memory away and opened again", ["cause"], registry=make
        )
        self.holes = Counter(
            "penstock_input_holes", "Batches dropped on the way to a lane and read again", registry=make
        )
        self.lag = Gauge("penstock_consumer_lag_records", "Input records not decided yet", ["topic"], registry=make)
        self.verdicts = Gauge("penstock_verdicts_remembered", "Verdicts in memory", registry=make)
        self.policy = Gauge("penstock_policy_info", "1 for the policy snapshot in force", ["snapshot"], registry=make)
        self.kill_entries = Gauge("penstock_kill_entries", "Entries of the kill switch in force", registry=make)
        self.policy_refused = Counter(
            "penstock_policy_refused", "Activations that did not load; the policy before stayed", registry=make
        )
        self.ready = Gauge("penstock_ready", "1 when the worker decides", registry=make)
        self._born_at_zero()

    def _born_at_zero(self) -> None:
        """Create every label value: a counter that appears at 1 shows no increase."""
        for decision in Decision:
            self.decisions.labels("action", decision.value)
        for held in (Decision.ALLOW, Decision.ALLOW_WITH_CONSTRAINTS, Decision.DENY):
            self.decisions.labels("hold", held.value)
        for result in OutputDecision:
            self.decisions.labels("output", result.value)
            self.decisions.labels("quarantine", result.value)
        words: dict[Counter, Iterable[str]] = {
            self.dead_letters: DeadLetterCode,
            self.fail_closed: OUTPUT_FAILED_CLOSED,
            self.duplicates: ("action", "output", "outcome", "review"),
            self.conflicts: ("action", "output", "review"),
            self.outcomes: OutcomeStatus,
            self.reviews: ReviewVerdict,
            self.review_conflicts: (*Conflict, *PromotionConflict, *AgentConflict),
            self.holds_resolved: Resolution,
            self.conduct: (*ChangeKind, *(f"breaker_{state.value}" for state in State)),
            self.workflow: RunChangeKind,
            self.lane_reopened: REOPEN_CAUSES,
        }
        for counter, values in words.items():
            for value in values:
                counter.labels(str(value))

    def count(self, facts: Iterable[Fact]) -> None:
        """Count the facts of committed steps."""
        counters = {
            "decision": self.decisions,
            "finding": self.findings,
            "duplicate": self.duplicates,
            "conflict": self.conflicts,
            "dead_letter": self.dead_letters,
            "fail_closed": self.fail_closed,
            "outcome": self.outcomes,
            "review": self.reviews,
            "review_conflict": self.review_conflicts,
            "hold_resolved": self.holds_resolved,
            "conduct": self.conduct,
            "workflow": self.workflow,
        }
        plain = {"forwarded": self.forwarded, "sample": self.samples, "hold_opened": self.holds_opened}
        tally: dict[Fact, int] = {}
        for fact in facts:
            tally[fact] = tally.get(fact, 0) + 1
        for fact, times in tally.items():
            if fact[0] in counters:
                counters[fact[0]].labels(*fact[1:]).inc(times)
            elif fact[0] in plain:
                plain[fact[0]].inc(times)

    def show_policy(self, snapshot: str) -> None:
        """Make `snapshot` the only one that is shown as in force."""
        self.policy.clear()
        self.policy.labels(snapshot).set(1)

    def render(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.registry)
