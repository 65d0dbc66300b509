"""Which rules a topic can meet: an index over the globs of all rules, and a bounded memo of its answers.

A rule stands at the longest literal segments its glob begins with and at those it ends with. The candidates of a topic
are the rules found both ways; only their globs are tested. Rules are bits of one number, so sets are `&` and `|`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from policies.globs import is_literal, literal_ends, matches_any

# Entries, each about 0.2 KB at 1,000 rules. Agents choose topics: the memo never evicts, so a flood of new ones costs
# the flood a few microseconds each and cannot push out the topics in use.
MEMO_ENTRIES: Final = 4_096


class TopicIndex:
    """Answers `mask(topic)`: bit i is set when rule i has no topic condition or one of its globs matches."""

    def __init__(self, topics: Sequence[tuple[str, ...] | None], *, memo_entries: int = MEMO_ENTRIES) -> None:
        self._topics = topics
        self._always = 0
        self._exact: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        for index, globs in enumerate(topics):
            bit = 1 << index
            if globs is None or "*" in globs:
                self._always |= bit
                continue
            for glob in globs:
                if is_literal(glob):
                    self._exact[glob] = self._exact.get(glob, 0) | bit
                else:
                    prefix, suffix = literal_ends(glob)
                    self._prefixes[prefix] = self._prefixes.get(prefix, 0) | bit
                    self._suffixes[suffix] = self._suffixes.get(suffix, 0) | bit
        self._memo: dict[str, int] = {}
        self._memo_entries = memo_entries

    def mask(self, topic: str) -> int:
        """The rules whose topic condition holds for this topic."""
        known = self._memo.get(topic)
        if known is not None:
            return known
        found = self._search(topic)
        if len(self._memo) < self._memo_entries:
            self._memo[topic] = found
        return found

    def _search(self, topic: str) -> int:
        exact = self._always | self._exact.get(topic, 0)
        candidates = self._nodes(topic) & ~exact
        while candidates:
            bit = candidates & -candidates
            candidates ^= bit
            globs = self._topics[bit.bit_length() - 1]
            if globs is not None and matches_any(globs, topic):
                exact |= bit
        return exact

    def _nodes(self, topic: str) -> int:
        before = self._prefixes.get("", 0)
        after = self._suffixes.get("", 0)
        at = topic.find(".")
        while at >= 0:
            before |= self._prefixes.get(topic[:at], 0)
            after |= self._suffixes.get(topic[at + 1 :], 0)
            at = topic.find(".", at + 1)
        return before & after
