"""Verdict memory: which ids have a verdict already, and over which content.

Verdicts are kept in *segments*, one per transaction, each one record of the state topic: cheap to write (one record
for a thousand verdicts), fast to restore, and forgotten as a whole when they are old or too many. An entry is 49
bytes on the wire: 16 bytes of the id's hash, 32 of the content digest, 1 code.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from streams.attempts import PREFIX_BYTES, AttemptIndex

ID_BYTES: Final = 16
DIGEST_BYTES: Final = 32
ENTRY_BYTES: Final = ID_BYTES + DIGEST_BYTES + 1
# An entry in memory carries the number of its segment behind digest and code, so that an old segment forgets only its
# own.
_SEGMENT_BYTES: Final = 6


class VerdictCode(bytes, Enum):
    """What is remembered of a verdict: one byte on the wire."""

    ALLOWED = b"A"
    ALLOWED_WITH_CONSTRAINTS = b"C"
    HELD = b"H"
    DENIED = b"D"
    EXPIRED = b"E"
    REJECTED = b"R"
    APPROVED = b"P"
    RELEASED_BY_TIMEOUT = b"T"
    OUTPUT_ALLOWED = b"a"
    OUTPUT_REDACTED = b"r"
    OUTPUT_QUARANTINED = b"q"
    OUTCOME_RECORDED = b"o"
    REVIEW_TAKEN = b"v"


_CODES: Final = {code[0]: code for code in VerdictCode}
# The verdicts that an action is given when it is proposed; the others follow from a hold, or are no actions.
_PROPOSED: Final = frozenset(
    code[0]
    for code in (VerdictCode.ALLOWED, VerdictCode.ALLOWED_WITH_CONSTRAINTS, VerdictCode.HELD, VerdictCode.DENIED)
)


def id_hash(kind: str, agent_id: str, event_id: str) -> bytes:
    """16 bytes that stand for an id. Ids belong to their agent, so no agent can use up another one's."""
    return hashlib.blake2b(f"{kind}\0{agent_id}\0{event_id}".encode(), digest_size=ID_BYTES).digest()


@dataclass(frozen=True, slots=True)
class Remembered:
    """A verdict given before: over which content (64 hex digits) and what it was."""

    digest: str
    code: VerdictCode


@dataclass(slots=True)
class _Segment:
    number: int
    at_ms: int
    ids: bytes


@dataclass(slots=True)
class VerdictMemory:
    """Bounded memory of verdicts. Order of segments is order of time."""

    entries: dict[bytes, bytes] = field(default_factory=dict)
    next_segment: int = 0
    _segments: deque[_Segment] = field(default_factory=deque)
    opened: list[bytes] = field(default_factory=list)
    attempt_index: AttemptIndex = field(default_factory=AttemptIndex)

    def __len__(self) -> int:
        return len(self.entries)

    def get(self, key: bytes) -> Remembered | None:
        """The verdict remembered under `key` (see `id_hash`), or None."""
        entry = self.entries.get(key)
        if entry is None:
            return None
        return Remembered(entry[:DIGEST_BYTES].hex(), _CODES[entry[DIGEST_BYTES]])

    def put(self, key: bytes, *, digest: str, code: VerdictCode, at_ms: int) -> None:
        """Remember a verdict given at `at_ms` in the open segment; it replaces an earlier one under the same key."""
        content = bytes.fromhex(digest)
        body = content + code
        self.entries[key] = body + self.next_segment.to_bytes(_SEGMENT_BYTES, "big")
        self.opened.append(key + body)
        if body[DIGEST_BYTES] in _PROPOSED:
            self.attempt_index.note(content[:PREFIX_BYTES], at_ms)

    def attempts(self, digest: str, now_ms: int) -> int:
        """How often an action with this digest was given a verdict within the last hour."""
        return self.attempt_index.count(bytes.fromhex(digest[: 2 * PREFIX_BYTES]), now_ms)

    def close_segment(self, now_ms: int) -> tuple[str, bytes] | None:
        """The open segment as key and value for the state topic; None when no verdict was given since the last."""
        if not self.opened:
            return None
        number, body = self.next_segment, b"".join(self.opened)
        self.opened.clear()
        self._add(number, now_ms, body)
        return segment_key(number), now_ms.to_bytes(8, "big") + body

    def restore_segment(self, number: int, value: bytes) -> None:
        """Take a segment back in that `close_segment` gave.

        Raises:
            ValueError: the value is not a segment.
        """
        body = value[8:]
        if len(value) < 8 or len(body) % ENTRY_BYTES:
            raise ValueError(f"verdict segment {number} is damaged")
        suffix = number.to_bytes(_SEGMENT_BYTES, "big")
        entries = self.entries
        for start in range(0, len(body), ENTRY_BYTES):
            middle = start + ID_BYTES
            entries[body[start:middle]] = body[middle : start + ENTRY_BYTES] + suffix
        self._add(number, int.from_bytes(value[:8], "big"), body)

    def _add(self, number: int, at_ms: int, body: bytes) -> None:
        starts = range(0, len(body), ENTRY_BYTES)
        ids = b"".join(body[start : start + ID_BYTES] for start in starts)
        self._segments.append(_Segment(number, at_ms, ids))
        self.next_segment = max(self.next_segment, number + 1)
        effects = [
            body[start + ID_BYTES : start + ID_BYTES + PREFIX_BYTES]
            for start in starts
            if body[start + ENTRY_BYTES - 1] in _PROPOSED
        ]
        self.attempt_index.close(number, at_ms, effects)

    def forget(self, *, before_ms: int, most: int, limit: int = 100) -> list[str]:
        """Forget segments older than `before_ms`, and the oldest while more than `most` verdicts are kept.

        Returns the state keys of forgotten segments, at most `limit` in one call, to be written as tombstones.
        """
        forgotten: list[str] = []
        segments = self._segments
        while segments and len(forgotten) < limit and (segments[0].at_ms < before_ms or len(self.entries) > most):
            segment = segments.popleft()
            self._drop(segment)
            forgotten.append(segment_key(segment.number))
        return forgotten

    def forget_segment(self, number: int) -> None:
        """Take a tombstone of the state topic in; a segment that is already gone is fine."""
        for segment in self._segments:
            if segment.number == number:
                self._segments.remove(segment)
                self._drop(segment)
                return

    def _drop(self, segment: _Segment) -> None:
        self.attempt_index.forget(segment.number)
        suffix = segment.number.to_bytes(_SEGMENT_BYTES, "big")
        for start in range(0, len(segment.ids), ID_BYTES):
            key = segment.ids[start : start + ID_BYTES]
            entry = self.entries.get(key)
            if entry is not None and entry.endswith(suffix):
                del self.entries[key]


SEGMENT_PREFIX: Final = "verdicts/"


def segment_key(number: int) -> str:
    """The key of a segment on the state topic."""
    return f"{SEGMENT_PREFIX}{number}"
