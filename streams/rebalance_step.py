"""Queues that have waited too long share their work: a lane looks at them once a minute, by time and state alone.

Theory of operation. A look belongs to the first transaction of a full minute: whoever replays a lane knows its
transactions by their audit records, and so looks when the lane did. A look that moves nothing leaves no trace and
decides nothing; a lane that is idle makes one each minute and writes only what it finds.
"""

from __future__ import annotations

from typing import Final

from policies.approval_events import Rebalanced
from policies.approval_steps import transition
from policies.conflicts import Conflict
from policies.reviewers import Move, Waiting, rebalance
from streams.effects import Step
from streams.hold_step import BY_POLICY, carry_out, joined, rebind, trace_of
from streams.state import LaneState
from streams.terms import Terms

# How often the queues of a lane are looked at, milliseconds; targets are minutes, and a look reads every hold.
LOOK_EVERY_MS: Final = 60_000


def is_due(terms: Terms, state: LaneState, now_ms: int) -> bool:
    """Whether the transaction that begins now looks at the queues: the first of its minute, if policy moves holds."""
    is_first = now_ms // LOOK_EVERY_MS > state.audited_ms // LOOK_EVERY_MS
    return is_first and bool(state.holds) and terms.bundle.approvals.can_rebalance


def next_look_ms(terms: Terms, state: LaneState) -> int | None:
    """When the lane has to begin a transaction for a look, None where no policy moves anything, or nothing is held."""
    if not state.holds or not terms.bundle.approvals.can_rebalance:
        return None
    return (max(state.audited_ms, state.looked_ms) // LOOK_EVERY_MS + 1) * LOOK_EVERY_MS


def step_rebalance(terms: Terms, state: LaneState, now_ms: int, *, most: int) -> list[Step]:
    """Move what nobody has looked at from teams over their target to those that share, at most `most` holds."""
    state.looked_ms = now_ms
    planner = terms.bundle.approvals
    moves = rebalance(
        (
            Waiting(hold.hold_id, hold.approval["team"], hold.opened_ms, hold.approval["is_seen"])
            for hold in state.holds.values()
        ),
        planner.teams or {},
        queue=planner.queue,
        fatigue=planner.fatigue,
        now_ms=now_ms,
        most=most,
    )
    return [_moved(terms, state, move, now_ms) for move in moves]


def _moved(terms: Terms, state: LaneState, move: Move, now_ms: int) -> Step:
    """Give a hold to another team, unless another policy has ended it."""
    hold = state.holds[move.hold_id]
    step = Step(state, now_ms, None, trace_of(hold))
    result, verdict = rebind(terms, step, hold)
    if result.resolution is None:
        moved = transition(result.approval, Rebalanced(move.to_team), now_ms)
        if isinstance(moved, Conflict):
            raise TypeError("an open hold can go to another team")
        result = joined(result, moved)
    body = {"agent_id": hold.agent_id, "action_id": hold.action["action_id"], "hold_id": hold.hold_id}
    body |= carry_out(terms, step, hold, result, decided_by=BY_POLICY, verdict=verdict)
    if result.resolution is None:
        step.audit("hold_rebalanced", hold.agent_id, body)
    else:
        step.audit("hold_superseded", hold.agent_id, body)
    return step
