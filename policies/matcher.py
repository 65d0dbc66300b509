"""Many matches compiled into one index: for one action, the set that matches for certain and the set that may.

Conditions that a lookup answers are columns (`columns`): three-valued AND, bit by bit. Conditions that need more
(labels, counts of conditions, velocity, expressions) pass in the index and are tested one by one on the matches that
survive everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from policies.columns import Column, FlagColumn, Layout, NameColumn, NumberColumn, TagColumn
from policies.conditions import FIELD_OF_CONDITION, LAZY_CONDITIONS, absent_fields, evaluate
from policies.decisions import Facts
from policies.documents import Match
from policies.topics import TopicIndex

# Match field, whether it is `below`.
_NUMBERS: Final = (
    ("confidence_below", True),
    ("anomaly_score_above", False),
    ("retry_count_above", False),
    ("amount_usd_above", False),
    ("affected_users_above", False),
)
_FLAGS: Final = ("first_time_action", "customer_facing", "reversible", "session_tainted")
_NAMES: Final = ("agents", "tenants", "tools", "environments")
_TAGS: Final = ("risk_tags", "risk_tags_all")


class Matcher:
    """Compiled matches; `masks(facts)` gives the certain and the possible ones as bits."""

    def __init__(self, matches: Sequence[Match], *, settled: Collection[str] = ()) -> None:
        """Compile the matches without the conditions named `settled`, which hold already."""
        size = len(matches)
        wanted: dict[str, dict[int, Any]] = {}
        lazy: dict[int, list[str]] = {}
        for index, match in enumerate(matches):
            for name in match.given:
                if name in settled:
                    continue
                if name in LAZY_CONDITIONS:
                    lazy.setdefault(index, []).append(name)
                else:
                    wanted.setdefault(name, {})[index] = getattr(match, name)
        makers = _makers(wanted, size)
        self.layout = Layout(size, len(makers))
        self.columns: tuple[Column, ...] = tuple(make(at, self.layout) for at, make in enumerate(makers))
        self.topics = TopicIndex(_listed(wanted.get("topics", {}), size))
        self._matches = tuple(matches)
        self._lazy = lazy
        self.lazy_mask = sum(1 << (size + index) for index in lazy)
        """The matches with conditions of their own, at the places of the possible ones in a wide mask."""

    def wide(self, facts: Facts) -> int:
        """The wide mask of facts, topics and columns only."""
        found = self.topics.mask(facts.topic)
        wide = self.layout.wide(found, found)
        for column in self.columns:
            if isinstance(column, TagColumn) and facts.certain_tags is not None:
                wide &= column.of_class(facts.certain_tags, facts.risk_tags)
            else:
                wide &= column.of(getattr(facts, column.fact))
        return wide

    def masks(self, facts: Facts) -> tuple[int, int]:
        """The matches that hold for certain, and those that hold for some value of what is absent."""
        wide = self.wide(facts)
        if wide & self.lazy_mask:
            wide, _ = self.test_lazy(wide, facts)
        return self.layout.certain(wide), self.layout.possible(wide)

    def test_lazy(self, wide: int, facts: Facts) -> tuple[int, tuple[tuple[int, str], ...]]:
        """The wide mask after the conditions that no column answers, and the fields (match, name) absent in them.

        A match that only a claimed tag leaves unknown has no absent field, and so none is named.
        """
        size = self.layout.size
        unknown: list[tuple[int, str]] = []
        remaining = wide & self.lazy_mask
        while remaining:
            bit = remaining & -remaining
            remaining ^= bit
            index = bit.bit_length() - 1 - size
            for name in self._lazy[index]:
                holds = evaluate(self._matches[index], name, facts)
                if holds is not True:
                    wide &= ~(1 << index)
                if holds is False:
                    wide &= ~bit
                    break
                if holds is None:
                    unknown += [(index, field) for field in absent_fields(self._matches[index], name, facts)]
        return wide, tuple(unknown)


_Maker = Callable[[int, Layout], Column]


def _makers(wanted: Mapping[str, dict[int, Any]], size: int) -> list[_Maker]:
    """How to make each column that some match needs, once it is known how many there are."""
    makers = [_number(name, wanted[name], is_below=is_below) for name, is_below in _NUMBERS if name in wanted]
    makers += [_flag(name, wanted[name]) for name in _FLAGS if name in wanted]
    makers += [_name(name, _listed(wanted[name], size)) for name in _NAMES if name in wanted]
    if any(name in wanted for name in _TAGS):
        some, every = (_listed(wanted.get(name, {}), size) for name in _TAGS)
        makers.append(lambda at, layout: TagColumn(some, every, at=at, layout=layout))
    return makers


def _listed(wanted: Mapping[int, Any], size: int) -> list[Any]:
    return [wanted.get(index) for index in range(size)]


def _number(name: str, cut_of: dict[int, Any], *, is_below: bool) -> _Maker:
    fact = FIELD_OF_CONDITION[name]
    return lambda at, layout: NumberColumn(fact, cut_of, is_below=is_below, at=at, layout=layout)


def _flag(name: str, wanted: dict[int, Any]) -> _Maker:
    return lambda at, layout: FlagColumn(FIELD_OF_CONDITION[name], wanted, at=at, layout=layout)


def _name(name: str, globs: list[Any]) -> _Maker:
    return lambda at, layout: NameColumn(FIELD_OF_CONDITION[name], globs, at=at, layout=layout)
