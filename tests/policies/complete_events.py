"""Actions that lack no field, over the vocabulary of `strategies`: what a linter's findings are about."""

from __future__ import annotations

import random

from policies.bundle import Bundle
from policies.decisions import Derived, Facts
from tests.policies.strategies import NAMES, TAGS, TOPICS


def complete_event(rng: random.Random) -> dict[str, object]:
    """An action with every field."""
    return {
        "topic": rng.choice(TOPICS),
        "risk_tags": rng.sample((*TAGS, "other"), rng.randrange(5)),
        "agent_id": rng.choice(NAMES),
        "tenant_id": rng.choice(NAMES),
        "tool": rng.choice(NAMES),
        "environment": rng.choice(NAMES),
        "labels": {name: rng.choice(NAMES) for name in ("k1", "k2")},
        "confidence": rng.choice((0.0, 0.1, 0.3, 0.4, 0.7, 1.0)),
        "anomaly_score": rng.choice((0.0, 0.1, 0.3, 0.6, 1.0)),
        "retry_count": rng.randrange(5),
        "amount_usd": rng.choice((0, 0.1, 10, 99.5, 100, 100.5, 9000)),
        "affected_users": rng.randrange(1, 5),
        "customer_facing": rng.random() < 0.5,
        "reversible": rng.random() < 0.5,
        "arguments": {"amount": rng.choice((1, 100, 3)), "undo": rng.random() < 0.5},
    }


def complete_derived(rng: random.Random) -> Derived:
    """What the gate knows, with every window counted."""
    return Derived(
        autonomy_level=rng.randrange(4),
        first_time=rng.random() < 0.5,
        retry_count=rng.randrange(3),
        session_tainted=rng.random() < 0.5,
        velocity=((60, rng.randrange(4)), (3600, rng.randrange(4))),
    )


def complete_facts(bundle: Bundle, event: dict[str, object], derived: Derived) -> Facts:
    """The facts of such an action."""
    return bundle.resolver.resolve(event, derived, bundle.resolver.classes_for(event)[0])
