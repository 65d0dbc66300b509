"""What single documents decide, case by case."""

from __future__ import annotations

from decimal import Decimal

import pytest

from policies.bundle import load_bundle
from policies.decisions import Decision, ReasonCode
from tests.policies.samples import derived, event, rules_bundle, without

ALLOW_ALL = '  - {match: {topics: ["*"]}, decision: allow}\n'


def _first(condition: str, decision: str = "deny") -> str:
    return f"rules:\n  - {{id: first, match: {{{condition}}}, decision: {decision}}}\n" + ALLOW_ALL


EDGES = (
    ("confidence_below: 0.7", {"confidence": 0.7}, False),
    ("confidence_below: 0.7", {"confidence": 0.69999}, True),
    ("anomaly_score_above: 0.8", {"anomaly_score": 0.8}, False),
    ("anomaly_score_above: 0.8", {"anomaly_score": 0.80001}, True),
    ("amount_usd_above: 0.1", {"amount_usd": Decimal("0.1")}, False),
    ("amount_usd_above: 0.1", {"amount_usd": 0.1}, False),
    ("amount_usd_above: 0.1", {"amount_usd": "0.1"}, False),
    ("amount_usd_above: 0.1", {"amount_usd": Decimal("0.10000000000000000001")}, True),
    ("amount_usd_above: 5000", {"amount_usd": 5000}, False),
    ("amount_usd_above: 5000", {"amount_usd": "5000.01"}, True),
    ("affected_users_above: 100", {"affected_users": 101}, True),
    ("retry_count_above: 2", {"retry_count": 2}, False),
    ("retry_count_above: 2", {"retry_count": 3}, True),
    ("topics: [job.a]", {"topic": "job.a"}, True),
    ("topics: [job.a]", {"topic": "job.a.b"}, False),
    ("topics: [job.a]", {"topic": "Job.a"}, False),
    ('topics: ["job.*.read"]', {"topic": "job.a.b.read"}, True),
    ('topics: ["job.*.read"]', {"topic": "job.read"}, False),
    ('topics: ["job.*.read"]', {"topic": "job..read"}, True),
    ('topics: ["job.*"]', {"topic": "job."}, True),
    ('topics: ["a*a"]', {"topic": "a"}, False),
    ('topics: ["*ab*b"]', {"topic": "abb"}, True),
    ('topics: ["*ab*ab"]', {"topic": "ab"}, False),
    ("risk_tags: [prod, write]", {"risk_tags": ["write"]}, True),
    ("risk_tags_all: [prod, write]", {"risk_tags": ["write"]}, False),
    ("risk_tags_all: [prod, write]", {"risk_tags": ["write", "x", "prod"]}, True),
    ('agents: ["bot-*"]', {"agent_id": "bot-7"}, True),
    ('tools: ["issue_refund"]', {"tool": "issue_refunds"}, False),
    ("environments: [prod]", {"environment": "prod"}, True),
    ("tenants: [t1, t2]", {"tenant_id": "t2"}, True),
    ("labels: {team: pay*}", {"labels": {"team": "payments"}}, True),
    ("labels: {team: [a, b]}", {"labels": {"team": "c"}}, False),
    ("customer_facing: true", {"customer_facing": False}, False),
    ("reversible: false", {"reversible": False}, True),
)


@pytest.mark.parametrize(("condition", "fields", "is_matched"), EDGES)
def test_a_condition_holds_exactly_where_it_says(condition: str, fields: dict[str, object], is_matched: bool) -> None:
    verdict = rules_bundle(_first(condition)).decide(event() | fields, derived())

    assert verdict.decision is (Decision.DENY if is_matched else Decision.ALLOW)
    assert verdict.reason_code is ReasonCode.RULE_MATCHED


ABSENT = (
    ("confidence_below: 0.7", "confidence"),
    ("anomaly_score_above: 0.7", "anomaly_score"),
    ("amount_usd_above: 7", "amount_usd"),
    ("affected_users_above: 7", "affected_users"),
    ("risk_tags: [prod]", "risk_tags"),
    ("risk_tags_all: [prod]", "risk_tags"),
    ("agents: [a]", "agent_id"),
    ("tools: [a]", "tool"),
    ("tenants: ['a*']", "tenant_id"),
    ("environments: [a]", "environment"),
    ("labels: {a: b}", "labels"),
    ("customer_facing: true", "customer_facing"),
    ("reversible: false", "reversible"),
)


@pytest.mark.parametrize(("condition", "field"), ABSENT)
def test_an_absent_field_decides_as_its_strictest_value_and_is_named(condition: str, field: str) -> None:
    verdict = rules_bundle(_first(condition)).decide(without(event(), field), derived())

    assert (verdict.decision, verdict.reason_code) == (Decision.DENY, ReasonCode.FIELD_MISSING)
    assert verdict.missing == (field,)
    assert field in (verdict.remediation or "")


def test_an_absent_label_in_given_labels_is_absent_and_not_different() -> None:
    verdict = rules_bundle(_first("labels: {team: a}")).decide(event(labels={"other": "x"}), derived())

    assert verdict.reason_code is ReasonCode.FIELD_MISSING


def test_an_unknown_match_does_not_end_the_scan() -> None:
    text = (
        "rules:\n  - {match: {confidence_below: 0.5}, decision: require_approval}\n"
        "  - {match: {risk_tags: [secrets]}, decision: deny}\n" + ALLOW_ALL
    )
    bundle = rules_bundle(text)

    assert bundle.decide(event(confidence=None, risk_tags=["secrets"]), derived()).decision is Decision.DENY
    assert bundle.decide(event(confidence=None, risk_tags=[]), derived()).decision is Decision.REQUIRE_APPROVAL


def test_a_grant_that_depends_on_an_absent_field_is_no_grant() -> None:
    bundle = rules_bundle("rules:\n  - {match: {confidence_below: 0.5}, decision: allow}\n")

    verdict = bundle.decide(event(confidence=None), derived())

    assert (verdict.decision, verdict.reason_code) == (Decision.DENY, ReasonCode.FIELD_MISSING)


def test_defaults_say_what_absence_means() -> None:
    text = "defaults: {anomaly_score: 0, risk_tags: [read]}\n" + _first("anomaly_score_above: 0.5")
    bundle = rules_bundle(text)

    assert bundle.decide(event(anomaly_score=None), derived()).decision is Decision.ALLOW
    assert bundle.decide(event(anomaly_score=0.6), derived()).decision is Decision.DENY
    assert bundle.decide(event(anomaly_score=None, risk_tags=None), derived()).risk_tags == ("read",)


def test_retries_are_the_larger_of_counted_and_claimed() -> None:
    bundle = rules_bundle(_first("retry_count_above: 2"))

    assert bundle.decide(event(retry_count=None), derived()).decision is Decision.ALLOW
    assert bundle.decide(event(retry_count=0), derived(retry_count=3)).decision is Decision.DENY
    assert bundle.decide(event(retry_count=3), derived()).decision is Decision.DENY


def test_a_first_time_is_what_the_gate_knows_and_not_what_is_claimed() -> None:
    bundle = rules_bundle(_first("first_time_action: true"))

    assert bundle.decide(event(first_time_action=True), derived()).decision is Decision.ALLOW
    assert bundle.decide(event(), derived(first_time=True)).decision is Decision.DENY


def test_the_strictest_vote_wins_and_constraints_of_all_votes_merge() -> None:
    bundle = load_bundle(
        {
            "a.yaml": 'rules: [{id: a, match: {topics: ["*"]}, decision: allow_with_constraints,'
            " constraints: {max_runtime_sec: 60, network_allowlist: [x, y], min_reviewers: 1, read_only: false}}]",
            "b.yaml": 'rules: [{id: b, match: {topics: ["*"]}, decision: require_approval, reason: because,'
            " constraints: {max_runtime_sec: 90, network_allowlist: [y, z], min_reviewers: 2, read_only: true}}]",
        }
    )

    verdict = bundle.decide(event(), derived())

    assert (verdict.decision, verdict.rule_id, verdict.document, verdict.reason) == (
        Decision.REQUIRE_APPROVAL, "b", "b", "because",
    )  # fmt: skip
    assert verdict.constraints == {
        "max_runtime_sec": 60, "network_allowlist": ["y"], "min_reviewers": 2, "read_only": True,
    }  # fmt: skip


def test_constraints_that_cannot_be_obeyed_together_deny() -> None:
    rule = 'rules: [{match: {topics: ["*"]}, decision: allow_with_constraints, constraints: {region: %s}}]'

    verdict = load_bundle({"a.yaml": rule % "eu", "b.yaml": rule % "us"}).decide(event(), derived())

    assert (verdict.decision, verdict.reason_code) == (Decision.DENY, ReasonCode.CONSTRAINT_CONFLICT)
    assert verdict.constraints == {}


@pytest.mark.parametrize(
    ("amount", "decision", "code"),
    [
        (100, Decision.ALLOW_WITH_CONSTRAINTS, ReasonCode.RULE_MATCHED),
        ("100.00", Decision.ALLOW_WITH_CONSTRAINTS, ReasonCode.RULE_MATCHED),
        (Decimal("100.01"), Decision.DENY, ReasonCode.CONSTRAINT_EXCEEDED),
        (None, Decision.DENY, ReasonCode.FIELD_MISSING),
    ],
)
def test_an_amount_over_the_limit_or_unknown_beside_one_is_denied(
    amount: object, decision: Decision, code: ReasonCode
) -> None:
    text = 'rules: [{match: {topics: ["*"]}, decision: allow_with_constraints, constraints: {max_amount_usd: 100}}]'

    verdict = rules_bundle(text).decide(event(amount_usd=amount), derived())

    assert (verdict.decision, verdict.reason_code) == (decision, code)


def test_an_invariant_votes_and_never_grants() -> None:
    text = 'invariants: [{id: inv, match: {topics: ["job.*"]}, decision: %s}]\n'
    allow = 'rules: [{match: {topics: ["job.crm.*"]}, decision: allow}]\n'

    alone = rules_bundle(text % "allow").decide(event(), derived())
    held = rules_bundle(text % "require_approval" + allow).decide(event(), derived())
    uncovered = rules_bundle(text % "require_approval" + allow).decide(event("job.other"), derived())
    denied = rules_bundle(text % "deny" + allow).decide(event(), derived())

    assert alone.reason_code is ReasonCode.NO_RULE_MATCHED
    assert (held.decision, held.rule_id) == (Decision.REQUIRE_APPROVAL, "inv")
    assert (uncovered.decision, uncovered.reason_code) == (Decision.DENY, ReasonCode.NO_RULE_MATCHED)
    assert (denied.decision, denied.rule_id) == (Decision.DENY, "inv")


def test_an_agent_above_the_defined_levels_is_judged_by_the_highest_and_below_them_denied() -> None:
    text = 'autonomy_levels:\n  level_1: {rules: [{match: {topics: ["*"]}, decision: allow}]}\n'
    bundle = rules_bundle(text)

    assert bundle.decide(event(), derived(9)).decision is Decision.ALLOW
    assert bundle.decide(event(), derived(0)).reason_code is ReasonCode.AUTONOMY_LEVEL_UNDEFINED


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        ('topics: ["*"]', {"topic": None}),
        ('topics: ["*"]', {"topic": ""}),
        ('topics: ["*"]', {"topic": "x" * 257}),
        ('topics: ["*"]', {"topic": 7}),
        ('topics: ["*"]', {"topic": ["many"]}),
        ('topics: ["*"]', {"tool": 3}),
        ('topics: ["*"]', {"tool": ["many"]}),
        ("amount_usd_above: 5", {"amount_usd": float("nan")}),
        ("amount_usd_above: 5", {"amount_usd": float("inf")}),
        ("amount_usd_above: 5", {"amount_usd": float("-inf")}),
        ("amount_usd_above: 5", {"amount_usd": 10**400}),
        ("amount_usd_above: 5", {"amount_usd": True}),
        ("amount_usd_above: 5", {"amount_usd": "many"}),
        ("amount_usd_above: 5", {"amount_usd": Decimal("Infinity")}),
        ("confidence_below: 0.5", {"confidence": "many"}),
        ("confidence_below: 0.5", {"confidence": float("nan")}),
        ("confidence_below: 0.5", {"confidence": float("inf")}),
        ("confidence_below: 0.5", {"confidence": float("-inf")}),
        ("retry_count_above: 5", {"retry_count": True}),
        ("risk_tags: [a]", {"risk_tags": "prod"}),
        ("risk_tags: [a]", {"risk_tags": [1]}),
        ("risk_tags: [a]", {"risk_tags": [["a"]]}),
        ("labels: {a: b}", {"labels": []}),
        ("labels: {a: b}", {"labels": {"a": 1}}),
        ("reversible: false", {"reversible": "no"}),
        ("customer_facing: true", {"customer_facing": 1}),
        ("environments: [prod]", {"environment": 1}),
        ("agents: [a]", {"agent_id": ["a"]}),
    ],
)
def test_an_event_that_cannot_be_evaluated_is_denied_with_its_own_code(
    condition: str, fields: dict[str, object]
) -> None:
    verdict = rules_bundle(_first(condition, "require_approval")).decide(event() | fields, derived())

    assert (verdict.decision, verdict.reason_code) == (Decision.DENY, ReasonCode.EVALUATION_FAILED)
    assert "prod" not in verdict.reason and "many" not in verdict.reason


def test_a_field_that_no_rule_reads_for_this_action_cannot_change_the_verdict() -> None:
    text = "rules:\n  - {match: {topics: [job.pay], amount_usd_above: 5}, decision: deny}\n" + ALLOW_ALL
    bundle = rules_bundle(text)

    verdict = bundle.decide(event(amount_usd="many"), derived())

    assert verdict.decision is Decision.ALLOW
    assert verdict.facts is None, "facts that cannot be read are no facts"
    assert bundle.decide(event("job.pay", amount_usd="many"), derived()).reason_code is ReasonCode.EVALUATION_FAILED


CLASSES = """
action_classes:
  - class: refund
    match: {tools: [issue_refund]}
    risk_tags: [write, financial]
    owner: support
    risk: high
    ambiguity: low
    reversible: false
    customer_facing: true
    derive: {amount_usd: "arguments.lines[*].amount"}
  - class: lookup
    match: {topics: ["job.*.read"], tools: ["get_*"]}
    risk_tags: [read]
    facts: {amount_usd: 0}
"""


def test_facts_of_a_class_outrank_claims_and_tags_are_the_union() -> None:
    bundle = rules_bundle(CLASSES + _first("amount_usd_above: 100", "require_approval"))
    proposed = event(
        tool="issue_refund", risk_tags=["read", "write"], amount_usd=1, reversible=True,
        arguments={"lines": [{"amount": 60}, {"amount": "40.01"}]},
    )  # fmt: skip

    verdict = bundle.decide(proposed, derived())

    assert verdict.decision is Decision.REQUIRE_APPROVAL
    facts = verdict.facts
    assert facts is not None and facts.amount_usd == Decimal("100.01")
    assert verdict.risk_tags == facts.risk_tags == ("write", "financial", "read")
    assert verdict.class_name == facts.class_name == "refund"
    assert (facts.owner, facts.risk) == ("support", "high")
    assert (facts.reversible, facts.customer_facing) == (False, True)


@pytest.mark.parametrize(
    "arguments",
    [None, {}, {"lines": []}, {"lines": [{"amount": 5}, {}]}, {"lines": [{"amount": 500}, {"amount": -450}]},
     {"lines": {"amount": 5}}, {"lines": [{"amount": True}]}, {"lines": [{"amount": "NaN"}]}],
)  # fmt: skip
def test_a_derived_fact_that_cannot_be_read_is_unknown_whatever_is_claimed(arguments: object) -> None:
    bundle = rules_bundle(CLASSES + _first("amount_usd_above: 100", "require_approval"))

    verdict = bundle.decide(event(tool="issue_refund", amount_usd=1, arguments=arguments), derived())

    assert (verdict.decision, verdict.missing) == (Decision.REQUIRE_APPROVAL, ("amount_usd",))


def test_a_claimed_tag_cannot_grant_what_the_class_does_not() -> None:
    bundle = rules_bundle(CLASSES + "rules: [{match: {risk_tags: [read]}, decision: allow}]\n")

    lookup = bundle.decide(event(tool="get_user", risk_tags=None), derived())
    refund = bundle.decide(event(tool="issue_refund", risk_tags=["read"]), derived())
    unclassed = bundle.decide(event(tool="other", risk_tags=["read"]), derived())

    assert lookup.decision is Decision.ALLOW
    assert (refund.decision, refund.reason_code) == (Decision.DENY, ReasonCode.NO_RULE_MATCHED)
    assert unclassed.decision is Decision.ALLOW


def test_a_claimed_tag_still_makes_a_verdict_stricter() -> None:
    rules = "rules:\n  - {id: secret, match: {risk_tags: [secrets]}, decision: deny}\n" + ALLOW_ALL

    verdict = rules_bundle(CLASSES + rules).decide(event(tool="get_user", risk_tags=["secrets"]), derived())

    assert (verdict.decision, verdict.rule_id, verdict.reason_code) == (
        Decision.DENY, "secret", ReasonCode.RULE_MATCHED,
    )  # fmt: skip


def test_an_action_without_a_tool_is_judged_as_every_class_it_may_belong_to() -> None:
    bundle = rules_bundle(CLASSES + _first("risk_tags: [financial]", "require_approval"))

    verdict = bundle.decide(event(risk_tags=[]), derived())

    assert verdict.decision is Decision.REQUIRE_APPROVAL
    assert "tool" in verdict.missing


def test_an_explanation_names_each_condition_with_its_value() -> None:
    bundle = rules_bundle(_first("confidence_below: 0.5"))

    explained = bundle.explain(event(confidence=None), derived())
    considered = explained["considered"]
    assert isinstance(considered, list)
    (rule_list,) = considered[0]["lists"]

    assert [rule["result"] for rule in rule_list["rules"]] == ["unknown", "matched"]
    assert rule_list["rules"][0]["because"] == [
        {"condition": "confidence_below", "wanted": 0.5, "field": "confidence", "value": None, "result": "unknown"}
    ]
    assert rule_list["vote"] == {"rule_ids": ["first", "doc/rules/1"], "may_abstain": False}


def test_a_verdict_does_not_depend_on_how_many_topics_were_seen_before() -> None:
    bundle = rules_bundle(_first('topics: ["job.*.purge"]'))
    before = bundle.decide(event("job.x.purge"), derived())
    for number in range(5_000):
        bundle.decide(event(f"job.n{number}.read"), derived())

    assert bundle.decide(event("job.x.purge"), derived()) == before
    assert bundle.decide(event("job.unseen.purge"), derived()).decision is Decision.DENY
