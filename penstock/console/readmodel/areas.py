"""Areas of the console that change together: what a page shows, and what an event of the live stream names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Area(StrEnum):
    """A part of the read model with a version of its own."""

    HOLDS = "holds"
    QUARANTINE = "quarantine"
    SAMPLES = "samples"
    AGENTS = "agents"
    AUDIT = "audit"
    POLICY = "policy"
    DEADLETTERS = "deadletters"


_TABLES: Final[Mapping[Area, tuple[str, ...]]] = {
    Area.HOLDS: ("holds", "holds_text", "hold_requests", "hold_votes", "hold_events", "second_reviews", "reviews"),
    Area.QUARANTINE: ("quarantine", "quarantine_findings", "quarantine_acts"),
    Area.SAMPLES: ("samples", "sample_verdicts"),
    Area.AGENTS: ("agents", "agent_levels", "agent_breakers", "agent_events", "outcomes", "promotions"),
    Area.AUDIT: ("audit", "audit_text", "hourly"),
    Area.POLICY: ("activations", "bundles", "lane_policies", "kills", "lane_kills"),
    Area.DEADLETTERS: ("deadletters", "unread"),
}
# Where a table is in no area, nobody is told that it changed.
AREA_OF_TABLE: Final[Mapping[str, Area]] = {table: area for area, tables in _TABLES.items() for table in tables}
_WRITES: Final = re.compile(r"\s*(?:INSERT(?: OR REPLACE)? INTO|UPDATE|DELETE FROM) (\w+)")


@lru_cache(maxsize=512)
def area_of(sql: str) -> Area | None:
    """The area that a statement changes; None for what no page shows."""
    found = _WRITES.match(sql)
    return None if found is None else AREA_OF_TABLE.get(found.group(1))
