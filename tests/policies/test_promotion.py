"""A person's decision on a request for promotion: what it takes, and each conflict in its order."""

from __future__ import annotations

import pytest

from policies.autonomy import evidence_digest
from policies.autonomy_record import Status
from policies.autonomy_rules import ChangeKind
from policies.promotion import PromotionConflict, promotion_id, promotion_ids
from tests.policies.autonomy_samples import Agent, rules_of


def _offered(agent_id: str = "agent-1") -> Agent:
    agent = Agent(rules_of(), agent_id=agent_id)
    agent.earn()
    return agent


def test_the_digest_is_that_of_the_evidence_shown() -> None:
    agent = _offered()
    offered = agent.changes[-1]
    assert offered.evidence is not None

    assert offered.digest == evidence_digest(offered.evidence)
    for name, value in offered.evidence.items():
        assert evidence_digest({**offered.evidence, name: f"other than {value}"}) != offered.digest


def test_the_id_of_a_request_belongs_to_agent_and_class() -> None:
    agent = _offered()

    assert promotion_ids(agent.record) == (promotion_id("agent-1", ""),)
    assert (
        promotion_id("agent-1", "class:a") != promotion_id("agent-1", "class:b") != promotion_id("agent-2", "class:b")
    )


def test_a_decision_on_nothing_is_unknown() -> None:
    agent = Agent(rules_of())
    agent.release()

    assert agent.sign() is PromotionConflict.UNKNOWN_PROMOTION


@pytest.mark.parametrize("reviewer", ["agent-1", " Agent-1 "])
def test_an_agent_cannot_sign_for_itself(reviewer: str) -> None:
    agent = _offered()

    assert agent.sign(reviewer=reviewer) is PromotionConflict.SELF_APPROVAL
    assert agent.level == 0


def test_an_owner_cannot_sign_for_the_agent() -> None:
    assert _offered().sign(is_owner=True) is PromotionConflict.SELF_APPROVAL


@pytest.mark.parametrize("reviewer", ["", "  "])
def test_somebody_without_a_name_or_the_role_cannot_sign(reviewer: str) -> None:
    assert _offered().sign(reviewer=reviewer) is PromotionConflict.NOT_ELIGIBLE
    assert _offered().sign(may_decide=False) is PromotionConflict.NOT_ELIGIBLE


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_decision_needs_a_reason(reason: str | None) -> None:
    assert _offered().sign(reason=reason) is PromotionConflict.REASON_MISSING


def test_a_second_decision_on_the_same_evidence_is_too_late() -> None:
    agent = _offered()
    digest = agent.changes[-1].digest
    assert agent.sign() is None

    assert agent.sign(digest) is PromotionConflict.ALREADY_DECIDED
    assert agent.level == 1


def test_evidence_that_was_on_the_screen_before_an_error_is_stale() -> None:
    agent = Agent(rules_of(rate=0.3))
    agent.earn()
    seen = agent.changes[-1].digest
    agent.act(Status.FAILURE)

    assert agent.sign(seen) is PromotionConflict.STALE_EVIDENCE
    assert agent.sign() is None


def test_withdrawn_evidence_is_stale() -> None:
    agent = _offered()
    agent.act(Status.FAILURE)

    assert agent.sign() is PromotionConflict.STALE_EVIDENCE


def test_evidence_under_another_policy_is_stale_before_the_next_action_too() -> None:
    agent = _offered()
    agent.rules = rules_of(note="new")

    assert agent.sign() is PromotionConflict.STALE_EVIDENCE


def test_nobody_rises_while_cooling_off() -> None:
    agent = _offered()
    agent.violate()

    assert agent.sign() is PromotionConflict.COOLING_OFF
    agent.wait(2)
    assert agent.sign() is PromotionConflict.STALE_EVIDENCE


def test_a_refusal_keeps_the_level_and_begins_the_counts_anew() -> None:
    agent = _offered()
    digest = agent.changes[-1].digest

    assert agent.sign(is_approved=False) is None

    assert agent.changes[-1].kind is ChangeKind.DECLINED
    assert agent.changes[-1].by == "ana"
    agent.succeed(20)
    assert (agent.level, agent.standing().is_offered) == (0, False)
    assert agent.sign(digest) is PromotionConflict.ALREADY_DECIDED
    agent.wait(1)
    agent.succeed(5)
    assert agent.standing().is_offered


def test_the_first_conflict_in_order_is_given() -> None:
    agent = _offered()
    agent.violate()

    assert agent.sign(reviewer="agent-1", may_decide=False, reason=None) is PromotionConflict.NOT_ELIGIBLE
    assert agent.sign(reviewer="agent-1", reason=None) is PromotionConflict.SELF_APPROVAL
    assert agent.sign("f" * 64, reason=None) is PromotionConflict.COOLING_OFF
    agent.wait(3)
    assert agent.sign("f" * 64, reason=None) is PromotionConflict.STALE_EVIDENCE
