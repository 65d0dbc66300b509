"""What people may know of an action without opening it: the facts that policy judged by, and never the payload.

Facts are those of the verdict: what the operator derives outranks what the agent claims. A field whose value nobody
knows is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from policies.approval_documents import Risk
from policies.approval_events import amount_of
from policies.decisions import Amount, Facts, Verdict

# Fields of the event that name the action, its origin or its times, as they came; nothing derives them.
_NAMES: Final = ("agent_id", "action_id", "topic", "tool", "tenant_id", "session_id", "model")
_TIMES: Final = ("proposed_at", "deadline")
_FACTS: Final = ("environment", "owner", "customer_facing", "reversible", "session_tainted")
_NUMBERS: Final = ("confidence", "anomaly_score", "retry_count", "affected_users")
# Risks, mildest first.
_RISKS: Final[Sequence[str]] = tuple(risk.value for risk in Risk)


def summary_of(fields: Mapping[str, Any], verdict: Verdict | None, *, risk: Risk | None = None) -> dict[str, Any]:
    """The summary of an action under a verdict, None where nobody knows one.

    `risk` is that of the approval class of a hold; the greater of it and of the action class's own is told.
    """
    facts = None if verdict is None else verdict.facts
    return {
        **{name: fields.get(name) for name in _NAMES},
        **{name: None if facts is None else getattr(facts, name) for name in _FACTS},
        **{name: None if facts is None else _number(getattr(facts, name)) for name in _NUMBERS},
        "amount_usd": None if facts is None else _amount(facts),
        "action_class": None if facts is None else facts.class_name,
        "risk": _greater(None if facts is None else facts.risk, risk),
        "risk_tags": None if facts is None or facts.risk_tags is None else list(facts.risk_tags),
        "first_time": None if facts is None else facts.first_time_action,
        "autonomy_level": None if verdict is None else verdict.autonomy_level,
        **{name: fields.get(name) for name in _TIMES},
    }


def _greater(*risks: str | None) -> str | None:
    return max((risk for risk in risks if risk is not None), key=_RISKS.index, default=None)


def _number(value: Amount | None) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value


def _amount(facts: Facts) -> str | None:
    amount = amount_of(facts.amount_usd)
    return None if amount is None else str(amount)
