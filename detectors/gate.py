"""The gate: every trigger of every detector in one pass over a text, by the best engine that is there.

Three engines read the same triggers as bytes, so what a trigger means does not depend on the platform:

- `HyperscanGate` gives the end of every hit in one pass. Compiling takes seconds for thousands of triggers, loading
  what was compiled a millisecond, hence `dump` and `compiled`.
- `Re2Gate` (RE2's Set) says which triggers are hit, not where: detectors then search the whole text.
- `ReGate` tries one trigger after the other with Python's own `re`: slow, and always there.

# INVARIANT: a gate that does not hit every sample of `detectors.samples` is not used (`is_sound`), because a trigger
that is silently lost would make its detectors blind.

Source: https://intel.github.io/hyperscan/dev-reference/ (flags, scratch space, serialization), RE2's set.h
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from threading import local
from typing import Protocol

from detectors.declaration import Trigger

#: A hit: number of the trigger, and the offset in bytes where it ends (`NOWHERE` from an engine that does not say).
Hit = tuple[int, int]

#: The end of a hit that an engine gives without a place.
NOWHERE = -1

# What RE2 may use for its automata, bytes: some thousands of triggers need tens of megabytes.
_RE2_MEMORY_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Expression:
    """A trigger as the engines read it: a regular expression over bytes; with `is_once` its place does not matter."""

    pattern: str
    is_caseless: bool
    is_once: bool

    @property
    def pattern_bytes(self) -> bytes:
        """The expression as the engines take it."""
        return self.pattern.encode("utf-8", "surrogatepass")


class Gate(Protocol):
    """An engine with its triggers. Safe to share between threads."""

    @property
    def engine(self) -> str:
        """The name of the engine."""

    def hits(self, data: bytes, *, at_most: int) -> list[Hit]:
        """What is hit in `data`, in no particular order; more than `at_most` hits may be cut off after so many."""

    def dump(self) -> bytes:
        """The compiled form, for `load`; empty when there is none."""


def expression(trigger: Trigger | str, *, is_once: bool = False) -> Expression:
    """A trigger as an expression.

    >>> expression("a.b").pattern
    'a\\\\.b'
    """
    if isinstance(trigger, str):
        trigger = Trigger(trigger)
    pattern = trigger.pattern if trigger.is_regex else _escaped(trigger.pattern)
    return Expression(pattern, trigger.is_caseless, is_once)


def _escaped(literal: str) -> str:
    # RE2 and Hyperscan know no escaped letters or digits that stand for themselves, and all know \x of a byte.
    if literal.isalnum():
        return literal
    return "".join(c if c.isalnum() or ord(c) > 127 or c == "_" else _escaped_mark(c) for c in literal)


def _escaped_mark(mark: str) -> str:
    return f"\\x{ord(mark):02x}" if ord(mark) < 33 or mark == "\x7f" else f"\\{mark}"


class HyperscanGate:
    """Triggers in a Hyperscan database.

    Raises:
        ImportError: when hyperscan is not there.
        ValueError: when it refuses a trigger, or the compiled form.
    """

    engine = "hyperscan"

    def __init__(self, expressions: Sequence[Expression], *, compiled: bytes | None = None) -> None:
        import hyperscan

        self._hyperscan = hyperscan
        try:
            if compiled is None:
                self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
                self._database.compile(
                    expressions=[item.pattern_bytes for item in expressions],
                    ids=list(range(len(expressions))),
                    elements=len(expressions),
                    flags=[self._flags(item) for item in expressions],
                )
            else:
                self._database = hyperscan.loadb(compiled, hyperscan.HS_MODE_BLOCK)
            self._first_scratch = hyperscan.Scratch(self._database)
        except hyperscan.error as error:
            raise ValueError(f"hyperscan: {error}") from error
        self._scratches = local()

    def _flags(self, item: Expression) -> int:
        flags: int = self._hyperscan.HS_FLAG_CASELESS if item.is_caseless else 0
        return flags | self._hyperscan.HS_FLAG_SINGLEMATCH if item.is_once else flags

    def hits(self, data: bytes, *, at_most: int) -> list[Hit]:
        """What is hit in `data`; one hit more than `at_most` stops the search."""
        found: list[Hit] = []
        append = found.append

        def on_hit(number: int, start: int, end: int, flags: int, context: object) -> bool | None:
            append((number, end))
            return len(found) > at_most or None

        try:
            # One per thread: an engine that is called with a scratch space in use refuses.
            scratch = self._scratches.scratch
        except AttributeError:
            scratch = self._scratches.scratch = self._first_scratch.clone()
        with suppress(self._hyperscan.ScanTerminated):
            self._database.scan(data, match_event_handler=on_hit, scratch=scratch)
        return found

    def dump(self) -> bytes:
        """The serialized database."""
        return bytes(self._hyperscan.dumpb(self._database))


class Re2Gate:
    """Triggers in an RE2 set, which says which are hit, not where.

    Raises:
        ImportError: when RE2 is not there.
        ValueError: when it refuses a trigger.
    """

    engine = "re2"

    def __init__(self, expressions: Sequence[Expression]) -> None:
        import re2

        options = re2.Options()
        # Bytes as they are: with UTF-8 a class could match what the other engines do not.
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = _RE2_MEMORY_BYTES
        options.log_errors = False
        self._set = re2.Set.SearchSet(options)
        try:
            for item in expressions:
                self._set.Add((b"(?i)" if item.is_caseless else b"") + item.pattern_bytes)
            self._set.Compile()
        except re2.error as error:
            raise ValueError(f"re2: {error}") from error

    def hits(self, data: bytes, *, at_most: int) -> list[Hit]:
        """What is hit in `data`, without places."""
        return [(number, NOWHERE) for number in self._set.Match(data) or ()]

    def dump(self) -> bytes:
        """Nothing: RE2 compiles in milliseconds and knows no serialized form."""
        return b""


class ReGate:
    """Triggers as Python regular expressions, tried one after the other."""

    engine = "re"

    def __init__(self, expressions: Sequence[Expression]) -> None:
        self._patterns = [
            re.compile(item.pattern_bytes, re.IGNORECASE if item.is_caseless else 0) for item in expressions
        ]

    def hits(self, data: bytes, *, at_most: int) -> list[Hit]:
        """What is hit in `data`, without places."""
        return [(number, NOWHERE) for number, pattern in enumerate(self._patterns) if pattern.search(data)]

    def dump(self) -> bytes:
        """Nothing: there is no serialized form."""
        return b""


#: The engines, best first.
ENGINES: tuple[str, ...] = (HyperscanGate.engine, Re2Gate.engine, ReGate.engine)

_BY_NAME: dict[str, Callable[[Sequence[Expression]], Gate]] = {
    HyperscanGate.engine: HyperscanGate,
    Re2Gate.engine: Re2Gate,
    ReGate.engine: ReGate,
}


def engine_version(engine: str) -> str:
    """The version of an engine, for the key of a compiled form; empty when it is not there or has none."""
    if engine != HyperscanGate.engine:
        return ""
    try:
        import hyperscan
    except ImportError:
        return ""
    return str(getattr(hyperscan, "__version__", ""))


def is_sound(gate: Gate, samples: Iterable[tuple[int, bytes]]) -> bool:
    """Whether a gate hits every sample: the number of a trigger, and bytes that hold it."""
    wanted = list(samples)
    data = b"\n".join(sample for _, sample in wanted)
    hit = {number for number, _ in gate.hits(data, at_most=1_000_000)}
    return all(number in hit for number, _ in wanted)


def build(
    expressions: Sequence[Expression],
    samples: Sequence[tuple[int, bytes]],
    *,
    engines: Sequence[str] = ENGINES,
    compiled: bytes | None = None,
) -> Gate:
    """The first of the engines that is there, takes every trigger and hits every sample.

    `compiled` is what `HyperscanGate.dump` gave for the same expressions; when it does not fit it is compiled anew.

    Raises:
        ValueError: when no engine will do.
    """
    if not expressions:
        return ReGate(())
    if compiled and HyperscanGate.engine in engines:
        with suppress(ImportError, ValueError):
            gate = HyperscanGate(expressions, compiled=compiled)
            if is_sound(gate, samples):
                return gate
    return _compiled(tuple(expressions), tuple(samples), tuple(engines))


# Scanners of one process mostly have the same triggers, and a gate does not change once it is built.
@lru_cache(maxsize=4)
def _compiled(
    expressions: tuple[Expression, ...], samples: tuple[tuple[int, bytes], ...], engines: tuple[str, ...]
) -> Gate:
    reasons = []
    for engine in engines:
        try:
            gate = _BY_NAME[engine](expressions)
        except (ImportError, ValueError, re.error) as error:
            reasons.append(str(error))
            continue
        if is_sound(gate, samples):
            return gate
        reasons.append(f"{engine}: a trigger is not hit by its sample")
    raise ValueError(f"no engine takes the triggers: {'; '.join(reasons)}")
