"""Questions about held actions. Each takes a connection of `Store.read`, and gives typed rows."""

from __future__ import annotations

import sqlite3
from typing import Final

from penstock.console.readmodel.rows import (
    Counts,
    Cursor,
    EqualItems,
    HoldDetail,
    HoldFilter,
    QueuePage,
    ReviewerLoad,
    Waits,
)

# Rows of a page.
PAGE_ROWS: Final = 50


def queue_page(
    db: sqlite3.Connection, wanted: HoldFilter, *, now_ms: int, after: Cursor | None = None, rows: int = PAGE_ROWS
) -> QueuePage:
    """A page of a list: what is open by due time, what is over by when it ended, the latest first."""
    raise LookupError("not built yet")


def newer_than(db: sqlite3.Connection, wanted: HoldFilter, *, since_ms: int, now_ms: int) -> int:
    """How many holds of the list were opened (or ended, on lists of what is over) after `since_ms`."""
    raise LookupError("not built yet")


def counts(db: sqlite3.Connection, wanted: HoldFilter, *, now_ms: int) -> Counts:
    """How many holds each tab and team has under the filter; the filter's own tab and team play no part."""
    raise LookupError("not built yet")


def equal_items(db: sqlite3.Connection, wanted: HoldFilter, *, now_ms: int, groups: int = 20) -> tuple[EqualItems, ...]:
    """Groups of at least two open holds that are decided alike, the largest first."""
    raise LookupError("not built yet")


def hold_detail(db: sqlite3.Connection, hold_id: str, *, tenants: tuple[str, ...] = ()) -> HoldDetail | None:
    """One hold with all about it; None when there is none that a person bound to these tenants may know of."""
    raise LookupError("not built yet")


def next_hold(db: sqlite3.Connection, wanted: HoldFilter, *, behind: Cursor, now_ms: int) -> str | None:
    """The hold that follows in the list, for "next item"; None at its end."""
    raise LookupError("not built yet")


def waits(db: sqlite3.Connection, *, now_ms: int, window_ms: int, tenants: tuple[str, ...] = ()) -> tuple[Waits, ...]:
    """Waiting times by team, the whole (team None) first."""
    raise LookupError("not built yet")


def reviewer_loads(db: sqlite3.Connection, *, now_ms: int, window_ms: int) -> tuple[ReviewerLoad, ...]:
    """What each reviewer has open and did lately, the busiest first."""
    raise LookupError("not built yet")
