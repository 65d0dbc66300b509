"""One proposed action: its verdict, the release, the refusal or the hold, and the sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from policies.approval_events import Fact
from policies.decisions import Decision, Verdict
from policies.sampling import draw
from streams.conduct_step import Facts, facts_of, keep, note_release, note_taint
from streams.effects import Step, timestamp
from streams.hold_step import hold_action, told
from streams.intake import Event
from streams.judgement import Judgement, derived_fields, judge_action
from streams.memory import Remembered, VerdictCode, id_hash
from streams.reasons import ACTION_FAILED_CLOSED, GateReason
from streams.release import drawn, emit_cleared, emit_refused, emit_sample
from streams.state import LaneState
from streams.summary import summary_of
from streams.terms import Terms
from streams.workflow_step import note_action

CODES: Final = {
    Decision.ALLOW: VerdictCode.ALLOWED,
    Decision.ALLOW_WITH_CONSTRAINTS: VerdictCode.ALLOWED_WITH_CONSTRAINTS,
    Decision.REQUIRE_APPROVAL: VerdictCode.HELD,
    Decision.DENY: VerdictCode.DENIED,
}


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
    facts, asked = _carry_out(terms, step, event, judgement=judgement, decision=decision, action_key=key.hex())
    if terms.has_workflows:
        note_action(terms, step, event.fields, verdict=verdict, derived=derived, action_key=key.hex())
    if sample is not None and is_sampled:
        summary = summary_of(event.fields, verdict)
        emit_sample(step, sample, event.fields, decision=decision, summary=summary, sealer=terms.sealer)
    body: dict[str, Any] = {
        "agent_id": event.agent_id,
        "action_id": action_id,
        "topic": event.fields["topic"],
        "tool": event.fields.get("tool"),
        "decision": decision,
        "derived": derived_fields(derived),
        "sample": None if sample is None else drawn(sample),
    }
    if asked:
        body["facts"] = told(asked)
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
) -> tuple[Facts, Sequence[Fact]]:
    """Release, refuse or hold; gives what that changed in the agent's conduct, and what people were asked."""
    asked: Sequence[Fact] = ()
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
        emit_cleared(step, event.fields, decision, decision_id=decision["decision_id"])
    elif verdict.decision is Decision.DENY:
        emit_refused(step, decision)
    else:
        asked = hold_action(terms, step, event, judgement=judgement, decision=decision)
    keep(terms, step, conduct, facts)
    return facts, asked


def _held(state: LaneState, event: Event) -> Remembered | None:
    """The verdict of an action that still waits for a person, which outlives the memory of verdicts."""
    hold = state.hold_of(event.agent_id, event.fields["action_id"])
    return None if hold is None else Remembered(hold.proposed_digest, VerdictCode.HELD)


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
