"""One output: scan, judge, and pass it, clean it or hold it back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from detectors import Action, Finding, Redaction, RedactionJson, redact, redact_json
from detectors.errors import GateError
from detectors.limits import ScanLimitError, SensitiveKeyError
from policies.decisions import FindingVerdict, OutputDecision, OutputVerdict
from streams.codec import sha256_hex
from streams.effects import Step, timestamp
from streams.events import EventType
from streams.intake import Event
from streams.memory import VerdictCode, id_hash
from streams.quarantined import Quarantined
from streams.reasons import OUTPUT_FAILED_CLOSED, GateReason
from streams.sealing import quarantine_context
from streams.stops import STOP_REASONS, stop_of
from streams.terms import Terms
from streams.topics import OUTPUTS_CLEARED, QUARANTINE

# All paths of an output's findings together, characters: each is written up to four times, and an agent chooses the
# names in them, so that a few findings below a long name would outgrow every topic.
MAX_FIELD_CHARS = 64 * 1024

CODES = {
    OutputDecision.ALLOW: VerdictCode.OUTPUT_ALLOWED,
    OutputDecision.REDACT: VerdictCode.OUTPUT_REDACTED,
    OutputDecision.QUARANTINE: VerdictCode.OUTPUT_QUARANTINED,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an output. `content` is None when it is held back."""

    decision: OutputDecision
    reason: str
    reason_code: str
    rule_id: str | None = None
    document: str | None = None
    content: Any = None
    findings: tuple[Finding, ...] = ()
    details: tuple[dict[str, str], ...] = field(default=())


def result_id(agent_id: str, output_id: str, digest: str) -> str:
    """The id of the result about an output: 32 hex digits derived from the output's ids and its digest."""
    return sha256_hex(f"result\0{agent_id}\0{output_id}\0{digest}".encode())[:32]


def is_chunk(event: Event) -> bool:
    """Whether an output is a part of one."""
    return "sequence" in event.fields or "final" in event.fields


def step_output(terms: Terms, step: Step, event: Event) -> None:
    """Give the output its result, or say that it has one."""
    state, output_id = step.state, event.fields["output_id"]
    key = id_hash("output", event.agent_id, f"{output_id}\0")
    if is_repeated(step, event, key):
        return
    stopped = stop_of(terms, state, event.fields, None)
    judged = judge(terms, event) if stopped is None else _held_back(stopped, STOP_REASONS[stopped])
    state.verdicts.put(key, digest=event.digest, code=CODES[judged.decision], at_ms=step.now_ms)
    result = result_event(terms, event, judged)
    if judged.decision is OutputDecision.QUARANTINE:
        quarantine(terms, step, event, judged, result)
    else:
        step.emit(
            OUTPUTS_CLEARED.name,
            EventType.OUTPUT_CLEARED,
            result,
            key=event.agent_id,
            event_id=result_id(event.agent_id, output_id, event.digest),
        )
    step.audit("output", event.agent_id, audit_body(terms, event, judged))
    count_output(step, judged)


def is_repeated(step: Step, event: Event, key: bytes) -> bool:
    """Whether the output or chunk has its result; then the audit says that it came again."""
    given = step.state.verdicts.get(key)
    if given is None:
        return False
    kind = "duplicate" if given.digest == event.digest else "conflict"
    body = {
        "of": "output",
        "agent_id": event.agent_id,
        "id": event.fields["output_id"],
        "verdict": given.code.name.lower(),
    }
    step.audit(kind, event.agent_id, body)
    step.count(kind, "output")
    return True


def judge(terms: Terms, event: Event) -> Judged:
    """Scan and decide; whatever fails on the way is a quarantine with its own reason code."""
    content = event.fields.get("content")
    try:
        findings = scanned(terms, content, tenant=event.fields.get("tenant_id"))
    except ScanLimitError as exc:
        return _held_back(GateReason.SCAN_LIMIT, f"too large to scan ({exc.code})")
    except SensitiveKeyError:
        return _held_back(GateReason.SENSITIVE_KEY, "a field's name holds what must not leave")
    except GateError as exc:
        return _held_back(GateReason.SCAN_FAILED, f"the scan failed ({exc.code})")
    verdict = terms.bundle.decide_output(event.fields, findings)
    if verdict.decision is OutputDecision.REDACT:
        try:
            return _redacted(terms, content, findings=findings, verdict=verdict)
        except GateError as exc:
            return _held_back(GateReason.REDACTION_FAILED, f"the redaction failed ({exc.code})")
    return Judged(
        verdict.decision,
        verdict.reason,
        verdict.reason_code.value,
        rule_id=verdict.rule_id,
        document=verdict.document,
        content=content if verdict.decision is OutputDecision.ALLOW else None,
        findings=findings,
    )


def scanned(terms: Terms, content: Any, *, tenant: str | None) -> tuple[Finding, ...]:
    """What the scanner in force finds in the content of an output that is for `tenant`.

    Raises:
        GateError: the scan failed; `ScanLimitError` where there is more than can be scanned or written down.
    """
    scanner = terms.scanner_for(tenant)
    findings = scanner.scan(content) if isinstance(content, str) else scanner.scan_json(content)
    if sum(len(finding.field or "") for finding in findings) > MAX_FIELD_CHARS:
        raise ScanLimitError("the paths of the findings are too long to write down", code="SCAN_PATHS_TOO_LONG")
    return tuple(findings)


def _redacted(terms: Terms, content: Any, *, findings: tuple[Finding, ...], verdict: OutputVerdict) -> Judged:
    """The output without what the policy takes out; findings that the policy allows stay."""
    verdicts: dict[Finding, FindingVerdict] = dict(zip(findings, verdict.findings, strict=True))
    taken = [finding for finding in findings if verdicts[finding].decision is OutputDecision.REDACT]

    def action(finding: Finding) -> Action:
        chosen = verdicts[finding].action
        return Action.MASK if chosen is None else Action(chosen.value)

    def reason(finding: Finding) -> str:
        return verdicts[finding].reason

    cleaned: Redaction | RedactionJson
    if isinstance(content, str):
        cleaned = redact(content, taken, action=action, reason=reason, token_key=terms.token_key)
        value: Any = cleaned.text
    else:
        cleaned = redact_json(
            content,
            taken,
            action=action,
            reason=reason,
            remove_fields=verdict.remove_fields,
            token_key=terms.token_key,
        )
        value = cleaned.value
    return Judged(
        OutputDecision.REDACT,
        verdict.reason,
        verdict.reason_code.value,
        rule_id=verdict.rule_id,
        document=verdict.document,
        content=value,
        findings=findings,
        details=tuple({"field": d.field, "reason": d.reason, "action": d.action} for d in cleaned.details),
    )


def _held_back(code: GateReason, reason: str) -> Judged:
    return Judged(OutputDecision.QUARANTINE, reason, code.value)


def result_event(terms: Terms, event: Event, judged: Judged) -> dict[str, Any]:
    """The result as it goes out; its findings never hold the text that was found."""
    result: dict[str, Any] = {
        "output_safety_decision": judged.decision.value,
        "original_fields_redacted": len(judged.details),
        "redaction_details": list(judged.details),
        "output_id": event.fields["output_id"],
        "job_id": event.fields["job_id"],
        "policy_snapshot": terms.bundle.short,
        "findings": [finding_event(finding) for finding in judged.findings],
    }
    if judged.decision is not OutputDecision.QUARANTINE:
        result["content"] = judged.content
    return result


def finding_event(finding: Finding) -> dict[str, Any]:
    """A finding as it goes out."""
    return {
        "type": finding.type,
        "field": finding.field,
        "start": finding.start,
        "end": finding.end,
        "score": round(finding.score, 4),
        "detector": finding.detector,
    }


def quarantine(terms: Terms, step: Step, event: Event, judged: Judged, result: dict[str, Any]) -> None:
    """Hold an output or chunk back; its payload goes along only when it can be sealed, and stays on its source."""
    sealed: dict[str, str] | None = None
    identity = result_id(event.agent_id, event.fields["output_id"], event.digest)
    if terms.sealer is not None:
        sealed = terms.sealer.seal(orjson.dumps(event.fields), context=quarantine_context(identity))
    step.state.put_quarantined(
        Quarantined(
            identity,
            event.agent_id,
            event.fields["output_id"],
            event.digest,
            topic=event.fields["topic"],
            audience=event.fields.get("audience"),
            tenant_id=event.fields.get("tenant_id"),
            is_chunk=is_chunk(event),
            at_ms=step.now_ms,
        )
    )
    position = event.position
    value = {
        **result,
        "quarantine_id": identity,
        "agent_id": event.agent_id,
        "audience": event.fields.get("audience"),
        "topic": event.fields["topic"],
        "tenant_id": event.fields.get("tenant_id"),
        "session_id": event.fields.get("session_id"),
        "reason": judged.reason,
        "reason_code": judged.reason_code,
        "rule_id": judged.rule_id,
        "document": judged.document,
        "digest": event.digest,
        "partition": step.state.partition,
        "source": {"topic": position.topic, "partition": position.partition, "offset": position.offset},
        "quarantined_at": timestamp(step.now_ms),
        "payload": sealed,
    }
    step.emit(QUARANTINE.name, EventType.OUTPUT_QUARANTINED, value, key=event.agent_id, event_id=identity)


def audit_body(terms: Terms, event: Event, judged: Judged) -> dict[str, Any]:
    """What the audit keeps of an output or chunk: digests and findings, never its text."""
    return {
        "agent_id": event.agent_id,
        "output_id": event.fields["output_id"],
        "job_id": event.fields["job_id"],
        "topic": event.fields["topic"],
        "audience": event.fields.get("audience"),
        "output_safety_decision": judged.decision.value,
        "reason": judged.reason,
        "reason_code": judged.reason_code,
        "rule_id": judged.rule_id,
        "document": judged.document,
        "findings": [finding_event(finding) for finding in judged.findings],
        "redaction_details": list(judged.details),
        "digest": event.digest,
        "policy_snapshot": terms.bundle.short,
    }


def count_output(step: Step, judged: Judged) -> None:
    """Count an output or chunk."""
    step.count("decision", "output", judged.decision.value)
    for finding in judged.findings:
        step.count("finding", finding.type, finding.detector)
    if judged.reason_code in OUTPUT_FAILED_CLOSED:
        step.count("fail_closed", judged.reason_code)
