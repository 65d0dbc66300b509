"""Words beside a value that say what it is: whole words, before and after it, in the same breath."""

from __future__ import annotations

import re
from collections.abc import Iterable

# How far the words may stand from the value: measured on labelled texts (docs/detectors.md).
BEFORE_CHARS = 64
AFTER_CHARS = 28

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+")
# A name that is bound to the value by an assignment: then that name decides, not a word further away.
_BOUND_NAME = re.compile(
    r"(?:^|[\s,;{(\[&?<\"'`])(?P<name>[A-Za-z_][\w.\-]{0,63})[\"'`]?(?:\s{0,2}=>?\s{0,2}|[\"'`]\s{0,2}:\s{0,2})[\"'`]?$"
)
_LINE_NAME = re.compile(r"(?:^|[\n,{;])[ \t]{0,16}(?P<name>[A-Za-z_][\w\-]{0,63}):[ \t]{0,4}[\"'`]?$")


def words_of(text: str) -> frozenset[str]:
    """All words of a text in lower case, names taken apart at `_` and at capitals.

    >>> sorted(words_of("userSsn=1, passport_number"))
    ['number', 'passport', 'ssn', 'user']
    """
    return frozenset(_WORD.findall(_CAMEL.sub(" ", text).lower()))


def pattern_of(words: Iterable[str]) -> re.Pattern[str]:
    """One pattern for a set of words and phrases; a space in a phrase stands for any separator or none.

    >>> bool(pattern_of(["social security"]).search("social_security_no")), bool(pattern_of(["lic"]).search("public"))
    (True, False)
    """
    alternatives = "|".join(
        re.escape(word).replace(r"\ ", r"['’]?[\W_]{0,3}") for word in sorted(words, key=len, reverse=True)
    )
    return re.compile(rf"(?<![^\W\d_])(?:{alternatives})(?![^\W\d_])", re.IGNORECASE)


def has_context(text: str, start: int, end: int, words: re.Pattern[str], *, after_chars: int = AFTER_CHARS) -> bool:
    """Whether one of the words stands beside the span.

    A name bound to the value (`offset=123456789`, `"id": "..."`) decides alone: a fitting word further away belongs to
    another value.
    """
    before = text[max(0, start - BEFORE_CHARS) : start]
    bound = _BOUND_NAME.search(before) or _LINE_NAME.search(before)
    if bound is not None:
        return words.search(_CAMEL.sub(" ", bound.group("name"))) is not None
    if words.search(_CAMEL.sub(" ", before)) is not None:
        return True
    return words.search(text[end : end + after_chars]) is not None
