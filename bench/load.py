"""The load of the benchmarks: a bundle of 100 rules and 1 KB actions that need it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import orjson

RULES = 100
AGENTS = 200
AREAS = ("support", "billing", "crm", "deploy", "data", "search", "ticket", "catalog", "report", "mail")
VERBS = ("read", "list", "update", "create", "close", "send", "export", "sync", "merge", "assign")


def bundle_sources() -> dict[str, str]:
    """Three rules documents, 100 rules in all, an action class and an audit document that samples one in twenty."""
    safety: list[str] = ["rules:"]
    for index in range(RULES - 2):
        area, verb = AREAS[index % 10], VERBS[index // 10 % 10]
        decision = "allow" if index % 3 else "allow_with_constraints"
        constraints = ", constraints: {max_runtime_sec: 60}" if index % 3 == 0 else ""
        extra = ", confidence_below: 0.2" if index % 7 == 0 else ""
        safety.append(
            f"  - {{id: r{index}, match: {{topics: [job.{area}.*.{verb}]{extra}}}, decision: {decision}{constraints},"
            f" reason: rule {index}}}"
        )
    safety.append("  - {id: rest, match: {topics: [job.*]}, decision: allow, reason: everything else}")
    return {
        "safety.yaml": "\n".join(safety),
        "escalation.yaml": (
            "rules:\n  - {id: anomaly, match: {anomaly_score_above: 0.97}, decision: deny, reason: looks anomalous}\n"
        ),
        "audit.yaml": "audit: {sampling: {rate: 0.05, strategy: uniform}}\n",
        "defaults.yaml": "defaults: {anomaly_score: 0}\n",
    }


def actions(count: int, *, seed: int, run: str) -> Iterator[tuple[str, bytes]]:
    """Agent id and event of `count` different actions of about 1 KB."""
    rng = random.Random(seed)
    for index in range(count):
        number = rng.randrange(AGENTS)
        # An agent works in one area, as agents do: its first action of a kind is audited for certain, and is rare.
        agent, area = f"agent-{number}", AREAS[number % len(AREAS)]
        event = {
            "action_id": f"{run}-{index}",
            "agent_id": agent,
            "topic": f"job.{area}.customer.{rng.choice(VERBS)}",
            "tool": "crm_call",
            "arguments": {
                "customer_id": f"C{rng.randrange(10**8):08d}",
                "amount": rng.randrange(1, 500),
                "items": [{"sku": f"S{rng.randrange(10**6)}", "quantity": rng.randrange(1, 5)} for _ in range(4)],
                "note": "n" * 300,
            },
            "risk_tags": ["write"],
            "confidence": round(rng.random(), 3),
            "anomaly_score": round(rng.random(), 3),
            "environment": "prod",
            "tenant_id": "acme",
            "session_id": f"s-{rng.randrange(1000)}",
            "context": {"message": "m" * 200},
            "proposed_at": "2026-01-01T00:00:00Z",
        }
        yield agent, orjson.dumps(event)
