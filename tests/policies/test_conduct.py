"""Conduct as the gate keeps it: levels, violations and breakers over a story of actions and outcomes."""

from __future__ import annotations

from typing import Any

import orjson

from policies.action_class import WHOLE_AGENT
from policies.autonomy_record import Status
from policies.autonomy_rules import ChangeKind
from policies.breaker import SHARED, State
from policies.bundle import Bundle, load_bundle
from policies.conduct import Conduct, ConductPlan, new_conduct
from policies.decisions import Decision, Derived, Verdict

RULES = """
rules:
  - {match: {topics: ["job.*.forbidden"]}, decision: deny}
  - {match: {topics: ["*"]}, decision: allow}
invariants:
  - {id: never-delete, match: {topics: ["job.*.delete"]}, decision: deny}
  - {id: never-huge, match: {topics: ["job.pay.*"], amount_usd_above: 1000}, decision: deny}
action_classes:
  - {class: refund, match: {tools: [issue_refund]}}
"""
LEVELS = """
autonomy_levels:
  level_0: {rules: [{match: {topics: ["*"]}, decision: allow}]}
  level_1: {rules: [{match: {topics: ["*"]}, decision: allow}]}
  level_2: {rules: [{match: {topics: ["*"]}, decision: allow}]}
promotion_criteria: {min_successful_actions: 3, max_error_rate: 0.02, review_period_days: 0}
demotion_triggers: [policy_violation, safety_incident, {error_rate_above: 0.05}]
"""
PER_CLASS = LEVELS + "autonomy_records: {per: action_class}\n"
BREAKERS = """
circuit_breakers:
  - {id: wild, match: {classes: ["*"]}, error_rate_above: 0.5, min_count: 4, open_sec: 60}
"""


# What the gate writes state with, told to take nothing but plain data.
_PLAIN = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS


class Gate:
    """The calls of the gate in their order, for one agent."""

    def __init__(self, *documents: str, default_level: int = 0) -> None:
        self.bundle: Bundle = load_bundle({f"d{number}.yaml": text for number, text in enumerate((RULES, *documents))})
        self.plan = ConductPlan(self.bundle, default_level=default_level)
        self.conduct = new_conduct("agent-1")
        self.now_ms = 1_000_000
        self.facts: list[Any] = []

    def propose(self, key: str, **fields: object) -> tuple[Verdict, bool]:
        """Propose an action; gives the verdict and whether a breaker holds it. What may go out goes out."""
        event = {"topic": "job.support.refund", "tool": "issue_refund", "agent_id": "agent-1", **fields}
        event = {name: value for name, value in event.items() if value is not None}
        classes = self.plan.classes_of(event, self.bundle.resolver)
        level = self.plan.level(self.conduct, classes)
        verdict = self.bundle.decide(event, Derived(level, False, 0))
        self.conduct, is_held, facts = self.plan.judge(
            self.conduct, classes, verdict=verdict, action_key=key, at_ms=self.now_ms
        )
        self.facts.extend(facts)
        if verdict.decision is Decision.ALLOW and not is_held:
            self.conduct, released = self.plan.released(
                self.conduct, classes, action_key=key, model="m1", at_ms=self.now_ms
            )
            self.facts.extend(released)
        return verdict, is_held

    def check_facts(self) -> None:
        """Facts are plain data too."""
        for fact in self.facts:
            assert orjson.loads(orjson.dumps(fact.to_json(), option=_PLAIN)) == fact.to_json()

    def outcome(self, key: str, status: Status = Status.SUCCESS) -> None:
        self.conduct, facts = self.plan.outcome(self.conduct, action_key=key, status=status, at_ms=self.now_ms)
        self.facts.extend(facts)
        again = Conduct.from_json("agent-1", orjson.loads(orjson.dumps(self.conduct.to_json(), option=_PLAIN)))
        assert again == self.conduct
        self.check_facts()

    def run(self, *statuses: Status, **fields: object) -> None:
        for status in statuses:
            key = f"{self.now_ms}"
            self.now_ms += 1
            _, is_held = self.propose(key, **fields)
            assert not is_held
            self.outcome(key, status)


def test_a_bundle_without_levels_and_breakers_keeps_nothing() -> None:
    gate = Gate(default_level=2)
    blank = gate.conduct

    gate.run(Status.SUCCESS, Status.INCIDENT)
    gate.propose("x", topic="job.a.delete")

    assert gate.plan.is_idle and gate.conduct == blank and gate.conduct.is_blank
    assert gate.plan.level(gate.conduct, (WHOLE_AGENT,)) == 2
    assert gate.facts == []


def test_outcomes_offer_a_promotion_in_the_class_of_the_action() -> None:
    gate = Gate(PER_CLASS)

    gate.run(*[Status.SUCCESS] * 3)
    gate.run(Status.SUCCESS, topic="job.crm.read", tool="look")

    (offered,) = gate.facts
    assert (offered.kind, offered.action_class) == (ChangeKind.OFFERED, "class:refund")
    assert set(gate.conduct.record.standings) == {"class:refund", "topic:crm"}
    assert not gate.conduct.is_blank


def test_a_denial_by_an_invariant_is_a_violation_and_one_by_a_rule_is_none() -> None:
    gate = Gate(LEVELS, default_level=2)
    gate.run(Status.SUCCESS)

    gate.propose("1", topic="job.support.forbidden")
    assert gate.facts == []
    gate.propose("2", topic="job.support.delete")

    assert [fact.kind for fact in gate.facts] == [ChangeKind.DEMOTED]
    assert gate.plan.level(gate.conduct, (WHOLE_AGENT,)) == 1


def test_a_denial_for_want_of_a_field_is_no_violation() -> None:
    gate = Gate(LEVELS, default_level=2)

    verdict, _ = gate.propose("1", topic="job.pay.out", amount_usd=None)
    assert verdict.decision is Decision.DENY
    assert gate.facts == []
    gate.propose("2", topic="job.pay.out", amount_usd=2000)
    assert [fact.kind for fact in gate.facts] == [ChangeKind.DEMOTED]


def test_a_sample_found_wrong_lowers_the_class_of_its_action() -> None:
    gate = Gate(PER_CLASS, default_level=2)
    gate.run(Status.SUCCESS)
    classes = gate.plan.classes_of({"topic": "job.support.refund", "tool": "issue_refund"}, gate.bundle.resolver)

    gate.conduct, facts = gate.plan.violation(gate.conduct, classes, at_ms=gate.now_ms)

    assert [fact.to_json()["level"] for fact in facts] == [1]
    assert gate.plan.level(gate.conduct, classes) == 1


def test_an_open_breaker_holds_its_class_and_leaves_the_others_alone() -> None:
    gate = Gate(LEVELS, BREAKERS)
    gate.run(*[Status.FAILURE] * 4)

    _, is_held = gate.propose("held")
    _, is_other_held = gate.propose("other", topic="job.crm.read", tool="look")

    assert (is_held, is_other_held) == (True, False)
    assert gate.conduct.record.entry_of("held") is None
    assert gate.conduct.breakers["class:refund"].state is State.OPEN


def test_a_probe_that_succeeds_closes_the_breaker() -> None:
    gate = Gate(BREAKERS)
    gate.run(*[Status.FAILURE] * 4)
    gate.now_ms += 60_000

    _, is_held = gate.propose("probe")
    _, is_second_held = gate.propose("second")
    gate.outcome("probe")

    assert (is_held, is_second_held) == (False, True)
    assert gate.conduct.breakers["class:refund"].state is State.CLOSED


def test_a_repeated_outcome_moves_no_breaker() -> None:
    gate = Gate(BREAKERS)
    gate.run(Status.FAILURE, Status.FAILURE, Status.FAILURE)
    key = f"{gate.now_ms - 1}"

    gate.outcome(key, Status.FAILURE)

    assert gate.conduct.breakers["class:refund"].counts[0].outcomes == 3


def test_a_person_closes_a_breaker_that_is_open() -> None:
    gate = Gate(BREAKERS)
    gate.run(*[Status.FAILURE] * 4)

    conduct, facts = gate.plan.close_breaker(gate.conduct, "class:refund", by="ana", at_ms=gate.now_ms)
    again, none = gate.plan.close_breaker(conduct, "class:refund", by="ana", at_ms=gate.now_ms)

    assert facts[0].to_json()["by"] == "ana" and conduct.breakers["class:refund"].state is State.CLOSED
    assert (again, none) == (conduct, ())


def test_an_error_whose_class_is_lost_counts_in_every_class() -> None:
    gate = Gate(BREAKERS)
    gate.run(Status.SUCCESS)
    gate.run(Status.SUCCESS, topic="job.crm.read", tool="look")

    gate.outcome("lost", Status.FAILURE)
    gate.outcome("also-lost", Status.SUCCESS)

    errors = {name: sum(count.errors for count in entry.counts) for name, entry in gate.conduct.breakers.items()}
    outcomes = {name: sum(count.outcomes for count in entry.counts) for name, entry in gate.conduct.breakers.items()}
    assert errors == {"class:refund": 1, "topic:crm": 1}
    assert outcomes == {"class:refund": 2, "topic:crm": 2}


def test_an_agent_that_invents_classes_ends_in_one_shared_breaker() -> None:
    gate = Gate(BREAKERS)
    for number in range(80):
        gate.run(Status.SUCCESS, topic=f"job.made-up-{number}.x", tool="look")
    assert SHARED in gate.conduct.breakers and len(gate.conduct.breakers) <= 65

    outcomes = sum(count.outcomes for count in gate.conduct.breakers[SHARED].counts)
    gate.run(*[Status.FAILURE] * (outcomes + 1), topic="job.made-up-90.x", tool="look")
    _, is_held = gate.propose("x", topic="job.made-up-91.x", tool="look")

    assert is_held


def test_an_event_that_cannot_be_evaluated_belongs_to_the_whole_agent() -> None:
    gate = Gate(PER_CLASS)

    assert gate.plan.classes_of({"topic": 7}, gate.bundle.resolver) == (WHOLE_AGENT,)
    verdict, is_held = gate.propose("x", topic="y" * 300)
    assert verdict.decision is Decision.DENY and not is_held
