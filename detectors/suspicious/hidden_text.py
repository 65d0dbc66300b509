"""Text that people do not see and models read: invisible characters in runs, tag characters, turned-round text.

These detectors read the text as it came: folding (detectors.folding) drops what they look for. What orthography needs
is left alone: joiners inside Arabic, Indic and emoji sequences, one variation selector after a character, isolates
that close again, the tag characters of a flag.

Source: UTS #51 section C.1 (flags by tag characters), UAX #9 (bidirectional controls), UTR #36 section 3.5 (default
ignorable characters), CVE-2021-42574 ("Trojan Source"),
https://embracethered.com/blog/posts/2024/hiding-and-finding-text-with-unicode-tags/,
https://paulbutler.org/2025/smuggling-arbitrary-data-through-an-emoji/ (variation selectors)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from detectors.declaration import WHOLE, Declaration, Span
from detectors.finding import Family
from detectors.overlaps import Strength

HIDDEN_TEXT = "HIDDEN_TEXT"

# Zero width or default ignorable, and no part of ordinary spelling when they stand in a row.
_SPRINKLES = (
    "\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0001"
)
# A soft hyphen between letters is typography, a row of them is not.
_INVISIBLE = f"\u00ad{_SPRINKLES}"
_RUN = re.compile(rf"[{_INVISIBLE}]{{4,}}")
# Inside a word of Latin letters no script needs them; three or more are no accident of copying.
_SPRINKLED = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z0-9]{{0,40}}(?:[{_SPRINKLES}]{{1,3}}[A-Za-z0-9]{{1,40}}){{3,200}}")
# One alone hides nothing.
_TAGS = re.compile(f"(?:[\U000e0020-\U000e007f][{_INVISIBLE}]{{0,3}}){{2,4000}}")
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,4000}|[\U000e0100-\U000e01ef]{2,4000}")
# A control that turns nothing round (the border of a character class, say) hides nothing: a word must follow.
_OVERRIDE = re.compile("[\u202d\u202e](?=[\u202a-\u202e\u2066-\u2069]{0,8}\\w)[^\u202c\n]{0,1000}\u202c?")
_ISOLATES = re.compile("[\u202a\u202b\u2066\u2067\u2068](?=[\u202a-\u202e\u2066-\u2069]{0,8}\\w)")
# Characters in which an embedding or isolate must close: within a line, and so far that time stays linear.
_MOST_TURNED_CHARS = 1_000
_CLOSING = {"\u202a": "\u202c", "\u202b": "\u202c", "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def _matches(pattern: re.Pattern[str]) -> Callable[[str, int, int], Iterator[Span]]:
    def find(text: str, start: int, end: int) -> Iterator[Span]:
        for match in pattern.finditer(text, start, end):
            yield match.span()

    return find


def _tags(text: str, start: int, end: int) -> Iterator[Span]:
    """Tag characters that are no flag."""
    flags = {place for match in _FLAG.finditer(text) for place in range(*match.span())}
    for match in _TAGS.finditer(text, start, end):
        if not flags.issuperset(range(*match.span())):
            yield match.span()


def _turned(text: str, start: int, end: int) -> Iterator[Span]:
    """Overrides, and embeddings or isolates that do not close in their line or hold no right-to-left letter."""
    for match in _OVERRIDE.finditer(text, start, end):
        yield match.span()
    for match in _ISOLATES.finditer(text, start, end):
        limit = min(len(text), match.end() + _MOST_TURNED_CHARS)
        line = text.find("\n", match.end(), limit)
        line = limit if line < 0 else line
        closing = text.find(_CLOSING[match.group()], match.end(), line)
        if closing < 0:
            yield match.start(), line
        elif match.group() in "\u202b\u2067" and _RIGHT_TO_LEFT.search(text, match.end(), closing) is None:
            yield match.start(), closing + 1


def _declared(name: str, find: Callable[[str, int, int], Iterator[Span]]) -> Declaration:
    return Declaration(
        name=name,
        type=HIDDEN_TEXT,
        family=Family.SUSPICIOUS,
        triggers=(),
        find=find,
        reach=WHOLE,
        is_raw=True,
        strength=Strength.FORMAT,
        score=0.9,
    )


DECLARATIONS: tuple[Declaration, ...] = (
    _declared("invisible_run", _matches(_RUN)),
    _declared("invisible_sprinkled", _matches(_SPRINKLED)),
    _declared("tag_characters", _tags),
    _declared("variation_selectors", _matches(_SELECTORS)),
    _declared("turned_text", _turned),
)
