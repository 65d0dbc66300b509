"""What lets nothing of an agent out, whatever policy and people say: the kill switch, and a stop of the agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.action_class import ClassFinder
from policies.conflicts import Conflict
from streams.reasons import GateReason
from streams.state import LaneState
from streams.terms import Terms

# Why an action is denied, or an output held back.
STOP_REASONS: Final[Mapping[GateReason, str]] = {
    GateReason.KILLED: "the kill switch stops it",
    GateReason.AGENT_STOPPED: "a person has stopped the agent",
}
# What a person is told who would release something all the same.
STOP_CONFLICTS: Final[Mapping[GateReason, Conflict]] = {
    GateReason.KILLED: Conflict.KILLED,
    GateReason.AGENT_STOPPED: Conflict.AGENT_STOPPED,
}


def stop_of(terms: Terms, state: LaneState, fields: Mapping[str, Any], finder: ClassFinder | None) -> GateReason | None:
    """What stops an action or output of an agent, None when nothing does; `finder` as the kill switch takes it.

    # INVARIANT: whoever releases anything asks this first.
    """
    if terms.kill and terms.kill.match(fields, finder) is not None:
        return GateReason.KILLED
    return GateReason.AGENT_STOPPED if fields["agent_id"] in state.stops else None
