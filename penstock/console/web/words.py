"""Values as people read them: times, amounts, ids, and text that cannot hide anything. Pure."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from markupsafe import Markup, escape

SECOND_MS: Final = 1000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
# Less than this share of the time is left: `is-soon`.
SOON_SHARE: Final = 0.25
# Less than this is left, whatever the share: `is-soon`.
SOON_MS: Final = 10 * MINUTE_MS
# Control, format (zero-width, bidi), surrogate, private and unassigned characters, and separators of lines.
# Source: Unicode 15.1, general categories.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LAYOUT: Final = frozenset("\n\t")


def is_hidden(character: str) -> bool:
    """Whether a reader would not see the character for what it is."""
    return character not in _LAYOUT and unicodedata.category(character) in _HIDDEN


def visible(value: object) -> Markup:
    """The value as text that shows everything: what is invisible, or turns text around, prints as its code point."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return escape(text)
    parts: list[Markup] = []
    plain: list[str] = []
    for character in text:
        if is_hidden(character):
            parts.append(escape("".join(plain)))
            plain.clear()
            parts.append(Markup('<span class="codepoint">U+{:04X}</span>').format(ord(character)))
        else:
            plain.append(character)
    parts.append(escape("".join(plain)))
    return Markup("").join(parts)


def iso(at_ms: int) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def clock_time(at_ms: int | None) -> str:
    """Date and time of day in UTC, for a line of text."""
    return "never" if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(length_ms: int) -> str:
    """A length of time in its two largest units; the script's `span` says the same."""
    seconds = abs(length_ms) // SECOND_MS
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 2 * 86400:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 86400} days"


def ago(at_ms: int, now_ms: int) -> str:
    """How long ago."""
    return "just now" if abs(now_ms - at_ms) < SECOND_MS else f"{span(now_ms - at_ms)} ago"


def left(due_ms: int, now_ms: int) -> str:
    """How long until, or how long over."""
    return f"{span(due_ms - now_ms)} left" if due_ms >= now_ms else f"{span(now_ms - due_ms)} over"


def urgency(due_ms: int, now_ms: int, total_ms: int | None = None) -> str:
    """The class of a time that runs: `is-late`, `is-soon` or `is-calm`."""
    rest_ms = due_ms - now_ms
    if rest_ms < 0:
        return "is-late"
    if rest_ms < SOON_MS or (total_ms and rest_ms < total_ms * SOON_SHARE):
        return "is-soon"
    return "is-calm"


def thousands(value: float) -> str:
    """A count with thin groups of three, as 12,345."""
    return f"{value:,}"


def amount(value: object) -> str:
    """US dollars with cents, exact: `USD 1,200.50`."""
    try:
        return f"USD {Decimal(str(value)):,.2f}"
    except InvalidOperation:
        return "USD ?"


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage."""
    return "–" if share is None else f"{share * 100:.{digits}f} %"


def short_id(value: str | None) -> str:
    """The first eight characters of an id, which tell apart what is on one page."""
    return "–" if not value else value[:8]
