"""What the policy tests share: the published documents, and events with everything in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from policies.bundle import Bundle, load_bundle
from policies.decisions import Derived

S2_FOLDER = Path(__file__).parent / "data" / "s2"
EXAMPLES = Path(__file__).parents[2] / "policies" / "examples"


def sources(folder: Path) -> dict[str, str]:
    """The policy documents of a folder, file name -> text."""
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(folder.iterdir())
        if path.suffix in (".yaml", ".json")
    }


def s2_sources(*names: str) -> dict[str, str]:
    """The published documents, or those named."""
    found = sources(S2_FOLDER)
    return {f"{name}.yaml": found[f"{name}.yaml"] for name in names} if names else found


def rules_bundle(text: str) -> Bundle:
    """A bundle of one document called `doc`."""
    return load_bundle({"doc.yaml": text})


def event(topic: str = "job.crm.read", **fields: object) -> dict[str, object]:
    """An action with the values of the published examples; a field given as None is absent."""
    base: dict[str, object] = {
        "action_id": "a1",
        "agent_id": "agent-1",
        "topic": topic,
        "risk_tags": [],
        "confidence": 0.95,
        "anomaly_score": 0.1,
        "retry_count": 0,
    }
    return {name: value for name, value in (base | fields).items() if value is not None}


def without(proposed: Mapping[str, object], field: str) -> dict[str, object]:
    """The event as if the field had never been there."""
    return {name: value for name, value in proposed.items() if name != field}


def derived(level: int = 0, *, first_time: bool = False, retry_count: int = 0) -> Derived:
    """What the gate knows of an agent."""
    return Derived(level, first_time, retry_count)


@dataclass(frozen=True)
class Found:
    """A finding as policy sees it."""

    type: str
    family: str = "pii"
    field: str | None = None
    score: float = 1.0
