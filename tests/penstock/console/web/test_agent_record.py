"""An agent's record as the console counts it from the audit, beside the gate's own."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from penstock.console.readmodel.agents_queries import (
    ReportRow,
    agent,
    class_levels,
    days,
    level_changes,
    promotions,
    reports,
)
from penstock.console.web.agent_record import DAY_MS, SHOWN_DAYS, ClassRecord, Told, class_records, days_of
from penstock.console.web.history import Day
from policies.action_class import classes_of
from policies.autonomy import evidence_of
from policies.autonomy_rules import AutonomyRules
from policies.bundle import Bundle, load_bundle
from tests.penstock.console.web.live_gate import LiveGate, running
from tests.streams.samples import action, gate_of, outcome

POLICY = """
autonomy_levels:
  level_0: {rules: [{match: {topics: ["*"]}, decision: allow}]}
  level_1: {rules: [{match: {topics: ["*"]}, decision: allow}]}
  level_2: {rules: [{match: {topics: ["*"]}, decision: allow}]}
promotion_criteria: {min_successful_actions: 3, max_error_rate: 0.4, review_period_days: 1,
  requires_human_sign_off: false}
demotion_triggers: [policy_violation, safety_incident, {error_rate_above: 0.6}]
"""
INVARIANT = "invariants: [{id: never, match: {topics: ['job.*.drop']}, decision: deny, reason: nobody drops}]"
CLASSES = "action_classes: [{match: {tools: [pay]}, class: refund}]"


def bundle(records: str) -> Bundle:
    return load_bundle({"a.yaml": f"{POLICY}autonomy_records: {records}\n", "i.yaml": INVARIANT, "c.yaml": CLASSES})


def live(gate: LiveGate, chance: random.Random, steps: int) -> None:
    """Actions of three classes with outcomes, violations among them, over some days."""
    for number in range(steps):
        gate.lane.now_ms += chance.choice((1, 3_600_000, DAY_MS // 3))
        topic, tool = chance.choice((("job.crm.read", "crm"), ("job.mail.send", "mail"), ("job.crm.refund", "pay")))
        if chance.random() < 0.05:
            gate.give(action(f"v{number}", "job.crm.drop", tool=tool))
            continue
        gate.give(action(f"a{number}", topic, tool=tool))
        gate.lane.now_ms += 1
        status = chance.choices(("success", "failure", "incident"), (80, 18, 2))[0]
        gate.give(outcome(f"a{number}", status))


def counted(gate: LiveGate, policy: Bundle, rules: AutonomyRules) -> tuple[ClassRecord, ...]:
    with gate.store.read() as db:
        row = agent(db, "agent-1")
        assert row is not None
        told = Told(
            row,
            class_levels(db, "agent-1"),
            level_changes(db, "agent-1"),
            reports(db, "agent-1", with_class=not rules.is_per_agent),
            promotions(db, "agent-1"),
        )

    def found(report: ReportRow) -> tuple[str, ...]:
        return classes_of({"topic": report.topic, "tool": report.tool}, policy.resolver)

    return class_records(rules, told, found, now_ms=gate.lane.now_ms)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("records", ["{evidence: false}", "{per: action_class, evidence: true}"])
def test_the_console_counts_what_the_gate_counts(records: str, seed: int, tmp_path: Path) -> None:
    policy = bundle(records)
    with running(LiveGate(tmp_path, gate=gate_of(policy))) as gate:
        live(gate, random.Random(seed), 120)
        rules = gate.lane.gate.terms.conduct.rules
        assert rules is not None
        standings = gate.lane.state.agents["agent-1"].record.standings
        found = {record.action_class: record for record in counted(gate, policy, rules)}
        assert set(found) == set(standings)
        for name, standing in standings.items():
            real = evidence_of(rules, "agent-1", name, standing, at_ms=gate.lane.now_ms)
            assert found[name].level == standing.level
            assert {**found[name].evidence, "level_since_ms": 0, "counted_from_ms": 0} == {
                **real,
                "level_since_ms": 0,
                "counted_from_ms": 0,
            }


def test_days_have_outcomes_and_the_level_at_their_end(tmp_path: Path) -> None:
    policy = bundle("{evidence: false}")
    with running(LiveGate(tmp_path, gate=gate_of(policy))) as gate:
        first_ms = gate.lane.now_ms - gate.lane.now_ms % DAY_MS
        for number in range(8):
            gate.lane.now_ms = first_ms + number * DAY_MS // 2
            gate.give(action(f"a{number}"), outcome(f"a{number}", "failure" if number == 7 else "success"))
        with gate.store.read() as db:
            row = agent(db, "agent-1")
            assert row is not None
            counts = days(db, "agent-1", since_ms=first_ms - DAY_MS)
            changes = level_changes(db, "agent-1")
        found = days_of(counts, changes, row=row, level=1, now_ms=gate.lane.now_ms)
        assert len(found) == SHOWN_DAYS
        assert found[-5] == Day(0, 0, None)
        assert [(day.successes, day.errors) for day in found[-4:]] == [(2, 0), (2, 0), (2, 0), (1, 1)]
        levels = [day.level for day in found[-4:]]
        assert levels[0] == 0
        assert max(level for level in levels if level is not None) >= 1
