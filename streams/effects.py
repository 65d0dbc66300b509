"""What a step of the gate gives: records to write in one transaction, and facts to count."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from streams.events import EventType
from streams.intake import TRACE_HEADER, Position
from streams.state import LaneState
from streams.topics import AUDIT

Header = tuple[str, bytes]

# Makes a named tuple in half the time that its own constructor takes.
_new_tuple = tuple.__new__
_AUDIT: Final = AUDIT.name

_SPEC: Final[Header] = ("ce_specversion", b"1.0")
_JSON: Final[Header] = ("content-type", b"application/json")
_TYPES: Final[dict[EventType, Header]] = {kind: ("ce_type", kind.value.encode()) for kind in EventType}


class Emit(NamedTuple):
    """A record to write; without a value it is a tombstone. `partition` is another lane's only for a stray.

    A named tuple, not a dataclass: three are made per event, and each costs a third.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[Header]
    partition: int


# What happened, for counting: a name and the values of its closed label sets. Never ids, users or text.
Fact = tuple[str, ...]


@lru_cache(maxsize=1024)
def timestamp(now_ms: int) -> str:
    """Milliseconds since 1970 as RFC 3339 in UTC."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def shared_headers(kind: EventType, partition: int, now_ms: int) -> tuple[Header, ...]:
    """The attributes that records of one kind, lane and time have in common."""
    source = ("ce_source", b"/penstock/gate/%d" % partition)
    return (source, _TYPES[kind], _SPEC, ("ce_time", timestamp(now_ms).encode()), _JSON)


@lru_cache(maxsize=1024)
def shared_origin(kind: str, topic: str, origin: int, partition: int, now_ms: int) -> bytes:
    """What audit records of one kind, lane and time have in common, from the lane's number to the record's offset."""
    shared = {"partition": partition, "at": timestamp(now_ms), "at_ms": now_ms, "kind": kind}
    source = orjson.dumps({"topic": topic, "partition": origin})
    return b"".join((b",", orjson.dumps(shared)[1:-1], b',"source":', source[:-1], b',"offset":'))


def cloud_headers(kind: EventType, *, event_id: str, partition: int, now_ms: int) -> list[Header]:
    """CloudEvents 1.0 attributes in Kafka's binary mode. Source: CloudEvents Kafka protocol binding 1.0.2, 3.2."""
    return [("ce_id", event_id.encode()), *shared_headers(kind, partition, now_ms)]


@dataclass(slots=True)
class Step:
    """Collects what one step does to one lane at one time. Every audit record of a lane is written through here."""

    state: LaneState
    now_ms: int
    position: Position | None
    trace: bytes | None = None
    effects: list[Emit] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    told: dict[str, list[dict[str, object]]] | None = None

    def emit(self, topic: str, kind: EventType, value: object, *, key: str, event_id: str) -> None:
        """Write `value` as JSON to the lane's partition of `topic`."""
        partition = self.state.partition
        headers = [("ce_id", event_id.encode()), *shared_headers(kind, partition, self.now_ms)]
        if self.trace is not None:
            headers.append((TRACE_HEADER, self.trace))
        self.effects.append(_new_tuple(Emit, (topic, key.encode(), orjson.dumps(value), headers, partition)))

    def audit(self, kind: str, key: str, body: dict[str, Any]) -> None:
        """Append a record to the lane's audit chain.

        # INVARIANT: `prev` is the SHA-256 of the value bytes of the record before, `seq` counts from 1 without gaps.
        """
        state, position = self.state, self.position
        state.audit_seq += 1
        state.audited_ms = self.now_ms
        record = {
            "seq": state.audit_seq,
            "prev": state.audit_head,
            "partition": state.partition,
            "at": timestamp(self.now_ms),
            "at_ms": self.now_ms,
            "kind": kind,
            "source": None
            if position is None
            else {"topic": position.topic, "partition": position.partition, "offset": position.offset},
            **body,
        }
        if self.told is not None:
            record |= self.told
            self.told = None
        self._chain(key, orjson.dumps(record))

    def audit_encoded(self, kind: str, key: str, body: bytes) -> None:
        """The same with a body that is encoded already: the fields of a JSON object and its closing brace.

        Raises:
            ValueError: the step comes from no record, or something was told; both are for `audit`.
        """
        state, position = self.state, self.position
        if position is None or self.told is not None:
            raise ValueError("an encoded body is for a step that comes from a record and was told nothing")
        state.audit_seq += 1
        state.audited_ms = self.now_ms
        origin = shared_origin(kind, position.topic, position.partition, state.partition, self.now_ms)
        head = b'{"seq":%d,"prev":"%b"' % (state.audit_seq, state.audit_head.encode())
        self._chain(key, b"".join((head, origin, b"%d}," % position.offset, body)))

    def _chain(self, key: str, value: bytes) -> None:
        """Append the bytes of the record that has the number `audit_seq`."""
        state = self.state
        partition = state.partition
        state.audit_head = hashlib.sha256(value).hexdigest()
        event_id = b"%d-%d" % (partition, state.audit_seq)
        headers = [("ce_id", event_id), *shared_headers(EventType.AUDIT, partition, self.now_ms)]
        self.effects.append(_new_tuple(Emit, (_AUDIT, key.encode(), value, headers, partition)))

    def tell(self, name: str, facts: list[dict[str, object]]) -> None:
        """Have the step's next audit record hold these facts under a name, beside its own fields."""
        self.told = {**(self.told or {}), name: [*(self.told or {}).get(name, ()), *facts]}

    def count(self, *fact: str) -> None:
        """Note a fact for the metrics."""
        self.facts.append(fact)
