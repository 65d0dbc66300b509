"""Blind second reviews: asked of others, without how it was decided, and without any effect on the release."""

from __future__ import annotations

from typing import Any

import pytest

from streams.effects import Step
from streams.state import MAX_SECONDS
from streams.topics import ACTIONS_CLEARED, APPROVALS_REQUESTED, AUDIT
from tests.streams.approval_samples import Desk, audited, bundle_with, kinds_of
from tests.streams.histories import facts_of, restored
from tests.streams.samples import opened, review, topics_of, values

ALL_TWICE = bundle_with(
    people=("fatigue_controls: {", "fatigue_controls: {sampled_second_review_rate: 1, "),
)


def released() -> tuple[Desk, dict[str, Any]]:
    """A desk that released one refund, and what it asks a second person."""
    desk = Desk(ALL_TWICE)
    step = desk.review(desk.hold(), "ana")
    assert topics_of(step) == [ACTIONS_CLEARED.name, APPROVALS_REQUESTED.name, AUDIT.name]
    assert kinds_of(audited(step))[-1] == "second_review_due"
    return desk, values(step.effects, APPROVALS_REQUESTED.name)[0]


def look(desk: Desk, asked: dict[str, Any], name: str, verdict: str = "approve", **more: Any) -> Step:
    """Somebody's second look."""
    target = {"kind": "second_review", "id": asked["second_review_id"]}
    fields = review({"hold_id": "", **asked}, verdict, **{"target": target, "reviewer": {"id": name}, **more})
    return desk.lane.give(fields)


def test_second_request_does_not_tell_how_it_was_decided() -> None:
    _, asked = released()

    assert opened(asked)["arguments"] == {"order": "a1", "amount": 420}
    told = str(asked)
    assert "ana" not in told and "approved" not in told
    assert not {"state", "votes", "ending", "editors"} & set(asked["held"])


@pytest.mark.parametrize(("verdict", "agrees"), [("approve", True), ("deny", False)])
def test_second_review_is_recorded_and_releases_nothing(verdict: str, agrees: bool) -> None:
    desk, asked = released()

    step = look(desk, asked, "eve", verdict, review_id="s1")

    assert topics_of(step) == [AUDIT.name]
    record = audited(step)
    assert (record["kind"], record["hold_id"], record["agrees"]) == (
        "second_review", asked["second_review_id"], agrees,
    )  # fmt: skip
    assert desk.lane.state.seconds == {}


@pytest.mark.parametrize(
    ("name", "more", "code"),
    [
        ("ana", {}, "self_approval"),
        ("bo", {}, "self_approval"),
        ("mallory", {}, "not_eligible"),
        ("cy", {}, "wrong_team"),
        ("ten", {}, "unknown_hold"),
        ("eve", {"digest": "0" * 64}, "digest_mismatch"),
        ("eve", {"verdict": "deny", "reason": " "}, "reason_missing"),
        ("eve", {"verdict": "ask"}, "unsupported_target"),
        ("eve", {"verdict": "answer"}, "unsupported_target"),
        ("eve", {"target": {"kind": "second_review", "id": "none"}}, "unknown_hold"),
    ],
)
def test_second_review_that_does_not_count_changes_nothing(name: str, more: dict[str, Any], code: str) -> None:
    desk, asked = released()

    step = look(desk, asked, name, review_id="s1", **more)

    assert (audited(step)["kind"], audited(step)["code"]) == ("review_conflict", code)
    assert asked["second_review_id"] in desk.lane.state.seconds


def test_second_review_counts_once() -> None:
    desk, asked = released()
    look(desk, asked, "eve", review_id="s1")

    assert audited(look(desk, asked, "tim", "deny", review_id="s2"))["code"] == "already_decided"


def test_second_reviews_that_wait_are_read_back_and_bounded() -> None:
    desk, asked = released()
    state = desk.lane.state
    assert facts_of(restored(state.take_changes(desk.lane.now_ms))) == facts_of(state)
    second = state.seconds[asked["second_review_id"]]
    for number in range(MAX_SECONDS):
        state.put_second(type(second).from_json({**second.to_json(), "hold_id": f"h{number}"}))

    assert len(state.seconds) == MAX_SECONDS
    assert asked["second_review_id"] not in state.seconds
