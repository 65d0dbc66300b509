"""Recorded events through the gate itself, without Kafka: what would be decided, in the order of the file.

The lane's state lives in memory and has one partition. Nothing expires meanwhile: a hold is a decision like any other,
and each action or output of the file gives exactly one line.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from detectors import Scanner
from penstock.event_files import BadLine, Line, RecordedEvent, parse_line
from policies.bundle import Bundle
from policies.decisions import Decision, OutputDecision
from streams.clock import Clock
from streams.codec import DeadLetterCode
from streams.effects import Step
from streams.events import Kind
from streams.gate import Gate, StepError
from streams.intake import TOPIC_OF_KIND, Event, Position, Reader, Rejected, Stray
from streams.memory import VerdictCode
from streams.reasons import GateReason
from streams.state import LaneState
from streams.terms import Limits, Terms, gate_scanner
from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_REFUSED,
    APPROVALS_REQUESTED,
    AUDIT,
    OUTPUTS_CLEARED,
    QUARANTINE,
)

# The sample key of an evaluation without one: 32 zero bytes. Which decisions are sampled then says nothing about the
# gate.
ZERO_KEY: Final = bytes(32)
# Lines kept to answer repeated ids with the same line again; 0.7 KB each.
REMEMBERED_LINES: Final = 100_000
# Events after which memory is tidied, as a lane does once per transaction.
TIDY_EVERY: Final = 1000
# Where an event says when it happened.
TIME_FIELDS: Final = {
    Kind.ACTION: "proposed_at",
    Kind.WITHDRAWAL: "withdrawn_at",
    Kind.OUTPUT: "produced_at",
    Kind.OUTCOME: "finished_at",
    Kind.REVIEW: "decided_at",
}
_DECIDING: Final = {
    ACTIONS_CLEARED.name,
    ACTIONS_REFUSED.name,
    APPROVALS_REQUESTED.name,
    OUTPUTS_CLEARED.name,
    QUARANTINE.name,
}
_TIME: Final[TypeAdapter[Any]] = TypeAdapter(AwareDatetime)
# What a verdict code says where the full line is no longer remembered.
_DECISIONS: Final = {
    VerdictCode.ALLOWED: Decision.ALLOW,
    VerdictCode.ALLOWED_WITH_CONSTRAINTS: Decision.ALLOW_WITH_CONSTRAINTS,
    VerdictCode.HELD: Decision.REQUIRE_APPROVAL,
}
_RESULTS: Final = {
    VerdictCode.OUTPUT_ALLOWED: OutputDecision.ALLOW,
    VerdictCode.OUTPUT_REDACTED: OutputDecision.REDACT,
}


@dataclass(slots=True)
class Summary:
    """What was decided, counted: `actions` and `outputs` by decision, `dead_letters` by code.

    `bad_lines` are those dead letters that are no events at all, but lines without JSON or without a kind.
    """

    actions: Counter[str] = field(default_factory=Counter)
    outputs: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)
    bad_lines: int = 0
    other: int = 0

    @property
    def hold_share(self) -> float | None:
        """The share of actions that would wait for a person; None without actions."""
        total = self.actions.total()
        return self.actions[Decision.REQUIRE_APPROVAL.value] / total if total else None


class Evaluation:
    """One run over a file. `now_ms` fixes the time; without it each event's own time counts, else `clock`.

    `scanner` is the gate's; without one it is that of a gate without recognizers of the operator's own.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        sample_key: bytes,
        level: int,
        max_event_bytes: int,
        now_ms: int | None,
        clock: Clock,
        scanner: Scanner | None = None,
    ) -> None:
        self._gate = Gate(Terms(bundle, scanner or gate_scanner(), sample_key, Limits(default_level=level)))
        self._reader = Reader(1, max_event_bytes)
        self._state = LaneState(0)
        self._now_ms, self._clock = now_ms, clock
        self._lines: OrderedDict[tuple[str, str, str], dict[str, Any]] = OrderedDict()
        self._count = 0
        self.summary = Summary()

    def lines(self, chunk: list[Line]) -> Iterator[dict[str, Any]]:
        """What each line of a file gives: a decision, a result, a dead letter, or nothing."""
        for line in chunk:
            parsed = parse_line(line)
            if isinstance(parsed, BadLine):
                self.summary.bad_lines += 1
                yield self._unreadable(line, parsed.code, parsed.detail)
                continue
            shown = self._step(parsed)
            if shown is not None:
                yield shown

    def _step(self, parsed: RecordedEvent) -> dict[str, Any] | None:
        line, state = parsed.line, self._state
        position = Position(TOPIC_OF_KIND[parsed.kind], 0, line.number)
        intake = self._reader.read(position, key=None, value=line.raw, headers=())
        if isinstance(intake, Rejected):
            return self._unreadable(line, intake.code.value, intake.detail)
        if isinstance(intake, Stray):
            raise AssertionError("there is one partition")
        now_ms = self._time_of(intake)
        self._gate.adopt(state, now_ms)
        try:
            step = self._gate.step(state, intake, now_ms)
        except StepError as exc:
            return self._unreadable(line, exc.code.value, "what the gate would write is too large")
        except Exception as exc:
            # As a lane does: whatever a step raises makes a dead letter of its event, named by type alone.
            return self._unreadable(line, DeadLetterCode.STEP_FAILED.value, type(exc).__name__)
        self._tidy(now_ms)
        return self._shown(intake, step)

    def _time_of(self, event: Event) -> int:
        if self._now_ms is not None:
            return self._now_ms
        value = event.fields.get(TIME_FIELDS[event.kind])
        if value is None:
            return self._clock()
        try:
            return int(_TIME.validate_python(value).timestamp() * 1000)
        except (ValidationError, OverflowError):
            return self._clock()

    def _tidy(self, now_ms: int) -> None:
        self._count += 1
        if self._count % TIDY_EVERY == 0:
            self._state.take_changes(now_ms)
            self._gate.forget(self._state, now_ms)

    def _shown(self, event: Event, step: Step) -> dict[str, Any] | None:
        if event.kind not in (Kind.ACTION, Kind.OUTPUT):
            self.summary.other += 1
            return None
        key = (event.kind.value, event.agent_id, _event_id(event))
        shown = _decided(step)
        if shown is None:
            audit = _audited(step)
            kept = self._lines.get(key) if audit["kind"] == "duplicate" else None
            shown = kept or (_held_chunk(audit) if audit["kind"] == "chunk" else _repeated(event, audit))
        elif key not in self._lines:
            self._lines[key] = shown
            if len(self._lines) > REMEMBERED_LINES:
                self._lines.popitem(last=False)
        if event.kind is Kind.ACTION:
            self.summary.actions[str(shown["decision"])] += 1
        else:
            self.summary.outputs[str(shown["output_safety_decision"])] += 1
        return shown

    def _unreadable(self, line: Line, code: str, detail: str) -> dict[str, Any]:
        self.summary.dead_letters[code] += 1
        return {"kind": "dead_letter", "line": line.number, "code": code, "detail": detail}


def _event_id(event: Event) -> str:
    name = "action_id" if event.kind is Kind.ACTION else "output_id"
    return f"{event.fields[name]}\0{event.fields.get('sequence', '')}"


def _decided(step: Step) -> dict[str, Any] | None:
    """The decision or the result among a step's effects; None when the event had one before."""
    for effect in step.effects:
        if effect.topic in _DECIDING and effect.value is not None:
            value: dict[str, Any] = orjson.loads(effect.value)
            decision: dict[str, Any] | None = value.get("decision")
            return decision if decision is not None else value
    return None


def _audited(step: Step) -> dict[str, Any]:
    """The step's audit record; every step over an event leaves one."""
    audit: dict[str, Any] = next(
        orjson.loads(effect.value) for effect in step.effects if effect.topic == AUDIT.name and effect.value
    )
    return audit


def _held_chunk(audit: dict[str, Any]) -> dict[str, Any]:
    """The short line about a chunk of an output that released nothing yet."""
    names = ("output_id", "agent_id", "sequence", "output_safety_decision", "reason_code", "released_chars", "digest")
    return {name: audit[name] for name in names}


def _repeated(event: Event, audit: dict[str, Any]) -> dict[str, Any]:
    """The short line about an event whose id has a verdict already; an output in conflict goes nowhere."""
    code, is_same = VerdictCode[audit["verdict"].upper()], audit["kind"] == "duplicate"
    reason = "duplicate" if is_same else GateReason.ID_CONFLICT.value
    common = {"agent_id": event.agent_id, "reason_code": reason, "digest": event.digest}
    if event.kind is Kind.ACTION:
        decision = _DECISIONS.get(code, Decision.DENY)
        return {"action_id": event.fields["action_id"], "decision": decision.value, **common}
    result = _RESULTS.get(code, OutputDecision.QUARANTINE) if is_same else OutputDecision.QUARANTINE
    return {"output_id": event.fields["output_id"], "output_safety_decision": result.value, **common}
