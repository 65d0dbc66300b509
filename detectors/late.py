"""Patterns that are compiled when they are first needed.

There are a thousand of them, a process meets a few dozen, and compiling all would take most of a start.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cached_property


class LatePattern:
    """A regular expression that is compiled at its first search; a bad one fails there, so each needs an example.

    >>> LatePattern("[0-9]+").search("a 12").group()
    '12'
    """

    def __init__(self, source: str) -> None:
        """A pattern from its source."""
        self.source = source

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled pattern. Threads may compile it twice; the result is the same."""
        return re.compile(self.source)

    @property
    def groupindex(self) -> Mapping[str, int]:
        """The numbers of the named groups."""
        return self.compiled.groupindex

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """The first match in a part of a text."""
        return self.compiled.search(text, start, end)

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """A match that begins where the part of a text does."""
        return self.compiled.match(text, start, end)


#: A pattern that is compiled, or will be.
AnyPattern = re.Pattern[str] | LatePattern
