"""Every example in the policy reference loads, fits the schema, and together they show every condition."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from policies.bundle import load_bundle
from policies.cases import load_cases, run_cases
from policies.decisions import Derived
from policies.documents import MATCH_FIELDS
from policies.parse_tasks import QUADRANT_FIELDS, STEP_FIELDS
from policies.schema import document_schema
from tests.policies.samples import EXAMPLES, sources

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_keys(child) for child in value.values()))
    return set().union(*(_keys(child) for child in value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("text", BLOCKS, ids=[block.split("\n", 1)[0] for block in BLOCKS])
def test_an_example_of_the_reference_loads_and_fits_the_schema(text: str) -> None:
    data = yaml.safe_load(text)
    texts = {"example.yaml": text}

    bundle = load_bundle(texts)
    jsonschema.Draft7Validator(document_schema()).validate(data)

    assert bundle.documents or load_cases(texts)


def test_the_examples_of_the_reference_show_every_condition_and_every_part() -> None:
    shown = set().union(*(_keys(yaml.safe_load(block)) for block in BLOCKS))

    assert {*MATCH_FIELDS, *QUADRANT_FIELDS, *STEP_FIELDS, "approval", "constraints", "remediation"} - shown == set()


# An action that only the last rule of the example is about; each row changes what one of the others is about.
ORDINARY: dict[str, object] = {
    "topic": "job.shop.order", "tool": "order", "risk_tags": [], "agent_id": "a", "tenant_id": "acme",
    "environment": "prod", "labels": {"purpose": "sale"}, "confidence": 0.9, "anomaly_score": 0, "amount_usd": 1,
    "affected_users": 1, "customer_facing": True, "reversible": True,
    "arguments": {"amount": 1, "currency": "EUR"}, "context": {"order_total": 1},
}  # fmt: skip
KNOWN = Derived(0, first_time=False, retry_count=0, session_tainted=False, velocity=((60, 0),))
ROWS: tuple[tuple[str, dict[str, object], Derived], ...] = (
    ("topics", {"topic": "job.debug.shell"}, KNOWN),
    ("tags", {"risk_tags": ["egress"]}, KNOWN._replace(session_tainted=True)),
    ("all-tags", {"risk_tags": ["delete", "prod"]}, KNOWN),
    ("who", {"agent_id": "intern-7"}, KNOWN),
    ("labels", {"labels": {"purpose": "demo-1"}}, KNOWN),
    ("unsure", {"confidence": 0.49}, KNOWN),
    ("unlike-itself", {"anomaly_score": 0.81}, KNOWN),
    ("retries", {}, KNOWN._replace(retry_count=4)),
    ("money", {"tool": "pay_out", "amount_usd": "500.01"}, KNOWN),
    ("crowd", {"affected_users": 101}, KNOWN),
    ("new", {}, KNOWN._replace(first_time=True)),
    ("brake", {}, KNOWN._replace(velocity=((60, 30),))),
    ("two-of-three", {"confidence": 0.6, "reversible": False}, KNOWN),
    ("odd-amounts", {"arguments": {"amount": 3, "currency": "EUR"}}, KNOWN),
    ("odd-amounts", {"arguments": {"amount": 1, "currency": "GBP"}}, KNOWN),
    ("rest", {}, KNOWN),
)


@pytest.mark.parametrize(("rule", "fields", "known"), ROWS)
def test_each_rule_of_the_example_of_conditions_decides_where_it_says(
    rule: str, fields: dict[str, object], known: Derived
) -> None:
    (text,) = (block for block in BLOCKS if block.startswith("# Every condition once."))

    assert load_bundle({"example.yaml": text}).decide(ORDINARY | fields, known).rule_id == rule


def test_the_cases_of_the_reference_pass_on_the_bundle_that_they_are_about() -> None:
    (text,) = (block for block in BLOCKS if block.startswith("cases:"))
    results = run_cases(load_bundle(sources(EXAMPLES / "refund")), load_cases({"cases.yaml": text}))

    assert results and all(result.is_passed for result in results)
