"""How many actions came in a window: what the gate keeps of their times, and the counts that it hands to policy.

The gate keeps times per agent and action class. More of them than the largest `max` say no more, so what is kept is
bounded by the documents and not by the agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from policies.documents import Document, Match

_MS = 1_000


class Window(NamedTuple):
    """A window that policy asks about, and the largest `max` of its conditions."""

    seconds: int
    most: int


def windows_of(documents: Iterable[Document]) -> tuple[Window, ...]:
    """The windows of all velocity conditions of documents, the shortest first."""
    most: dict[int, int] = {}
    for document in documents:
        lists = (*document.rule_lists, *(document.autonomy.levels if document.autonomy else ()))
        matches = [rule.match for entry in lists for rule in entry.rules]
        matches += document.audit.mandatory if document.audit else ()
        matches += [rule.match for rule in (document.approvals.classes if document.approvals else None) or ()]
        for match in matches:
            _collect(match, most)
    return tuple(Window(seconds, most[seconds]) for seconds in sorted(most))


def _collect(match: Match, most: dict[int, int]) -> None:
    if match.velocity is not None:
        seconds = match.velocity.window_s
        most[seconds] = max(most.get(seconds, 0), match.velocity.most)
    for part in match.at_least.of if match.at_least is not None else ():
        _collect(part, most)


def counts(times_ms: Sequence[int], *, now_ms: int, windows: Sequence[Window]) -> tuple[tuple[int, int], ...]:
    """What `Derived.velocity` holds: for each window its seconds and how many times lie in it.

    An action that is exactly as old as the window is still in it, and so is one from a clock ahead of `now_ms`.
    """
    return tuple(
        (window.seconds, sum(1 for at in times_ms if now_ms - at <= window.seconds * _MS)) for window in windows
    )


def kept(times_ms: Sequence[int], *, now_ms: int, windows: Sequence[Window]) -> tuple[int, ...]:
    """The times that can still matter, the oldest first: the latest ones, no more than the largest `max` and one."""
    if not windows:
        return ()
    longest = max(window.seconds for window in windows) * _MS
    most = max(window.most for window in windows) + 1
    return tuple([at for at in sorted(times_ms) if now_ms - at <= longest][-most:])
