"""Areas of the console that change together: what a page shows, and what an event of the live stream names."""

from __future__ import annotations

from enum import StrEnum


class Area(StrEnum):
    """A part of the read model with a version of its own."""

    HOLDS = "holds"
    QUARANTINE = "quarantine"
    SAMPLES = "samples"
    AGENTS = "agents"
    AUDIT = "audit"
    POLICY = "policy"
    DEADLETTERS = "deadletters"
