"""What a rule about personal data says: when Presidio is asked, and what its answer must show before it counts.

Each rule names one of Presidio's recognizers. `trigger` is a superset of what the recognizer can match: a text without
it never reaches Presidio. A few rules bring their own pattern, where Presidio's misses forms or is slow. `words` are
context, as whole words on either side (detectors.context). Digits alone are weak: for types whose number has no
checksum or a common shape the word is the evidence (`needs_words`).

Presidio's own context search is not used: it looks at the five words before only, matches substrings, and is
quadratic in the number of findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from detectors.context import AFTER_CHARS, has_context, pattern_of
from detectors.overlaps import Strength
from detectors.pii.check_digits import digits_of

#: Every type below needs a digit or an at sign; most texts that agents write hold neither.
GATE = re.compile(r"[\d@]")

#: The recognizer of a rule that has a pattern of its own.
OWN = ""


def has_digit(text: str) -> bool:
    """At least four digits."""
    return len(digits_of(text)) >= 4


@dataclass(frozen=True)
class PiiRule:
    """One entity, the recognizer that finds it, and what makes a hit count.

    `minimum` is the least score of Presidio's own patterns that counts without context; `validated` demands that
    Presidio's checksum passed (it then scores 1.0). `bare_shape` is a shape that needs no context although
    `needs_words` is set. A rule with a `pattern` of its own does without Presidio, where that misses forms or is slow;
    `accept` is then the checksum if `validated` says so.

    Not slotted: the patterns are compiled at first use and kept in the instance.
    """

    entity: str
    recognizer: str
    trigger: str
    words: tuple[str, ...]
    needs_words: bool = False
    validated: bool = False
    minimum: float = 0.0
    accept: Callable[[str], bool] = has_digit
    bare_shape: str | None = None
    bare_accept: Callable[[str], bool] | None = None
    pattern: str | None = None
    after_chars: int = AFTER_CHARS
    context_score: float = 0.8

    @cached_property
    def trigger_pattern(self) -> re.Pattern[str]:
        """The compiled trigger."""
        return re.compile(self.trigger)

    @cached_property
    def words_pattern(self) -> re.Pattern[str]:
        """The compiled context words."""
        return pattern_of(self.words)

    @cached_property
    def first_words(self) -> frozenset[str]:
        """One word of each phrase: a text without any of them has no context for this rule."""
        return frozenset(re.split(r"[^\w]+", word)[0].lower() for word in self.words)

    @cached_property
    def bare_pattern(self) -> re.Pattern[str] | None:
        """The compiled shape that needs no context."""
        return re.compile(self.bare_shape) if self.bare_shape else None

    @cached_property
    def own_pattern(self) -> re.Pattern[str] | None:
        """The compiled pattern of a rule that does without Presidio."""
        return re.compile(self.pattern) if self.pattern else None

    def wants(self, text: str, words: frozenset[str]) -> bool:
        """Whether the recognizer must see this text, whose words are `words`."""
        if self.needs_words and self.first_words.isdisjoint(words):
            return self.bare_pattern is not None and self.bare_pattern.search(text) is not None
        return self.trigger_pattern.search(text) is not None

    def hits(self, text: str) -> Iterator[tuple[int, int, float]]:
        """Start, end and score of what the rule's own pattern finds; nothing for a rule of Presidio's."""
        if self.own_pattern is not None:
            for match in self.own_pattern.finditer(text):
                yield match.start(), match.end(), 1.0 if self.validated else 0.5

    def judge(self, text: str, start: int, end: int, *, score: float) -> tuple[float, Strength] | None:
        """The final score and strength of a hit of Presidio with `score`, or None when it does not count."""
        value = text[start:end]
        checked = score >= 1.0
        if (self.validated and not checked) or not self.accept(value) or _is_part_of_more(text, start, end):
            return None
        in_context = has_context(text, start, end, self.words_pattern, after_chars=self.after_chars)
        if not in_context:
            if self.needs_words and not self._is_bare(value):
                return None
            if score < self.minimum:
                return None
        if checked:
            return (0.95, Strength.CHECKSUM_AND_CONTEXT) if in_context else (0.85, Strength.CHECKSUM)
        return (self.context_score, Strength.CONTEXT) if in_context else (0.6, Strength.FORMAT)

    def _is_bare(self, value: str) -> bool:
        if self.bare_pattern is None or self.bare_pattern.fullmatch(value) is None:
            return False
        return self.bare_accept is None or self.bare_accept(value)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule's recognizer or pattern found in a window, before it is judged; 1.0 means a checksum passed."""

    rule: PiiRule
    start: int
    end: int
    score: float


def _is_part_of_more(text: str, start: int, end: int) -> bool:
    """Whether the hit is the inside of a longer word, number or dotted sequence."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before[-1:].isalnum() or after[:1].isalnum() or before[-1:] == "_" or after[:1] == "_":
        return True
    dotted_before = len(before) == 2 and before[1] in ".-" and before[0].isdigit()
    dotted_after = len(after) == 2 and after[0] in ".-" and after[1].isdigit()
    return dotted_before or dotted_after
