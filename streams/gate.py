"""The gate, sans I/O: one record, the lane's state and the time in; records to write out.

Theory of operation. A lane is a deterministic state machine. `Gate.step` takes whatever `streams.intake` made of a
Kafka record and returns what must be written in the same transaction as the new read position. Each input record
leaves exactly one audit record that names its topic, partition and offset (a held action leaves a second one when it
is resolved), so that the whole input can be accounted for. Verdicts are facts: an id that has one gets no other. The
state is changed in place; when anything fails the caller throws it away and reads it back, so a step that raises has
done nothing.

`Gate` itself is immutable. A new policy is a new `Gate`, and it adopts the state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from streams.action_step import step_action
from streams.codec import DeadLetterCode, sha256_hex
from streams.conduct_step import facts_of, note_outcome
from streams.effects import Emit, Step, cloud_headers
from streams.events import EventType, Kind, OutcomeStatus
from streams.hold_step import step_due
from streams.intake import FORWARDED_HEADER, TRACE_HEADER, Event, Intake, Reader, Rejected, Stray
from streams.memory import VerdictCode, id_hash
from streams.native_step import compiled
from streams.output_step import is_chunk, step_output
from streams.plain_step import PlainPath
from streams.rebalance_step import is_due, next_look_ms, step_rebalance
from streams.review_step import step_review
from streams.state import LaneState
from streams.stream_step import expire_stream, step_chunk
from streams.terms import Terms
from streams.topics import DEADLETTERS, RECORD_BYTES
from streams.withdraw_step import step_withdrawal
from streams.workflow_step import note_run_outcome, step_run_due

if TYPE_CHECKING:
    from streams._native import NativeStep

# What a value may hold: a record of a topic less room for key and headers, bytes. A dead letter holds so much of the
# original.
MAX_VALUE_BYTES: Final = RECORD_BYTES - 64 * 1024
# Codes that a step gives; the others come from the intake.
STEP_CODES: Final = frozenset({DeadLetterCode.STEP_FAILED, DeadLetterCode.RELEASE_TOO_LARGE})
# Holds that one call of `expire` looks at; the rest waits for the next transaction. Some 10 ms: the loop waits for it.
MAX_DUE: Final = 100


class StepError(Exception):
    """A step whose effects cannot be written; the lane puts the record aside as a dead letter. Holds no payload."""

    def __init__(self, code: DeadLetterCode) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate under the terms of one moment."""

    terms: Terms
    plain: PlainPath = field(init=False, repr=False, compare=False)
    _compiled: dict[Reader, NativeStep | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the short way of plain actions."""
        object.__setattr__(self, "plain", PlainPath(self.terms))
        object.__setattr__(self, "_compiled", {})

    def compiled(self, reader: Reader) -> NativeStep | None:
        """The compiled short way from records as `reader` reads them; None where there is none."""
        if reader not in self._compiled:
            self._compiled[reader] = compiled(self.plain, reader)
        return self._compiled[reader]

    def go_without_compiled(self, reader: Reader) -> None:
        """Decide everything the long way from here on: the compiled short way has failed."""
        self._compiled[reader] = None

    def step(self, state: LaneState, intake: Intake, now_ms: int) -> Step:
        """Decide one record; `state` is changed in place.

        Raises:
            StepError: the effects are larger than a topic takes. Any exception means that `state` must be thrown away.
        """
        step = Step(state, now_ms, intake.position, intake.trace)
        if type(intake) is Event:
            self._step_event(step, intake)
        elif type(intake) is Rejected:
            dead_letter(step, intake)
        elif type(intake) is Stray:
            _forward(step, intake)
        for effect in step.effects:
            if len(effect.value or b"") > MAX_VALUE_BYTES and effect.topic != DEADLETTERS.name:
                raise StepError(DeadLetterCode.RELEASE_TOO_LARGE)
        return step

    def _step_event(self, step: Step, event: Event) -> None:
        if event.kind is Kind.ACTION:
            if not self.plain.step(step, event):
                step_action(self.terms, step, event)
        elif event.kind is Kind.OUTPUT:
            (step_chunk if is_chunk(event) else step_output)(self.terms, step, event)
        elif event.kind is Kind.WITHDRAWAL:
            step_withdrawal(self.terms, step, event)
        elif event.kind is Kind.OUTCOME:
            _outcome(self.terms, step, event)
        else:
            step_review(self.terms, step, event)

    def expire(self, state: LaneState, now_ms: int) -> list[Step]:
        """Do what has come due for holds, queues and streams, earliest first, at most `MAX_DUE` of each."""
        is_look_due = is_due(self.terms, state, now_ms)  # what comes due besides is in the audit, and would hide it
        steps = [step_run_due(self.terms, state, run_id, now_ms) for run_id in state.runs.due(now_ms, MAX_DUE)]
        steps += [step_due(self.terms, state, hold, now_ms) for hold in state.due(now_ms, MAX_DUE)]
        if is_look_due:
            steps += step_rebalance(self.terms, state, now_ms, most=MAX_DUE)
        for name in state.due_streams(now_ms, MAX_DUE):
            step = Step(state, now_ms, None)
            expire_stream(self.terms, step, name)
            steps.append(step)
        return steps

    def next_due_ms(self, state: LaneState) -> int | None:
        """When time next has something for `expire` to do, or None."""
        times = [due for due in (state.next_due_ms(), next_look_ms(self.terms, state)) if due is not None]
        return min(times, default=None)

    def adopt(self, state: LaneState, now_ms: int) -> Step | None:
        """Note in the audit that this gate's policy and kill switch are in force from here; None when they were."""
        kill = self.terms.kill_digest
        if state.snapshot == self.terms.bundle.snapshot and state.kill == kill:
            return None
        step = Step(state, now_ms, None)
        if state.snapshot != self.terms.bundle.snapshot:
            by = self.terms.activated_by
            body = {"snapshot": self.terms.bundle.snapshot, "before": state.snapshot, "activated_by": by}
            step.audit("policy", "policy", body)
            step.count("policy_adopted")
            state.snapshot = self.terms.bundle.snapshot
        if state.kill != kill:
            entries = [entry.to_json() for entry in self.terms.kill.entries]
            step.audit("kill_switch", "policy", {"entries": entries, "digest": kill, "before": state.kill})
            state.kill = kill
        return step

    def forget(self, state: LaneState, now_ms: int) -> None:
        """Let go of verdicts that are past their retention."""
        state.forget(before_ms=now_ms - self.terms.limits.verdict_retention_ms, most=self.terms.limits.verdict_most)


def set_aside(state: LaneState, rejected: Rejected, now_ms: int) -> Step:
    """A dead letter for a record whose step failed."""
    step = Step(state, now_ms, rejected.position, rejected.trace)
    dead_letter(step, rejected)
    return step


def dead_letter(step: Step, rejected: Rejected) -> None:
    """Write the original bytes with headers that say where they stood and what was wrong, never an error's text."""
    position, state = rejected.position, step.state
    value, key = rejected.value or b"", rejected.key
    headers = [
        ("gate.errors.topic", position.topic.encode()),
        ("gate.errors.partition", b"%d" % position.partition),
        ("gate.errors.offset", b"%d" % position.offset),
        ("gate.errors.stage", b"step" if rejected.code in STEP_CODES else b"intake"),
        ("gate.errors.code", rejected.code.value.encode()),
        ("gate.errors.sha256", sha256_hex(value).encode()),
    ]
    if key is not None and len(key) > 64 * 1024 - 8 * 1024:
        key = None
        headers.append(("gate.errors.key_omitted", b"true"))
    if len(value) > MAX_VALUE_BYTES:
        # The broker would refuse it; the original stays where the position says, for as long as the topic keeps it.
        headers.append(("gate.errors.value_omitted", b"%d" % len(value)))
        value = b""
    if step.trace is not None:
        headers.append((TRACE_HEADER, step.trace))
    event_id = f"{position.topic}-{position.partition}-{position.offset}"
    envelope = cloud_headers(EventType.DEAD_LETTER, event_id=event_id, partition=state.partition, now_ms=step.now_ms)
    # The content type of the original is unknown: the last attribute, `content-type`, is left out.
    step.effects.append(Emit(DEADLETTERS.name, key, value, [*envelope[:-1], *headers], state.partition))
    step.audit("dead_letter", "dead_letter", {"code": rejected.code.value, "digest": sha256_hex(rejected.value or b"")})
    step.count("dead_letter", rejected.code.value)


def _forward(step: Step, stray: Stray) -> None:
    """Send a record on to the partition of its agent, once, as it came."""
    position = stray.position
    origin = f"{position.topic}/{position.partition}/{position.offset}".encode()
    headers = [*stray.headers, (FORWARDED_HEADER, origin)]
    step.effects.append(Emit(position.topic, stray.agent_id.encode(), stray.value, headers, stray.partition))
    step.audit("forwarded", stray.agent_id, {"agent_id": stray.agent_id, "to_partition": stray.partition})
    step.count("forwarded")


def _outcome(terms: Terms, step: Step, event: Event) -> None:
    """Record what happened after release. Only a released action can have an outcome that counts."""
    state, fields = step.state, event.fields
    status, action_id = fields["status"], fields["action_id"]
    key = id_hash("outcome", event.agent_id, f"{action_id}\0{status}")
    if state.verdicts.get(key) is not None:
        step.audit("duplicate", event.agent_id, {"of": "outcome", "agent_id": event.agent_id, "id": action_id})
        step.count("duplicate", "outcome")
        return
    action_key = id_hash("action", event.agent_id, action_id)
    given = state.verdicts.get(action_key)
    is_released = given is not None and given.code in RELEASED
    body: dict[str, Any] = {
        "agent_id": event.agent_id,
        "action_id": action_id,
        "status": status,
        "released": is_released,
    }
    if is_released:
        # What was never released has no outcome; remembering one would make the real one a duplicate later.
        state.verdicts.put(key, digest=event.digest, code=VerdictCode.OUTCOME_RECORDED, at_ms=step.now_ms)
        if facts := note_outcome(terms, step, event.agent_id, action_key=action_key.hex(), status=status):
            body["conduct"] = facts_of(facts)
        if terms.has_workflows:
            note_run_outcome(
                terms,
                step,
                event.agent_id,
                action_key=action_key.hex(),
                is_success=status == OutcomeStatus.SUCCESS,
                result=fields.get("result"),
            )
    step.audit("outcome", event.agent_id, body)
    step.count("outcome", status)


RELEASED: Final = frozenset(
    {
        VerdictCode.ALLOWED,
        VerdictCode.ALLOWED_WITH_CONSTRAINTS,
        VerdictCode.APPROVED,
        VerdictCode.RELEASED_BY_TIMEOUT,
    }
)
