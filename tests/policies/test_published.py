"""The published documents load verbatim and give the verdicts their text promises."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from policies.bundle import load_bundle
from policies.decisions import Decision, ReasonCode
from tests.policies.samples import derived, event, s2_sources

ALLOW, CONSTRAINED = Decision.ALLOW, Decision.ALLOW_WITH_CONSTRAINTS
APPROVAL, DENY = Decision.REQUIRE_APPROVAL, Decision.DENY

EXPECTED: tuple[tuple[str, dict[str, object], int, Decision, Mapping[str, object]], ...] = (
    ("deploy.api", {"risk_tags": ["prod"]}, 3, APPROVAL, {"max_runtime_sec": 900}),
    ("deploy.api", {"risk_tags": []}, 3, ALLOW, {}),
    (
        "crm.external-api", {"risk_tags": ["egress"]}, 3, CONSTRAINED,
        {"network_allowlist": ["api.slack.com", "api.github.com"], "max_runtime_sec": 60},
    ),
    (
        "crm.external-api", {"risk_tags": ["egress"]}, 1, APPROVAL,
        {"network_allowlist": ["api.slack.com", "api.github.com"], "max_runtime_sec": 60},
    ),
    ("crm.read", {"risk_tags": ["read"]}, 1, ALLOW, {}),
    ("crm.read", {"risk_tags": ["read"]}, 0, APPROVAL, {}),
    ("support.refund", {"risk_tags": []}, 3, ALLOW, {}),
    ("support.refund", {"confidence": 0.3}, 3, APPROVAL, {}),
    ("support.refund", {"confidence": 0.7, "anomaly_score": 0.8, "retry_count": 2}, 3, ALLOW, {}),
    ("support.refund", {"retry_count": 3}, 3, APPROVAL, {}),
    ("data.purge", {"risk_tags": ["delete"]}, 3, APPROVAL, {}),
    ("crm.update", {"risk_tags": ["write"]}, 2, CONSTRAINED, {}),
    ("crm.read", {"anomaly_score": None, "risk_tags": ["read"]}, 1, APPROVAL, {}),
    ("crm.read", {"risk_tags": None}, 3, APPROVAL, {}),
)  # fmt: skip


@pytest.mark.parametrize(("topic", "fields", "level", "decision", "constraints"), EXPECTED)
def test_published_documents_give_the_verdict_they_promise(
    topic: str, fields: dict[str, object], level: int, decision: Decision, constraints: Mapping[str, object]
) -> None:
    bundle = load_bundle(s2_sources())

    verdict = bundle.decide(event(f"job.{topic}", **fields), derived(level))

    assert verdict.decision is decision
    assert verdict.constraints == constraints


def test_update_without_an_autonomy_document_is_denied_because_no_rule_matched() -> None:
    bundle = load_bundle(s2_sources("safety", "escalation", "audit"))

    verdict = bundle.decide(event("job.crm.update", risk_tags=["write"]), derived(2))

    assert verdict.decision is DENY
    assert verdict.reason_code is ReasonCode.NO_RULE_MATCHED


def test_published_criteria_and_triggers_are_kept() -> None:
    autonomy = load_bundle(s2_sources()).autonomy

    assert autonomy is not None and autonomy.promotion is not None and autonomy.demotion is not None
    assert [level.name for level in autonomy.levels] == ["supervised", "assisted", "semi-autonomous", "autonomous"]
    assert autonomy.promotion.min_successful_actions == 50
    assert autonomy.promotion.max_error_rate == 0.02
    assert autonomy.promotion.review_period_days == 7
    assert autonomy.promotion.requires_human_sign_off is True
    assert autonomy.demotion.policy_violation and autonomy.demotion.safety_incident
    assert autonomy.demotion.error_rate_above == 0.05


def test_published_levels_name_their_rules_by_document_level_and_place() -> None:
    verdict = load_bundle(s2_sources()).decide(event("job.crm.update", risk_tags=["write"]), derived(2))

    assert (verdict.rule_id, verdict.document) == ("autonomy/level_2/1", "autonomy")


def test_missing_anomaly_score_is_named_as_the_reason() -> None:
    verdict = load_bundle(s2_sources()).decide(event(anomaly_score=None, risk_tags=["read"]), derived(1))

    assert verdict.reason_code is ReasonCode.FIELD_MISSING
    assert verdict.missing == ("anomaly_score",)
    assert verdict.rule_id == "anomaly-escalation"


def test_the_published_workflow_loads_as_it_stands() -> None:
    (workflow,) = load_bundle(s2_sources()).workflows

    assert (workflow.name, workflow.trigger) == ("customer-refund", "support.refund.requested")
    assert sorted(workflow.steps) == ["analyze", "decide", "human-review", "process"]
    assert workflow.steps["process"].constraints == {"max_amount_usd": 10000}
