"""Approval classes, quadrants of risk and ambiguity, where constraints come from, and what explanations say of all."""

from __future__ import annotations

import json

import pytest

from policies.approval_documents import ApprovalClass
from policies.bundle import Bundle, load_bundle
from policies.decisions import Decision, ReasonCode, Verdict
from policies.sampling import draw
from tests.policies.samples import derived, rules_bundle

QUADRANTS = """
quadrants:
  - {risk: low, ambiguity: low, owner_role: operations, kpis: [precision]}
  - {risk: low, ambiguity: high}
  - {risk: high, ambiguity: low, constraints: {max_amount_usd: 100}}
  - {risk: high, ambiguity: high, owner_role: fraud-desk}
action_classes:
"""


def _class(risk: str, ambiguity: str, more: str = "") -> str:
    name = f"{risk}-{ambiguity}"
    return f"  - {{class: {name}, match: {{tools: [{name}]}}, risk: {risk}, ambiguity: {ambiguity}{more}}}\n"


CLASSES = "".join(_class(risk, ambiguity) for risk in ("low", "high") for ambiguity in ("low", "high"))


def _decide(bundle: Bundle, tool: str, **fields: object) -> Verdict:
    return bundle.decide({"topic": "job.x", "tool": tool, **fields}, derived())


@pytest.mark.parametrize(
    ("tool", "fields", "decision", "approval"),
    [
        ("low-low", {}, Decision.ALLOW, None),
        ("low-high", {}, Decision.ALLOW, None),
        ("high-low", {"amount_usd": 100}, Decision.ALLOW_WITH_CONSTRAINTS, None),
        ("high-low", {"amount_usd": 101}, Decision.DENY, None),
        ("high-low", {}, Decision.DENY, None),
        ("high-high", {}, Decision.REQUIRE_APPROVAL, ApprovalClass.EXPLICIT),
        ("unclassed", {}, Decision.DENY, None),
    ],
)
def test_each_quadrant_has_its_default_treatment(
    tool: str, fields: dict[str, object], decision: Decision, approval: ApprovalClass | None
) -> None:
    verdict = _decide(rules_bundle(QUADRANTS + CLASSES), tool, **fields)

    assert (verdict.decision, verdict.approval) == (decision, approval)


def test_a_quadrant_names_itself_as_the_rule_and_owns_what_nobody_owns() -> None:
    verdict = _decide(rules_bundle(QUADRANTS + CLASSES), "low-low")

    assert (verdict.rule_id, verdict.document) == ("doc/quadrants/low_low", "doc")
    assert verdict.facts is not None and verdict.facts.owner == "operations"
    assert rules_bundle(QUADRANTS + CLASSES).quadrants[-1].kpis == ("precision",)


def test_a_rule_that_matches_is_heard_and_the_quadrant_is_not() -> None:
    rules = "rules: [{id: own, match: {tools: [low-low]}, decision: require_approval}]\n"

    verdict = _decide(rules_bundle(rules + QUADRANTS + CLASSES), "low-low")

    assert (verdict.decision, verdict.rule_id) == (Decision.REQUIRE_APPROVAL, "own")


def test_an_invariant_still_counts_beside_a_quadrant() -> None:
    invariants = "invariants: [{id: inv, match: {confidence_below: 0.5}, decision: deny}]\n"
    bundle = rules_bundle(invariants + QUADRANTS + CLASSES)

    assert _decide(bundle, "low-low", confidence=0.4).rule_id == "inv"
    assert _decide(bundle, "low-low", confidence=0.6).decision is Decision.ALLOW
    unknown = _decide(bundle, "low-low")
    assert (unknown.decision, unknown.reason_code) == (Decision.DENY, ReasonCode.FIELD_MISSING)


def test_a_rule_that_may_match_and_the_quadrant_give_the_stricter_of_both() -> None:
    rules = "rules: [{id: maybe, match: {confidence_below: 0.5}, decision: %s}]\n" + QUADRANTS + CLASSES

    mild = _decide(rules_bundle(rules % "allow"), "high-high")
    strict = _decide(rules_bundle(rules % "deny"), "low-low")

    assert mild.decision is Decision.REQUIRE_APPROVAL
    assert (strict.decision, strict.missing) == (Decision.DENY, ("confidence",))


def test_an_agent_below_every_level_is_denied_whatever_its_quadrant() -> None:
    levels = 'autonomy_levels: {level_1: {rules: [{match: {topics: ["z"]}, decision: allow}]}}\n'

    verdict = _decide(rules_bundle(levels + QUADRANTS + CLASSES), "low-low")

    assert verdict.reason_code is ReasonCode.AUTONOMY_LEVEL_UNDEFINED


APPROVALS = """
action_classes:
  - {class: quick, match: {tools: [quick]}, approval: auto}
  - {class: slow, match: {tools: [slow]}, approval: explicit}
"""


@pytest.mark.parametrize(
    ("tool", "approvals", "expected"),
    [
        ("other", ("queue", None), ApprovalClass.QUEUE),
        ("other", (None, None), None),
        ("quick", (None, None), ApprovalClass.AUTO),
        ("quick", ("queue", None), ApprovalClass.QUEUE),
        ("quick", ("auto", "explicit"), ApprovalClass.EXPLICIT),
        ("slow", ("auto", "queue"), ApprovalClass.EXPLICIT),
    ],
)
def test_the_strictest_approval_class_counts(
    tool: str, approvals: tuple[str | None, str | None], expected: ApprovalClass | None
) -> None:
    def text(approval: str | None) -> str:
        given = "" if approval is None else f", approval: {approval}"
        return f'rules: [{{match: {{topics: ["*"]}}, decision: require_approval{given}}}]\n'

    bundle = load_bundle({"a.yaml": text(approvals[0]), "b.yaml": text(approvals[1]), "c.yaml": APPROVALS})

    assert _decide(bundle, tool).approval is expected


def test_a_verdict_that_needs_nobody_has_no_approval_class() -> None:
    allow = 'rules: [{match: {topics: ["*"]}, decision: allow}]\n'

    assert _decide(rules_bundle(allow + APPROVALS), "slow").approval is None


def test_every_constraint_is_recorded_with_the_rules_that_gave_it() -> None:
    rule = 'rules: [{id: %s, match: {topics: ["*"]}, decision: allow_with_constraints, constraints: {%s}}]'
    bundle = load_bundle(
        {"a.yaml": rule % ("one", "max_runtime_sec: 60, region: eu"), "b.yaml": rule % ("two", "max_runtime_sec: 90")}
    )

    verdict = _decide(bundle, "any")

    assert verdict.constraints == {"max_runtime_sec": 60, "region": "eu"}
    assert verdict.constraint_sources == {"max_runtime_sec": ("one", "two"), "region": ("one",)}


def test_an_explanation_shows_what_expressions_counts_and_velocity_saw() -> None:
    text = """
rules:
  - id: first
    match:
      when: "arguments.n > 1"
      at_least: {count: 1, of: [{confidence_below: 0.5}]}
      velocity: {max: 3, window_sec: 60}
    decision: deny
  - {match: {topics: ["*"]}, decision: allow}
"""
    event = {"topic": "job.x", "arguments": {"n": 2, "secret": "S3CR3T"}, "confidence": 0.2}
    explained = rules_bundle(text).explain(event, derived()._replace(velocity=((60, 1),)))
    written = json.dumps(explained)
    considered = explained["considered"]
    assert isinstance(considered, list)
    (rule_list,) = considered[0]["lists"]
    because = {entry["condition"]: entry for entry in rule_list["rules"][0]["because"]}

    assert because["when"]["values"] == {"arguments.n": 2}
    assert because["when"]["wanted"] == "arguments.n > 1"
    assert because["at_least"]["of"][0]["because"][0]["value"] == 0.2
    assert (because["velocity"]["value"], because["velocity"]["result"]) == ([[60, 1]], "not matched")
    assert "S3CR3T" not in written, "only what a rule reads is shown"


def test_an_explanation_of_a_quadrant_ends_with_its_rule() -> None:
    explained = rules_bundle(QUADRANTS + CLASSES).explain({"topic": "job.x", "tool": "high-high"}, derived())
    verdict = explained["verdict"]

    assert isinstance(verdict, dict)
    assert (verdict["rule_id"], verdict["approval"]) == ("doc/quadrants/high_high", "explicit")


def test_what_is_assisted_is_sampled_more_often_in_a_stratum_of_its_own() -> None:
    audit = "audit: {sampling: {rate: 0.1, strategy: uniform}}\n"
    bundle = rules_bundle(audit + QUADRANTS + CLASSES)
    samples = [
        draw(bundle, "a", derived=derived(), verdict=_decide(bundle, tool), key=b"k")
        for tool in ("low-low", "low-high")
    ]

    assert [sample and (sample.probability, sample.stratum) for sample in samples] == [
        (0.1, "uniform"), (0.2, "uniform x2"),
    ]  # fmt: skip


def test_an_explanation_names_the_rule_whose_expression_failed() -> None:
    odd_rule = 'rules: [{id: odd, match: {when: "arguments.n > 1"}, decision: allow}, '
    text = odd_rule + '{match: {topics: ["*"]}, decision: allow}]'
    explained = rules_bundle(text).explain({"topic": "job.x", "arguments": {"n": "2"}}, derived())
    considered, verdict = explained["considered"], explained["verdict"]
    assert isinstance(considered, list) and isinstance(verdict, dict)
    odd, rest = considered[0]["lists"][0]["rules"]

    assert (odd["id"], odd["result"], rest["result"]) == ("odd", "error: TypeError", "matched")
    assert odd["because"][0]["values"] == {"arguments.n": "2"}
    assert verdict["reason_code"] == "evaluation_failed"
