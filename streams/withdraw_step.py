"""One withdrawal: an agent takes its own held action back; where nothing of it waits, the audit alone says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.approval_events import Withdrawn
from policies.approval_steps import transition
from policies.conflicts import Conflict
from streams.effects import Step
from streams.held import Hold
from streams.hold_step import BY_POLICY, carry_out, joined, rebind
from streams.intake import Event
from streams.memory import VerdictCode, id_hash
from streams.terms import Terms

BY_AGENT: Final[Mapping[str, Any]] = {"kind": "agent"}
# What is said of an action that waits for nobody (any more), where it is not simply decided.
_CLOSED: Final = {VerdictCode.EXPIRED: Conflict.EXPIRED, VerdictCode.RELEASED_BY_TIMEOUT: Conflict.CONSUMED}


def step_withdrawal(terms: Terms, step: Step, event: Event) -> None:
    """End the hold of the agent's own action, if it is open; the same again changes nothing.

    # INVARIANT: the hold is found by the agent that the record's partition and key are checked against, so nobody
    withdraws what another agent proposed.
    """
    action_id = event.fields["action_id"]
    body: dict[str, Any] = {"agent_id": event.agent_id, "action_id": action_id}
    hold = step.state.hold_of(event.agent_id, action_id)
    if hold is None:
        given = step.state.verdicts.get(id_hash("action", event.agent_id, action_id))
        code = Conflict.UNKNOWN_HOLD if given is None else _CLOSED.get(given.code, Conflict.ALREADY_DECIDED)
        step.audit("withdrawal", event.agent_id, {**body, "hold_id": None, "code": code.value})
        return
    body |= _end(terms, step, hold)
    step.audit("withdrawal", event.agent_id, body)


def _end(terms: Terms, step: Step, hold: Hold) -> dict[str, Any]:
    """End the hold, unless another policy ends it first; gives what the audit says about that."""
    result, verdict = rebind(terms, step, hold)
    if result.resolution is not None:
        ended = carry_out(terms, step, hold, result, decided_by=BY_POLICY, verdict=verdict)
        return {"hold_id": hold.hold_id, "code": Conflict.ALREADY_DECIDED.value, **ended}
    withdrawn = transition(result.approval, Withdrawn(hold.agent_id), step.now_ms)
    if isinstance(withdrawn, Conflict):
        raise TypeError("an agent can take its open hold back")
    ended = carry_out(terms, step, hold, joined(result, withdrawn), decided_by=BY_AGENT)
    return {"hold_id": hold.hold_id, "code": None, **ended}
