"""The shape of a credential detector: cheap triggers first, then a bounded pattern, then a check of the value.

`detectors.declaration` says what a trigger and a reach are, and what is asked of a search. `PatternDetector` and
`provider` are short forms of a `Declaration`; `detectors.plan` takes either.

A detector is two files: a module here that offers `DETECTORS`, listed in `detectors/credentials/table.py`, and its
examples in `tests/detectors/examples/` under the same name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from detectors.declaration import TOKEN, WHOLE, Reach, Span, Trigger, search
from detectors.late import AnyPattern, LatePattern
from detectors.overlaps import Strength

__all__ = ["CredentialDetector", "PatternDetector", "Span", "always", "provider"]


class CredentialDetector(Protocol):
    """Finds one type of credential.

    Two more attributes are read when they are there: `reach` (how much around a keyword is searched; else the whole
    text), and `triggers` (instead of the keywords). With `find_within(text, start, end)` a detector is searched without
    cutting the window out of the text.
    """

    @property
    def name(self) -> str:
        """The name that findings carry as `detector`."""

    @property
    def type(self) -> str:
        """The upper-case type that findings carry."""

    @property
    def keywords(self) -> tuple[str, ...]:
        """Lower-case strings; a text whose lower-case form holds none of them is not searched."""

    @property
    def strength(self) -> Strength:
        """Where this detector stands when claims overlap."""

    @property
    def score(self) -> float:
        """The score of its findings."""

    def find(self, text: str) -> Iterator[Span]:
        """The spans of the secrets in `text`."""


def always(match: re.Match[str]) -> bool:
    """Accepts every match."""
    return True


@dataclass(frozen=True, slots=True)
class PatternDetector:
    """A detector that is one pattern; the group named `secret` is the span, else the whole match.

    `triggers`, where given, wake it instead of the keywords: the closer they are to the format, the less is searched in
    vain. `reach` is the part of the text around a hit that the pattern needs.
    """

    name: str
    type: str
    keywords: tuple[str, ...]
    pattern: AnyPattern
    accept: Callable[[re.Match[str]], bool] = always
    strength: Strength = Strength.PROVIDER
    score: float = 0.95
    triggers: tuple[Trigger | str, ...] = ()
    also: tuple[Trigger | str, ...] = ()
    reach: Reach = WHOLE

    def find(self, text: str) -> Iterator[Span]:
        """The spans of the secrets in `text`."""
        return self.find_within(text, 0, len(text))

    def find_within(self, text: str, start: int, end: int) -> Iterator[Span]:
        """The spans of the secrets that begin in a part of `text`."""
        yield from search(self.pattern, self.accept)(text, start, end)


def provider(
    name: str,
    type: str,  # noqa: A002
    *,
    keywords: tuple[str, ...],
    pattern: str,
    triggers: tuple[Trigger | str, ...] = (),
    reach: Reach = TOKEN,
) -> PatternDetector:
    """A detector for a token that its vendor's format alone identifies.

    The token must not be the middle of a longer word; `pattern` is the token itself. Without `triggers` the keywords
    wake it; a keyword of two or three letters stands in most texts and wants a trigger with more of the format.
    """
    bounded = rf"(?<![A-Za-z0-9_])(?:{pattern})(?![A-Za-z0-9])"
    return PatternDetector(
        name=name,
        type=type,
        keywords=keywords,
        pattern=LatePattern(bounded),
        accept=_is_not_repetition,
        triggers=triggers,
        reach=reach,
    )


def _is_not_repetition(match: re.Match[str]) -> bool:
    # A documentation stand-in such as ghp_xxxxxxxx has almost no distinct characters after its prefix.
    return len(set(match.group()[-16:])) >= 5 and "EXAMPLE" not in match.group()
