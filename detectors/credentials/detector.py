"""The shape of a credential detector: cheap keywords first, then a bounded pattern, then a check of the value.

A detector is two files: a module here that offers `DETECTORS`, listed in `detectors/credentials/table.py`, and its
examples in `tests/detectors/examples/` under the same name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from detectors.overlaps import Strength

#: A place in a text, as half-open offsets.
Span = tuple[int, int]


class CredentialDetector(Protocol):
    """Finds one type of credential."""

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
    """A detector that is one pattern; the group named `secret` is the span, else the whole match."""

    name: str
    type: str
    keywords: tuple[str, ...]
    pattern: re.Pattern[str]
    accept: Callable[[re.Match[str]], bool] = always
    strength: Strength = Strength.PROVIDER
    score: float = 0.95

    def find(self, text: str) -> Iterator[Span]:
        """The spans of the secrets in `text`."""
        group: str | int = "secret" if "secret" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            if self.accept(match):
                yield match.span(group)


def provider(name: str, type: str, *, keywords: tuple[str, ...], pattern: str) -> PatternDetector:  # noqa: A002
    """A detector for a token that its vendor's format alone identifies.

    The token must not be the middle of a longer word; `pattern` is the token itself.
    """
    bounded = rf"(?<![A-Za-z0-9_])(?:{pattern})(?![A-Za-z0-9])"
    return PatternDetector(
        name=name, type=type, keywords=keywords, pattern=re.compile(bounded), accept=_is_not_repetition
    )


def _is_not_repetition(match: re.Match[str]) -> bool:
    # A documentation stand-in such as ghp_xxxxxxxx has almost no distinct characters after its prefix.
    return len(set(match.group()[-16:])) >= 5 and "EXAMPLE" not in match.group()
