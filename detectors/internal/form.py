"""The short form of a declaration of internal data that is one pattern."""

from __future__ import annotations

import re
from collections.abc import Callable

from detectors.declaration import TOKEN, Declaration, Reach, Trigger, search
from detectors.finding import Family
from detectors.late import LatePattern
from detectors.overlaps import Strength


def form(
    name: str,
    type: str,  # noqa: A002
    *,
    triggers: tuple[Trigger | str, ...],
    pattern: str,
    accept: Callable[[re.Match[str]], bool] | None = None,
    also: tuple[Trigger | str, ...] = (),
    reach: Reach = TOKEN,
    strength: Strength = Strength.FORMAT,
    score: float = 0.8,
) -> Declaration:
    """A declaration of internal data; the group `secret` of the pattern is the span, else the whole match."""
    return Declaration(
        name=name,
        type=type,
        family=Family.INTERNAL,
        triggers=triggers,
        find=search(LatePattern(pattern), accept),
        also=also,
        reach=reach,
        strength=strength,
        score=score,
    )
