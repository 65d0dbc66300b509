"""An agent's last weeks as a small picture: outcomes per day as bars, errors on top, and its level as a line.

Drawn on the server from numbers only. Colours come from style sheets by class, and nothing is told by colour alone: the
picture has a description in words, and the page a table with the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

# Width of a day, and height of the picture, in the units of its own coordinates.
DAY_WIDTH: Final = 8
HEIGHT: Final = 56
_TOP: Final = 4
_BAR_WIDTH: Final = DAY_WIDTH - 2
_FLOOR: Final = HEIGHT - 4
_PICTURE: Final = Markup(
    '<svg class="chart history" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
    ' aria-label="{label}"><line class="axis" x1="0" y1="{floor}" x2="{width}" y2="{floor}"/>{bars}{line}</svg>'
)
_BAR: Final = Markup('<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}"/>')
_LINE: Final = Markup('<polyline class="line" points="{points}"/>')


class Day(NamedTuple):
    """What an agent's actions came to on one day; `level` is that at its end, None before the first."""

    successes: int = 0
    errors: int = 0
    level: int | None = None

    @property
    def outcomes(self) -> int:
        """All outcomes of the day."""
        return self.successes + self.errors


def picture(days: Sequence[Day], *, highest_level: int = 3) -> Markup:
    """The days, the oldest first, as an SVG image; empty without days."""
    if not days:
        return Markup("")
    most = max(1, *(day.outcomes for day in days))
    bars = Markup("").join(_bars(place, day, most) for place, day in enumerate(days))
    return _PICTURE.format(
        width=DAY_WIDTH * len(days),
        height=HEIGHT,
        label=words(days),
        floor=_FLOOR,
        bars=bars,
        line=_line(days, highest_level),
    )


def words(days: Sequence[Day]) -> str:
    """The same for those who do not see it."""
    outcomes, errors = sum(day.outcomes for day in days), sum(day.errors for day in days)
    levels = [day.level for day in days if day.level is not None]
    said = f"{len(days)} {'day' if len(days) == 1 else 'days'}: {outcomes:,} outcomes, {errors:,} of them errors"
    if not levels:
        return said
    return f"{said}; level {levels[-1]}" + (
        "" if len(set(levels)) == 1 else f", between {min(levels)} and {max(levels)}"
    )


def _bars(place: int, day: Day, most: int) -> Markup:
    room = _FLOOR - _TOP
    whole = _height(day.outcomes, most, room)
    errors = min(whole, _height(day.errors, most, room))
    x = place * DAY_WIDTH + 1
    drawn = [
        _BAR.format(kind=kind, x=x, y=_FLOOR - bottom - height, width=_BAR_WIDTH, height=height)
        for kind, bottom, height in (("bar", 0, whole - errors), ("bar-error", whole - errors, errors))
        if height
    ]
    return Markup("").join(drawn)


def _height(count: int, most: int, room: int) -> int:
    """In proportion, but what happened at all is seen."""
    return max(2, round(count * room / most)) if count else 0


def _line(days: Sequence[Day], highest_level: int) -> Markup:
    room = _FLOOR - _TOP
    points: list[str] = []
    for place, day in enumerate(days):
        if day.level is None:
            continue
        y = _FLOOR - round(min(day.level, highest_level) * room / max(1, highest_level))
        points += [f"{place * DAY_WIDTH},{y}", f"{(place + 1) * DAY_WIDTH},{y}"]
    return _LINE.format(points=" ".join(points)) if points else Markup("")
