"""What waits for a signature or a second look is what the gate's state has, and nothing tells how it was decided."""

from __future__ import annotations

from typing import Any

from penstock.agents import Agent, take
from penstock.asked import PROMOTION_ID, SECOND_REVIEW_ID
from penstock.waiting import promotion_rows, second_rows, take_second
from policies.second_review import SecondReview
from streams.topics import APPROVALS_REQUESTED
from tests.penstock.test_asked import answered, promotion, second_look
from tests.streams.samples import OneLane


def agents_of(lane: OneLane) -> list[Agent]:
    """The agents that the lane's state topic tells of."""
    found: dict[str, Agent] = {}
    for key, value in lane.state.take_changes(lane.now_ms):
        take(found, lane.state.partition, key, value)
    return list(found.values())


def seconds_of(lane: OneLane, found: dict[str, tuple[int, SecondReview]]) -> list[dict[str, Any]]:
    """The second reviews that the lane's state topic tells of, beside what was found before."""
    for key, value in lane.state.take_changes(lane.now_ms):
        take_second(found, lane.state.partition, key, value)
    requests = [entry for entry in lane.values(APPROVALS_REQUESTED.name) if SECOND_REVIEW_ID in entry]
    return second_rows(found.values(), requests)


def test_promotion_waits_until_it_is_signed() -> None:
    lane, request = promotion()
    (row,) = promotion_rows(agents_of(lane), [request])

    told = {name: request[name] for name in row}
    assert row == told
    lane.give(answered(request, PROMOTION_ID, is_approved=True, reviewer="ann"))
    assert promotion_rows(agents_of(lane), [request]) == []


def test_promotion_whose_request_is_gone_or_another_is_listed_without_its_evidence() -> None:
    lane, request = promotion()
    agents = agents_of(lane)

    for requests in ([], [{**request, "digest": "0" * 64}]):
        (row,) = promotion_rows(agents, requests)
        assert (row["promotion_id"], row["to_level"]) == (request["promotion_id"], request["to_level"])
        assert (row["evidence"], row["digest"]) == (None, request["digest"])


def test_second_review_waits_until_it_is_answered_and_does_not_tell_the_first_decision() -> None:
    desk, request = second_look()
    found: dict[str, tuple[int, SecondReview]] = {}
    (row,) = seconds_of(desk.lane, found)

    assert (row["second_review_id"], row["team"], row["agent_id"]) == (
        request["second_review_id"],
        "finance",
        "agent-1",
    )
    assert (row["topic"], row["tool"], row["digest"]) == ("job.support.refund", "pay", request["digest"])
    assert "ana" not in str(row) and "approve" not in str(row)

    desk.lane.give(answered(request, SECOND_REVIEW_ID, is_approved=False, reviewer="eve"))
    assert seconds_of(desk.lane, found) == []


def test_the_oldest_stands_first() -> None:
    desk, first = second_look()
    desk.lane.now_ms += 1_000
    desk.review(desk.hold("a2"), "ana")
    rows = seconds_of(desk.lane, {})

    assert rows[0]["second_review_id"] == first["second_review_id"]
    assert len(rows) == 2
