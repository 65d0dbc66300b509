"""Blind second reviews: drawn releases are asked about once more, and what comes out changes nothing but the record."""

from __future__ import annotations

from typing import Any

from policies.approvals import Approval
from policies.conflicts import Conflict
from policies.reviews import act_of
from policies.second_review import SecondReview, blind_view, decide_second, open_second_review
from streams.effects import Step, timestamp
from streams.events import EventType
from streams.held import Hold
from streams.memory import VerdictCode, id_hash
from streams.review_parts import refuse, seen
from streams.sealing import carried, second_review_context
from streams.terms import Terms
from streams.topics import APPROVALS_REQUESTED


def ask_again(terms: Terms, step: Step, hold: Hold, approval: Approval) -> None:
    """Ask other people about what was released, without telling how it was decided."""
    second = open_second_review(approval, step.now_ms)
    step.state.put_second(second)
    step.emit(
        APPROVALS_REQUESTED.name,
        EventType.SECOND_REVIEW_REQUESTED,
        {
            "second_review_id": second.hold_id,
            "partition": step.state.partition,
            "summary": hold.summary,
            **carried(terms.sealer, hold.action, context=second_review_context(second.hold_id)),
            "held": blind_view(approval),
            "digest": second.digest,
            "policy_snapshot": approval.snapshot,
            "team": second.team,
            "requested_at": timestamp(step.now_ms),
        },
        key=hold.agent_id,
        event_id=f"{second.hold_id}-second",
    )


def review_again(terms: Terms, step: Step, review: dict[str, Any]) -> None:
    """Note what a second person would have decided, and whether that agrees."""
    state, hold_id = step.state, review["target"]["id"]
    act = act_of(review, terms.bundle.approvals)
    if act is None:
        refuse(step, review, Conflict.UNSUPPORTED_TARGET)
        return
    second = state.seconds.get(hold_id)
    key = id_hash("second", "", hold_id)
    if second is None and state.verdicts.get(key) is not None and act.by is not None and not act.by.tenants:
        refuse(step, review, Conflict.ALREADY_DECIDED)
        return
    decided = decide_second(second, act, step.now_ms)
    if not isinstance(decided, SecondReview):
        refuse(step, review, decided)
        return
    state.close_second(hold_id)
    state.verdicts.put(key, digest=decided.digest, code=VerdictCode.REVIEW_TAKEN, at_ms=step.now_ms)
    body = {"agent_id": decided.agent_id, **seen(review), "agrees": decided.agrees}
    step.audit("second_review", decided.agent_id, body)
    step.count("review", review["verdict"])
