"""The JSON Schema for editors: committed as generated, complete, and of one mind with the loader."""

from __future__ import annotations

from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from policies.bundle import load_bundle
from policies.documents import MATCH_FIELDS
from policies.errors import PolicyLoadError
from policies.loading import _KNOWN
from policies.parse_activation import ACTIVATION_FIELDS
from policies.parse_approvals import (
    CLASS_FIELDS,
    EVIDENCE_FIELDS,
    FATIGUE_FIELDS,
    PERSON_FIELDS,
    QUEUE_FIELDS,
    TEAM_FIELDS,
)
from policies.parse_autonomy import BREAKER_FIELDS, RECORDS_FIELDS
from policies.parse_cases import CASE_FIELDS, EXPECT_FIELDS, STATE_FIELDS
from policies.parse_facts import _CLASS_FIELDS, _DEFAULTS, FACT_NAMES
from policies.parse_rules import RULE_FIELDS
from policies.parse_tasks import QUADRANT_FIELDS, STEP_FIELDS
from policies.schema import document_schema
from tests.policies.samples import EXAMPLES, S2_FOLDER
from tests.policies.schema_file import POLICY_SCHEMA, policy_schema_text

SCHEMA = document_schema()
FILES = sorted([*EXAMPLES.glob("*/*.yaml"), *S2_FOLDER.glob("*.yaml")])
_READ = jsonschema.Draft7Validator(SCHEMA)


def _properties(*path: str) -> set[str]:
    found: Any = SCHEMA
    for name in path:
        found = found[name] if name in found else found["properties"][name]
        found = found.get("items", found)
    return set(found["properties"])


def test_the_committed_schema_is_the_generated_one() -> None:
    assert POLICY_SCHEMA.read_text(encoding="utf-8") == policy_schema_text(), "run `python -m tests.docs`"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ((), (*_KNOWN, "cases")),
        (("definitions", "match"), MATCH_FIELDS),
        (("definitions", "rule"), RULE_FIELDS),
        (("action_classes",), _CLASS_FIELDS),
        (("action_classes", "facts"), FACT_NAMES),
        (("action_classes", "derive"), FACT_NAMES),
        (("quadrants",), QUADRANT_FIELDS),
        (("defaults",), _DEFAULTS),
        (("cases",), CASE_FIELDS),
        (("cases", "state"), STATE_FIELDS),
        (("cases", "expect"), EXPECT_FIELDS),
        (("autonomy_records",), RECORDS_FIELDS),
        (("circuit_breakers",), BREAKER_FIELDS),
        (("activation",), ACTIVATION_FIELDS),
        (("approval_queue_policy",), QUEUE_FIELDS),
        (("fatigue_controls",), FATIGUE_FIELDS),
        (("evidence_contract",), EVIDENCE_FIELDS),
        (("approval_classes",), CLASS_FIELDS),
        (("teams", "additionalProperties"), TEAM_FIELDS),
        (("reviewers", "additionalProperties"), PERSON_FIELDS),
        (("steps", "additionalProperties"), STEP_FIELDS),
    ],
)
def test_the_schema_has_the_keys_that_the_loader_reads(path: tuple[str, ...], known: tuple[str, ...]) -> None:
    assert _properties(*path) == set(known)


@pytest.mark.parametrize("file", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_example_fits_the_schema(file: Any) -> None:
    assert [error.message for error in _READ.iter_errors(yaml.safe_load(file.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_example_tells_editors_where_its_schema_is(file: Any) -> None:
    first = file.read_text(encoding="utf-8").splitlines()[0]

    assert first == "# yaml-language-server: $schema=../../policy.schema.json"
    assert (file.parent / first.partition("=")[2]).resolve() == POLICY_SCHEMA.resolve()


REFUSED = (
    "rulez: []",
    "rules: [{match: {topics: [a]}, decision: alow}]",
    "rules: [{match: {}, decision: allow}]",
    "rules: [{match: {topic: [a]}, decision: allow}]",
    "rules: [{match: {topics: a}, decision: allow}]",
    "rules: [{match: {confidence_below: 2}, decision: allow}]",
    "rules: [{match: {velocity: {max: 1}}, decision: allow}]",
    "rules: [{match: {at_least: {count: 0, of: [{topics: [a]}]}}, decision: allow}]",
    "rules: [{match: {when: 1}, decision: allow}]",
    "rules: [{match: {topics: [a]}, decision: require_approval, approval: maybe}]",
    "quadrants: [{risk: low}]",
    "audit: {sampling: {rate: 1, strategy: odd}}",
    "action_classes: [{class: a, match: {topics: [a]}, derive: {amount_usd: amount}}]",
    "autonomy_levels: {level_x: {rules: []}}",
    "trigger: t\nsteps: {a: {type: acton}}",
    "cases: [{name: a, event: {}}]",
    "output_rules: [{match: {findings: [a]}, decision: deny}]",
    "approval_timeouts: {high: {on_timeout: release}}",
    "output_rules: [{match: {severities: [big]}, decision: redact}]",
    "output_rules: [{match: {chunk_limit: 0}, decision: quarantine}]",
    "dictionaries: {Names: {terms: [ab]}}",
    "dictionaries: {names: {terms: []}}",
    "commitments: []",
    "tenant_identifiers: {acme: ab}",
)


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_schema_refuses_does_not_load_either(text: str) -> None:
    assert list(_READ.iter_errors(yaml.safe_load(text)))
    with pytest.raises(PolicyLoadError):
        load_bundle({"doc.yaml": text})
