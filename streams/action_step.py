"""One proposed action: its verdict, the release, the refusal or the hold, and the sample."""

from __future__ import annotations

from typing import Any, Final

from policies.decisions import Decision, Verdict
from policies.sampling import Sample, draw
from streams.codec import DIGEST_FIELDS
from streams.conduct_step import Facts, facts_of, keep, note_release, note_taint
from streams.effects import Step, timestamp
from streams.events import EventType
from streams.intake import Event
from streams.judgement import Judgement, deadline_ms, derived_fields, judge_action
from streams.memory import Remembered, VerdictCode, id_hash
from streams.reasons import ACTION_FAILED_CLOSED, GateReason
from streams.state import Hold, LaneState
from streams.terms import Terms
from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, APPROVALS_REQUESTED, SAMPLES

CODES: Final = {
    Decision.ALLOW: VerdictCode.ALLOWED,
    Decision.ALLOW_WITH_CONSTRAINTS: VerdictCode.ALLOWED_WITH_CONSTRAINTS,
    Decision.REQUIRE_APPROVAL: VerdictCode.HELD,
    Decision.DENY: VerdictCode.DENIED,
}


# Later than any time that an event may name.
MAX_MS: Final = 2**62


def decision_id(agent_id: str, action_id: str, digest: str) -> str:
    """The id of the decision about an action: 32 hex digits derived from the action's ids and its digest."""
    return id_hash("decision", agent_id, f"{action_id}\0{digest}").hex()


def step_action(terms: Terms, step: Step, event: Event) -> None:
    """Give the action its verdict, or say that it has one."""
    state = step.state
    action_id = event.fields["action_id"]
    key = id_hash("action", event.agent_id, action_id)
    given = state.verdicts.get(key) or _held(state, event)
    if given is not None:
        _repeated(terms, step, event, given)
        return
    judgement = judge_action(terms, step, event, action_key=key.hex())
    verdict, derived = judgement.verdict, judgement.derived
    sample = draw(terms.bundle, action_id, derived=derived, verdict=verdict, key=terms.sample_key)
    is_sampled = sample is not None and sample.selected
    decision = decision_event(terms, step, event, verdict, is_sampled=is_sampled)
    if judgement.code is not None:
        decision["reason_code"] = judgement.code.value
    state.verdicts.put(key, digest=event.digest, code=CODES[verdict.decision], at_ms=step.now_ms)
    facts = _carry_out(terms, step, event, judgement=judgement, decision=decision, action_key=key.hex())
    if sample is not None and is_sampled:
        _emit_sample(step, event, sample, decision)
    body: dict[str, Any] = {
        "agent_id": event.agent_id,
        "action_id": action_id,
        "topic": event.fields["topic"],
        "tool": event.fields.get("tool"),
        "decision": decision,
        "derived": derived_fields(derived),
        "sample": None if sample is None else _drawn(sample),
    }
    if facts:
        body["conduct"] = facts_of(facts)
    step.audit("decision", event.agent_id, body)
    step.count("decision", "action", decision["decision"])
    if verdict.reason_code in ACTION_FAILED_CLOSED:
        step.count("fail_closed", verdict.reason_code.value)


def decision_event(terms: Terms, step: Step, event: Event, verdict: Verdict, *, is_sampled: bool) -> dict[str, Any]:
    """The decision as it goes out."""
    return {
        "decision_id": decision_id(event.agent_id, event.fields["action_id"], event.digest),
        "action_id": event.fields["action_id"],
        "agent_id": event.agent_id,
        # Plain text: orjson asks an enum for its value by way of Python, three times a decision.
        "decision": verdict.decision._value_,
        "reason": verdict.reason,
        "reason_code": verdict.reason_code._value_,
        "rule_id": verdict.rule_id,
        "document": verdict.document,
        "constraints": dict(verdict.constraints) if verdict.constraints else {},
        "remediation": verdict.remediation,
        "policy_snapshot": terms.bundle.short,
        "autonomy_level": verdict.autonomy_level,
        "sampled": is_sampled,
        "decided_at": timestamp(step.now_ms),
        "decided_by": {"kind": "rule"},
        "action_digest": event.digest,
    }


def _carry_out(
    terms: Terms, step: Step, event: Event, *, judgement: Judgement, decision: dict[str, Any], action_key: str
) -> Facts:
    """Release, refuse or hold; gives what that changed in the agent's conduct."""
    verdict, derived, conduct, facts = judgement.verdict, judgement.derived, judgement.conduct, judgement.facts
    if verdict.decision in (Decision.ALLOW, Decision.ALLOW_WITH_CONSTRAINTS):
        if derived.first_time:
            # A refused or held proposal is no first time: else an agent could use it up with one that harms nobody.
            step.state.note_seen(event.agent_id, event.fields.get("tool"), event.fields["topic"])
        conduct, more = note_release(
            terms, step, conduct, judgement.classes, action_key=action_key, model=event.fields.get("model")
        )
        facts = (*facts, *more)
        note_taint(terms, step, event.fields)
        emit_cleared(step, event.fields, decision)
    elif verdict.decision is Decision.DENY:
        emit_refused(step, decision)
    else:
        hold = Hold(
            hold_id=decision["decision_id"],
            agent_id=event.agent_id,
            action=event.fields,
            decision=decision,
            digest=event.digest,
            snapshot=terms.bundle.snapshot,
            derived=derived_fields(derived),
            opened_ms=step.now_ms,
            due_ms=min(step.now_ms + terms.limits.hold_timeout_ms, deadline_ms(event) or MAX_MS),
            trace=None if event.trace is None else event.trace.decode("ascii", "replace"),
        )
        step.state.open_hold(hold)
        _emit_request(step, hold)
    keep(terms, step, conduct, facts)
    return facts


# What an executor gets of an action: what the digest binds, and what names it. Claims, context and reasoning were
# judged as claims only, and are not in the digest: a retry may carry others.
RELEASED_FIELDS: Final = ("action_id", *DIGEST_FIELDS, "session_id", "deadline")


def emit_cleared(step: Step, action: dict[str, Any], decision: dict[str, Any]) -> None:
    """Release an action: the one way in which anything reaches an executor."""
    released = {name: action[name] for name in RELEASED_FIELDS if name in action}
    step.emit(
        ACTIONS_CLEARED.name,
        EventType.ACTION_CLEARED,
        {"action": released, "decision": decision},
        key=action["agent_id"],
        event_id=decision["decision_id"],
    )


def emit_refused(step: Step, decision: dict[str, Any]) -> None:
    """Tell the agent that its action will not happen, why, and what would help."""
    step.emit(
        ACTIONS_REFUSED.name,
        EventType.ACTION_REFUSED,
        {"action_id": decision["action_id"], "agent_id": decision["agent_id"], "decision": decision},
        key=decision["agent_id"],
        event_id=decision["decision_id"],
    )


def _emit_request(step: Step, hold: Hold) -> None:
    step.emit(
        APPROVALS_REQUESTED.name,
        EventType.APPROVAL_REQUESTED,
        {
            "hold_id": hold.hold_id,
            "partition": step.state.partition,
            "action": hold.action,
            "decision": hold.decision,
            "digest": hold.digest,
            "policy_snapshot": hold.snapshot,
            "opened_at": timestamp(hold.opened_ms),
            "due_at": timestamp(hold.due_ms),
        },
        key=hold.agent_id,
        event_id=hold.hold_id,
    )
    step.count("hold_opened")


def _drawn(sample: Sample) -> dict[str, Any]:
    """The draw, picked or not: an estimate over samples needs the probability of every decision."""
    return {"selected": sample.selected, "probability": sample.probability, "stratum": sample.stratum}


def _emit_sample(step: Step, event: Event, sample: Sample, decision: dict[str, Any]) -> None:
    step.emit(
        SAMPLES.name,
        EventType.SAMPLE,
        {
            "sample_id": decision["decision_id"],
            "partition": step.state.partition,
            "inclusion_probability": sample.probability,
            "stratum": sample.stratum,
            "route": sample.route,
            "action": event.fields,
            "decision": decision,
        },
        key=event.agent_id,
        event_id=f"sample-{decision['decision_id']}",
    )
    step.count("sample")


def _held(state: LaneState, event: Event) -> Remembered | None:
    """The verdict of an action that still waits for a person, which outlives the memory of verdicts."""
    hold = state.hold_of(event.agent_id, event.fields["action_id"])
    return None if hold is None else Remembered(hold.digest, VerdictCode.HELD)


def _repeated(terms: Terms, step: Step, event: Event, given: Remembered) -> None:
    """The id has a verdict. The same content: nothing more happens. Other content: refused, and the verdict stands."""
    body = {"agent_id": event.agent_id, "id": event.fields["action_id"], "verdict": given.code.name.lower()}
    if given.digest == event.digest:
        step.audit("duplicate", event.agent_id, {"of": "action", **body})
        step.count("duplicate", "action")
        return
    decision = {
        "decision_id": decision_id(event.agent_id, event.fields["action_id"], event.digest),
        "action_id": event.fields["action_id"],
        "agent_id": event.agent_id,
        "decision": Decision.DENY.value,
        "reason": "the action id was used before for something else",
        "reason_code": GateReason.ID_CONFLICT.value,
        "rule_id": None,
        "document": None,
        "constraints": {},
        "remediation": "propose the action under an id of its own",
        "policy_snapshot": terms.bundle.short,
        "autonomy_level": None,
        "sampled": False,
        "decided_at": timestamp(step.now_ms),
        "decided_by": {"kind": "gate"},
        "action_digest": event.digest,
    }
    emit_refused(step, decision)
    step.audit("conflict", event.agent_id, {"of": "action", **body, "decision": decision})
    step.count("conflict", "action")


def expire_hold(state: LaneState, hold: Hold, now_ms: int) -> Step:
    """Refuse a hold whose deadline has come."""
    step = Step(state, now_ms, None, None if hold.trace is None else hold.trace.encode())
    state.close_hold(hold.hold_id)
    decision = resolved(
        hold,
        now_ms,
        decision=Decision.DENY,
        reason_code=GateReason.HOLD_EXPIRED.value,
        reason="nobody decided before the deadline",
        decided_by={"kind": "deadline"},
    )
    emit_refused(step, decision)
    remember(state, hold, VerdictCode.EXPIRED, at_ms=now_ms)
    body = {"agent_id": hold.agent_id, "action_id": hold.action["action_id"], "hold_id": hold.hold_id}
    step.audit("hold_expired", hold.agent_id, {**body, "decision": decision})
    step.count("hold_resolved", "expired")
    step.count("decision", "hold", Decision.DENY.value)
    return step


def remember(state: LaneState, hold: Hold, code: VerdictCode, *, at_ms: int) -> None:
    """Replace the verdict of a held action by what became of it, and remember the hold's id with it."""
    for key in (id_hash("hold", "", hold.hold_id), id_hash("action", hold.agent_id, hold.action["action_id"])):
        state.verdicts.put(key, digest=hold.digest, code=code, at_ms=at_ms)


def resolved(
    hold: Hold, now_ms: int, *, decision: Decision, reason_code: str, reason: str, decided_by: dict[str, Any]
) -> dict[str, Any]:
    """The decision about a hold, from the decision that held it."""
    return {
        **hold.decision,
        "decision": decision.value,
        "reason": reason,
        "reason_code": reason_code,
        "decided_at": timestamp(now_ms),
        "decided_by": decided_by,
    }
