"""From a Kafka record to something the gate can step on: an event, a stray for another partition, or a rejected record.

Nothing here raises for bad input; whatever cannot be read becomes `Rejected` with a code, and goes to the dead letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from streams.codec import (
    DeadLetterCode,
    DecodeError,
    action_digest,
    content_digest,
    decode_object,
    encode,
    outcome_digest,
    output_digest,
)
from streams.events import FIELDS, MAX_ID_CHARS, MODELS, Kind, TargetKind, known_fields
from streams.plain_events import is_plain_action
from streams.routing import partition_of
from streams.topics import ACTIONS_OUTCOMES, ACTIONS_PROPOSED, OUTPUTS_PRODUCED, RECORD_BYTES, REVIEWS

# All headers of a record together, keys and values, bytes. CloudEvents and tracing need under 1 KB.
MAX_HEADERS_BYTES: Final = 16 * 1024
MAX_HEADERS: Final = 64
# Largest review with the sealed box that it brings back, bytes: that of the largest output takes a third more than the
# output. The rest of a record is for key and headers.
MAX_REVIEW_BYTES: Final = RECORD_BYTES - 64 * 1024
# Marks a record that the gate has sent on to the partition of its agent; says where it came from.
FORWARDED_HEADER: Final = "gate-forwarded-from"
# That mark: its name, and topic, partition and offset, bytes.
MAX_MARK_BYTES: Final = 128
TRACE_HEADER: Final = "traceparent"
# Anything else is left behind: it would reach every topic that the event does. Source: W3C Trace Context, 3.2.
_TRACE: Final = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

# Makes a named tuple in half the time that its own constructor takes.
_new_tuple = tuple.__new__

Headers = Sequence[tuple[str, bytes]]

KIND_OF_TOPIC: Final[dict[str, Kind]] = {
    ACTIONS_PROPOSED.name: Kind.ACTION,
    ACTIONS_OUTCOMES.name: Kind.OUTCOME,
    OUTPUTS_PRODUCED.name: Kind.OUTPUT,
    REVIEWS.name: Kind.REVIEW,
}
# Kinds that stand among those of a topic, in order with them, and have to say what they are.
_AMONG: Final[dict[Kind, str]] = {Kind.WITHDRAWAL: ACTIONS_PROPOSED.name}
TOPIC_OF_KIND: Final[dict[Kind, str]] = {**{kind: topic for topic, kind in KIND_OF_TOPIC.items()}, **_AMONG}


class _Plan(NamedTuple):
    """How records of one input topic are read; looked up by topic, because hashing an enum costs more than reading."""

    kind: Kind
    word: str
    validate: Callable[[object], object]
    fields: frozenset[str]
    digest: Callable[[dict[str, Any]], str]
    most_bytes: int | None
    is_plain: Callable[[dict[str, Any]], bool] | None


_DIGEST: Final = {
    Kind.ACTION: action_digest,
    Kind.OUTPUT: output_digest,
    Kind.OUTCOME: outcome_digest,
    Kind.REVIEW: content_digest,
    Kind.WITHDRAWAL: content_digest,
}
_MOST_BYTES: Final = {Kind.REVIEW: MAX_REVIEW_BYTES}


def _plan_of(kind: Kind) -> _Plan:
    validate = MODELS[kind].__pydantic_validator__.validate_python
    is_plain = is_plain_action if kind is Kind.ACTION else None
    return _Plan(kind, kind.value, validate, FIELDS[kind], _DIGEST[kind], _MOST_BYTES.get(kind), is_plain)


_PLANS: Final = {topic: _plan_of(kind) for topic, kind in KIND_OF_TOPIC.items()}
_PLANS_AMONG: Final = {(topic, kind.value): _plan_of(kind) for kind, topic in _AMONG.items()}


def _plan_among(topic: str, kind: object) -> _Plan:
    """How a record is read that says to be of another kind than its topic's."""
    found = _PLANS_AMONG.get((topic, kind)) if isinstance(kind, str) else None
    if found is None:
        raise DecodeError(DeadLetterCode.UNKNOWN_KIND, f"the topic holds {_PLANS[topic].word} events")
    return found


class Position(NamedTuple):
    """Where a record stands: topic name (of the table, without a deployment's prefix), partition, offset.

    This and `Event` are named tuples, not dataclasses: one of each is made per record, and each costs a third.
    """

    topic: str
    partition: int
    offset: int


class Event(NamedTuple):
    """A readable event. `fields` are the known fields as they arrived; `digest` is what a verdict is bound to."""

    kind: Kind
    position: Position
    agent_id: str
    fields: dict[str, Any]
    digest: str
    trace: bytes | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be read. `key` and `value` are the original bytes; `detail` names fields, never values."""

    position: Position
    code: DeadLetterCode
    detail: str
    key: bytes | None
    value: bytes | None
    trace: bytes | None = None


@dataclass(frozen=True, slots=True)
class Stray:
    """A record of an agent that belongs to another partition, to be sent there as it came."""

    position: Position
    agent_id: str
    partition: int
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    trace: bytes | None = None


Intake = Event | Rejected | Stray


def _first_error(exc: ValidationError) -> str:
    """Path and kind of the first error. Paths hold only names of the model and positions, never a producer's keys."""
    error = exc.errors(include_url=False, include_context=False, include_input=False)[0]
    # A mapping's own keys are the producer's text; only the field above them is named.
    path = str(error["loc"][0]) if error["loc"] else "event"
    return f"{path}: {error['type']}"


def _trace_of(headers: Headers) -> bytes | None:
    for name, value in headers:
        if name == TRACE_HEADER and value is not None and _TRACE.fullmatch(value) is not None:
            return value
    return None


def bytes_beside_box(review: Mapping[str, Any], size_bytes: int) -> int:
    """How much of a review of so many bytes is no sealed box that it brings back."""
    box = review.get("sealed")
    return size_bytes if box is None else size_bytes - len(box["ciphertext"])


def _headers_fit(headers: Headers) -> bool:
    if not headers:
        return True
    # The gate's own mark comes on top of what the producer may send, or a full record could not be forwarded.
    marks = int(any(name == FORWARDED_HEADER for name, _ in headers))
    if len(headers) > MAX_HEADERS + marks:
        return False
    size_bytes = sum(len(name) + len(value or b"") for name, value in headers)
    return size_bytes <= MAX_HEADERS_BYTES + marks * MAX_MARK_BYTES


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads records of the input topics. `partitions` is the number of lanes; `max_event_bytes` bounds a value.

    A review may have as many bytes beside the sealed box that it brings back, and `MAX_REVIEW_BYTES` with it.
    """

    partitions: int
    max_event_bytes: int

    def read(self, position: Position, *, key: bytes | None, value: bytes | None, headers: Headers) -> Intake:
        """The record as an event, a stray or a rejected record. Never raises for what a producer sent."""
        trace = _trace_of(headers) if headers else None
        try:
            return self._read(position, key, value, headers, trace)
        except DecodeError as exc:
            return Rejected(position, exc.dead_letter, exc.detail, key, value, trace)

    def _read(
        self, position: Position, key: bytes | None, value: bytes | None, headers: Headers, trace: bytes | None
    ) -> Intake:
        if value is None or not value:
            raise DecodeError(DeadLetterCode.EMPTY, "no value")
        plan = _PLANS[position.topic]
        most_bytes = self.max_event_bytes if plan.most_bytes is None else plan.most_bytes
        if len(value) > most_bytes:
            raise DecodeError(DeadLetterCode.TOO_LARGE, f"more than {most_bytes} bytes")
        if headers and not _headers_fit(headers):
            raise DecodeError(DeadLetterCode.HEADERS_TOO_LARGE, f"headers beyond {MAX_HEADERS_BYTES} bytes")
        raw = decode_object(value, most_bytes=most_bytes)
        if plan.is_plain is not None and plan.is_plain(raw):
            agent_id = raw["agent_id"]
            if partition_of(agent_id, self.partitions) == position.partition and key in (None, agent_id.encode()):
                return _new_tuple(Event, (plan.kind, position, agent_id, raw, plan.digest(raw), trace))
            return self._route(position, key, value, headers, trace, plan=plan, fields=raw)
        if raw.get("kind") not in (None, plan.word):
            plan = _plan_among(position.topic, raw["kind"])
        try:
            plan.validate(raw)
        except ValidationError as exc:
            raise DecodeError(DeadLetterCode.INVALID_FIELD, _first_error(exc)) from None
        fields = known_fields(plan.fields, raw)
        if plan.kind is Kind.REVIEW:
            if bytes_beside_box(fields, max(len(value), len(encode(raw)))) > self.max_event_bytes:
                raise DecodeError(DeadLetterCode.TOO_LARGE, f"more than {self.max_event_bytes} bytes beside its box")
            return self._route_review(position, value, headers, trace, plan=plan, fields=fields)
        return self._route(position, key, value, headers, trace, plan=plan, fields=fields)

    def _route_review(
        self,
        position: Position,
        value: bytes,
        headers: Headers,
        trace: bytes | None,
        *,
        plan: _Plan,
        fields: dict[str, Any],
    ) -> Intake:
        """A review where it belongs; its key only keeps one agent's records together.

        Its partition is the one that a request named. One about an agent answers no request: a stop that stood in
        another lane than the agent's would stop nothing.
        """
        target = fields["target"]
        stray = None
        if target["kind"] == TargetKind.AGENT:
            stray = self._stray(position, target["id"], value, headers, trace)
        return stray or Event(plan.kind, position, "", fields, plan.digest(fields), trace)

    def _route(
        self,
        position: Position,
        key: bytes | None,
        value: bytes,
        headers: Headers,
        trace: bytes | None,
        *,
        plan: _Plan,
        fields: dict[str, Any],
    ) -> Intake:
        agent_id: str = fields["agent_id"]
        if key is not None and key != agent_id.encode():
            if len(key) > MAX_ID_CHARS * 4:
                raise DecodeError(DeadLetterCode.KEY_UNREADABLE, "the key is longer than any agent_id")
            raise DecodeError(DeadLetterCode.KEY_MISMATCH, "the key is not the agent_id")
        stray = self._stray(position, agent_id, value, headers, trace)
        return stray or Event(plan.kind, position, agent_id, fields, plan.digest(fields), trace)

    def _stray(
        self, position: Position, agent_id: str, value: bytes, headers: Headers, trace: bytes | None
    ) -> Stray | None:
        """The record as one to send to its agent's partition, once; None where it stands there."""
        home = partition_of(agent_id, self.partitions)
        if home == position.partition:
            return None
        if any(name == FORWARDED_HEADER for name, _ in headers):
            raise DecodeError(DeadLetterCode.MISROUTED, "forwarded once and still not in its partition")
        return Stray(position, agent_id, home, value, tuple(headers), trace)
