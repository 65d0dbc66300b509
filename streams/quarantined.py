"""What a lane keeps of outputs that it held back: enough to decide a review, never what they say.

The payload travels sealed in the quarantine and comes back with the review that releases it; what is kept here says
whether it is the one, whose it was, and whether somebody has decided. It is bounded twice: an agent that floods the
quarantine makes the lane forget its own outputs before anybody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

# Outputs of one agent, and of a whole lane, that a person can still decide about. Past either the oldest is let go: it
# stays held back, and nobody can release it any more. An entry is some 500 bytes.
MAX_PER_AGENT: Final = 1_000
MAX_PER_LANE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An output or chunk that was held back. `digest` is what a review must name, and what a released payload has.

    `at_ms` is when it was held back or decided, whichever came last; `decided` is the verdict that ended it.
    """

    quarantine_id: str
    agent_id: str
    output_id: str
    digest: str
    topic: str
    audience: str | None
    tenant_id: str | None
    is_chunk: bool
    at_ms: int
    decided: str | None = None

    def decided_as(self, verdict: str, now_ms: int) -> Quarantined:
        """The same after somebody decided it."""
        return replace(self, decided=verdict, at_ms=now_ms)

    def to_json(self) -> dict[str, Any]:
        """The entry as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Quarantined:
        """The entry that `to_json` gave."""
        return cls(**value)


@dataclass(slots=True)
class QuarantineMemory:
    """The outputs that a lane held back, the one that was written longest ago first: the order of the log."""

    entries: dict[str, Quarantined] = field(default_factory=dict)
    _by_agent: dict[str, dict[str, None]] = field(default_factory=dict)

    def get(self, quarantine_id: str) -> Quarantined | None:
        """What is kept under the id, or None."""
        return self.entries.get(quarantine_id)

    def put(self, entry: Quarantined) -> list[str]:
        """Keep an entry as the latest one; gives the ids that were let go for it."""
        self.add(entry)
        gone: list[str] = []
        own = self._by_agent[entry.agent_id]
        while len(own) > MAX_PER_AGENT or len(self.entries) > MAX_PER_LANE:
            gone.append(next(iter(own if len(own) > MAX_PER_AGENT else self.entries)))
            self.drop(gone[-1])
        return gone

    def add(self, entry: Quarantined) -> None:
        """Take an entry in as the latest one, whatever the bounds say: the log has kept them."""
        self.drop(entry.quarantine_id)
        self.entries[entry.quarantine_id] = entry
        self._by_agent.setdefault(entry.agent_id, {})[entry.quarantine_id] = None

    def drop(self, quarantine_id: str) -> None:
        """Let go of an entry; one that is not there is fine."""
        entry = self.entries.pop(quarantine_id, None)
        if entry is None:
            return
        own = self._by_agent[entry.agent_id]
        del own[quarantine_id]
        if not own:
            del self._by_agent[entry.agent_id]

    def forget(self, *, before_ms: int, limit: int = 100) -> list[str]:
        """Let go of entries older than `before_ms`, at most `limit` in one call; gives their ids."""
        gone: list[str] = []
        for quarantine_id, entry in self.entries.items():
            if entry.at_ms >= before_ms or len(gone) == limit:
                break
            gone.append(quarantine_id)
        for quarantine_id in gone:
            self.drop(quarantine_id)
        return gone
