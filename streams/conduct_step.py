"""What the gate knows of an agent when an action comes, and what it keeps of the action afterwards.

Levels of autonomy and circuit breakers are folded by `policies.conduct`; here their records meet the lane's state, the
audit and the topics. A bundle that keeps neither costs an action nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from policies import velocity
from policies.action_class import classes_of
from policies.autonomy_record import Status
from policies.autonomy_rules import Change, ChangeKind
from policies.breaker import BreakerChange
from policies.conduct import Conduct, new_conduct
from policies.decisions import Decision, Derived, Verdict
from policies.promotion import promotion_id
from policies.taint import tainted_until
from streams.effects import Step, timestamp
from streams.events import EventType
from streams.intake import Event
from streams.terms import Terms
from streams.topics import APPROVALS_REQUESTED

Facts = Sequence[Change | BreakerChange]
# Under this class stand the actions that cannot be told apart by class: they count together.
ANY_CLASS: Final = "*"
# Classes of one agent whose times are kept apart.
MAX_PACED: Final = 64


class Situation(NamedTuple):
    """An action's possible classes, its agent's conduct (None when the bundle keeps none), and what policy is told."""

    classes: tuple[str, ...]
    conduct: Conduct | None
    derived: Derived


def situation_of(terms: Terms, step: Step, event: Event) -> Situation:
    """What is known about an action before policy decides."""
    state, plan, fields = step.state, terms.conduct, event.fields
    is_first = state.is_first(event.agent_id, fields.get("tool"), fields["topic"])
    retries = state.verdicts.attempts(event.digest, step.now_ms)
    tainted = step.state.tainted.get(event.agent_id, 0) > step.now_ms if terms.has_taint else None
    if plan.is_idle and not terms.bundle.velocity_windows:
        return Situation((), None, Derived(plan.default_level, is_first, retries, tainted))
    conduct = None if plan.is_idle else state.agents.get(event.agent_id) or new_conduct(event.agent_id)
    classes = plan.classes_of(fields, terms.bundle.resolver)
    level = plan.default_level if conduct is None else plan.level(conduct, classes)
    pace = _pace(terms, step, event)
    return Situation(classes, conduct, Derived(level, is_first, retries, tainted, pace))


def _pace(terms: Terms, step: Step, event: Event) -> tuple[tuple[int, int], ...]:
    """For each window that policy asks about, how many actions of the class came; then this one is kept as well."""
    windows = terms.bundle.velocity_windows
    if not windows:
        return ()
    times = step.state.times.get(event.agent_id, {})
    names = _paced_classes(terms, event.fields, times)
    found = [velocity.counts(times.get(name, ()), now_ms=step.now_ms, windows=windows) for name in names]
    after = {
        name: [*velocity.kept((*times.get(name, ()), step.now_ms), now_ms=step.now_ms, windows=windows)]
        for name in names
    }
    step.state.put_times(event.agent_id, {**times, **after})
    # An action that lacks the tool that would tell its class counts as the class with the most.
    return tuple((seconds, max(counts[place][1] for counts in found)) for place, (seconds, _) in enumerate(found[0]))


def _paced_classes(terms: Terms, fields: Mapping[str, Any], times: Mapping[str, Sequence[int]]) -> tuple[str, ...]:
    try:
        names = classes_of(fields, terms.bundle.resolver)
    except (TypeError, ValueError):
        return (ANY_CLASS,)
    # Agents name topics, so there is a limit; the classes past it count together.
    return tuple(dict.fromkeys(name if name in times or len(times) < MAX_PACED else ANY_CLASS for name in names))


def judge_conduct(
    terms: Terms, step: Step, situation: Situation, *, verdict: Verdict, action_key: str
) -> tuple[Verdict, Conduct | None, Facts]:
    """The verdict with what an open breaker makes of it, and the conduct after it."""
    conduct = situation.conduct
    if conduct is None:
        return verdict, None, ()
    conduct, is_held, facts = terms.conduct.judge(
        conduct, situation.classes, verdict=verdict, action_key=action_key, at_ms=step.now_ms
    )
    if is_held:
        verdict = verdict._replace(
            decision=Decision.REQUIRE_APPROVAL,
            reason="a circuit breaker of this agent and class of actions is open",
            rule_id=None,
            document=None,
        )
    return verdict, conduct, facts


def note_release(
    terms: Terms, step: Step, conduct: Conduct | None, classes: Sequence[str], *, action_key: str, model: str | None
) -> tuple[Conduct | None, Facts]:
    """The conduct after the action went out."""
    if conduct is None:
        return None, ()
    return terms.conduct.released(conduct, classes, action_key=action_key, model=model, at_ms=step.now_ms)


def note_taint(terms: Terms, step: Step, action: Mapping[str, Any]) -> None:
    """Remember that an action which goes out taints its agent, where it does."""
    if not terms.has_taint:
        return
    until_ms = tainted_until(action, terms.bundle.resolver, now_ms=step.now_ms)
    if until_ms is not None:
        step.state.put_taint(action["agent_id"], until_ms)


def note_outcome(terms: Terms, step: Step, agent_id: str, *, action_key: str, status: str) -> Facts:
    """Fold the outcome of a released action into its agent's conduct."""
    if terms.conduct.is_idle:
        return ()
    conduct = step.state.agents.get(agent_id) or new_conduct(agent_id)
    conduct, facts = terms.conduct.outcome(conduct, action_key=action_key, status=Status(status), at_ms=step.now_ms)
    keep(terms, step, conduct, facts)
    return facts


def keep(terms: Terms, step: Step, conduct: Conduct | None, facts: Facts) -> None:
    """Keep a conduct that has changed, and ask people about promotions."""
    if conduct is None:
        return
    agent_id = conduct.record.agent_id
    if step.state.agents.get(agent_id) is not conduct and not conduct.is_blank:
        step.state.put_agent(conduct)
    for fact in facts:
        step.count("conduct", fact.kind.value if isinstance(fact, Change) else f"breaker_{fact.state.value}")
        if isinstance(fact, Change) and fact.kind is ChangeKind.OFFERED:
            _ask_for_promotion(terms, step, agent_id, fact)


def facts_of(facts: Facts) -> list[dict[str, Any]]:
    """Facts as the audit keeps them."""
    return [fact.to_json() for fact in facts]


def _ask_for_promotion(terms: Terms, step: Step, agent_id: str, fact: Change) -> None:
    identity = promotion_id(agent_id, fact.action_class)
    step.emit(
        APPROVALS_REQUESTED.name,
        EventType.PROMOTION_REQUESTED,
        {
            "promotion_id": identity,
            "partition": step.state.partition,
            "agent_id": agent_id,
            "action_class": fact.action_class,
            "level": fact.level,
            "to_level": fact.level + 1,
            "digest": fact.digest,
            "evidence": fact.evidence,
            "policy_snapshot": terms.bundle.snapshot,
            "requested_at": timestamp(step.now_ms),
        },
        key=agent_id,
        event_id=f"{identity}-{(fact.digest or '')[:16]}",
    )
