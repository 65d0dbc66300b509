"""Which rules a topic can meet: an index over the globs of all rules, and a bounded memo of its answers.

A rule stands at the longest literal segments its glob begins with and at those it ends with. The candidates of a topic
are the rules found both ways; only their globs are tested. `job.a.*` and `*.read` need no test: standing there is the
match. Rules are bits of one number, so sets are `&` and `|`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from policies.globs import is_literal, literal_ends, matches_pieces, split_glob

# Entries, each about 0.2 KB at 1,000 rules. Agents choose topics: the memo never evicts, so a flood of new ones costs
# the flood a few microseconds each and cannot push out the topics in use.
MEMO_ENTRIES: Final = 4_096


class TopicIndex:
    """Answers `mask(topic)`: bit i is set when rule i has no topic condition or one of its globs matches."""

    def __init__(self, topics: Sequence[tuple[str, ...] | None], *, memo_entries: int = MEMO_ENTRIES) -> None:
        self._always = 0
        self._exact: dict[str, int] = {}
        self._below: dict[str, int] = {}
        self._above: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        self._tested: dict[int, list[tuple[str, ...]]] = {}
        for index, globs in enumerate(topics):
            if globs is None or "*" in globs:
                self._always |= 1 << index
                continue
            for glob in globs:
                self._place(glob, index)
        self._memo: dict[str, int] = {}
        self._memo_entries = memo_entries

    def _place(self, glob: str, index: int) -> None:
        if is_literal(glob):
            _add(self._exact, glob, index)
            return
        prefix, suffix = literal_ends(glob)
        if glob == f"{prefix}.*":
            _add(self._below, prefix, index)
        elif glob == f"*.{suffix}":
            _add(self._above, suffix, index)
        else:
            _add(self._prefixes, prefix, index)
            _add(self._suffixes, suffix, index)
            self._tested.setdefault(index, []).append(split_glob(glob))

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
        found = self._always | self._exact.get(topic, 0)
        before, after = self._prefixes.get("", 0), self._suffixes.get("", 0)
        at = topic.find(".")
        while at >= 0:
            head, tail = topic[:at], topic[at + 1 :]
            found |= self._below.get(head, 0) | self._above.get(tail, 0)
            before |= self._prefixes.get(head, 0)
            after |= self._suffixes.get(tail, 0)
            at = topic.find(".", at + 1)
        candidates = before & after & ~found
        while candidates:
            bit = candidates & -candidates
            candidates ^= bit
            for pieces in self._tested[bit.bit_length() - 1]:
                if matches_pieces(pieces, topic):
                    found |= bit
                    break
        return found


def _add(masks: dict[str, int], name: str, index: int) -> None:
    masks[name] = masks.get(name, 0) | 1 << index
