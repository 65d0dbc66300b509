"""The kill switch: entries that stop everything, a tenant, an agent or a class of actions, and what they match.

An entry is one record of a compacted topic: its key says what it stops, its value who asked for it and why; a record
without a value lifts it. Nothing here fails open: what an event lacks might be what an entry names, so it matches; an
entry whose value cannot be read still stops what its key says, and one whose key cannot be read stops everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from policies.action_class import ClassFinder, classes_of, topic_class
from policies.globs import MAX_GLOB_STARS, MAX_TOPIC_CHARS, matches_any, quoted

KEY_PREFIX: Final = "kill/"
MAX_REASON_CHARS: Final = 1_000
_UNREADABLE: Final = "the entry cannot be read, so it stops what its key names"


class Scope(StrEnum):
    """What an entry stops, widest first."""

    EVERYTHING = "everything"
    TENANT = "tenant"
    AGENT = "agent"
    ACTION_CLASS = "action_class"


_RANK: Final = {scope: rank for rank, scope in enumerate(Scope)}


@dataclass(frozen=True, slots=True)
class KillEntry:
    """One entry. `pattern` is a glob over ids, or over classes and topics; it is `*` for everything."""

    scope: Scope
    pattern: str
    reason: str
    by: str
    at_ms: int

    @property
    def key(self) -> str:
        """The key of the entry's record: the same scope and pattern replace each other."""
        return f"{KEY_PREFIX}{self.scope.value}/{self.pattern}"

    def to_json(self) -> dict[str, Any]:
        """The value of the entry's record."""
        return {
            "scope": self.scope.value,
            "pattern": self.pattern,
            "reason": self.reason,
            "by": self.by,
            "at_ms": self.at_ms,
        }


class KillEntryError(ValueError):
    """An entry that nobody should write; its text says why."""


def kill_entry(scope: str, pattern: str | None, *, reason: str, by: str, at_ms: int) -> KillEntry:
    """The entry that a person asks for, checked.

    Raises:
        KillEntryError: an unknown scope, a pattern that is none or missing, no reason or no person.
    """
    if scope not in list(Scope):
        raise KillEntryError(f"unknown scope {quoted(scope)}; known are {', '.join(Scope)}")
    if scope == Scope.EVERYTHING:
        if pattern not in (None, "*"):
            raise KillEntryError("everything takes no pattern")
        pattern = "*"
    if not pattern:
        raise KillEntryError(f"{scope} needs an id or a glob")
    if not _is_pattern(pattern):
        raise KillEntryError(f"a pattern has at most {MAX_TOPIC_CHARS} characters and {MAX_GLOB_STARS} stars")
    if not reason.strip() or len(reason) > MAX_REASON_CHARS:
        raise KillEntryError(f"a reason of 1 to {MAX_REASON_CHARS} characters is needed")
    if not by.strip():
        raise KillEntryError("the person who asks is needed")
    return KillEntry(Scope(scope), pattern, reason.strip(), by.strip(), at_ms)


def read_entry(key: str, value: object, *, at_ms: int) -> KillEntry:
    """The entry of a record, whatever it holds; `at_ms` is the record's time. Never raises.

    # INVARIANT: an entry that is damaged stops at least what its key names.
    """
    scope, _, pattern = key.removeprefix(KEY_PREFIX).partition("/")
    if not key.startswith(KEY_PREFIX) or scope not in list(Scope) or not _is_pattern(pattern):
        return KillEntry(Scope.EVERYTHING, "*", f"{_UNREADABLE}: everything", "unknown", at_ms)
    if isinstance(value, Mapping):
        reason, by, written_ms = value.get("reason"), value.get("by"), value.get("at_ms")
        is_time = isinstance(written_ms, int) and not isinstance(written_ms, bool)
        if isinstance(reason, str) and isinstance(by, str) and isinstance(written_ms, int) and is_time:
            return KillEntry(Scope(scope), pattern, reason, by, written_ms)
    return KillEntry(Scope(scope), pattern, _UNREADABLE, "unknown", at_ms)


def _is_pattern(pattern: str) -> bool:
    """Whether ids can be compared with it. Ids may hold any printable character, so only "*" has a meaning here."""
    return 0 < len(pattern) <= MAX_TOPIC_CHARS and pattern.count("*") <= MAX_GLOB_STARS


class KillSwitch:
    """All entries in force; false when there is none. Immutable."""

    def __init__(self, entries: Iterable[KillEntry] = ()) -> None:
        self._entries: Sequence[KillEntry] = sorted(entries, key=lambda entry: (_RANK[entry.scope], entry.pattern))

    def __bool__(self) -> bool:
        return bool(self._entries)

    @property
    def entries(self) -> tuple[KillEntry, ...]:
        """The entries, widest scope first."""
        return tuple(self._entries)

    def match(self, event: Mapping[str, object], finder: ClassFinder | None) -> KillEntry | None:
        """The widest entry that stops an action or an output, None when none does. Never raises.

        A class entry names the operator's class, or a glob over the topic or over its second segment. A field that the
        event lacks might be what an entry names. Without a `finder`, as for outputs, which have no tool, the topic
        alone tells the class.
        """
        if not self._entries:
            return None
        names: Sequence[str] | None = None
        for entry in self._entries:
            if entry.scope is Scope.EVERYTHING:
                return entry
            if entry.scope is Scope.TENANT:
                is_hit = _may_be(event.get("tenant_id"), entry.pattern)
            elif entry.scope is Scope.AGENT:
                is_hit = _may_be(event.get("agent_id"), entry.pattern)
            else:
                names = _names(event, finder) if names is None else names
                is_hit = not names or any(matches_any((entry.pattern,), name) for name in names)
            if is_hit:
                return entry
        return None


def _may_be(value: object, pattern: str) -> bool:
    return not isinstance(value, str) or matches_any((pattern,), value)


def _names(event: Mapping[str, object], finder: ClassFinder | None) -> tuple[str, ...]:
    """Topic and classes with and without their kind; empty when they cannot be known."""
    topic = event.get("topic")
    if not isinstance(topic, str) or len(topic) > MAX_TOPIC_CHARS:
        return ()
    try:
        classes = (topic_class(topic),) if finder is None else classes_of(event, finder)
    except (TypeError, ValueError):
        return ()
    return (topic, *(name for found in classes for name in (found, found.partition(":")[2])))
