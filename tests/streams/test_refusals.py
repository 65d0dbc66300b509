"""What the gate refuses by itself: what is late, and more holds of one agent than a person could read."""

from __future__ import annotations

import pytest

from streams.effects import timestamp
from streams.terms import Limits
from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, APPROVALS_REQUESTED
from tests.streams.samples import HOUR_MS, NOW_MS, OneLane, action, gate_of, review


@pytest.mark.parametrize("late_ms", [0, 1, HOUR_MS])
def test_action_past_its_deadline_is_refused_though_a_rule_allows_it(late_ms: int) -> None:
    lane = OneLane()

    lane.give(action(deadline=timestamp(NOW_MS - late_ms)))

    (refused,) = lane.values(ACTIONS_REFUSED.name)
    assert refused["decision"]["reason_code"] == "deadline_passed"
    assert (refused["decision"]["decision"], refused["decision"]["rule_id"]) == ("DENY", None)
    assert lane.values(ACTIONS_CLEARED.name) == []


def test_action_before_its_deadline_is_released_with_it() -> None:
    lane = OneLane()

    lane.give(action(deadline=timestamp(NOW_MS + 1)))

    (cleared,) = lane.values(ACTIONS_CLEARED.name)
    assert cleared["action"]["deadline"] == timestamp(NOW_MS + 1)


def test_hold_ends_at_the_deadline_of_its_action() -> None:
    lane = OneLane()
    lane.give(action(topic="job.support.refund", deadline=timestamp(NOW_MS + 1000)))
    (request,) = lane.values(APPROVALS_REQUESTED.name)
    assert request["due_at"] == timestamp(NOW_MS + 1000)

    lane.now_ms += 1000
    lane.expire()

    (refused,) = lane.values(ACTIONS_REFUSED.name)
    assert refused["decision"]["reason_code"] == "hold_expired"


def test_agent_with_too_many_holds_is_refused_until_one_is_decided() -> None:
    lane = OneLane(gate_of(limits=Limits(holds_per_agent=2)))
    for number in range(3):
        lane.give(action(f"a{number}", "job.support.refund", arguments={"id": number}))
    lane.give(action("b0", "job.support.refund", agent="agent-2"))

    (refused,) = lane.values(ACTIONS_REFUSED.name)
    assert (refused["action_id"], refused["decision"]["reason_code"]) == ("a2", "too_many_holds")
    requests = lane.values(APPROVALS_REQUESTED.name)
    assert [request["summary"]["action_id"] for request in requests] == ["a0", "a1", "b0"]

    lane.give(review(requests[0]))
    lane.give(action("a3", "job.support.refund", arguments={"id": 9}))

    assert lane.values(APPROVALS_REQUESTED.name)[-1]["summary"]["action_id"] == "a3"
