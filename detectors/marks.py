"""What redaction leaves behind is no finding, and no evidence for one: a text that was cleaned scans clean.

A mark counts only in the exact form that detectors.redaction writes, with the name of a known type, so that nothing can
be hidden by writing it like one: at most eight hex digits or four characters fit, and an element of XML is no mark.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container

# It begins with a set of characters, so that the engine skips all others.
_MARK = re.compile(
    r"[\[<*](?:(?<=\[)(?:REDACTED\]|(?P<token>[A-Z][A-Z0-9_]{1,63}):[0-9a-f]{8}\])"
    r"|(?<=<)(?P<mask>[A-Z][A-Z0-9_]{1,63})>|(?<=\*)\*{3}[^\W_]{4}(?![^\W_]))"
)


# How far behind a mark of a type the end of an element of this name is looked for, characters: the longest key and its
# indent.
_ELEMENT_CHARS = 120


def _is_element(text: str, match: re.Match[str]) -> bool:
    """Whether what looks like a mask opens an element of XML, whose name says what stands in it."""
    mask = match["mask"]
    return mask is not None and text.find(f"</{mask}>", match.end(), match.end() + _ELEMENT_CHARS) >= 0


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
            if ((kind := match["token"] or match["mask"]) is None or kind in types) and not _is_element(text, match)
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
