"""Many matches compiled into one index: for one action, the set that matches for certain and the set that may.

Theory of operation. Match i is bit i. Each condition keeps masks: for a value, the matches whose condition holds, with
those that do not read the field. `certain` is the AND over all conditions with an absent field counted as failing,
`possible` the same with an absent field counted as holding: three-valued AND, bit by bit. Numbers keep their sorted
cut points with one cumulative mask between each two. Conditions that need more than a lookup (labels, globs outside
topics) pass in the index and are tested one by one on the matches that survive everything else.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from policies.conditions import lazy_condition
from policies.decisions import Amount, Facts
from policies.documents import Match, Number
from policies.topics import TopicIndex

# Match field, place of the value in Facts, whether the condition is `below`.
_NUMBERS = (
    ("confidence_below", "confidence", True),
    ("anomaly_score_above", "anomaly_score", False),
    ("retry_count_above", "retry_count", False),
    ("amount_usd_above", "amount_usd", False),
    ("affected_users_above", "affected_users", False),
)
_FLAGS = ("first_time_action", "customer_facing", "reversible")
_NAMES = (("agents", "agent_id"), ("tenants", "tenant_id"), ("tools", "tool"), ("environments", "environment"))


class _Threshold:
    """One numeric field of all matches."""

    __slots__ = ("at", "cuts", "decimal_cuts", "is_below", "masks", "unread")

    def __init__(self, cut_of: Mapping[int, Number], *, at: int, is_below: bool, everything: int) -> None:
        self.at = at
        self.is_below = is_below
        self.cuts = sorted(set(cut_of.values()))
        # A Decimal is compared with the decimal people wrote: as a double, 0.1 is above Decimal("0.1").
        self.decimal_cuts = [Decimal(repr(cut)) for cut in self.cuts]
        at_cut: dict[Number, int] = {}
        for index, cut in cut_of.items():
            at_cut[cut] = at_cut.get(cut, 0) | 1 << index
        reading = 0
        cumulative = [0]
        for cut in reversed(self.cuts) if is_below else self.cuts:
            reading |= at_cut[cut]
            cumulative.append(reading)
        self.unread = everything & ~reading
        # masks[i]: what holds for a value with i cuts before it.
        self.masks = [self.unread | mask for mask in (reversed(cumulative) if is_below else cumulative)]

    def holding(self, value: Amount) -> int:
        """The matches whose condition holds, or that have none; equality never holds."""
        find = bisect_right if self.is_below else bisect_left
        if isinstance(value, Decimal):
            return self.masks[find(self.decimal_cuts, value)]
        return self.masks[find(self.cuts, value)]


class Matcher:
    """Compiled matches; `masks(facts)` gives the certain and the possible ones as bits."""

    def __init__(self, matches: Sequence[Match]) -> None:
        everything = (1 << len(matches)) - 1
        self._topics = TopicIndex([match.topics for match in matches])
        self._thresholds = _thresholds(matches, everything)
        self._flags = _flags(matches, everything)
        self._names, self._lazy = _names(matches, everything)
        self._lazy_mask = sum(1 << index for index in self._lazy)
        self._any_tag, self._any_unread = _tag_index([match.risk_tags for match in matches], everything)
        self._all_tag, self._all_unread = _tag_index([match.risk_tags_all for match in matches], everything)
        self._reads_tags = bool(self._any_tag or self._all_tag)

    def masks(self, facts: Facts) -> tuple[int, int]:
        """The matches that hold for certain, and those that hold for some value of what is absent."""
        certain = possible = self._topics.mask(facts.topic)
        if self._reads_tags:
            holding = self._holding_tags(facts.certain_tags) if facts.certain_tags is not None else self._untagged()
            certain &= holding
            if facts.risk_tags is facts.certain_tags:
                if facts.risk_tags is not None:
                    possible &= holding
            elif facts.risk_tags is not None:
                possible &= self._holding_tags(facts.risk_tags)
        for threshold in self._thresholds:
            value: Any = facts[threshold.at]
            if value is None:
                certain &= threshold.unread
            else:
                holding = threshold.holding(value)
                certain &= holding
                possible &= holding
        for at, true, false, unread in self._flags:
            flag = facts[at]
            if flag is None:
                certain &= unread
            else:
                certain &= true if flag else false
                possible &= true if flag else false
        for at, exact, unread in self._names:
            name: Any = facts[at]
            if name is None:
                certain &= unread
            else:
                holding = exact.get(name, unread)
                certain &= holding
                possible &= holding
        if possible & self._lazy_mask:
            return self._test_lazy(facts, certain, possible)
        return certain, possible

    def _untagged(self) -> int:
        return self._any_unread & self._all_unread

    def _holding_tags(self, tags: Sequence[str]) -> int:
        holding = self._any_unread
        for tag in tags:
            holding |= self._any_tag.get(tag, 0)
        for tag, reading in self._all_tag.items():
            if tag not in tags:
                holding &= ~reading
        return holding

    def _test_lazy(self, facts: Facts, certain: int, possible: int) -> tuple[int, int]:
        remaining = possible & self._lazy_mask
        while remaining:
            bit = remaining & -remaining
            remaining ^= bit
            for condition in self._lazy[bit.bit_length() - 1]:
                holds = condition(facts)
                if holds is not True:
                    certain &= ~bit
                if holds is False:
                    possible &= ~bit
                    break
        return certain, possible


def _thresholds(matches: Sequence[Match], everything: int) -> tuple[_Threshold, ...]:
    found: list[_Threshold] = []
    for field, fact, is_below in _NUMBERS:
        cut_of = {index: getattr(match, field) for index, match in enumerate(matches)}
        read = {index: cut for index, cut in cut_of.items() if cut is not None}
        if read:
            at = Facts._fields.index(fact)
            found.append(_Threshold(read, at=at, is_below=is_below, everything=everything))
    return tuple(found)


def _flags(matches: Sequence[Match], everything: int) -> tuple[tuple[int, int, int, int], ...]:
    found: list[tuple[int, int, int, int]] = []
    for field in _FLAGS:
        true = sum(1 << index for index, match in enumerate(matches) if getattr(match, field) is True)
        false = sum(1 << index for index, match in enumerate(matches) if getattr(match, field) is False)
        if true or false:
            unread = everything & ~true & ~false
            found.append((Facts._fields.index(field), unread | true, unread | false, unread))
    return tuple(found)


_LazyConditions = dict[int, list[Callable[[Facts], bool | None]]]


def _names(
    matches: Sequence[Match], everything: int
) -> tuple[tuple[tuple[int, Mapping[str, int], int], ...], _LazyConditions]:
    found: list[tuple[int, Mapping[str, int], int]] = []
    lazy: _LazyConditions = {}
    for field, fact in (*_NAMES, ("labels", "labels")):
        exact: dict[str, int] = {}
        unread = everything
        for index, match in enumerate(matches):
            condition = lazy_condition(match, field)
            if condition is not None:
                lazy.setdefault(index, []).append(condition)
            elif getattr(match, field) is not None:
                unread &= ~(1 << index)
                for name in getattr(match, field):
                    exact[name] = exact.get(name, 0) | 1 << index
        if exact:
            merged = {name: mask | unread for name, mask in exact.items()}
            found.append((Facts._fields.index(fact), merged, unread))
    return tuple(found), lazy


def _tag_index(lists: Sequence[tuple[str, ...] | None], everything: int) -> tuple[dict[str, int], int]:
    by_tag: dict[str, int] = {}
    unread = everything
    for index, tags in enumerate(lists):
        if tags is None:
            continue
        unread &= ~(1 << index)
        for tag in tags:
            by_tag[tag] = by_tag.get(tag, 0) | 1 << index
    return by_tag, unread
