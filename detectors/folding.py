"""Undoes disguises of single characters before detection, and maps spans back to the text as it was.

Invisible characters are dropped (a zero-width space inside a number), spaces, dashes and digits of any script become
ASCII, look-alike letters become Latin, the rest is NFKC (full-width forms). A text of ASCII alone is left as it is.
Source: UAX #15 (NFKC), UTS #39 (confusables), UAX #44 (general categories)
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Letters of Cyrillic and Greek that look like Latin ones, in pairs. Source: UTS #39 confusables.
_LOOK_ALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТХУԌԚԜасԁеһіјӏорԛѕѵԝхуΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυχ",
        "ABESIJKMHOPCTXYGQWacdehijlopqsvwxyABEZHIKMNOPTYXaikvopux",
        strict=True,
    )
)
# Invisible although no format character: Hangul fillers, the combining grapheme joiner, variation selectors.
_FILLERS = frozenset("\u034f\u115f\u1160\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without disguises; `origins` has the place of each character in the original, None when unchanged."""

    text: str
    origins: tuple[int, ...] | None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original text that a non-empty span of `text` stands for."""
        if self.origins is None:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


def fold(text: str) -> Folded:
    """The text with disguises of single characters undone.

    >>> fold("5\\u200b5").text, fold("5\\u200b5").original_span(0, 2)
    ('55', (0, 3))
    """
    if text.isascii():
        return Folded(text, None)
    pieces: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        folded = character if character.isascii() else _fold_character(character)
        pieces.append(folded)
        origins.extend([place] * len(folded))
    return Folded("".join(pieces), tuple(origins))


@lru_cache(maxsize=4096)
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
    return _LOOK_ALIKES.get(character) or unicodedata.normalize("NFKC", character)
