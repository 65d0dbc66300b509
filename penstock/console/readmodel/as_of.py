"""How far the read model is: what each page says about its own age."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TopicAsOf:
    """How far one topic was read. `at_ms` is the time of the last record read, None before the first."""

    topic: str
    records_behind: int
    at_ms: int | None
    is_caught_up: bool


@dataclass(frozen=True, slots=True)
class AsOf:
    """How far the read model is.

    `is_live` says that Kafka answers. `is_caught_up` says that everything which was there when the feed last connected
    is in the tables, and that no more than a moment's records wait; only then may a page show an empty state.
    `at_ms` is the moment that the tables stand for: now while live and caught up, else when that was last so or the
    time of the last record read.
    """

    is_live: bool
    is_caught_up: bool
    at_ms: int | None
    topics: tuple[TopicAsOf, ...]

    @property
    def records_behind(self) -> int:
        """Records that wait to be read, of all topics."""
        return sum(topic.records_behind for topic in self.topics)
