"""One chunk of an output: scan it after those before it, release what is safe, and close the stream when it is not.

A stream that is closed is quarantined from there on: the pieces that went out before were safe by themselves. Nothing
is taken for granted about chunks: they may come twice, out of order, contradict each other, or never end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from detectors.errors import GateError
from detectors.finding import Finding
from detectors.redaction import Action, RedactionDetail
from detectors.stream import LATE, TOO_LONG, StreamScanner
from policies.decisions import FindingVerdict, OutputDecision, OutputVerdict
from streams.codec import sha256_hex
from streams.effects import Step
from streams.events import EventType
from streams.intake import Event
from streams.memory import VerdictCode, id_hash
from streams.output_step import (
    CODES,
    Judged,
    audit_body,
    count_output,
    is_repeated,
    quarantine,
    result_event,
    result_id,
)
from streams.output_stream import SHARED_FIELDS, OutputStream
from streams.reasons import GateReason
from streams.stops import STOP_REASONS, stop_of
from streams.terms import Terms
from streams.topics import OUTPUTS_CLEARED

_SCAN_CODES: Final = {TOO_LONG: GateReason.STREAM_VALUE_TOO_LONG, LATE: GateReason.STREAM_LATE_FINDING}


class _ClosedError(Exception):
    """The stream cannot go on; internal, becomes a quarantine. Holds no payload."""

    def __init__(self, code: GateReason, reason: str, verdict: FindingVerdict | OutputVerdict | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.reason = reason
        self.verdict = verdict


@dataclass(slots=True)
class _Piece:
    """What a chunk released: redacted text, and what was found in it as offsets in the stream's own text."""

    text: str = ""
    findings: tuple[Finding, ...] = ()
    details: tuple[RedactionDetail, ...] = ()


class _Judge:
    """What policy says about single findings of one output."""

    def __init__(self, terms: Terms, fields: dict[str, Any]) -> None:
        self._bundle = terms.bundle
        # The text is not policy's to see here: it judges finding by finding.
        self._fields = {name: value for name, value in fields.items() if name != "content"}
        self._known: dict[tuple[str, str, float], FindingVerdict] = {}

    def of(self, finding: Finding) -> FindingVerdict:
        """The verdict on a finding."""
        key = (finding.type, finding.family, finding.score)
        if key not in self._known:
            self._known[key] = self._bundle.decide_output(self._fields, [finding]).findings[0]
        return self._known[key]

    def concerns(self, finding: Finding) -> bool:
        """Whether policy does not let it pass."""
        return self.of(finding).decision is not OutputDecision.ALLOW

    def action(self, finding: Finding) -> Action:
        """How policy takes it out."""
        chosen = self.of(finding).action
        return Action.MASK if chosen is None else Action(chosen.value)

    def reason(self, finding: Finding) -> str:
        """Why."""
        return self.of(finding).reason


def stream_key(agent_id: str, output_id: str) -> str:
    """Under which name a stream is kept: 32 hex digits."""
    return id_hash("stream", agent_id, output_id).hex()


def step_chunk(terms: Terms, step: Step, event: Event) -> None:
    """Take a chunk in, and release what it makes safe."""
    state, fields = step.state, event.fields
    key = id_hash("output", event.agent_id, f"{fields['output_id']}\0{fields.get('sequence', '')}")
    if is_repeated(step, event, key):
        return
    name = stream_key(event.agent_id, fields["output_id"])
    try:
        stream = _taken(terms, step, event, name)
        stream, piece = _scanned(terms, stream, fields)
    except _ClosedError as closed:
        _close(terms, step, event, name=name, closed=closed)
        state.verdicts.put(key, digest=event.digest, code=VerdictCode.OUTPUT_QUARANTINED, at_ms=step.now_ms)
        return
    decision = OutputDecision.REDACT if piece.details else OutputDecision.ALLOW
    state.verdicts.put(key, digest=event.digest, code=CODES[decision], at_ms=step.now_ms)
    judged = _judged(terms, fields, decision, piece)
    if piece.text or stream.is_ended:
        result = result_event(terms, event, judged)
        result.update(sequence=stream.released, final=stream.is_ended)
        identity = result_id(event.agent_id, fields["output_id"], event.digest)
        step.emit(OUTPUTS_CLEARED.name, EventType.OUTPUT_CLEARED, result, key=event.agent_id, event_id=identity)
        stream = replace(stream, released=stream.released + 1)
    if stream.is_ended:
        _forget(step, name, event.digest, VerdictCode.OUTPUT_ALLOWED)
    else:
        state.put_stream(name, stream.to_json(terms.sealer))
    _audit(terms, step, event, judged)


def _judged(terms: Terms, fields: dict[str, Any], decision: OutputDecision, piece: _Piece) -> Judged:
    verdict = terms.bundle.decide_output({**fields, "content": ""}, piece.findings)
    return Judged(
        decision,
        verdict.reason,
        verdict.reason_code.value,
        rule_id=verdict.rule_id,
        document=verdict.document,
        content=piece.text,
        findings=piece.findings,
        details=tuple({"field": d.field, "reason": d.reason, "action": d.action} for d in piece.details),
    )


def _taken(terms: Terms, step: Step, event: Event, name: str) -> OutputStream:
    """The stream with the chunk among those that wait."""
    fields, state = event.fields, step.state
    stopped = stop_of(terms, state, fields, None)
    if stopped is not None:
        raise _ClosedError(stopped, STOP_REASONS[stopped])
    if state.verdicts.get(id_hash("closed", "", name)) is not None:
        raise _ClosedError(GateReason.STREAM_CLOSED, "the stream was closed before")
    sequence, text = fields.get("sequence"), fields.get("content")
    if not isinstance(text, str) or not isinstance(sequence, int):
        raise _ClosedError(GateReason.CHUNKS_UNSUPPORTED, "a chunk is text with a sequence")
    # What policy says whatever is in the chunk: that there is no policy, or that there are too many chunks.
    verdict = terms.bundle.decide_output({**fields, "content": ""}, ())
    if verdict.decision is OutputDecision.QUARANTINE:
        raise _ClosedError(GateReason.STREAM_QUARANTINED, verdict.reason, verdict)
    stream = _opened(terms, step, event, name)
    is_final = fields.get("final") is True
    is_over = stream.last_sequence is not None and (is_final or sequence > stream.last_sequence)
    if is_final and any(sequence < ahead for ahead in stream.waiting):
        is_over = True
    if sequence < stream.next_sequence or is_over or _shared(fields) != stream.shared:
        raise _ClosedError(GateReason.STREAM_BROKEN, "its chunks contradict each other")
    stream = stream.with_chunk(sequence, text, is_final=is_final, due_ms=step.now_ms + terms.limits.stream_timeout_ms)
    if stream.is_overfull:
        raise _ClosedError(GateReason.STREAM_OVERFULL, "too much waits for a chunk that is missing")
    return stream


def _opened(terms: Terms, step: Step, event: Event, name: str) -> OutputStream:
    """The stream as it is kept, or a new one."""
    kept, fields = step.state.streams.get(name), event.fields
    if kept is not None:
        try:
            return OutputStream.from_json(kept, terms.sealer)
        except (GateError, KeyError):
            raise _ClosedError(GateReason.STREAM_BROKEN, "what was kept of it cannot be read") from None
    if step.state.open_streams(event.agent_id) >= terms.limits.streams_per_agent:
        raise _ClosedError(GateReason.TOO_MANY_STREAMS, "too many streams of this agent are open")
    return OutputStream(event.agent_id, fields["output_id"], _shared(fields), step.now_ms)


def _shared(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in SHARED_FIELDS if name in fields}


def _scanned(terms: Terms, stream: OutputStream, fields: dict[str, Any]) -> tuple[OutputStream, _Piece]:
    """The stream after the chunks that are next, and what they release."""
    judge, piece = _Judge(terms, fields), _Piece()
    scanner = StreamScanner(
        terms.scanner_for(fields.get("tenant_id")),
        action=judge.action,
        reason=judge.reason,
        token_key=terms.token_key,
        concerns=judge.concerns,
        state=stream.scan,
    )
    waiting = dict(stream.waiting)
    following, has_begun = stream.next_sequence, stream.has_begun
    try:
        while following in waiting:
            text = waiting.pop(following)
            has_begun = has_begun or _has_begun(terms, text)
            _add(piece, scanner.feed(text), judge)
            following += 1
        stream = replace(stream, waiting=waiting, next_sequence=following, has_begun=has_begun)
        if stream.is_ended:
            _add(piece, scanner.flush(), judge)
    except GateError as exc:
        raise _ClosedError(GateReason.REDACTION_FAILED, f"the redaction failed ({exc.code})") from None
    return replace(stream, scan=scanner.state), piece


def _has_begun(terms: Terms, text: str) -> bool:
    """Whether a chunk brings the first mark of the output that is no white space.

    JSON in chunks has no fields yet, so rules about fields could not see theirs, however much white space is before it.
    """
    first = text.lstrip("\ufeff \t\r\n\f\v").lstrip()[:1]
    if first in ("{", "[") and terms.has_field_rules:
        raise _ClosedError(GateReason.CHUNKS_UNSUPPORTED, "JSON in chunks, and policy has rules about its fields")
    return first != ""


def _add(piece: _Piece, found: Any, judge: _Judge) -> None:
    """Add what one feed released; a finding that policy quarantines closes the stream instead."""
    if found.code is not None:
        code = _SCAN_CODES.get(found.code, GateReason.SCAN_FAILED)
        raise _ClosedError(code, f"the stream cannot be scanned on ({found.code})")
    for finding in found.findings:
        verdict = judge.of(finding)
        if verdict.decision is OutputDecision.QUARANTINE:
            raise _ClosedError(GateReason.STREAM_QUARANTINED, verdict.reason, verdict)
    piece.text += found.text
    shift = found.start
    piece.findings += tuple(replace(f, start=f.start + shift, end=f.end + shift) for f in found.findings)
    piece.details += found.details


def _close(terms: Terms, step: Step, event: Event, *, name: str, closed: _ClosedError) -> None:
    """Quarantine the chunk and all that would come after it."""
    verdict = closed.verdict
    judged = Judged(
        OutputDecision.QUARANTINE,
        closed.reason,
        closed.code.value if verdict is None else verdict.reason_code.value,
        rule_id=None if verdict is None else verdict.rule_id,
        document=None if verdict is None else verdict.document,
    )
    _forget(step, name, event.digest, VerdictCode.OUTPUT_QUARANTINED)
    quarantine(terms, step, event, judged, result_event(terms, event, judged))
    _audit(terms, step, event, judged)


def _audit(terms: Terms, step: Step, event: Event, judged: Judged) -> None:
    more = {"sequence": event.fields.get("sequence"), "released_chars": len(judged.content or "")}
    step.audit("chunk", event.agent_id, {**audit_body(terms, event, judged), **more})
    count_output(step, judged)


def _forget(step: Step, name: str, digest: str, code: VerdictCode) -> None:
    step.state.close_stream(name)
    step.state.verdicts.put(id_hash("closed", "", name), digest=digest, code=code, at_ms=step.now_ms)


def expire_stream(terms: Terms, step: Step, name: str) -> None:
    """Close a stream whose next chunk did not come; what it held back stays on its source topic."""
    kept = step.state.streams[name]
    agent_id, output_id = kept["agent_id"], kept["output_id"]
    _forget(step, name, sha256_hex(f"{agent_id}\0{output_id}".encode()), VerdictCode.OUTPUT_QUARANTINED)
    body = {
        "agent_id": agent_id,
        "output_id": output_id,
        "job_id": kept["shared"].get("job_id"),
        "next_sequence": kept["next_sequence"],
        "reason_code": GateReason.STREAM_EXPIRED.value,
        "policy_snapshot": terms.bundle.short,
    }
    step.audit("stream_expired", agent_id, body)
    step.count("decision", "output", OutputDecision.QUARANTINE.value)
    step.count("fail_closed", GateReason.STREAM_EXPIRED.value)
