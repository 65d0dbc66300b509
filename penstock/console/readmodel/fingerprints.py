"""What makes held actions equal: people may decide them together, after a look at where they differ."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from penstock.console.readmodel.record import Fields, written

# Nesting of arguments that the template tells apart.
_DEPTH: Final = 4
_DECISION: Final = ("rule_id", "document", "reason_code", "constraints")
_REQUEST: Final = ("policy_snapshot", "approval_class", "approvers", "allows_batch", "proposed")
_SUMMARY: Final = (
    "topic",
    "tool",
    "environment",
    "tenant_id",
    "action_class",
    "risk",
    "risk_tags",
    "customer_facing",
    "reversible",
)


def fingerprint(request: Fields, summary: Fields) -> str:
    """32 hex digits, the same for requests that ask the same question about the same kind of action.

    Rules (rule, document, reason, constraints, class), tool and destination (topic, environment, tenant), the policy's
    snapshot, and the template: which arguments there are, where the action is in clear. Sealed ones are not opened
    here, so that who approves several at once still has to be shown their arguments side by side.
    """
    decision = request.object("decision").raw
    parts = [
        [decision.get(name) for name in _DECISION],
        [request.raw.get(name) for name in _REQUEST],
        [summary.raw.get(name) for name in _SUMMARY],
        template(request.object("action").raw.get("arguments")),
    ]
    return hashlib.sha256(written(parts, is_sorted=True).encode()).hexdigest()[:32]


def template(arguments: object, depth: int = _DEPTH) -> Any:
    """The names and types of arguments, without their values."""
    if isinstance(arguments, Mapping):
        return {str(name): template(value, depth - 1) for name, value in arguments.items()} if depth else "{}"
    if isinstance(arguments, list):
        return "[]"
    return type(arguments).__name__
