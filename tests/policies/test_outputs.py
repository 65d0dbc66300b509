"""Outputs: findings by first match, the strictest document wins, fields go by path."""

from __future__ import annotations

import json

import pytest

from policies.bundle import load_bundle
from policies.decisions import FieldRemoval, FindingAction, OutputDecision, ReasonCode
from tests.policies.samples import EXAMPLES, Found, rules_bundle, sources

RULES = """
output_rules:
  - {id: keys, match: {findings: [credential]}, decision: quarantine, reason: "a key"}
  - {id: ssn, match: {findings: [US_SSN], audiences: [customer]}, decision: redact, action: partial, reason: "an ssn"}
  - {id: inside, match: {findings: [pii], audiences: [internal]}, decision: allow}
  - {id: mail, match: {findings: ["EMAIL_*"], topics: ["job.support.*"], tenants: [t1]}, decision: allow}
  - {id: note, match: {findings: [PERSON], fields: ["**.note"]}, decision: redact, action: remove_field}
"""


def _output(**fields: object) -> dict[str, object]:
    base: dict[str, object] = {
        "output_id": "o", "audience": "customer", "topic": "job.support.reply", "tenant_id": "t1", "content": "text",
    }  # fmt: skip
    return {name: value for name, value in (base | fields).items() if value is not None}


CASES: tuple[tuple[Found, dict[str, object], OutputDecision, str | None, ReasonCode], ...] = (
    (Found("AWS_KEY", "credential"), {}, OutputDecision.QUARANTINE, "keys", ReasonCode.RULE_MATCHED),
    (Found("US_SSN"), {}, OutputDecision.REDACT, "ssn", ReasonCode.RULE_MATCHED),
    (Found("US_SSN"), {"audience": "internal"}, OutputDecision.ALLOW, "inside", ReasonCode.RULE_MATCHED),
    (Found("US_SSN"), {"audience": "partner"}, OutputDecision.QUARANTINE, None, ReasonCode.NO_RULE_MATCHED),
    (Found("US_SSN"), {"audience": None}, OutputDecision.QUARANTINE, None, ReasonCode.FIELD_MISSING),
    (Found("EMAIL_ADDRESS"), {}, OutputDecision.ALLOW, "mail", ReasonCode.RULE_MATCHED),
    (Found("EMAIL_ADDRESS"), {"tenant_id": "t2"}, OutputDecision.QUARANTINE, None, ReasonCode.NO_RULE_MATCHED),
    (Found("EMAIL_ADDRESS"), {"tenant_id": None}, OutputDecision.QUARANTINE, None, ReasonCode.FIELD_MISSING),
    (Found("PERSON", field="a.b[2].note"), {}, OutputDecision.REDACT, "note", ReasonCode.RULE_MATCHED),
    (Found("PERSON", field="a.notes"), {}, OutputDecision.QUARANTINE, None, ReasonCode.NO_RULE_MATCHED),
    (Found("PERSON"), {}, OutputDecision.QUARANTINE, None, ReasonCode.NO_RULE_MATCHED),
)


@pytest.mark.parametrize(("finding", "fields", "decision", "rule_id", "code"), CASES)
def test_a_finding_is_judged_by_the_first_rule_that_matches(
    finding: Found, fields: dict[str, object], decision: OutputDecision, rule_id: str | None, code: ReasonCode
) -> None:
    verdict = rules_bundle(RULES).decide_output(_output() | fields, [finding])

    assert (verdict.decision, verdict.rule_id, verdict.reason_code) == (decision, rule_id, code)
    assert len(verdict.findings) == 1


def test_each_finding_has_its_own_action_and_the_strictest_decides_the_output() -> None:
    findings = [Found("EMAIL_ADDRESS"), Found("US_SSN"), Found("PERSON", field="x.note")]

    verdict = rules_bundle(RULES).decide_output(_output(), findings)

    assert verdict.decision is OutputDecision.REDACT
    assert [judged.action for judged in verdict.findings] == [None, FindingAction.PARTIAL, FindingAction.REMOVE_FIELD]
    assert verdict.reasons[0] == "an ssn"


def test_the_strictest_document_wins_and_of_two_actions_the_one_that_leaves_less() -> None:
    rule = "output_rules: [{match: {findings: [pii]}, decision: %s}]\n"
    both = {"a.yaml": rule % "redact, action: token", "b.yaml": rule % "redact, action: mask"}

    (judged,) = load_bundle(both).decide_output(_output(), [Found("PERSON")]).findings
    held = load_bundle(both | {"c.yaml": rule % "quarantine"}).decide_output(_output(), [Found("PERSON")])

    assert judged.action is FindingAction.MASK
    assert held.decision is OutputDecision.QUARANTINE


def test_without_an_output_document_everything_is_quarantined() -> None:
    verdict = rules_bundle('rules: [{match: {topics: ["*"]}, decision: allow}]').decide_output(_output(), [])

    assert (verdict.decision, verdict.reason_code) == (OutputDecision.QUARANTINE, ReasonCode.NO_POLICY)


def test_an_output_without_findings_passes() -> None:
    verdict = rules_bundle(RULES).decide_output(_output(), [])

    assert (verdict.decision, verdict.reason_code) == (OutputDecision.ALLOW, ReasonCode.NO_FINDINGS)


def test_an_output_that_cannot_be_evaluated_is_quarantined_with_its_own_code() -> None:
    verdict = rules_bundle(RULES).decide_output(_output(audience=7), [Found("US_SSN")])

    assert (verdict.decision, verdict.reason_code) == (OutputDecision.QUARANTINE, ReasonCode.EVALUATION_FAILED)


FIELDS = """
field_rules:
  - {id: notes, match: {fields: [response.internal_notes], audiences: [customer, partner]}, reason: "internal"}
  - {id: trace, match: {fields: ["**.debug_trace", "**.*_trace"]}, reason: "internals"}
  - {id: items, match: {fields: ["items.cost", "list[1].x", '["a.b"].c']}, reason: "cost"}
  - {id: never, match: {fields: ["**.never"]}, decision: quarantine, reason: "never"}
"""


def test_field_rules_give_the_concrete_paths_in_the_order_of_the_content() -> None:
    content = {
        "debug_trace": 1,
        "response": {
            "internal_notes": {"debug_trace": 1},
            "text": "x",
            "deep": [[{"debug_trace": 1}], {"my_trace": 2}],
        },
        "items": [{"cost": 1}, {"cost": 2, "debug_trace": {}}],
        "list": [{"x": 0}, {"x": 1}],
        "a.b": {"c": 1, 'q"[': {"debug_trace": 1}},
        "internal_notes": "not under response",
    }

    verdict = rules_bundle(FIELDS).decide_output(_output(content=content), [])

    assert verdict.decision is OutputDecision.REDACT
    assert verdict.reason_code is ReasonCode.FIELD_RULE_MATCHED
    assert verdict.remove_fields == (
        FieldRemoval("debug_trace", "internals"),
        FieldRemoval("response.internal_notes", "internal"),
        FieldRemoval("response.deep[0][0].debug_trace", "internals"),
        FieldRemoval("response.deep[1].my_trace", "internals"),
        FieldRemoval("items[0].cost", "cost"),
        FieldRemoval("items[1].cost", "cost"),
        FieldRemoval("items[1].debug_trace", "internals"),
        FieldRemoval("list[1].x", "cost"),
        FieldRemoval('["a.b"].c', "cost"),
        FieldRemoval('["a.b"]["q\\"["].debug_trace', "internals"),
    )


def test_a_path_never_quotes_a_key_that_holds_a_finding() -> None:
    content = {"a": 1, "219-09-9999": {"debug_trace": 1}}
    rules = FIELDS + "output_rules: [{match: {findings: [pii]}, decision: redact}]\n"

    verdict = rules_bundle(rules).decide_output(_output(content=content), [Found("US_SSN", field="{key 1}")])

    assert verdict.remove_fields == (("{1}.debug_trace", "internals"),)


@pytest.mark.parametrize(
    ("audience", "is_removed"), [("customer", True), ("partner", True), (None, True), ("internal", False)]
)
def test_a_field_rule_applies_to_its_audiences_and_to_an_unknown_one(audience: str | None, is_removed: bool) -> None:
    verdict = rules_bundle(FIELDS).decide_output(
        _output(audience=audience, content={"response": {"internal_notes": "x"}}), []
    )

    assert bool(verdict.remove_fields) is is_removed


def test_a_field_rule_may_quarantine() -> None:
    verdict = rules_bundle(FIELDS).decide_output(_output(content={"a": [{"never": 1}]}), [])

    assert (verdict.decision, verdict.rule_id) == (OutputDecision.QUARANTINE, "never")


def test_fields_in_json_that_was_sent_as_text_are_held_because_no_path_leads_there() -> None:
    text = json.dumps([{"debug_trace": "x"}])

    verdict = rules_bundle(FIELDS).decide_output(_output(content=f"  {text}"), [])

    assert (verdict.decision, verdict.reason_code) == (OutputDecision.QUARANTINE, ReasonCode.FIELDS_IN_TEXT)
    assert rules_bundle(FIELDS).decide_output(_output(content="[no json"), []).decision is OutputDecision.ALLOW


@pytest.mark.parametrize(
    ("content", "is_held"),
    [
        ({"response": json.dumps({"internal_notes": "x"})}, True),
        ({"a": [1, {"b": json.dumps([{"my_trace": "x"}])}]}, True),
        ({"debug_trace": "x", "b": json.dumps({"debug_trace": "x"})}, True),
        ({"response": json.dumps({"notes": "x"})}, False),
        ({"a": json.dumps({"b": json.dumps({"debug_trace": "x"})})}, False),  # one layer
        ({"debug_trace": json.dumps({"debug_trace": "x"})}, False),  # goes with the field
        ({"b": "{debug_trace: x}"}, False),
    ],
)
def test_fields_in_json_that_stands_in_a_field_as_text_are_held(content: object, is_held: bool) -> None:
    verdict = rules_bundle(FIELDS).decide_output(_output(content=content), [])

    assert (verdict.reason_code is ReasonCode.FIELDS_IN_TEXT) is is_held
    assert (verdict.decision is OutputDecision.QUARANTINE) is is_held


def test_a_hidden_key_is_the_same_key_beside_json_in_text() -> None:
    content = {"a": "[1, 2]", "219-09-9999": {"debug_trace": 1}}
    rules = FIELDS + "output_rules: [{match: {findings: [pii]}, decision: redact}]\n"

    verdict = rules_bundle(rules).decide_output(_output(content=content), [Found("US_SSN", field="{key 1}")])

    assert verdict.remove_fields == (("{1}.debug_trace", "internals"),)


def test_content_nested_too_deep_is_held() -> None:
    content: object = "x"
    for _ in range(300):
        content = [content]

    verdict = rules_bundle(FIELDS).decide_output(_output(content=content), [])

    assert (verdict.decision, verdict.reason_code) == (OutputDecision.QUARANTINE, ReasonCode.LIMIT_EXCEEDED)


def test_text_of_brackets_without_end_is_held_or_passed_but_never_raises() -> None:
    verdict = rules_bundle(FIELDS).decide_output(_output(content="[" * 100_000), [])

    assert verdict.decision in (OutputDecision.QUARANTINE, OutputDecision.ALLOW)


def test_the_refund_example_is_cleaned_as_published() -> None:
    bundle = load_bundle(sources(EXAMPLES / "refund"))
    content = {
        "response": {
            "customer_data": {"name": "Ann", "ssn": "219-09-9999"},
            "internal_notes": "vip",
            "debug_trace": "at",
        }
    }
    findings = [
        Found("US_SSN", field="response.customer_data.ssn"),
        Found("INTERNAL_FIELD", "internal", "response.internal_notes"),
        Found("INTERNAL_FIELD", "internal", "response.debug_trace"),
    ]

    verdict = bundle.decide_output(_output(content=content), findings)

    assert verdict.decision is OutputDecision.REDACT
    assert [(judged.action, judged.reason) for judged in verdict.findings] == [
        (FindingAction.MASK, "PII detected"),
        (FindingAction.REMOVE_FIELD, "Internal-only data in customer-facing output"),
        (FindingAction.REMOVE_FIELD, "System internals exposed"),
    ]
    assert verdict.remove_fields == (
        ("response.internal_notes", "Internal-only data in customer-facing output"),
        ("response.debug_trace", "System internals exposed"),
    )


SEVERE = """
output_rules:
  - {id: worst, match: {severities: [critical, high]}, decision: quarantine, reason: harm}
  - {id: keys, match: {findings: [credential]}, decision: allow}
  - {id: rest, match: {findings: ["*"]}, decision: redact, reason: rest}
"""


@pytest.mark.parametrize(
    ("finding", "rule_id"),
    [
        (Found("AWS_KEY", "credential", score=0.9), "worst"),
        (Found("AWS_KEY", "credential", score=0.4), "keys"),
        (Found("US_SSN"), "worst"),
        (Found("EMAIL_ADDRESS"), "rest"),
        (Found("STACK_TRACE", "internal"), "rest"),
        (Found("CROSS_TENANT_ID", "custom"), "worst"),
    ],
)
def test_severities_say_how_much_harm_a_finding_may_do(finding: Found, rule_id: str) -> None:
    assert rules_bundle(SEVERE).decide_output(_output(), [finding]).rule_id == rule_id


CHUNKS = """
output_rules:
  - {id: long, match: {chunk_limit: 3, audiences: [customer]}, decision: quarantine, reason: too many chunks}
  - {id: late, match: {findings: [EMAIL_ADDRESS], chunk_limit: 1}, decision: redact, reason: late}
  - {id: rest, match: {findings: ["*"]}, decision: allow}
"""


@pytest.mark.parametrize(
    ("fields", "decision", "code"),
    [
        ({"sequence": 2}, OutputDecision.ALLOW, ReasonCode.NO_FINDINGS),
        ({"sequence": 3}, OutputDecision.QUARANTINE, ReasonCode.RULE_MATCHED),
        ({"sequence": 3, "audience": "internal"}, OutputDecision.ALLOW, ReasonCode.NO_FINDINGS),
        ({"sequence": 3, "audience": None}, OutputDecision.QUARANTINE, ReasonCode.FIELD_MISSING),
        ({}, OutputDecision.ALLOW, ReasonCode.NO_FINDINGS),
        ({"final": True}, OutputDecision.QUARANTINE, ReasonCode.RULE_MATCHED),
        ({"sequence": "3"}, OutputDecision.QUARANTINE, ReasonCode.RULE_MATCHED),
    ],
)
def test_an_output_in_more_chunks_than_the_limit_is_quarantined(
    fields: dict[str, object], decision: OutputDecision, code: ReasonCode
) -> None:
    verdict = rules_bundle(CHUNKS).decide_output(_output(**fields), [])

    assert (verdict.decision, verdict.reason_code) == (decision, code)


@pytest.mark.parametrize(("sequence", "rule_id"), [(0, "rest"), (1, "late"), (2, "late"), (3, "long")])
def test_a_limit_beside_findings_is_about_those_in_later_chunks(sequence: int, rule_id: str) -> None:
    verdict = rules_bundle(CHUNKS).decide_output(_output(sequence=sequence), [Found("EMAIL_ADDRESS")])

    assert verdict.findings[0].rule_id == rule_id
