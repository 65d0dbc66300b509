"""Which matches hold wherever another holds: what a linter can know about rules without any event.

For globs the answer is exact: one contains another when it matches it with each star replaced by a character that no
glob holds, because only a star of its own can stand for that. For matches it is sufficient: a "yes" is right for every
action whose fields are all there, a "no" may be a "yes" that this does not see (expressions are compared as texts,
`at_least` part by part, and lists of globs glob by glob).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from policies.documents import AtLeast, Match, Velocity
from policies.globs import matches

# Stands for a star; no glob and no topic of the wire holds it.
_ANYTHING: Final = "\0"


def probe(glob: str) -> str:
    """A text that globs match only if they match everything that this one does."""
    return glob.replace("*", _ANYTHING)


def contains(wide: str, narrow: str) -> bool:
    """Whether every text that `narrow` matches is matched by `wide`."""
    return matches(wide, probe(narrow))


def overlaps(left: str, right: str) -> bool:
    """Whether some text is matched by both."""
    if "*" not in left:
        return matches(right, left)
    if "*" not in right:
        return matches(left, right)
    # Before the first star and after the last both are literal; between them either star takes the other's pieces.
    head, other_head = left[: left.index("*")], right[: right.index("*")]
    tail, other_tail = left[left.rindex("*") + 1 :], right[right.rindex("*") + 1 :]
    return (head.startswith(other_head) or other_head.startswith(head)) and (
        tail.endswith(other_tail) or other_tail.endswith(tail)
    )


def any_overlaps(left: Sequence[str] | None, right: Sequence[str] | None) -> bool:
    """Whether some text is matched by one glob of each list; no list matches everything."""
    if left is None or right is None:
        return True
    return any(overlaps(one, other) for one in left for other in right)


def implies(narrow: Match, wide: Match) -> bool:
    """Whether `wide` holds for every action that `narrow` holds for, where no field is absent; false when unsure."""
    return all(_CONDITIONS.get(name, _equal)(narrow, wide, name) for name in wide.given)


def _all_contained(narrow: Sequence[str] | None, wide: Sequence[str]) -> bool:
    return narrow is not None and all(any(contains(outer, inner) for outer in wide) for inner in narrow)


def _globs(narrow: Match, wide: Match, name: str) -> bool:
    outer: tuple[str, ...] = getattr(wide, name)
    # Every action has a topic; another field that is absent leaves even "*" unknown.
    if name == "topics" and "*" in outer:
        return True
    return _all_contained(getattr(narrow, name), outer)


def _tags(narrow: Match, wide: Match, name: str) -> bool:
    outer: tuple[str, ...] = getattr(wide, name)
    certain = set(narrow.risk_tags_all or ())
    if narrow.risk_tags is not None and len(narrow.risk_tags) == 1:
        certain.update(narrow.risk_tags)
    if name == "risk_tags_all":
        return set(outer) <= certain
    return bool(certain & set(outer)) or (narrow.risk_tags is not None and set(narrow.risk_tags) <= set(outer))


def _labels(narrow: Match, wide: Match, name: str) -> bool:
    inner: Mapping[str, Sequence[str]] = dict(narrow.labels or ())
    return all(_all_contained(inner.get(label), globs) for label, globs in wide.labels or ())


def _above(narrow: Match, wide: Match, name: str) -> bool:
    inner, outer = getattr(narrow, name), getattr(wide, name)
    return inner is not None and bool(inner >= outer)


def _below(narrow: Match, wide: Match, name: str) -> bool:
    inner, outer = getattr(narrow, name), getattr(wide, name)
    return inner is not None and bool(inner <= outer)


def _velocity(narrow: Match, wide: Match, name: str) -> bool:
    inner, outer = narrow.velocity, wide.velocity
    return (
        isinstance(inner, Velocity)
        and isinstance(outer, Velocity)
        and inner.window_s == outer.window_s
        and inner.most >= outer.most
    )


def _at_least(narrow: Match, wide: Match, name: str) -> bool:
    outer = wide.at_least
    if not isinstance(outer, AtLeast):
        return False
    return narrow.at_least == outer or sum(implies(narrow, part) for part in outer.of) >= outer.count


def _equal(narrow: Match, wide: Match, name: str) -> bool:
    return bool(getattr(narrow, name) == getattr(wide, name))


_CONDITIONS: Final[Mapping[str, Callable[[Match, Match, str], Any]]] = {
    **dict.fromkeys(("topics", "agents", "tenants", "tools", "environments"), _globs),
    **dict.fromkeys(("risk_tags", "risk_tags_all"), _tags),
    **dict.fromkeys(("anomaly_score_above", "retry_count_above", "amount_usd_above", "affected_users_above"), _above),
    "labels": _labels,
    "confidence_below": _below,
    "velocity": _velocity,
    "at_least": _at_least,
}
