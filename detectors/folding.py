"""Undoes disguises of single characters before detection, and maps spans back to the text as it was.

Invisible characters are dropped (a zero-width space inside a number), spaces, dashes and digits of any script become
ASCII, look-alike letters become Latin, the rest is NFKC (full-width forms). A text of ASCII alone is left as it is.
Source: UAX #15 (NFKC), UTS #39 (confusables), UAX #44 (general categories)
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from detectors.confusables import LOOK_ALIKES
from detectors.mapping import Mapping

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

# Invisible although no format character: Hangul fillers, the combining grapheme joiner, Khmer and Mongolian vowel
# separators, variation selectors.
_FILLERS = (
    frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
    | {chr(code) for code in range(0x180B, 0x1810)}
    | {chr(code) for code in range(0xFE00, 0xFE10)}
    | {chr(code) for code in range(0xE0100, 0xE01F0)}
)


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without disguises; `mapping` is None where each character stands at its own place in the original."""

    text: str
    mapping: Mapping | None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original text that a non-empty span of `text` stands for."""
        return (start, end) if self.mapping is None else self.mapping.span(start, end)


def fold(text: str) -> Folded:
    """The text with disguises of single characters undone.

    >>> fold("5\\u200b5").text, fold("5\\u200b5").original_span(0, 2)
    ('55', (0, 3))
    """
    if text.isascii():
        return Folded(text, None)
    # Only characters that become none or several move what follows them.
    uneven: list[tuple[int, int]] = []

    def replace(match: re.Match[str]) -> str:
        folded = _fold_character(match.group())
        if len(folded) != 1:
            uneven.append((match.start(), len(folded)))
        return folded

    folded_text = _NOT_ASCII.sub(replace, text)
    if not uneven:
        return Folded(folded_text, None)
    mapping = Mapping()
    place = 0
    for start, length in uneven:
        mapping.copy(start - place, original=place)
        mapping.stand_in(length, start=start, end=start + 1)
        place = start + 1
    mapping.copy(len(text) - place, original=place)
    return Folded(folded_text, mapping)


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf" or character in _FILLERS:
        return ""
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return LOOK_ALIKES.get(character) or unicodedata.normalize("NFKC", character)
