"""Promotion with evidence: what it asks for beyond the criteria, and what burdens it."""

from __future__ import annotations

import pytest

from policies.autonomy import evidence_for
from policies.autonomy_record import Cause, Status
from policies.autonomy_rules import ChangeKind
from tests.policies.autonomy_samples import Agent, rules_of


def test_evidence_asks_for_more_than_the_criteria_alone() -> None:
    with_evidence = Agent(rules_of("{evidence: true}", days=0))
    without = Agent(rules_of(days=0))

    for agent in (with_evidence, without):
        agent.succeed(223)
    assert (with_evidence.kinds, without.kinds) == ([], [ChangeKind.OFFERED])
    with_evidence.succeed(1)
    assert with_evidence.kinds == [ChangeKind.OFFERED]
    assert with_evidence.changes[0].evidence is not None
    assert with_evidence.changes[0].evidence["e_value"] == 20.3


def test_a_new_model_loses_the_successes_and_keeps_the_errors() -> None:
    agent = Agent(rules_of("{evidence: true}", rate=0.02))
    agent.act(*[Status.FAILURE] * 5, *[Status.SUCCESS] * 10)

    agent.release(model="m2")

    standing = agent.standing()
    assert agent.changes[-1].cause is Cause.MODEL_CHANGED
    assert (standing.successes, standing.errors, standing.model) == (0, 0, "m2")
    assert (standing.successes_before, standing.errors_before) == (10, 5)
    assert sum(part.errors for part in standing.parts) == 5
    assert standing.errors_lately.bit_count() == 5


def test_good_evidence_is_no_credit_for_a_new_model() -> None:
    agent = Agent(rules_of("{evidence: true}", days=0))
    agent.succeed(200)

    agent.succeed(223, model="m2")
    assert not agent.standing().is_offered
    agent.succeed(1, model="m2")
    assert agent.standing().is_offered


def test_leaving_the_model_out_is_a_change_too() -> None:
    agent = Agent(rules_of())
    agent.succeed(3)

    agent.release(model=None)

    assert agent.changes[-1].cause is Cause.MODEL_CHANGED


def test_errors_under_another_model_burden_the_evidence_of_the_new_one() -> None:
    agent = Agent(rules_of("{evidence: true}", days=0, rate=0.05, triggers="[]"))
    agent.act(*[Status.SUCCESS] * 20, *[Status.FAILURE] * 8)

    agent.succeed(200, model="m2")
    assert agent.standing().successes == 200
    assert not agent.standing().is_offered

    agent.rules = rules_of("{evidence: true}", days=0, rate=0.05, triggers="[]", note="the operator begins anew")
    agent.succeed(200, model="m2")
    assert agent.standing().is_offered


def test_a_strict_deployment_asks_for_evidence_whatever_the_document_says() -> None:
    agent = Agent(rules_of(days=0, always_evidence=True))

    agent.succeed(223)
    assert agent.kinds == []
    agent.succeed(1)
    assert agent.kinds == [ChangeKind.OFFERED]


@pytest.mark.parametrize("rate", [0, 1])
def test_where_evidence_is_asked_for_and_impossible_nobody_rises(rate: float) -> None:
    agent = Agent(rules_of(days=0, rate=rate, always_evidence=True))

    agent.succeed(2_000)

    assert evidence_for(agent.rules, agent.standing()) == 0
    assert agent.kinds == []
