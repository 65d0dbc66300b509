"""The verdict on a proposed action: what policy decides, and what the gate by itself makes stricter.

The gate's own reasons only ever turn a release into a hold, and either into a denial.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from policies.conduct import Conduct
from policies.decisions import NO_RUNS, Decision, Derived, Verdict
from policies.workflow_progress import Progress
from streams.conduct_step import Facts, judge_conduct, situation_of
from streams.effects import Step
from streams.intake import Event
from streams.reasons import GateReason
from streams.stops import STOP_REASONS, stop_of
from streams.terms import Terms
from streams.workflow_step import has_room, known_runs


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
    GateReason.TOO_MANY_RUNS: ("too many workflows of this agent run already", "finish some before beginning more"),
    GateReason.TOO_MANY_HOLDS: ("too many actions of this agent wait for a person", "wait until some are decided"),
}


def judge_action(terms: Terms, step: Step, event: Event, *, action_key: str) -> Judgement:
    """The verdict on an action that has none yet."""
    situation = situation_of(terms, step, event)
    classes, conduct, derived = situation
    if terms.has_workflows:
        derived = derived._replace(workflows=known_runs(terms, step, event.fields))
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
        if terms.has_workflows and not has_room(terms, step.state, event.fields):
            code = GateReason.TOO_MANY_RUNS
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


def derived_of(fields: Mapping[str, Any]) -> Derived:
    """The inputs that `derived_fields` gave.

    Raises:
        AttributeError, TypeError, ValueError: the fields are none.
    """
    if "workflows" not in fields:
        return Derived(**fields)
    runs = {name: Progress.from_json(progress) for name, progress in fields["workflows"].items()}
    return Derived(**{**fields, "workflows": runs})


def derived_fields(derived: Derived) -> dict[str, Any]:
    """What the decision used besides the event, for the audit and for an exact replay."""
    if derived.workflows:
        runs = {name: progress.to_json() for name, progress in derived.workflows.items()}
        return {**derived_fields(derived._replace(workflows=NO_RUNS)), "workflows": runs}
    return {
        "autonomy_level": derived.autonomy_level,
        "first_time": derived.first_time,
        "retry_count": derived.retry_count,
        "session_tainted": derived.session_tainted,
        "velocity": [[*counted] for counted in derived.velocity],
    }
