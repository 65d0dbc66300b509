"""What a list of holds shows, as SQL: conditions, their parameters, and the order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from penstock.console.readmodel.rows import Cursor, HoldFilter, Tab
from penstock.console.readmodel.statements import Value, marks

# Words of a search that count; SQLite looks each up by itself.
MAX_WORDS: Final = 16
# What the tokenizer of the full text takes for a word, nearly: letters and digits of any script.
_WORD: Final = re.compile(r"[^\W_]")
# Characters that mean something in SQLite's globs and nothing in ours, where "*" is the only wildcard.
_LITERAL: Final = re.compile(r"[?\[]")
_EQUAL: Final = ("team", "risk", "approval_class", "agent_id", "rule_id", "tool", "topic", "fingerprint")


class Where(NamedTuple):
    """Conditions that all hold, and the values of their parameters in order."""

    sql: str
    values: Sequence[Value]


def where(wanted: HoldFilter, *, now_ms: int, is_for_every_team: bool = False) -> Where:
    """What a hold must be to stand in the list; `is_for_every_team` leaves the filter's team out."""
    parts = [
        *_of_tab(wanted, now_ms),
        *_equal(wanted, is_for_every_team=is_for_every_team),
        *within(wanted.tenants),
        *_found(wanted.text),
    ]
    return Where(" AND ".join(sql for sql, _ in parts), [value for _, values in parts for value in values])


def within(tenants: Sequence[str]) -> Iterator[Where]:
    """What who is bound to tenants may know of; nothing without a tenant is among it."""
    if tenants:
        if not any("*" in tenant for tenant in tenants):
            yield Where(f"tenant_id IN ({marks(len(tenants))})", tenants)
            return
        globs = [_LITERAL.sub(lambda found: f"[{found.group()}]", glob) for glob in tenants]
        yield Where(f"({' OR '.join(['tenant_id GLOB ?'] * len(globs))})", globs)


def following(after: Cursor, tab: Tab) -> Where:
    """What stands behind a cursor: later due, or longer over."""
    if tab.stage == "open":
        return Where("(due_ms, hold_id) > (?, ?)", after)
    return Where("(ended_ms, hold_id) < (?, ?)", after)


def order(wanted: HoldFilter) -> str:
    """The order of a list."""
    time = _planned("due_ms" if wanted.tab.stage == "open" else "ended_ms", wanted)
    return f"{time}, hold_id" if wanted.tab.stage == "open" else f"{time} DESC, hold_id DESC"


def _planned(column: str, wanted: HoldFilter) -> str:
    """The column, hidden from the planner's indices where a condition leaves so little that sorting it is nothing.

    Source: SQLite, The SQLite Query Optimizer Overview, 5 (a unary plus).
    """
    is_small = wanted.agent_id is not None or wanted.tab is Tab.MINE
    return f"+{column}" if is_small else column


def match_of(text: str) -> str | None:
    """A full-text query for holds in which each word of the text begins a word; None where there is no word.

    Words are quoted, so that nothing in them is an operator. Source: SQLite FTS5, section 3.1 (strings).
    """
    # A NUL would end the query for SQLite's parser.
    words = [word.replace('"', '""') for word in text.replace("\0", " ").split() if _WORD.search(word)]
    return " ".join(f'"{word}"*' for word in words[:MAX_WORDS]) or None


def _of_tab(wanted: HoldFilter, now_ms: int) -> Iterator[Where]:
    is_voted = wanted.tab is Tab.NEEDS_SECOND
    yield Where(f"{'+stage' if is_voted else _planned('stage', wanted)} = ?", (wanted.tab.stage,))
    if wanted.tab is Tab.MINE:
        is_claimed = "claimed_by = ? AND claimed_until_ms > ?"
        yield Where(f"(({is_claimed}) OR question_by = ?)", (wanted.person_id, now_ms, wanted.person_id))
    elif is_voted:
        voted = "SELECT 1 FROM hold_votes WHERE hold_votes.hold_id = holds.hold_id AND reviewer = ?"
        # The first two are what the index of such holds has.
        yield Where("votes > 0 AND resolution IS NULL", ())
        yield Where(f"NOT EXISTS ({voted})", (wanted.person_id,))


def _equal(wanted: HoldFilter, *, is_for_every_team: bool) -> Iterator[Where]:
    for name in _EQUAL:
        value = getattr(wanted, name)
        if value is not None and not (is_for_every_team and name == "team"):
            yield Where(f"coalesce({name}, '') = ?" if value == "" else f"{name} = ?", (value,))


def _found(text: str | None) -> Iterator[Where]:
    if text is None or not text.strip():
        return
    match = match_of(text)
    if match is None:
        # Something is looked for that no name can hold.
        yield Where("false", ())
    else:
        yield Where("id IN (SELECT rowid FROM holds_text WHERE holds_text MATCH ?)", (match,))
