"""What one type of personal data declares: its pattern, its checks, and which values need a word beside them.

A value counts when it stands alone (not inside a longer word or number), its structure and check digits fit, and it is
either distinctive by itself (`is_bare`) or has one of the `words` beside it. Digits alone are weak: for a number
without a checksum, or with one that every tenth number passes, the word is the evidence and it wakes the search, not
the digits. The name that a value is assigned to decides before any word further away (detectors.context).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from detectors.context import AFTER_CHARS, BEFORE_CHARS, has_context
from detectors.declaration import Declaration, Reach, Trigger, regex
from detectors.finding import Family, Finding
from detectors.folding import fold
from detectors.overlaps import Claim, Strength
from detectors.pii.columns import cells_below, is_under_another_header

# How far before a value the words stand that make it something else, characters.
_VETO_CHARS = 32
#: The longest value of a type that is found around its words, characters.
_LONGEST_VALUE_CHARS = 40
#: What a search around a context word must see: the value stands up to 64 characters after the word or 28 before it.
_AROUND_WORD = Reach(AFTER_CHARS + _LONGEST_VALUE_CHARS + 24, BEFORE_CHARS + 8)
#: What a search around the end of a value's first characters must see.
_AROUND_VALUE = Reach(48, 48)

#: Four digits, close together: no value of a weak type has fewer.
DIGITS = regex(r"[0-9][ ./()-]?[0-9][ ./()-]?[0-9][ ./()-]?[0-9]")
#: A digit beside a digit or capital: values that mix letters and digits.
LETTERED = regex(r"[0-9A-Z][0-9]", caseless=False)

# Words of four letters and more that others hold: "typically", "cancelled", "discard", "string".
_INSIDE_OTHERS = frozenset({"call", "cell", "card", "ring", "social"})


def always(value: str) -> bool:
    """Any value."""
    return True


def never(value: str) -> bool:
    """No value."""
    return False


def _yes() -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class PiiPattern:
    """One form of one type.

    `pattern` matches the value, or names it `value`. `accept` drops what has the wrong structure; `checksum` drops what
    fails it, unless `is_assured` is False (numbers without a valid one are issued too: those need a word). `is_bare`
    says which values need no word; right after `not_after` nothing counts. Without `triggers` the words wake the
    search, also as headers of table columns; `is_column` leaves it at these.

    Not slotted: the patterns are compiled at first use and kept in the instance.
    """

    type: str
    pattern: str
    words: tuple[str, ...] = ()
    triggers: tuple[Trigger | str, ...] = ()
    also: tuple[Trigger | str, ...] = ()
    accept: Callable[[str], bool] = always
    checksum: Callable[[str], bool] | None = None
    is_assured: bool = True
    is_bare: Callable[[str], bool] = never
    is_whole: bool = True
    after_chars: int = AFTER_CHARS
    context_score: float = 0.8
    bare_score: float = 0.6
    strength: Strength | None = None
    reach: Reach | None = None
    not_after: str | None = None
    is_column: bool = False

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self.pattern)

    @cached_property
    def vetoes_pattern(self) -> re.Pattern[str] | None:
        """The compiled `not_after`."""
        return re.compile(self.not_after) if self.not_after else None

    @cached_property
    def words_pattern(self) -> re.Pattern[str]:
        """The compiled context words."""
        return pattern_of_words(self.words)

    def declaration(self, number: int = 0) -> Declaration:
        """The pattern as a detector; `number` tells the forms of one type apart."""
        triggers = self.triggers or word_triggers(self.words)
        also = self.also if self.triggers else (self.also or (DIGITS,))
        reach = self.reach or (_AROUND_VALUE if self.triggers else _AROUND_WORD)
        name = self.type.lower() + (f"_{number + 1}" if number else "")
        return Declaration(
            name=name, type=self.type, family=Family.PII, triggers=triggers, also=also, reach=reach, find=self.find
        )

    def find(self, text: str, start: int, end: int) -> Iterator[Claim]:
        """The claims on values that begin between `start` and `end`, and on cells below a header there."""
        if self.words and not self.triggers:
            yield from self._columns(text, start, end)
        if self.is_column:
            return
        group: str | int = "value" if "value" in self.compiled.groupindex else 0
        reach = min(len(text), end + _LONGEST_VALUE_CHARS)
        while start < end:
            found = self.compiled.search(text, start, reach)
            if found is None or found.start() >= end:
                return
            # Near the end of the window the whole text decides what the match is and what may follow it.
            match = found if found.end() < reach - 8 else self.compiled.match(text, found.start())
            claim = self._claim(text, *match.span(group)) if match is not None else None
            if claim is not None:
                yield claim
            # Another number may begin inside of what was no value.
            start = claim.finding.end if claim is not None else found.start() + 1

    def _columns(self, text: str, start: int, end: int) -> Iterator[Claim]:
        for first, last in cells_below(text, self.words_pattern.finditer(text, start, end)):
            match = self.compiled.fullmatch(text, first, last)
            verdict = self.judge(text[first:last], has_words=_yes) if match is not None else None
            if verdict is not None:
                yield self._finding(first, last, verdict)

    def _claim(self, text: str, start: int, end: int) -> Claim | None:
        value = text[start:end]
        if self.is_whole and is_part_of_more(text, start, end):
            return None
        if self.vetoes_pattern is not None and self.vetoes_pattern.search(text[max(0, start - _VETO_CHARS) : start]):
            return None
        verdict = self.judge(value, has_words=lambda: self._has_words(text, start, end))
        return self._finding(start, end, verdict) if verdict is not None else None

    def _finding(self, start: int, end: int, verdict: tuple[float, Strength]) -> Claim:
        return Claim(Finding(self.type, Family.PII, start, end, verdict[0], self.type.lower()), verdict[1])

    def _has_words(self, text: str, start: int, end: int) -> bool:
        if not self.words or not has_context(text, start, end, self.words_pattern, after_chars=self.after_chars):
            return False
        # A word that is the header of another column says nothing about this one.
        words = [match.start() for match in self.words_pattern.finditer(text, max(0, start - BEFORE_CHARS), start)]
        return not words or not all(is_under_another_header(text, word, start) for word in words)

    def judge(self, value: str, *, has_words: Callable[[], bool]) -> tuple[float, Strength] | None:
        """Score and strength of a value that stands alone, or None when it does not count."""
        if not self.accept(value):
            return None
        is_checked = self.checksum is not None and self.checksum(value)
        if self.checksum is not None and not is_checked and self.is_assured:
            return None
        in_context = has_words()
        if not in_context and ((self.checksum is not None and not is_checked) or not self.is_bare(value)):
            return None
        if is_checked:
            return (0.95, Strength.CHECKSUM_AND_CONTEXT) if in_context else (0.85, Strength.CHECKSUM)
        if in_context:
            return self.context_score, self.strength or Strength.CONTEXT
        return self.bare_score, self.strength or Strength.FORMAT


def is_part_of_more(text: str, start: int, end: int) -> bool:
    """Whether a span is the inside of a longer word, number or dotted sequence."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if _joins(before[-1:]) or _joins(after[:1]):
        return True
    is_dotted_before = len(before) == 2 and before[1] in ".-" and before[0].isdigit()
    is_dotted_after = len(after) == 2 and after[0] in ".-" and after[1].isdigit()
    return is_dotted_before or is_dotted_after


def _joins(character: str) -> bool:
    return character == "_" or (character.isalnum() and not _writes_no_spaces(character))


def pattern_of_words(words: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for words and phrases, whole words in any case; a space stands for any separator or none.

    Scripts that write no spaces between words have no whole words either.

    >>> bool(pattern_of_words(("social security",)).search("social_security_no"))
    True
    >>> bool(pattern_of_words(("lic",)).search("public")), bool(pattern_of_words(("個人番号",)).search("個人番号は1"))
    (False, True)
    """
    spaced: list[str] = []
    unspaced: list[str] = []
    for word in sorted(_folded(words), key=len, reverse=True):
        escaped = re.escape(word).replace(r"\ ", r"['’]?[\W_]{0,3}")
        (unspaced if _writes_no_spaces(word) else spaced).append(escaped)
    alternatives = [rf"(?<![^\W\d_])(?:{'|'.join(spaced)})(?![^\W\d_])"] if spaced else []
    return re.compile("|".join([*alternatives, *unspaced]), re.IGNORECASE)


def _folded(words: tuple[str, ...]) -> list[str]:
    # Texts are searched as they fold: look-alike letters of other scripts are Latin there, each case by itself.
    forms = (form for word in words for form in ((word,) if word.isascii() else (word, word.upper(), word.title())))
    return list(dict.fromkeys(fold(form).text for form in forms))


def _writes_no_spaces(word: str) -> bool:
    # Thai, Hangul with its endings, kana and Han.
    return any("\u0e00" <= c <= "\u0e7f" or "\u1100" <= c <= "\u11ff" or "\u3040" <= c <= "\ud7ff" for c in word)


def word_triggers(words: tuple[str, ...]) -> tuple[Trigger | str, ...]:
    """What wakes a search around one of the words: a superset of `pattern_of_words`, also in camelCase names.

    Most words are literals, which compile and search fastest. Those that stand inside of many others (`sin` in
    "business") wake only with their ends.
    """
    triggers: dict[Trigger | str, None] = {}
    for word in _folded(words):
        if not word.isascii():
            triggers[word] = None
        elif " " in word:
            triggers[regex(r"[^a-z0-9]{0,5}".join(map(re.escape, word.split())))] = None
        elif len(word) > 3 and word not in _INSIDE_OTHERS:
            triggers[word] = None
        else:
            first, rest = word[0], "".join(_either_case(character) for character in word[1:])
            head = rf"(?:(?:^|[^A-Za-z]){_either_case(first)}|[a-z]{first.upper()})"
            triggers[regex(rf"{head}{rest}(?:[^a-z]|$)", caseless=False)] = None
    return tuple(triggers)


def _either_case(character: str) -> str:
    return f"[{character.upper()}{character.lower()}]" if character.isalpha() else re.escape(character)
