"""The rule that holds an action, as the policy says it: people see the line and not only its name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import yaml

from policies.bundle import Bundle


def rule_text(bundle: Bundle | None, document: str | None, rule_id: str | None) -> str | None:
    """The rule of that id in the document as YAML; None where the policy is not there or the rule has no id."""
    if bundle is None or document is None or rule_id is None:
        return None
    documents: dict[str, Any] = orjson.loads(bundle.canonical())["documents"]
    stack: list[Any] = [documents.get(document)]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            if node.get("id") == rule_id:
                return yaml.safe_dump([dict(node)], sort_keys=False, allow_unicode=True, width=100)
            stack += reversed(list(node.values()))
        elif isinstance(node, list):
            stack += reversed(node)
    return None
