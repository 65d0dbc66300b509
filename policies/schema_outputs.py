"""JSON Schema of the sections about outputs: rules over findings and fields, and the terms to look for."""

from __future__ import annotations

from detectors.severity import Severity
from policies.decisions import FindingAction, OutputDecision
from policies.parse_dictionaries import MAX_TERM_CHARS, MAX_TERMS, NAME_PATTERN, TYPE_PATTERN
from policies.parse_outputs import AUDIENCES, MAX_CHUNKS
from policies.schema_parts import GLOBS, NAME, TEXT, Schema, described, list_of, names_to, object_of, words


def outputs() -> dict[str, Schema]:
    """The sections about outputs."""
    where = {
        "audiences": list_of(words(AUDIENCES)), "topics": GLOBS, "fields": list_of(TEXT), "tenants": GLOBS,
    }  # fmt: skip
    decisions = [entry.value.lower() for entry in OutputDecision]
    rule = object_of(
        {
            "id": NAME,
            "match": object_of(
                {
                    "findings": GLOBS,
                    "severities": described(list_of(words(Severity)), "how much harm the finding may do"),
                    "chunk_limit": described(
                        {"type": "integer", "minimum": 1, "maximum": MAX_CHUNKS}, "the output comes in more chunks"
                    ),
                    **where,
                },
                at_least_one=True,
            ),
            "decision": words(decisions),
            "reason": TEXT,
            "action": words(FindingAction),
        },
        required=("match", "decision"),
    )
    field_rule = object_of(
        {
            "id": NAME,
            "match": object_of(where, required=("fields",)),
            "decision": words(decisions[1:]),
            "reason": TEXT,
        },
        required=("match", "reason"),
    )
    term = {"type": "string", "minLength": 1, "maxLength": MAX_TERM_CHARS}
    terms = {**list_of(term), "maxItems": MAX_TERMS}
    dictionary = object_of({"type": {"type": "string", "pattern": TYPE_PATTERN}, "terms": terms}, required=("terms",))
    return {
        "dictionaries": described(
            {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "patternProperties": {NAME_PATTERN: dictionary},
            },
            "terms that are looked for in outputs, by the name of their dictionary",
        ),
        "commitments": described(terms, "promises that nobody may make"),
        "tenant_identifiers": described(
            {**names_to(terms), "minProperties": 1}, "what names a tenant, and is foreign in outputs for another one"
        ),
        "output_rules": described(list_of(rule, may_be_empty=True), "a first-match list over findings in outputs"),
        "field_rules": described(list_of(field_rule, may_be_empty=True), "fields that leave outputs by name"),
    }
