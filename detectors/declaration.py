"""What a detector declares: cheap triggers, how far to look around their hits, and a function that confirms.

All triggers of all detectors are searched in one pass over the text (detectors.gate). A hit wakes the detectors that
declared it; each looks at a bounded window around its hits, and only what it confirms there is claimed. So a text that
holds no trigger costs microseconds however many detectors there are, and one that holds some pays for these alone.

How to write one:

- A **trigger** is a superset: wherever `find` would claim something, a trigger must be hit. A plain string is a
  literal, any case. `regex(...)` is for shapes. It is read as bytes by three engines (Hyperscan, RE2, `re`), so: no
  lookaround, no backreference, ASCII classes, `(?i)` is implied, and repeats stop at the least count (`[a-z0-9]{20}`,
  never `{20,40}` or `+` at the end), because every further character would be another hit. The more of the format the
  trigger holds, the less often the detector is woken in vain: `dapi[a-f0-9]{32}` rather than `dapi`.
- **also** is a second set of triggers: the detector sleeps unless one of them is hit too, anywhere in the text. For
  shapes that mean nothing without a word beside them (nine digits, and `ssn`).
- **reach** says how many characters before and after the END of a hit are looked at. The window is widened to
  the next white space, so that no token is cut. `LINE` is the line of the hit; `WHOLE` is the whole text, once.
- **find(text, start, end)** yields what it confirms with offsets in `text`, as `(start, end)` or as a `Claim` with a
  type, score or strength of its own. It searches between `start` and `end`; it may look beyond (context, lookaround,
  the tail of a match that touches `end`), by a bounded number of characters. It must give the same for every window
  that holds the value and its surroundings: where there is no Hyperscan it gets the whole text.
- **is_raw** says that `find` wants the text as it was, before detectors.folding; it has no triggers, and is asked about
  every text of which folding drops or takes apart a character, whole. For what is only there before folding: invisible
  characters.
- **strength** decides overlaps (detectors.overlaps), **score** is what its findings carry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from detectors.finding import Family
from detectors.late import AnyPattern
from detectors.overlaps import Claim, Strength

#: A place in a text, as half-open offsets.
Span = tuple[int, int]

#: `find(text, start, end)`: what is confirmed in a part of a text, with offsets in the text.
Find = Callable[[str, int, int], Iterable[Span | Claim]]

#: The same where all that is confirmed is spans.
SpanFind = Callable[[str, int, int], Iterator[Span]]


@dataclass(frozen=True, slots=True)
class Trigger:
    """One thing that wakes a detector: a literal in any case, or a regular expression over bytes."""

    pattern: str
    is_regex: bool = False
    is_caseless: bool = True


def regex(pattern: str, *, caseless: bool = True) -> Trigger:
    """A trigger that is a regular expression; see the module for what it may hold.

    >>> regex("dapi[a-f0-9]{32}").is_regex
    True
    """
    return Trigger(pattern, is_regex=True, is_caseless=caseless)


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of the text around the end of a hit a detector looks at, characters."""

    before_chars: int
    after_chars: int
    #: The window ends where the line does.
    is_line: bool = False
    #: The whole text, once, however many hits.
    is_whole: bool = False


#: A token and what stands right beside it; the default of formats that identify themselves.
TOKEN = Reach(64, 64)
#: The line of the hit, at most so much of it.
LINE = Reach(160, 260, is_line=True)
#: The whole text: for what has no bound, or does not know it.
WHOLE = Reach(0, 0, is_whole=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One detector. See the module for what each part must hold.

    >>> orders = re.compile("ACME-[0-9]{6}")
    >>> Declaration(
    ...     name="acme_order",
    ...     type="ORDER_NUMBER",
    ...     family=Family.CUSTOM,
    ...     triggers=("acme-",),
    ...     find=search(orders),
    ... ).reach.after_chars
    64
    """

    name: str
    type: str
    family: Family
    triggers: tuple[Trigger | str, ...]
    find: Find
    also: tuple[Trigger | str, ...] = ()
    reach: Reach = TOKEN
    strength: Strength = Strength.FORMAT
    score: float = 0.8
    is_raw: bool = False


def search(pattern: AnyPattern, accept: Callable[[re.Match[str]], bool] | None = None) -> SpanFind:
    """A `find` that is one pattern; its group `secret` is the span, else the whole match.

    >>> list(search(re.compile("[0-9]+"))("a 12 b 34", 0, 4))
    [(2, 4)]
    """

    def find(text: str, start: int, end: int) -> Iterator[Span]:
        group: str | int = "secret" if "secret" in pattern.groupindex else 0
        for match in matches_within(pattern, text, start, end):
            if accept is None or accept(match):
                yield match.span(group)

    return find


def matches_within(pattern: AnyPattern, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The matches that begin in a part of a text; one that touches the end of the part is matched in full.

    Lookbehind sees what stands before `start`; lookahead at `end` is decided by what follows in the text.

    >>> [match.group() for match in matches_within(re.compile("[0-9]{2,9}"), "1234567", 0, 4)]
    ['1234567']
    """
    length = len(text)
    while start < end:
        match = pattern.search(text, start, end)
        if match is None:
            return
        if match.end() == end < length:
            whole = pattern.match(text, match.start())
            if whole is None:
                # Only the cut made it match: what follows forbids it.
                start = match.start() + 1
                continue
            match = whole
        yield match
        start = match.end() if match.end() > match.start() else match.end() + 1
