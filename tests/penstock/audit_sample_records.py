"""Records of the sample and audit topics as the report reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

DIGEST = "d" * 64


def sample(
    number: int, *, stratum: str = "base", probability: float = 0.1, agent_id: str = "agent-1"
) -> dict[str, Any]:
    """A value of the samples topic."""
    return {
        "sample_id": f"s{number}",
        "partition": 0,
        "inclusion_probability": probability,
        "stratum": stratum,
        "route": None,
        "action": {"action_id": f"a{number}", "agent_id": agent_id},
        "decision": {"decision_id": f"s{number}", "agent_id": agent_id, "action_digest": DIGEST},
    }


def review(number: int, verdict: str = "correct", *, reviewer: str = "ana", digest: str = DIGEST) -> dict[str, Any]:
    """A verdict on a sample in the audit log."""
    return {
        "seq": number + 1,
        "kind": "sample_review",
        "agent_id": None,
        "review_id": f"r{number}-{reviewer}-{verdict}",
        "sample_id": f"s{number}",
        "reviewer": reviewer,
        "verdict": verdict,
        "digest": digest,
        "defect": None,
    }


def decision(
    number: int, *, stratum: str = "base", probability: float = 0.1, is_selected: bool = False
) -> dict[str, Any]:
    """A decision in the audit log."""
    return {
        "seq": number + 1,
        "kind": "decision",
        "agent_id": "agent-1",
        "decision": {"decision_id": f"s{number}", "agent_id": "agent-1", "action_digest": DIGEST},
        "sample": {"selected": is_selected, "probability": probability, "stratum": stratum},
    }


def write(path: Path, *values: object) -> str:
    """A file of JSON lines; gives its name."""
    path.write_bytes(b"".join(orjson.dumps(value) + b"\n" for value in values))
    return str(path)
