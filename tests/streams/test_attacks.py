"""The list of attacks on a review, as one table: who says what, what happened before, and which answer it gets.

Here the table goes through the gate's pure step; `tests/integration/test_attacks.py` sends the same over Kafka. Every
other way in which a review changes nothing stands in `test_review_conflicts.py` and the tables that it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from policies.conflicts import Conflict
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from streams.state import LaneState
from streams.topics import ACTIONS_CLEARED, APPROVALS_REQUESTED, AUDIT
from tests.streams.approval_samples import Desk, audited
from tests.streams.samples import HOLD_MS, OneLane, review, topics_of

SIGNER, FORGER = ReviewSigner(bytes(range(32))), ReviewSigner(bytes(32))
KEYS = ReviewKeys([TrustedKey(SIGNER.public)])
# The answer to a review that was taken before: no conflict, and no second vote.
DUPLICATE = "duplicate"
REFUND = "job.support.refund"


@dataclass(frozen=True, slots=True)
class Said:
    """A review of the hold of this number as it was first shown; `altered` is put into it after it was signed."""

    who: str
    verdict: str = "approve"
    hold: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)
    signer: ReviewSigner | None = SIGNER
    altered: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attack:
    """What is tried at the first of `holds` equal actions, after `before`, and the answer of the gate.

    Without `said` the last review of `before` is sent once more, byte by byte.
    """

    name: str
    answer: str
    said: Said | None = None
    before: tuple[Said, ...] = ()
    holds: int = 1
    amount: int = 420
    agent: str = "agent-7"
    labels: Mapping[str, str] = field(default_factory=dict)
    is_late: bool = False
    is_in_another_lane: bool = False
    is_released: bool = False


EDIT = {"arguments": {"order": "a1", "amount": 150}}
APPROVED = (Said("ana"),)
EDITED = (Said("tim", "modify", fields=EDIT),)
CLAIMED = (Said("tim", "claim", 1), Said("tim", "claim", 2))
STRANGER = {"reviewer": {"id": "mallory", "roles": ["admin"]}}

ATTACKS: tuple[Attack, ...] = (
    Attack("replayed", DUPLICATE, before=APPROVED, is_released=True),
    Attack("replayed in another lane", Conflict.UNKNOWN_HOLD, before=(Said("eve", "deny"),), is_in_another_lane=True),
    Attack("replayed for another hold", Conflict.NOT_SIGNED, Said("ana", hold=1, altered={"target": 0}), holds=2),
    Attack("stale: edited since", Conflict.DIGEST_MISMATCH, Said("eve"), before=EDITED),
    Attack("stale: other policy", Conflict.SNAPSHOT_MISMATCH, Said("ana", fields={"policy_snapshot": "0" * 64})),
    Attack("forged signature", Conflict.NOT_SIGNED, Said("ana", signer=FORGER)),
    Attack("no signature", Conflict.NOT_SIGNED, Said("ana", signer=None)),
    Attack("changed after signing", Conflict.NOT_SIGNED, Said("ana", "deny", altered={"verdict": "approve"})),
    Attack("another's name", Conflict.NOT_SIGNED, Said("eve", altered={"reviewer": {"id": "ana"}})),
    Attack("self approval: owner of the agent", Conflict.SELF_APPROVAL, Said("bo"), agent="agent-1"),
    Attack("self approval: who asked for it", Conflict.SELF_APPROVAL, Said("tim"), labels={"requested_by": "Tim"}),
    Attack("self approval: who edited it", Conflict.EDITOR_VOTE, Said("tim"), before=EDITED),
    Attack("double: one person as two", Conflict.DUPLICATE_VOTE, Said("Eve "), before=(Said("eve"),), amount=1500),
    Attack("double: decided once more", Conflict.ALREADY_DECIDED, Said("eve"), before=(Said("eve", "deny"),)),
    Attack("wrong team", Conflict.WRONG_TEAM, Said("cy")),
    Attack("stranger", Conflict.NOT_ELIGIBLE, Said("mallory", fields=STRANGER)),
    Attack("over limit", Conflict.OVER_LIMIT, Said("tim", "claim"), before=CLAIMED, holds=3),
    Attack("decided twice at once", Conflict.ALREADY_DECIDED, Said("eve", "deny"), before=APPROVED, is_released=True),
    Attack("expired", Conflict.EXPIRED, Said("ana"), is_late=True),
    Attack("tampered digest", Conflict.DIGEST_MISMATCH, Said("ana", fields={"digest": "0" * 64})),
)  # fmt: skip


def proposals(attack: Attack) -> list[dict[str, Any]]:
    """The actions that an attack needs, as an agent proposes them."""
    return [
        {
            "action_id": f"{attack.name} {number}",
            "agent_id": attack.agent,
            "topic": REFUND,
            "tool": "pay",
            "arguments": {"order": "a1", "amount": attack.amount},
            "labels": dict(attack.labels),
        }
        for number in range(attack.holds)
    ]


def reviews(attack: Attack, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is sent about the holds of an attack, in order; the last one is the attack."""
    sent = [
        _sent(said, requests, f"{attack.name} before {number}") for number, said in enumerate(attack.before, start=1)
    ]
    return [*sent, sent[-1] if attack.said is None else _sent(attack.said, requests, attack.name)]


def _sent(said: Said, requests: Sequence[dict[str, Any]], review_id: str) -> dict[str, Any]:
    given = {"reviewer": {"id": said.who}, "decided_at": "2027-01-15T08:00:05Z", "review_id": review_id}
    made = review(requests[said.hold], said.verdict, **{**given, **said.fields})
    signed = made if said.signer is None else said.signer.sign(made)
    altered = dict(said.altered)
    if "target" in altered:
        altered["target"] = {"kind": "action", "id": requests[altered["target"]]["hold_id"]}
    return {**signed, **altered}


def answer_in(record: Mapping[str, Any]) -> str:
    """The answer that an audit record is: its conflict, or that the review was taken before."""
    return str(record["code"]) if record["kind"] == "review_conflict" else str(record["kind"])


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack_changes_nothing_and_the_audit_has_its_answer(attack: Attack) -> None:
    desk = Desk(keys=KEYS)
    requests = []
    for proposed in proposals(attack):
        desk.lane.give(proposed)
        requests.append(desk.lane.values(APPROVALS_REQUESTED.name)[-1])
    *before, last = reviews(attack, requests)
    for sent in before:
        desk.lane.give(sent)
    if attack.is_late:
        desk.lane.now_ms += HOLD_MS
    lane = OneLane(desk.lane.gate, LaneState(1)) if attack.is_in_another_lane else desk.lane
    was = dict(lane.state.holds), dict(lane.state.reviewers)

    step = lane.give(last)

    assert topics_of(step) == [AUDIT.name]
    assert answer_in(audited(step)) == attack.answer
    assert (lane.state.holds, lane.state.reviewers) == was
    assert len(desk.lane.values(ACTIONS_CLEARED.name)) == attack.is_released
