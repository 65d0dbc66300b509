"""What of an action its verdict depends on, where that can be listed: for whoever remembers verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from policies.columns import NumberColumn
from policies.documents import ActionClass, Number
from policies.matcher import Matcher


class Reads(NamedTuple):
    """The facts that rules, classes and audit matches of a bundle read.

    Two actions have one verdict, but for the action it holds, when they agree in what the gate knows of them, in
    `topic`, `tool` and each fact in `names`, and when each fact of `cuts` is absent in both or lies alike to all its
    cuts: below, at or above.
    """

    names: frozenset[str]
    cuts: Mapping[str, Sequence[Number]]


def reads_of(matcher: Matcher, classes: Sequence[ActionClass]) -> Reads | None:
    """What the matches of a bundle read; None where an expression, a label or a derived fact may read anything."""
    if matcher.lazy_mask or any(entry.derive for entry in classes):
        return None
    # Tags also choose the team that audits, and weigh the draw.
    names, cuts = {"risk_tags"}, dict[str, Sequence[Number]]()
    for column in matcher.columns:
        if isinstance(column, NumberColumn):
            cuts[column.fact] = tuple(column.cuts[1:-1])
        else:
            names.add(column.fact)
    return Reads(frozenset(names), cuts)
