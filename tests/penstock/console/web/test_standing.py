"""What stands between an agent and its promotion, as the audit shows it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.console.web.standing import (
    Criterion,
    LevelChange,
    Report,
    actions_missing,
    criteria,
    evidence_now,
    standing_of,
)
from policies.action_class import WHOLE_AGENT
from policies.autonomy import evidence_of, is_eligible
from policies.autonomy_record import Status
from policies.autonomy_rules import AutonomyRules
from policies.evidence import clean_actions_needed, e_value
from tests.policies.autonomy_samples import DAY_MS, Agent, rules_of

EVIDENCE = "{evidence: true, cool_off_days: 2}"


@dataclass
class Story:
    """An agent's history in the gate's own record, and what the audit tells of it."""

    rules: AutonomyRules
    reports: list[Report] = field(default_factory=list)
    first_ms: int = 0

    def __post_init__(self) -> None:
        self.agent = Agent(self.rules)

    def do(self, what: str) -> None:
        """One thing happens, a moment after the one before."""
        self.agent.now_ms += 1
        if what in set(Status):
            self.first_ms = self.first_ms or self.agent.now_ms
            self.agent.act(Status(what))
            self.reports.append(Report(what, self.agent.now_ms))
        elif what == "wait":
            self.agent.wait(0.4)
        elif self.reports and what == "violate":
            self.agent.violate()
        elif self.reports and self.agent.standing().is_offered:
            assert self.agent.sign(is_approved=what == "sign") is None

    def evidence(self) -> dict[str, object]:
        """As the console counts it."""
        changes = [LevelChange(c.kind.value, c.cause.value, c.level, c.at_ms) for c in self.agent.changes]
        standing = standing_of(
            self.rules, level=self.agent.level, first_ms=self.first_ms, changes=changes, reports=self.reports
        )
        return evidence_now(self.rules, "agent-1", WHOLE_AGENT, standing, self.agent.now_ms)


STEPS = st.lists(
    st.sampled_from(["success", "success", "success", "failure", "incident", "wait", "violate", "sign", "decline"]),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, has_evidence=st.booleans())
def test_the_counts_from_the_audit_are_those_of_the_gate(steps: list[str], has_evidence: bool) -> None:
    story = Story(rules_of(EVIDENCE if has_evidence else "{cool_off_days: 2}", rate=0.3, levels=6))
    for step in ["success", *steps]:
        story.do(step)
    real = evidence_of(story.rules, "agent-1", WHOLE_AGENT, story.agent.standing(), at_ms=story.agent.now_ms)
    assert story.evidence() == {**real, "model": None}


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, has_evidence=st.booleans())
def test_all_criteria_are_met_exactly_when_the_gate_would_promote(steps: list[str], has_evidence: bool) -> None:
    story = Story(rules_of(EVIDENCE if has_evidence else "{cool_off_days: 2}", rate=0.3, levels=2))
    for step in ["success", *steps]:
        story.do(step)
    standing, now_ms = story.agent.standing(), story.agent.now_ms
    evidence = evidence_of(story.rules, "agent-1", WHOLE_AGENT, standing, at_ms=now_ms)
    found = criteria(story.rules, evidence, at_ms=now_ms, cool_off_until_ms=standing.cool_off_until_ms)
    assert all(criterion.is_met for criterion in found) == is_eligible(story.rules, standing, at_ms=now_ms)
    assert all(bool(criterion.missing) != criterion.is_met for criterion in found)


def found(
    rules: AutonomyRules, *, at_ms: int = 100 * DAY_MS, cool_off_until_ms: int = 0, **counts: object
) -> dict[str, Criterion]:
    evidence = {
        "level": 1,
        "level_since_ms": 0,
        "counted_from_ms": 0,
        "successes": 10,
        "errors": 0,
        "period_successes": 10,
        "period_errors": 0,
        "successes_before": 0,
        "errors_before": 0,
        "e_value": None,
        **counts,
    }
    entries = criteria(rules, evidence, at_ms=at_ms, cool_off_until_ms=cool_off_until_ms)
    return {entry.name.split(" in ")[0].split(",")[0].split(" (")[0]: entry for entry in entries}


def test_what_is_missing_is_said_in_numbers() -> None:
    entries = found(rules_of(EVIDENCE, successes=50, days=7), period_successes=37, period_errors=2, e_value=1.5)
    assert entries["Successes"][1:] == ("at least 50", "37", False, "13 more")
    assert entries["Error rate"][1:] == (
        "below 2 %, or no error",
        "2 of 39 (5.13 %)",
        False,
        "62 more successes without an error",
    )
    assert entries["Time at this level"].is_met
    assert entries["Test value"].wanted == "at least 20"
    assert entries["Test value"].missing.startswith("some 2")


def test_time_and_cool_off_are_said_in_days() -> None:
    entries = found(rules_of(days=7), at_ms=10 * DAY_MS, level_since_ms=8 * DAY_MS, cool_off_until_ms=11 * DAY_MS)
    assert entries["Time at this level"][1:] == ("at least 7 days", "2 days", False, "5 days more")
    assert entries["Cool-off"][1:] == ("none runs", "runs for 1 day", False, "1 day")


def test_the_highest_level_has_nothing_above_it() -> None:
    assert found(rules_of(levels=2))["Higher level"].missing == "a higher level in the document"


def test_without_criteria_there_is_nothing_to_compare() -> None:
    assert criteria(replace(rules_of(), promotion=None), {}, at_ms=0) == ()


@pytest.mark.parametrize("rate", [0.01, 0.02, 0.2])
def test_actions_missing_is_what_the_evidence_needs(rate: float) -> None:
    assert actions_missing(0, 0, rate=rate, threshold=20) == clean_actions_needed(rate, error_probability=0.05)
    more = actions_missing(30, 2, rate=rate, threshold=20)
    assert e_value(32 + more, 2, rate=rate) >= 20 > e_value(32 + more - 1, 2, rate=rate)
    assert actions_missing(100_000, 0, rate=rate, threshold=20) == 0


def test_a_record_that_speaks_against_the_agent_is_not_counted_for_ever() -> None:
    assert actions_missing(0, 30_000, rate=0.001, threshold=20) == 1_000_000
