"""Promotions and second looks from the command line are reviews that the gate takes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from penstock.asked import (
    PROMOTION_ID,
    SECOND_REVIEW_ID,
    agent_of,
    answer_to,
    find_request,
    opened_second,
    promotion_lines,
    second_lines,
)
from penstock.errors import CommandError
from penstock.opened_action import require_same
from streams.sealing import Sealer, second_review_context
from streams.topics import APPROVALS_REQUESTED
from tests.streams.approval_samples import Desk, audited, bundle_with
from tests.streams.samples import PAYLOAD_KEY, OneLane, opened
from tests.streams.test_conduct_step import AUTONOMY, lane_of, work


def promotion() -> tuple[OneLane, dict[str, Any]]:
    """A lane whose agent has earned a level, and what people are asked."""
    lane = lane_of(AUTONOMY % "true")
    work(lane, 6)
    return lane, next(entry for entry in lane.values(APPROVALS_REQUESTED.name) if PROMOTION_ID in entry)


def second_look() -> tuple[Desk, dict[str, Any]]:
    """A desk that released a refund, and what it asks a second person."""
    drawn = ("fatigue_controls: {", "fatigue_controls: {sampled_second_review_rate: 1, ")
    desk = Desk(bundle_with(people=drawn))
    desk.review(desk.hold(), "ana")
    return desk, desk.lane.values(APPROVALS_REQUESTED.name)[-1]


def answered(request: dict[str, Any], id_field: str, *, is_approved: bool, reviewer: str) -> dict[str, Any]:
    """The review of the command line."""
    return answer_to(
        request,
        id_field,
        is_approved=is_approved,
        reviewer=reviewer,
        roles=["senior_reviewer"],
        teams=None,
        reason="I looked at it",
        rendered_at="2027-01-15T08:00:00Z",
    )


@pytest.mark.parametrize(("is_approved", "kind"), [(True, "promoted"), (False, "declined")])
def test_promotion_is_signed_or_declined(is_approved: bool, kind: str) -> None:
    lane, request = promotion()
    review = answered(request, PROMOTION_ID, is_approved=is_approved, reviewer="ann")

    record = audited(lane.give(review))

    assert [change["kind"] for change in record["conduct"]] == [kind]
    assert agent_of(request) == "agent-1"
    shown = "\n".join(promotion_lines(request))
    assert "to_level" in shown and "successes" in shown


@pytest.mark.parametrize("is_approved", [True, False])
def test_second_look_is_recorded(is_approved: bool) -> None:
    desk, request = second_look()

    record = audited(desk.lane.give(answered(request, SECOND_REVIEW_ID, is_approved=is_approved, reviewer="eve")))

    assert (record["kind"], record["agrees"]) == ("second_review", is_approved)
    assert agent_of(request) == "agent-1"


def test_second_look_shows_the_action_to_who_has_the_key_and_nobody_how_it_was_decided() -> None:
    _, request = second_look()

    opened = "\n".join(second_lines(request, Sealer(PAYLOAD_KEY)))
    closed = "\n".join(second_lines(request, None))

    assert "420" in opened and '"order":"a1"' in opened
    assert "amount_usd" in closed and '"order"' not in closed
    assert all("ana" not in text and "approved" not in text for text in (opened, closed))


def test_what_is_not_the_released_action_is_not_shown_and_not_agreed_to() -> None:
    _, request = second_look()
    other = {**opened(request), "arguments": {"order": "another-canary"}}
    box = Sealer(PAYLOAD_KEY).seal(orjson.dumps(other), context=second_review_context(request[SECOND_REVIEW_ID]))

    for forged in ({**request, "payload": box}, {**request, "payload": None, "action": other}):
        lines = second_lines(forged, Sealer(PAYLOAD_KEY))
        assert "is not what its record names" in lines[-1] and "another-canary" not in str(lines)
        with pytest.raises(CommandError) as caught:
            require_same(opened_second(forged, Sealer(PAYLOAD_KEY)).unopened)
        assert caught.value.code == "CONTENTS_MISMATCH"


def test_request_is_found_by_a_few_characters() -> None:
    _, request = promotion()

    assert find_request([request], PROMOTION_ID, request[PROMOTION_ID][:6]) is request
    for prefix, code in (("000000", "REQUEST_NOT_FOUND"), ("0", "USAGE")):
        with pytest.raises(CommandError) as caught:
            find_request([request], PROMOTION_ID, prefix)
        assert caught.value.code == code
