"""The scan plan: all declarations compiled once, then one pass over each text and a look at what it wakes.

1. The gate (detectors.gate) gives the hits of all triggers.
2. A declaration is awake when one of its triggers is hit, and one of `also` where it has any.
3. Its windows are the surroundings of its hits, widened to white space so that no token is cut, merged where they meet.
   An engine that does not say where a hit is leaves one window, the whole text; what is confirmed is the same.
4. `find` confirms inside the windows. What it yields are claims; detectors.overlaps decides between them.

Everything is linear in the text: hits are bounded, windows of one declaration do not overlap, byte offsets become
character offsets in one walk.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from detectors.declaration import Declaration, Reach, Trigger
from detectors.finding import Finding
from detectors.gate import ENGINES, NOWHERE, Expression, Gate, Hit, build, engine_version, expression
from detectors.limits import ScanLimitError
from detectors.overlaps import Claim
from detectors.samples import sample

# How far a window is widened to reach white space, characters: longer than tokens that identify themselves.
WIDEN_CHARS = 512

# What compiled plans begin with; another number when their layout changes.
_MAGIC = b"penstock plan 1\n"
_KEY_BYTES = 32

_SPACE = re.compile(r"\s")
# The bytes of UTF-8 that begin no character.
_CONTINUATION = bytes(range(0x80, 0xC0))

_NO_SIGNALS: Mapping[str, Iterable[Trigger]] = {}

Window = tuple[int, int]


class Plan:
    """Declarations behind one gate. Safe to share between threads.

    `signals` are named triggers that wake nothing; a search says which of them were hit, and where those of `placed`.

    `compiled` is what `dump` gave in another process; one that does not fit these declarations and this engine is
    ignored, so a stale cache costs time and nothing else.

    Raises:
        ValueError: when a trigger is outside the dialect, or no engine takes them.
    """

    def __init__(
        self,
        declarations: Iterable[Declaration],
        *,
        signals: Mapping[str, Iterable[Trigger]] = _NO_SIGNALS,
        placed: Container[str] = (),
        engines: Sequence[str] = ENGINES,
        compiled: bytes | None = None,
    ) -> None:
        self.declarations = tuple(declarations)
        table = _Table()
        self._placed = placed
        self._signals = {name: table.numbers(items, is_once=name not in placed) for name, items in signals.items()}
        self._triggers = [table.numbers(item.triggers, is_once=item.reach.is_whole) for item in self.declarations]
        self._needs = [frozenset(table.numbers(item.also, is_once=True)) for item in self.declarations]
        self._always = tuple(place for place, item in enumerate(self.declarations) if not item.triggers)
        self._expressions = table.expressions()
        samples = [sample(item) for item in self._expressions]
        self._lengths = [len(item) for item in samples]
        self._wakes: list[list[int]] = [[] for _ in self._expressions]
        for place, numbers in enumerate(self._triggers):
            for number in numbers:
                self._wakes[number].append(place)
        self._gate: Gate = build(
            self._expressions, list(enumerate(samples)), engines=engines, compiled=self._payload(compiled)
        )

    @property
    def engine(self) -> str:
        """The engine that searches the triggers."""
        return self._gate.engine

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All triggers as the engine reads them."""
        return tuple(self._expressions)

    def dump(self) -> bytes:
        """The compiled plan for `compiled`; empty when the engine compiles so fast that there is nothing to keep."""
        payload = self._gate.dump()
        return _MAGIC + self._key() + payload if payload else b""

    def _key(self) -> bytes:
        # The engine itself refuses a database of another version or processor.
        rules = "\x00".join(f"{item.pattern}\x01{item.is_caseless:d}{item.is_once:d}" for item in self._expressions)
        version = engine_version(ENGINES[0])
        return sha256(f"{version}\x00{rules}".encode("utf-8", "surrogatepass")).digest()

    def _payload(self, compiled: bytes | None) -> bytes | None:
        start = _MAGIC + self._key()
        return compiled[len(start) :] if compiled is not None and compiled.startswith(start) else None

    def search(self, text: str, *, max_hits: int) -> Search:
        """What the triggers find in a text.

        Raises:
            ScanLimitError: for more than `max_hits` hits.
        """
        # The end of the text ends words and runs as a line does.
        data = text.encode("utf-8", "replace") + b"\n"
        hits = self._gate.hits(data, at_most=max_hits)
        if len(hits) > max_hits:
            raise ScanLimitError(f"more than {max_hits} hits of triggers", code="SCAN_TOO_MANY_HITS")
        return Search(text, _ends(hits, data, text) if hits else {})

    def signals(self, search: Search) -> dict[str, list[int]]:
        """The signals that were hit, each with the places in order, where they were asked for and are known."""
        found = {}
        for name, numbers in self._signals.items():
            places = [place for number in numbers for place in search.ends.get(number, ())]
            if places:
                found[name] = sorted(places) if name in self._placed and places[0] != NOWHERE else []
        return found

    def claims(self, search: Search) -> Iterator[Claim]:
        """What the declarations confirm in a text that was searched, in no particular order."""
        text = search.text
        for place, windows in self.awake(search):
            declaration = self.declarations[place]
            for start, end in windows:
                for found in declaration.find(text, start, end):
                    yield found if isinstance(found, Claim) else claim_of(declaration, found)

    def awake(self, search: Search) -> Iterator[tuple[int, list[Window]]]:
        """The declarations that a text wakes, by their place, each with the windows to search."""
        ends, text = search.ends, search.text
        places = {place for number in ends for place in self._wakes[number]}
        whole = [(0, len(text))]
        for place in sorted(places.union(self._always)):
            needs = self._needs[place]
            if needs and needs.isdisjoint(ends):
                continue
            reach = self.declarations[place].reach
            if reach.is_whole:
                yield place, whole
                continue
            hits = [(end, self._lengths[number]) for number in self._triggers[place] for end in ends.get(number, ())]
            if not hits or hits[0][0] == NOWHERE:
                yield place, whole
            else:
                yield place, windows_of(text, sorted(hits), reach)


@dataclass(frozen=True, slots=True)
class Search:
    """A text, and where each trigger that was hit ends in it, in characters."""

    text: str
    ends: dict[int, list[int]]


def claim_of(declaration: Declaration, span: tuple[int, int]) -> Claim:
    """A span as what the declaration says it is."""
    finding = Finding(declaration.type, declaration.family, span[0], span[1], declaration.score, declaration.name)
    return Claim(finding, declaration.strength)


class _Table:
    """Each distinct trigger once, with its number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, bool], int] = {}
        self._is_once: list[bool] = []

    def numbers(self, triggers: Iterable[Trigger | str], *, is_once: bool) -> tuple[int, ...]:
        found: dict[int, None] = {}
        for trigger in triggers:
            for variant in _variants(trigger):
                item = expression(variant)
                number = self._numbers.setdefault((item.pattern, item.is_caseless), len(self._numbers))
                if number == len(self._is_once):
                    self._is_once.append(is_once)
                # Where one declaration needs the places of a trigger, all hits are reported.
                self._is_once[number] &= is_once
                found[number] = None
        return tuple(found)

    def expressions(self) -> list[Expression]:
        return [
            Expression(pattern, is_caseless, is_once)
            for (pattern, is_caseless), is_once in zip(self._numbers, self._is_once, strict=True)
        ]


def _variants(trigger: Trigger | str) -> Iterator[Trigger | str]:
    """A trigger with letters beyond ASCII in the cases that people write: the engines fold the case of ASCII only."""
    text = trigger if isinstance(trigger, str) else trigger.pattern
    if text.isascii() or (isinstance(trigger, Trigger) and (trigger.is_regex or not trigger.is_caseless)):
        yield trigger
        return
    yield from dict.fromkeys((text, text.lower(), text.upper(), text.title(), text.capitalize()))


def _ends(hits: Iterable[Hit], data: bytes, text: str) -> dict[int, list[int]]:
    """Where each trigger that is hit ends, as character offsets."""
    ends: dict[int, list[int]] = {}
    for number, end in hits:
        places = ends.get(number)
        if places is None:
            ends[number] = [end]
        else:
            places.append(end)
    if len(data) == len(text) + 1:
        return ends
    characters: dict[int, int] = {NOWHERE: NOWHERE}
    last_bytes = last_chars = 0
    for end in sorted({end for places in ends.values() for end in places} - {NOWHERE}):
        # Each character has one byte that begins it; a hit of bytes may end inside one.
        last_chars += len(data[last_bytes:end].translate(None, _CONTINUATION))
        last_bytes = end
        characters[end] = last_chars
    return {number: [characters[end] for end in places] for number, places in ends.items()}


def windows_of(text: str, hits: Iterable[tuple[int, int]], reach: Reach) -> list[Window]:
    """The windows around hits (end and length, sorted), widened to white space and merged.

    >>> windows_of("a secret=abc b", [(8, 6)], Reach(0, 1))
    [(2, 12)]
    """
    windows: list[Window] = []
    for hit_end, length in hits:
        start = max(0, hit_end - length - reach.before_chars)
        end = min(len(text), hit_end + reach.after_chars)
        if reach.is_line:
            start = max(start, text.rfind("\n", start, max(start, hit_end - length)) + 1)
            newline = text.find("\n", hit_end, end)
            end = end if newline < 0 else newline
        if windows and windows[-1][0] <= start and end <= windows[-1][1]:
            continue
        start, end = _widened(text, start, end)
        while windows and start <= windows[-1][1]:
            last = windows.pop()
            start, end = min(start, last[0]), max(end, last[1])
        windows.append((start, end))
    return windows


def _widened(text: str, start: int, end: int) -> Window:
    """The window as far as the white space on both sides."""
    if start > 0:
        floor = max(0, start - WIDEN_CHARS)
        space = max(text.rfind(" ", floor, start), text.rfind("\n", floor, start), text.rfind("\t", floor, start))
        start = space + 1 if space >= 0 else floor
    if end < len(text):
        match = _SPACE.search(text, end, end + WIDEN_CHARS)
        end = match.start() if match else min(len(text), end + WIDEN_CHARS)
    return start, end
