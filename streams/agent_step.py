"""One review of an agent as a whole: stopped, let go on, demoted, or a breaker closed; or a conflict says why not.

Such a review belongs to the lane of its agent; `streams.intake` sends one that stands elsewhere there.
"""

from __future__ import annotations

from typing import Any, Final

from policies.conduct import new_conduct
from policies.conflicts import Conflict
from policies.supervision import AgentAct, AgentConflict, AgentDeed, supervise
from streams.conduct_step import facts_of, keep
from streams.effects import Step
from streams.review_parts import principal_of, refuse, seen
from streams.terms import Terms

_DEEDS: Final = {deed.value: deed for deed in AgentDeed}


def review_agent(terms: Terms, step: Step, review: dict[str, Any]) -> None:
    """Apply a review of an agent; what it changes holds for the next record."""
    state, agent_id = step.state, review["target"]["id"]
    deed = _DEEDS.get(review["verdict"])
    if deed is None:
        refuse(step, review, Conflict.UNSUPPORTED_TARGET)
        return
    act = AgentAct(
        deed,
        principal_of(terms, review),
        review["review_id"],
        review.get("reason"),
        level=review.get("level"),
        action_class=review.get("action_class"),
    )
    stop = state.stops.get(agent_id)
    conduct = state.agents.get(agent_id) or new_conduct(agent_id)
    decided = supervise(terms.conduct, conduct, stop, act, at_ms=step.now_ms)
    if isinstance(decided, AgentConflict):
        refuse(step, review, decided)
        return
    if decided.stop != stop:
        state.put_stop(agent_id, decided.stop)
    keep(terms, step, decided.conduct, decided.facts)
    step.audit("agent_review", agent_id, {**seen(review), "conduct": facts_of(decided.facts)})
    step.count("review", review["verdict"])
