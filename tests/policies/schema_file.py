"""The committed JSON Schema of policy documents, and the text that it must have."""

from __future__ import annotations

import json
from pathlib import Path

from policies.schema import document_schema

POLICY_SCHEMA = Path(__file__).parents[2] / "policies" / "policy.schema.json"


def policy_schema_text() -> str:
    """The schema as it is committed."""
    return json.dumps(document_schema(), indent=2) + "\n"
