"""The verdict on a proposed action: what policy decides, and what the gate by itself makes stricter.

The gate's own reasons only ever turn a release into a hold, and either into a denial.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from policies.conduct import Conduct
from policies.decisions import Decision, Derived, Verdict
from streams.conduct_step import Facts, judge_conduct, situation_of
from streams.effects import Step
from streams.intake import Event
from streams.reasons import GateReason
from streams.stops import STOP_REASONS, stop_of
from streams.terms import Terms


class Judgement(NamedTuple):
    """A verdict with the gate's own reason for it, if that is not policy's, and what it rests on."""

    verdict: Verdict
    code: GateReason | None
    derived: Derived
    classes: Sequence[str]
    conduct: Conduct | None
    facts: Facts


# Reason and remediation of what the gate refuses by itself.
REFUSALS: Final = {
    GateReason.KILLED: (STOP_REASONS[GateReason.KILLED], "ask whoever set the kill switch"),
    GateReason.AGENT_STOPPED: (STOP_REASONS[GateReason.AGENT_STOPPED], "ask whoever stopped the agent"),
    GateReason.DEADLINE_PASSED: ("the action came after its own deadline", "propose it again with a later deadline"),
    GateReason.TOO_MANY_HOLDS: ("too many actions of this agent wait for a person", "wait until some are decided"),
}


def judge_action(terms: Terms, step: Step, event: Event, *, action_key: str) -> Judgement:
    """The verdict on an action that has none yet."""
    situation = situation_of(terms, step, event)
    classes, conduct, derived = situation
    verdict = terms.bundle.decide(event.fields, derived)
    facts: Facts = ()
    code = _refused_outright(terms, step, event)
    if code is None:
        judged, conduct, facts = judge_conduct(terms, step, situation, verdict=verdict, action_key=action_key)
        if judged is not verdict:
            verdict, code = judged, GateReason.CIRCUIT_OPEN
        is_held = verdict.decision is Decision.REQUIRE_APPROVAL
        if is_held and step.state.open_holds(event.agent_id) >= terms.limits.holds_per_agent:
            code = GateReason.TOO_MANY_HOLDS
    if code in REFUSALS:
        verdict = _denied(verdict, *REFUSALS[code])
    return Judgement(verdict, code, derived, classes, conduct, facts)


def _refused_outright(terms: Terms, step: Step, event: Event) -> GateReason | None:
    """What stops an action whatever policy says; it is no experience with the agent, so its conduct stays as it is."""
    stopped = stop_of(terms, step.state, event.fields, terms.bundle.resolver)
    if stopped is not None:
        return stopped
    due_ms = deadline_ms(event)
    if due_ms is not None and due_ms <= step.now_ms:
        return GateReason.DEADLINE_PASSED
    return None


def deadline_ms(event: Event) -> int | None:
    """The action's own deadline, milliseconds since 1970; past it nothing is released."""
    deadline = event.fields.get("deadline")
    return None if deadline is None else int(datetime.fromisoformat(deadline).timestamp() * 1000)


def _denied(verdict: Verdict, reason: str, remediation: str) -> Verdict:
    """A denial instead of the verdict, whatever that was."""
    return verdict._replace(
        decision=Decision.DENY, reason=reason, rule_id=None, document=None, constraints={}, remediation=remediation
    )


def derived_fields(derived: Derived) -> dict[str, Any]:
    """What the decision used besides the event, for the audit and for an exact replay."""
    return {
        "autonomy_level": derived.autonomy_level,
        "first_time": derived.first_time,
        "retry_count": derived.retry_count,
        "session_tainted": derived.session_tainted,
        "velocity": [[*counted] for counted in derived.velocity],
    }
