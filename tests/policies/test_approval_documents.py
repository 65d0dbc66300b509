"""Approval documents load strictly, and the published one loads as it was published."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.approval_documents import (
    ApprovalClass,
    EvidenceField,
    FatigueControls,
    OnTimeout,
    QueuePolicy,
    Risk,
    Role,
    Timeout,
)
from policies.bundle import Bundle, load_bundle, load_canonical
from policies.documents import Approvals
from policies.errors import PolicyLoadError
from policies.parse_approvals import (
    CLASS_FIELDS,
    EVIDENCE_FIELDS,
    FATIGUE_FIELDS,
    PERSON_FIELDS,
    QUEUE_FIELDS,
    SECTIONS,
    TEAM_FIELDS,
    TIMEOUT_FIELDS,
    approvals_of,
)
from tests.policies.samples import S2_FOLDER, rules_bundle

POLICY_PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")


def _approvals(bundle: Bundle) -> Approvals:
    found = approvals_of(bundle.documents)
    assert found is not None
    return found


def test_the_published_document_loads_verbatim() -> None:
    text = (S2_FOLDER / "reviewer-ops.json").read_text(encoding="utf-8")

    found = _approvals(load_bundle({"reviewer-ops.json": text}))

    assert found.queue == QueuePolicy(900, 1800, 40, 1200)
    assert found.routing == {
        "financial_actions": "finance-approvers",
        "security_actions": "security-approvers",
        "default": "ops-approvers",
    }
    assert found.fatigue == FatigueControls(True, 80, 900, 0.1)
    assert found.evidence is not None and found.evidence.is_enforced
    assert found.evidence.required == (
        EvidenceField.POLICY_SNAPSHOT, EvidenceField.JOB_HASH, EvidenceField.APPROVER_ID, EvidenceField.DECISION_TS,
    )  # fmt: skip


EXAMPLE = """
approval_timeouts: {high: {after_sec: 60, on_timeout: deny}, low: {on_timeout: release}}
approval_classes: [{match: {amount_usd_above: 10}, class: explicit, approvers: 2}]
teams: {a: {members: [ana], escalates_to: b, shares_with: [b]}, b: {}}
reviewers: {ana: {roles: [reviewer, admin], agents: ["bot-*"]}}
"""


def test_every_section_keeps_what_it_says() -> None:
    found = _approvals(rules_bundle(EXAMPLE))

    assert found.timeouts == {Risk.HIGH: Timeout(60, OnTimeout.DENY), Risk.LOW: Timeout(None, OnTimeout.RELEASE)}
    assert found.classes is not None and found.classes[0].approval_class is ApprovalClass.EXPLICIT
    assert found.classes[0].approvers == 2
    assert found.teams is not None and found.teams["a"].escalates_to == "b" and found.teams["a"].shares_with == ("b",)
    assert found.people is not None and found.people["ana"].roles == (Role.REVIEWER, Role.ADMIN)
    assert found.people["ana"].agents == ("bot-*",)


def test_sections_of_several_documents_make_one_policy_that_survives_its_canonical_text() -> None:
    bundle = load_bundle({"a.yaml": "routing: {default: a}\n", "b.yaml": EXAMPLE})

    assert _approvals(bundle).routing == {"default": "a"}
    assert _approvals(bundle).teams is not None
    assert _approvals(load_canonical(bundle.canonical())) == _approvals(bundle)


def test_a_bundle_without_approval_sections_has_none() -> None:
    assert approvals_of(rules_bundle("rules: []\n").documents) is None


WRONG = (
    ("approval_queue_policy: {target_median_wait: 1}\n", "P001", 'did you mean "target_median_wait_sec"?'),
    ("approval_queue_policy: {target_median_wait_sec: 0}\n", "P008", "between 1 and"),
    ("approval_queue_policy: {max_open_requests_per_reviewer: 1.5}\n", "P008", "whole"),
    ("approval_queue_policy: {target_median_wait_sec: 9, target_p95_wait_sec: 8}\n", "P014", "no queue can keep"),
    ("routing: {financial: a}\n", "P012", 'lacks "default"'),
    ("routing: {default: a b}\n", "P008", "white space"),
    ("fatigue_controls: {auto_rebalance: yes}\n", "P007", "write true"),
    ("fatigue_controls: {sampled_second_review_rate: 2}\n", "P008", "between 0 and 1"),
    ("fatigue_controls: {cooldown_sec: 10}\n", "P014", "no effect"),
    ("evidence_contract: {}\n", "P012", "required_fields"),
    ("evidence_contract: {required_fields: [job_hsh]}\n", "P002", 'did you mean "job_hash"?'),
    ("approval_timeouts: {hgh: {on_timeout: deny}}\n", "P001", 'did you mean "high"?'),
    ("approval_timeouts: {high: {after_sec: 60}}\n", "P012", "on_timeout"),
    ("approval_timeouts: {high: {on_timeout: release}}\n", "P014", "deny, not release"),
    ("approval_timeouts: {high: {on_timeout: escalate}}\n", "P014", "deny, not escalate"),
    ("approval_timeouts: {medium: {on_timeout: release}}\n", "P014", "deny, escalate"),
    ("approval_timeouts: {low: {on_timeout: allow}}\n", "P002", "release"),
    ("approval_classes: [{match: {}, class: auto}]\n", "P012", "match every action"),
    ("approval_classes: [{match: {tools: [a]}, class: automatic}]\n", "P002", "auto"),
    ("approval_classes: [{match: {tools: [a]}, class: queue, approvers: 0}]\n", "P008", "between 1 and 10"),
    ("approval_classes: [{match: {tools: [a]}, class: queue, approvers: 11}]\n", "P008", "between 1 and 10"),
    ("teams: {a: {member: [x]}}\n", "P001", 'did you mean "members"?'),
    ("teams: {a: {escalates_to: b}}\n", "P014", '"b", which is no team'),
    ("teams: {a: {shares_with: [b]}}\n", "P014", '"b", which is no team'),
    ("teams: {a: {escalates_to: b}, b: {escalates_to: a}}\n", "P014", "in a circle"),
    ("teams: {a: {escalates_to: a}}\n", "P014", "in a circle"),
    ("teams: {a: {members: [x]}}\nreviewers: {}\n", "P014", '"x" of team "a" is no reviewer'),
    ("teams: {a: {}}\nrouting: {default: b}\n", "P014", '"b", which is no team'),
    ("reviewers: {ana: {}}\n", "P012", "roles"),
    ("reviewers: {ana: {roles: [boss]}}\n", "P002", "role"),
    ("reviewers: {ana: {roles: [viewer]}, Ana: {roles: [admin]}}\n", "P006", "same person"),
    ("reviewers: {ana: {roles: [viewer], agents: ['a**']}}\n", "P003", "crosses dots"),
)


@pytest.mark.parametrize(("text", "code", "part"), WRONG)
def test_a_wrong_section_is_refused(text: str, code: str, part: str) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        rules_bundle(text)

    assert {problem.code.value for problem in caught.value.problems} == {code}
    assert part in caught.value.problems[0].message


@pytest.mark.parametrize("key", sorted(SECTIONS))
def test_a_section_stands_in_one_document_of_a_bundle(key: str) -> None:
    bodies = {
        "routing": "{default: a}",
        "evidence_contract": "{required_fields: [job_hash]}",
        "approval_classes": "[]",
    }
    text = f"{key}: {bodies.get(key, '{}')}\n"

    with pytest.raises(PolicyLoadError) as caught:
        load_bundle({"a.yaml": text, "b.yaml": text})

    assert [problem.code.value for problem in caught.value.problems] == ["P006"]


WORDS = sorted(
    {
        *SECTIONS, *QUEUE_FIELDS, *FATIGUE_FIELDS, *EVIDENCE_FIELDS, *TIMEOUT_FIELDS, *CLASS_FIELDS, *TEAM_FIELDS,
        *PERSON_FIELDS, *ApprovalClass, *OnTimeout, *Role, *EvidenceField, *Risk,
    }
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_sections_is_documented(word: str) -> None:
    assert f"`{word}`" in POLICY_PAGE
