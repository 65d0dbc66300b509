"""An output that comes in chunks, as a lane keeps it between two of them: plain data, its text sealed where it can be.

Chunks are numbered from 0 by `sequence`; the last one has `final`. They are scanned in that order, whatever the order
in which they come; one that is ahead waits, within bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

import orjson

from detectors.stream import StreamState
from streams.sealing import Sealer

# Chunks that wait for one before them, and their characters together; past either the stream is closed.
MAX_WAITING: Final = 64
MAX_WAITING_CHARS: Final = 64 * 1024
# What all chunks of an output must say alike, because policy judges by it and the reader goes by it.
SHARED_FIELDS: Final = ("job_id", "topic", "audience", "tenant_id", "session_id", "content_type")


@dataclass(frozen=True, slots=True)
class OutputStream:
    """Where a chunked output stands. `shared` are the fields that its chunks have in common.

    `next_sequence` is the chunk that is scanned next, `last_sequence` the final one once it is known, `released` how
    many pieces went out, `has_begun` that something other than white space was scanned. `waiting` holds the text of
    chunks that are ahead, by sequence.
    """

    agent_id: str
    output_id: str
    shared: dict[str, Any]
    due_ms: int
    next_sequence: int = 0
    last_sequence: int | None = None
    released: int = 0
    has_begun: bool = False
    waiting: dict[int, str] = field(default_factory=dict)
    scan: StreamState = field(default_factory=StreamState)

    def with_chunk(self, sequence: int, text: str, *, is_final: bool, due_ms: int) -> OutputStream:
        """The stream with one more chunk that waits."""
        return replace(
            self,
            waiting={**self.waiting, sequence: text},
            last_sequence=sequence if is_final else self.last_sequence,
            due_ms=due_ms,
        )

    @property
    def is_overfull(self) -> bool:
        """Whether more waits than may."""
        return len(self.waiting) > MAX_WAITING or sum(map(len, self.waiting.values())) > MAX_WAITING_CHARS

    @property
    def is_ended(self) -> bool:
        """Whether the final chunk has been scanned."""
        return self.last_sequence is not None and self.next_sequence > self.last_sequence

    def to_json(self, sealer: Sealer | None) -> dict[str, Any]:
        """The stream as a JSON object; with a sealer nobody can read its text from the state topic."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        text = {"waiting": {str(key): value for key, value in self.waiting.items()}, "scan": self.scan.to_json()}
        if sealer is None:
            return {**plain, "text": text}
        return {**plain, "sealed": sealer.seal(orjson.dumps(text), context=self._context)}

    @classmethod
    def from_json(cls, value: dict[str, Any], sealer: Sealer | None) -> OutputStream:
        """The stream that `to_json` gave.

        Raises:
            KeyError, SealError: the value is none, or the key is another one or missing.
        """
        found = cls(**{name: value[name] for name in _PLAIN})
        if "sealed" in value:
            if sealer is None:
                raise KeyError("a sealed stream and no payload key")
            text = orjson.loads(sealer.open(value["sealed"], context=found._context))
        else:
            text = value["text"]
        waiting = {int(key): chunk for key, chunk in text["waiting"].items()}
        return replace(found, waiting=waiting, scan=StreamState.from_json(text["scan"]))

    @property
    def _context(self) -> str:
        return f"stream|{self.agent_id}|{self.output_id}"


_PLAIN: Final = tuple(entry.name for entry in fields(OutputStream) if entry.name not in ("waiting", "scan"))
