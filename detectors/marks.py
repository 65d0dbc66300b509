"""What redaction leaves behind is no finding, and no evidence for one: a text that was cleaned scans clean.

A mark counts only in the exact form that detectors.redaction writes, with the name of a known type, so that nothing can
be hidden by writing it like one: at most eight hex digits or four characters fit.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container

_MARK = re.compile(
    r"\[REDACTED\]|\[(?P<token>[A-Z][A-Z0-9_]{1,63}):[0-9a-f]{8}\]|<(?P<mask>[A-Z][A-Z0-9_]{1,63})>"
    r"|\*{4}[^\W_]{4}(?![^\W_])"
)


class Marks:
    """The marks of redaction in a text.

    >>> marks = Marks("ssn [US_SSN:1a2b3c4d], 219-09-9999", {"US_SSN"})
    >>> marks.cover(12, 20), marks.cover(12, 34)
    (True, False)
    """

    def __init__(self, text: str, types: Container[str]) -> None:
        self._text = text
        self._spans = [
            match.span()
            for match in _MARK.finditer(text)
            if (kind := match["token"] or match["mask"]) is None or kind in types
        ]
        self._starts = [start for start, _ in self._spans]

    def without(self) -> str:
        """The text with stars in place of the marks, each character at its place: a type's name says nothing there.

        >>> Marks("<US_SSN> 12", {"US_SSN"}).without()
        '******** 12'
        """
        pieces: list[str] = []
        place = 0
        for start, end in self._spans:
            pieces += (self._text[place:start], "*" * (end - start))
            place = end
        return "".join([*pieces, self._text[place:]])

    def cover(self, start: int, end: int) -> bool:
        """Whether a span holds nothing but marks and what stands between words; not so without a mark."""
        rest = []
        place = start
        first = max(0, bisect_right(self._starts, start) - 1)
        for mark_start, mark_end in self._spans[first : bisect_right(self._starts, end - 1)]:
            if mark_end > start:
                rest.append(self._text[place : max(place, mark_start)])
                place = mark_end
        if place == start:
            return False
        rest.append(self._text[place : max(place, end)])
        return not any(character.isalnum() for character in "".join(rest))
