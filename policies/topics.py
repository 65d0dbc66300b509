"""Which rules a topic can meet: an index over the globs of all rules, and a bounded memo of its answers.

A rule stands at the longest literal segments its glob begins with and at those it ends with. The candidates of a topic
are the rules found both ways; only their globs are tested. `job.a.*` and `*.read` need no test: standing there is the
match. Rules are bits of one number, so sets are `&` and `|`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from policies.bits import mask_of
from policies.globs import is_literal, literal_ends, matches_pieces, split_glob

# Entries, each about 0.2 KB at 1,000 rules. Agents choose topics: the memo never evicts, so a flood of new ones costs
# the flood a few microseconds each and cannot push out the topics in use.
MEMO_ENTRIES: Final = 4_096
_NO_RULES: Final = (0, 0)


class TopicIndex:
    """Answers `mask(topic)`: bit i is set when rule i has no topic condition or one of its globs matches."""

    def __init__(self, topics: Sequence[tuple[str, ...] | None], *, memo_entries: int = MEMO_ENTRIES) -> None:
        nodes = _Nodes()
        for index, globs in enumerate(topics):
            if globs is None or "*" in globs:
                nodes.always.append(index)
                continue
            for glob in globs:
                nodes.place(glob, index)
        size = len(topics)
        self._always = mask_of(nodes.always, size=size)
        self._exact = {name: mask_of(indexes, size=size) for name, indexes in nodes.exact.items()}
        # For what a topic begins with: the rules that need nothing more, and those whose globs are tested; and its end.
        self._heads = _pairs(nodes.below, nodes.prefixes, size)
        self._tails = _pairs(nodes.above, nodes.suffixes, size)
        self._anywhere = self._heads.get("", _NO_RULES)[1], self._tails.get("", _NO_RULES)[1]
        # The same for globs whose literal ends within a segment, `get_*`, by as many characters as each has.
        self._starts = _pairs(nodes.starting, nodes.starts, size)
        self._ends = _pairs(nodes.ending, nodes.ends, size)
        self._start_chars, self._end_chars = _lengths(self._starts), _lengths(self._ends)
        # No rule stands deeper, so a topic of a hundred segments costs no more than one of a few.
        self._head_depth, self._tail_depth = _depth(self._heads), _depth(self._tails)
        self._tested = nodes.tested
        self._memo: dict[str, int] = {}
        self._memo_entries = memo_entries

    def literals(self) -> Iterable[str]:
        """The names that stand in globs without a star."""
        return self._exact.keys()

    def mask(self, topic: str) -> int:
        """The rules whose topic condition holds for this topic."""
        known = self._memo.get(topic)
        if known is not None:
            return known
        found = self.search(topic)
        if len(self._memo) < self._memo_entries:
            self._memo[topic] = found
        return found

    def search(self, topic: str) -> int:
        """The same without the memo."""
        found = self._always | self._exact.get(topic, 0)
        before, after = self._anywhere
        nodes, left, at = self._heads, self._head_depth, topic.find(".")
        while left and at >= 0:
            pair = nodes.get(topic[:at])
            if pair is not None:
                found |= pair[0]
                before |= pair[1]
            left -= 1
            at = topic.find(".", at + 1)
        nodes, left, at = self._tails, self._tail_depth, topic.rfind(".")
        while left and at >= 0:
            pair = nodes.get(topic[at + 1 :])
            if pair is not None:
                found |= pair[0]
                after |= pair[1]
            left -= 1
            at = topic.rfind(".", 0, at)
        for chars in self._start_chars:
            pair = self._starts.get(topic[:chars])
            if pair is not None:
                found |= pair[0]
                before |= pair[1]
        for chars in self._end_chars:
            pair = self._ends.get(topic[-chars:])
            if pair is not None:
                found |= pair[0]
                after |= pair[1]
        candidates = before & after & ~found
        while candidates:
            bit = candidates & -candidates
            candidates ^= bit
            for pieces in self._tested[bit.bit_length() - 1]:
                if matches_pieces(pieces, topic):
                    found |= bit
                    break
        return found


class _Nodes:
    """Where each rule stands, before the lists of rules become masks."""

    def __init__(self) -> None:
        self.always: list[int] = []
        self.exact: dict[str, list[int]] = {}
        self.below: dict[str, list[int]] = {}
        self.above: dict[str, list[int]] = {}
        self.prefixes: dict[str, list[int]] = {}
        self.suffixes: dict[str, list[int]] = {}
        self.starting: dict[str, list[int]] = {}
        self.ending: dict[str, list[int]] = {}
        self.starts: dict[str, list[int]] = {}
        self.ends: dict[str, list[int]] = {}
        self.tested: dict[int, list[tuple[str, ...]]] = {}

    def place(self, glob: str, index: int) -> None:
        """Let a rule stand where its glob says."""
        if is_literal(glob):
            self.exact.setdefault(glob, []).append(index)
            return
        prefix, suffix = literal_ends(glob)
        if glob == f"{prefix}.*":
            self.below.setdefault(prefix, []).append(index)
        elif glob == f"*.{suffix}":
            self.above.setdefault(suffix, []).append(index)
        elif glob.count("*") == 1 and glob.endswith("*"):
            self.starting.setdefault(glob[:-1], []).append(index)
        elif glob.count("*") == 1 and glob.startswith("*"):
            self.ending.setdefault(glob[1:], []).append(index)
        else:
            pieces = split_glob(glob)
            is_whole = not pieces[0] or pieces[0].endswith(".")
            nodes, name = (self.prefixes, prefix) if is_whole else (self.starts, pieces[0])
            nodes.setdefault(name, []).append(index)
            is_whole = not pieces[-1] or pieces[-1].startswith(".")
            nodes, name = (self.suffixes, suffix) if is_whole else (self.ends, pieces[-1])
            nodes.setdefault(name, []).append(index)
            self.tested.setdefault(index, []).append(pieces)


def _lengths(nodes: Mapping[str, object]) -> tuple[int, ...]:
    return tuple(sorted({len(name) for name in nodes}))


def _depth(nodes: Mapping[str, tuple[int, int]]) -> int:
    return max((name.count(".") + 1 for name in nodes), default=0)


def _pairs(whole: Mapping[str, list[int]], tested: Mapping[str, list[int]], size: int) -> dict[str, tuple[int, int]]:
    return {
        name: (mask_of(whole.get(name, ()), size=size), mask_of(tested.get(name, ()), size=size))
        for name in {*whole, *tested}
    }
