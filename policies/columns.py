"""One fact of an action as many matches read it: for each value, the matches whose condition on it holds.

Theory of operation. Match i of n is bit i. What a value leaves of the matches is one *wide* integer: bits 0 to n-1 are
the matches that hold for certain, the next n those that hold for some value of what is absent, and above them stands
one bit for each column, set when its fact is given. A given value fills the first two parts alike; an absent one fails
in the first, holds in the second and clears its column's bit. The AND over all columns is then certain, possible and
absent at once, and says all that a verdict depends on.

Numbers keep their sorted cut points with one mask between each two. The outermost cuts are beyond every number that is
accepted, and beyond them there is no mask: NaN, infinities and what a double cannot hold end there and nowhere else.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Protocol

from policies.bits import mask_of
from policies.documents import Number
from policies.numbers import LARGEST, finite_number
from policies.topics import TopicIndex

# Sets of tags and names kept with their masks; agents choose them, so nothing is ever pushed out.
_MEMO_ENTRIES: Final = 4_096


class Layout:
    """How wide integers of `size` matches and `columns` columns are laid out."""

    __slots__ = ("columns", "everything", "given", "size")

    def __init__(self, size: int, columns: int) -> None:
        self.size = size
        self.columns = columns
        self.everything = (1 << size) - 1
        self.given = ((1 << columns) - 1) << (2 * size)

    def wide(self, certain: int, possible: int) -> int:
        """The wide integer with every column given."""
        return certain | possible << self.size | self.given

    def absent(self, unread: int, column: int) -> int:
        """What is left when a column's fact is absent: for certain only the matches that do not read it."""
        return unread | self.everything << self.size | self.given & ~(1 << (2 * self.size + column))

    def certain(self, wide: int) -> int:
        """The matches that hold for certain."""
        return wide & self.everything

    def possible(self, wide: int) -> int:
        """The matches that hold for some value of what is absent."""
        return wide >> self.size & self.everything

    def is_given(self, wide: int, column: int) -> bool:
        """Whether the fact of a column was given."""
        return bool(wide >> (2 * self.size + column) & 1)


class Column(Protocol):
    """What is left of all matches for each value of one fact."""

    @property
    def fact(self) -> str: ...

    @property
    def unread(self) -> int:
        """The matches that do not read the fact."""

    @property
    def absent(self) -> int: ...

    def of(self, value: object) -> int:
        """The wide mask of a value, None for an absent one.

        Raises: TypeError or ValueError for a value that is none of this fact.
        """


class NumberColumn:
    """A number compared with cut points; equality never holds."""

    __slots__ = ("absent", "cuts", "decimal_cuts", "fact", "find", "masks", "unread")

    def __init__(self, fact: str, cut_of: Mapping[int, Number], *, is_below: bool, at: int, layout: Layout) -> None:
        self.fact = fact
        cuts = sorted(set(cut_of.values()))
        at_cut: dict[Number, list[int]] = {}
        for index, cut in cut_of.items():
            at_cut.setdefault(cut, []).append(index)
        reading = 0
        cumulative = [0]
        for cut in reversed(cuts) if is_below else cuts:
            reading |= mask_of(at_cut[cut], size=layout.size)
            cumulative.append(reading)
        if is_below:
            cumulative.reverse()
        self.unread = layout.everything & ~reading
        self.absent = layout.absent(self.unread, at)
        self.cuts: list[Number] = [-LARGEST, *cuts, LARGEST]
        # A Decimal is compared with the decimal people wrote: as a double, 0.1 is above Decimal("0.1").
        self.decimal_cuts = [Decimal(repr(cut)) for cut in self.cuts]
        self.find: Callable[[Any, Any], int] = bisect_right if is_below else bisect_left
        # masks[i]: what holds for a value with i cuts before it. AND with None raises, and what raises denies.
        held = [layout.wide(self.unread | mask, self.unread | mask) for mask in cumulative]
        self.masks: list[Any] = [None, *held, None]

    def of(self, value: object) -> int:
        number = finite_number(value)
        if number is None:
            return self.absent
        cuts = self.decimal_cuts if isinstance(number, Decimal) else self.cuts
        found: int | None = self.masks[self.find(cuts, number)]
        if found is None:
            raise ValueError("a number is out of range")
        return found


class FlagColumn:
    """A fact that is true or false."""

    __slots__ = ("absent", "fact", "false", "true", "unread")

    def __init__(self, fact: str, wanted: Mapping[int, bool], *, at: int, layout: Layout) -> None:
        self.fact = fact
        true = mask_of([index for index, flag in wanted.items() if flag], size=layout.size)
        false = mask_of([index for index, flag in wanted.items() if not flag], size=layout.size)
        self.unread = layout.everything & ~true & ~false
        self.absent = layout.absent(self.unread, at)
        self.true = layout.wide(self.unread | true, self.unread | true)
        self.false = layout.wide(self.unread | false, self.unread | false)

    def of(self, value: object) -> int:
        if value is True:
            return self.true
        if value is False:
            return self.false
        if value is None:
            return self.absent
        raise TypeError("not true or false")


class NameColumn:
    """A name matched by globs, most of which are plain names."""

    __slots__ = ("_index", "_layout", "absent", "fact", "known", "unread")

    def __init__(self, fact: str, globs: Sequence[tuple[str, ...] | None], *, at: int, layout: Layout) -> None:
        self.fact = fact
        self._layout = layout
        self._index = TopicIndex(globs)
        self.unread = mask_of([index for index, wanted in enumerate(globs) if wanted is None], size=layout.size)
        self.absent = layout.absent(self.unread, at)
        # The names in the documents; names that agents choose join them up to the bound.
        self.known: dict[object, int] = {}
        for name in self._index.literals():
            self.known[name] = self._search(name)

    def _search(self, name: str) -> int:
        found = self._index.search(name)
        return self._layout.wide(found, found)

    def of(self, value: object) -> int:
        if value is None:
            return self.absent
        if not isinstance(value, str):
            raise TypeError("not text")
        known = self.known.get(value)
        if known is None:
            known = self._search(value)
            if len(self.known) < _MEMO_ENTRIES:
                self.known[value] = known
        return known


class TagColumn:
    """The risk tags: some of these, all of those, or both."""

    __slots__ = ("_all", "_any", "_any_unread", "_layout", "absent", "fact", "known", "unread")

    def __init__(
        self,
        some: Sequence[tuple[str, ...] | None],
        every: Sequence[tuple[str, ...] | None],
        *,
        at: int,
        layout: Layout,
    ) -> None:
        self.fact = "risk_tags"
        self._layout = layout
        self._any, self._any_unread = _by_tag(some, layout)
        self._all, all_unread = _by_tag(every, layout)
        self.unread = self._any_unread & all_unread
        self.absent = layout.absent(self.unread, at)
        self.known: dict[tuple[object, ...], int] = {}

    def _holding(self, tags: Sequence[str]) -> int:
        holding = self._any_unread
        for tag in tags:
            holding |= self._any.get(tag, 0)
        for tag, reading in self._all.items():
            if tag not in tags:
                holding &= ~reading
        return holding

    def of(self, value: object) -> int:
        tags = tag_tuple(value)
        if tags is None:
            return self.absent
        known = self.known.get(tags)
        if known is None:
            holding = self._holding(tags)
            known = self._layout.wide(holding, holding)
            if len(self.known) < _MEMO_ENTRIES:
                self.known[tags] = known
        return known

    def of_class(self, certain: tuple[str, ...], claimed: tuple[str, ...] | None) -> int:
        """The mask where a class names the tags: a tag that is only claimed may hold and never does for certain."""
        holding = self._holding(certain)
        return self._layout.wide(holding, self._holding((*certain, *claimed)) if claimed else holding)


def tag_tuple(value: object) -> tuple[str, ...] | None:
    """The tags of an event, None when absent.

    Raises: TypeError for what is no list of texts.
    """
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError("risk_tags is no list")
    for tag in value:
        if not isinstance(tag, str):
            raise TypeError("a risk tag is not text")
    return tuple(value)


def _by_tag(lists: Sequence[tuple[str, ...] | None], layout: Layout) -> tuple[dict[str, int], int]:
    reading: dict[str, list[int]] = {}
    unread: list[int] = []
    for index, tags in enumerate(lists):
        if tags is None:
            unread.append(index)
            continue
        for tag in tags:
            reading.setdefault(tag, []).append(index)
    masks = {tag: mask_of(indexes, size=layout.size) for tag, indexes in reading.items()}
    return masks, mask_of(unread, size=layout.size)
