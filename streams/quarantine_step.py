"""One review of a quarantined output: shown, released as it is, released without all that was found in it, or rejected.

The lane keeps no payload. A review that releases one brings the sealed box of the quarantine back; the gate opens it
with its own key and compares the digest, so that nobody can release anything else than what was held back.

What is released as it is rests on the person alone, who is a senior. What is redacted rests on the policy in force
too: it is scanned again, every finding is taken out, and what is left must be something that policy would let pass.

# INVARIANT: `_release` is the one way out of the quarantine, and only an act that no check refuses comes there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from detectors.errors import GateError
from detectors.finding import Finding
from detectors.internal import INTERNAL_FIELD
from detectors.redaction import Action, RedactionDetail, default_reason, redact
from detectors.redaction_json import redact_json
from policies.approval_documents import Role
from policies.conflicts import Conflict
from policies.decisions import FindingAction, FindingVerdict, OutputDecision
from policies.people import Principal
from policies.reviews import lacks_evidence
from streams.codec import DecodeError, decode_object, output_digest
from streams.effects import Step, timestamp
from streams.events import EventType, ReviewVerdict
from streams.memory import id_hash
from streams.output_step import CODES, finding_event, scanned
from streams.quarantined import Quarantined
from streams.reasons import GateReason
from streams.review_parts import principal_of, refuse, seen
from streams.sealing import SealError, quarantine_context
from streams.stops import STOP_CONFLICTS, stop_of
from streams.terms import Terms
from streams.topics import OUTPUTS_CLEARED

_VERDICTS: Final = frozenset({ReviewVerdict.REVEAL, ReviewVerdict.RELEASE, ReviewVerdict.REDACT, ReviewVerdict.REJECT})
_RELEASING: Final = frozenset({ReviewVerdict.RELEASE, ReviewVerdict.REDACT})
_EXPLAINED: Final = frozenset({ReviewVerdict.REVEAL, ReviewVerdict.RELEASE, ReviewVerdict.REJECT})
_REVIEWERS: Final = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER, Role.ADMIN})
_SENIORS: Final = frozenset({Role.SENIOR_REVIEWER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Case:
    """A review of a quarantined output by a known person, before its payload is looked at."""

    terms: Terms
    review: Mapping[str, Any]
    by: Principal
    held: Quarantined

    @property
    def verdict(self) -> str:
        """What the person does."""
        return str(self.review["verdict"])


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What may go out of an output."""

    content: Any
    findings: tuple[Finding, ...]
    details: tuple[RedactionDetail, ...] = ()


class ReleaseRefusedError(Exception):
    """The release is refused, which becomes a conflict. `problem` is an error's code, never its text."""

    def __init__(self, conflict: Conflict, problem: str | None = None) -> None:
        super().__init__(conflict.value)
        self.conflict = conflict
        self.problem = problem


def review_output(terms: Terms, step: Step, review: dict[str, Any]) -> None:
    """Apply a review of a quarantined output. The first that decides counts."""
    held = step.state.quarantines.get(review["target"]["id"])
    if review["verdict"] not in _VERDICTS:
        refuse(step, review, Conflict.UNSUPPORTED_TARGET)
        return
    if held is None:
        refuse(step, review, Conflict.UNKNOWN_QUARANTINE)
        return
    by = principal_of(terms, review)
    if by is None:
        refuse(step, review, Conflict.NOT_ELIGIBLE)
        return
    case = Case(terms, review, by, held)
    conflict = next((conflict for conflict, applies in CHECKS if applies(case)), None)
    if conflict is not None:
        refuse(step, review, conflict, key=held.agent_id)
        return
    try:
        decision = _decided(case, step)
    except ReleaseRefusedError as refused:
        more = {} if refused.problem is None else {"problem": refused.problem}
        refuse(step, review, refused.conflict, key=held.agent_id, **more)
        return
    who = {"agent_id": held.agent_id, "output_id": held.output_id, "topic": held.topic, "audience": held.audience}
    step.audit("quarantine_review", held.agent_id, {**who, **seen(review), "decision": decision})
    step.count("review", case.verdict)


def _decided(case: Case, step: Step) -> dict[str, Any] | None:
    """Do what the review says; gives the decision, None when nothing is decided."""
    if case.verdict == ReviewVerdict.REVEAL:
        return None
    if case.verdict == ReviewVerdict.REJECT:
        decision = _decision(case, step, OutputDecision.QUARANTINE, GateReason.REJECTED_BY_REVIEWER)
    else:
        decision = _release(case, step)
    step.state.put_quarantined(case.held.decided_as(case.verdict, step.now_ms))
    step.count("decision", "quarantine", decision["output_safety_decision"])
    return decision


def _decision(
    case: Case, step: Step, outcome: OutputDecision, code: GateReason, cleaned: Cleaned | None = None
) -> dict[str, Any]:
    """What a person decided, as the audit keeps it; never the text."""
    return {
        "output_safety_decision": outcome.value,
        "reason": _REASONS[code],
        "reason_code": code.value,
        "findings": [] if cleaned is None else [finding_event(finding) for finding in cleaned.findings],
        "redaction_details": [] if cleaned is None else _told(cleaned),
        "policy_snapshot": case.terms.bundle.short,
        "decided_at": timestamp(step.now_ms),
        "decided_by": {"kind": "reviewer", "reviewers": [case.by.id], "review_id": case.review["review_id"]},
    }


_REASONS: Final[Mapping[GateReason, str]] = {
    GateReason.RELEASED_BY_REVIEWER: "a reviewer released it as it is",
    GateReason.REDACTED_BY_REVIEWER: "a reviewer released it without what was found in it",
    GateReason.REJECTED_BY_REVIEWER: "a reviewer rejected it",
}


def _told(cleaned: Cleaned) -> list[dict[str, str]]:
    return [{"field": d.field, "reason": d.reason, "action": d.action} for d in cleaned.details]


def _release(case: Case, step: Step) -> dict[str, Any]:
    """Let the output go to those who read cleared outputs.

    Raises:
        ReleaseRefusedError: its payload is not what was held back, the kill switch stops it, or it cannot be cleaned.
    """
    terms, held = case.terms, case.held
    output = _opened(case)
    stopped = stop_of(terms, step.state, output, None)
    if stopped is not None:
        raise ReleaseRefusedError(STOP_CONFLICTS[stopped])
    if case.verdict == ReviewVerdict.REDACT:
        cleaned, code = cleaned_output(terms, output), GateReason.REDACTED_BY_REVIEWER
    else:
        cleaned, code = _as_it_is(terms, output), GateReason.RELEASED_BY_REVIEWER
    outcome = OutputDecision.REDACT if cleaned.details else OutputDecision.ALLOW
    decision = _decision(case, step, outcome, code, cleaned)
    result = {
        "output_safety_decision": outcome.value,
        "original_fields_redacted": len(cleaned.details),
        "redaction_details": decision["redaction_details"],
        "output_id": output["output_id"],
        "job_id": output["job_id"],
        "policy_snapshot": terms.bundle.short,
        "findings": decision["findings"],
        "content": cleaned.content,
    }
    step.emit(
        OUTPUTS_CLEARED.name,
        EventType.OUTPUT_CLEARED,
        result,
        key=held.agent_id,
        event_id=held.quarantine_id,
    )
    key = id_hash("output", held.agent_id, f"{held.output_id}\0")
    step.state.verdicts.put(key, digest=held.digest, code=CODES[outcome], at_ms=step.now_ms)
    return decision


def _opened(case: Case) -> dict[str, Any]:
    """The output in the review's box.

    # INVARIANT: what comes out has the agent, the id and the digest of what was held back.

    Raises:
        ReleaseRefusedError: there is no box, it does not open, or it holds something else.
    """
    terms, held, box = case.terms, case.held, case.review.get("sealed")
    if terms.sealer is None or box is None:
        raise ReleaseRefusedError(Conflict.PAYLOAD_UNREADABLE)
    try:
        payload = terms.sealer.open(box, context=quarantine_context(held.quarantine_id))
    except SealError:
        raise ReleaseRefusedError(Conflict.PAYLOAD_UNREADABLE) from None
    try:
        output = decode_object(payload)
        is_same = output["output_id"] == held.output_id and output_digest(output) == held.digest
    except (DecodeError, KeyError):
        is_same = False
    if not is_same:
        raise ReleaseRefusedError(Conflict.PAYLOAD_MISMATCH)
    return output


def _as_it_is(terms: Terms, output: Mapping[str, Any]) -> Cleaned:
    """The whole content, and what the scanner finds in it now; where it cannot be scanned, nothing is told."""
    content = output.get("content")
    try:
        return Cleaned(content, scanned(terms, content, tenant=output.get("tenant_id")))
    except GateError:
        return Cleaned(content, ())


def cleaned_output(terms: Terms, output: Mapping[str, Any]) -> Cleaned:
    """What a redacted release lets out: nothing that is found in the output, and no field that policy takes out.

    Raises:
        ReleaseRefusedError: something cannot be taken out, or policy would not let pass what is left.
    """
    tenant = output.get("tenant_id")
    try:
        findings = scanned(terms, output.get("content"), tenant=tenant)
        value, details = _without(terms, output, findings)
        left = scanned(terms, value, tenant=tenant)
    except GateError as exc:
        raise ReleaseRefusedError(Conflict.REDACTION_FAILED, exc.code) from None
    if left:
        raise ReleaseRefusedError(Conflict.REDACTION_FAILED, "FOUND_AGAIN")
    verdict = terms.bundle.decide_output({**output, "content": value}, left)
    if verdict.decision is not OutputDecision.ALLOW:
        raise ReleaseRefusedError(Conflict.STILL_QUARANTINED, verdict.reason_code.value)
    return Cleaned(value, findings, details)


def _without(
    terms: Terms, output: Mapping[str, Any], findings: tuple[Finding, ...]
) -> tuple[Any, tuple[RedactionDetail, ...]]:
    """The content with every finding masked, or its field removed where policy or the finding asks for that.

    Tokens and last digits stay inside: a person who cleans an output has not agreed to them.
    """
    content, verdict = output.get("content"), terms.bundle.decide_output(output, findings)
    verdicts: dict[Finding, FindingVerdict] = dict(zip(findings, verdict.findings, strict=False))

    def action(finding: Finding) -> Action:
        known = verdicts.get(finding)
        # A masked field of the house's own would be found again by its name.
        is_field = finding.type == INTERNAL_FIELD or (known and known.action is FindingAction.REMOVE_FIELD)
        return Action.REMOVE_FIELD if is_field else Action.MASK

    def reason(finding: Finding) -> str:
        known = verdicts.get(finding)
        is_ruled = known is not None and known.decision is OutputDecision.REDACT
        return known.reason if known is not None and is_ruled else default_reason(finding)

    if isinstance(content, str):
        text = redact(content, findings, action=action, reason=reason)
        return text.text, text.details
    done = redact_json(content, findings, action=action, reason=reason, remove_fields=verdict.remove_fields)
    return done.value, done.details


def _is_hidden(case: Case) -> bool:
    return not case.by.sees(case.held.tenant_id)


def _is_not_eligible(case: Case) -> bool:
    needed = _SENIORS if case.verdict == ReviewVerdict.RELEASE else _REVIEWERS
    return Role.AUDITOR in case.by.roles or not case.by.has_any(needed)


def _is_own(case: Case) -> bool:
    # Who looks at what their own agent said decides nothing by it.
    return case.verdict != ReviewVerdict.REVEAL and case.by.owns(case.held.agent_id)


def _is_decided(case: Case) -> bool:
    return case.verdict != ReviewVerdict.REVEAL and case.held.decided is not None


def _is_chunk(case: Case) -> bool:
    # The pieces before it went out, the text that was held back with it is gone, and what comes after is quarantined:
    # one piece more would make an output that the agent never gave.
    return case.verdict in _RELEASING and case.held.is_chunk


def _is_other_digest(case: Case) -> bool:
    return bool(case.review["digest"] != case.held.digest)


def _is_incomplete(case: Case) -> bool:
    return case.verdict != ReviewVerdict.REVEAL and lacks_evidence(case.review, case.terms.bundle.approvals)


def _lacks_reason(case: Case) -> bool:
    return case.verdict in _EXPLAINED and not str(case.review.get("reason") or "").strip()


def _is_no_batch(case: Case) -> bool:
    return case.verdict == ReviewVerdict.RELEASE and case.review.get("batch_id") is not None


# The first that applies is the answer, in the order of `Conflict`.
CHECKS: Final[tuple[tuple[Conflict, Callable[[Case], bool]], ...]] = (
    (Conflict.UNKNOWN_QUARANTINE, _is_hidden),
    (Conflict.NOT_ELIGIBLE, _is_not_eligible),
    (Conflict.SELF_APPROVAL, _is_own),
    (Conflict.ALREADY_DECIDED, _is_decided),
    (Conflict.CHUNK_OF_STREAM, _is_chunk),
    (Conflict.DIGEST_MISMATCH, _is_other_digest),
    (Conflict.INCOMPLETE_EVIDENCE, _is_incomplete),
    (Conflict.REASON_MISSING, _lacks_reason),
    (Conflict.BATCH_REFUSED, _is_no_batch),
)
