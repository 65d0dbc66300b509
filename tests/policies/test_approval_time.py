"""Time moves a held action: to the next team, to its end, and rarely to its release."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.approval_checks import final_due_ms
from policies.approval_documents import ApprovalClass, OnTimeout
from policies.approval_events import Edit, EventKind, FactKind, PolicyChanged, TimePassed
from policies.approvals import HoldState, Resolution
from policies.conflicts import Conflict
from policies.decisions import Decision
from tests.policies.holds import (
    MINUTE_MS,
    OPENED_MS,
    OTHER_DIGEST,
    OTHER_SNAPSHOT,
    act,
    after,
    held,
    judged,
    person,
    refusal,
)

TIME = TimePassed(is_strict=False)
ASK, MODIFY = EventKind.ASK, EventKind.MODIFY


def test_a_hold_that_waits_goes_to_the_next_team_and_keeps_its_deadline() -> None:
    hold = after(held(), act(EventKind.CLAIM), OPENED_MS).approval
    assert hold.next_due_ms == OPENED_MS + 4 * MINUTE_MS
    assert after(hold, TIME, OPENED_MS + 4 * MINUTE_MS - 1).approval == hold

    result = after(hold, TIME, OPENED_MS + 4 * MINUTE_MS)

    climbed = result.approval
    assert (climbed.team, climbed.tier, climbed.claim, climbed.escalate_ms) == ("second", 1, None, None)
    assert climbed.due_ms == hold.due_ms
    assert result.facts[0].details["cause"] == "waiting"
    assert refusal(climbed, act(by=person(teams=("first",)))) is Conflict.WRONG_TEAM


def test_a_deadline_of_the_queue_climbs_the_chain_and_then_expires() -> None:
    hold = held(judged(escalate_after_ms=None, chain=("first", "second", "third")))

    second = after(hold, TIME, OPENED_MS + 10 * MINUTE_MS)
    assert [fact.details["cause"] for fact in second.facts] == ["deadline"]
    assert second.approval.due_ms == OPENED_MS + 20 * MINUTE_MS
    third = after(second.approval, TIME, OPENED_MS + 20 * MINUTE_MS).approval
    assert third.team == "third"
    assert after(third, TIME, OPENED_MS + 30 * MINUTE_MS - 1).resolution is None
    assert after(third, TIME, OPENED_MS + 30 * MINUTE_MS).resolution is Resolution.EXPIRED


def test_waiting_climbs_every_team_of_the_chain_in_turn() -> None:
    hold = held(judged(chain=("first", "second", "third")))
    second = after(hold, TIME, OPENED_MS + 5 * MINUTE_MS).approval

    assert second.escalate_ms == OPENED_MS + 8 * MINUTE_MS
    third = after(second, TIME, OPENED_MS + 8 * MINUTE_MS).approval
    assert (third.team, third.escalate_ms) == ("third", None)


def test_the_action_s_own_deadline_ends_the_chain_early() -> None:
    hold = held(judged(escalate_after_ms=None), ends_ms=OPENED_MS + 15 * MINUTE_MS)
    second = after(hold, TIME, OPENED_MS + 10 * MINUTE_MS).approval

    assert (second.team, second.due_ms) == ("second", OPENED_MS + 15 * MINUTE_MS)
    assert after(second, TIME, OPENED_MS + 15 * MINUTE_MS).resolution is Resolution.EXPIRED


def test_at_the_action_s_own_deadline_nobody_else_is_asked() -> None:
    hold = held(judged(escalate_after_ms=None), ends_ms=OPENED_MS + 5 * MINUTE_MS)

    result = after(hold, TIME, OPENED_MS + 5 * MINUTE_MS)

    assert [fact.kind for fact in result.facts] == [FactKind.RESOLVED]


def test_what_time_releases_gets_no_second_review() -> None:
    result = after(held(judged(has_second_review=True, **AUTO)), TIME, LATE_MS)

    assert [fact.kind for fact in result.facts] == [FactKind.RESOLVED]


def test_after_a_standstill_everything_that_came_due_happens_at_once() -> None:
    result = after(held(), TIME, OPENED_MS + 60 * MINUTE_MS)

    assert [fact.kind for fact in result.facts] == [FactKind.ESCALATED, FactKind.RESOLVED]
    assert result.resolution is Resolution.EXPIRED


def test_a_deadline_of_the_explicit_class_denies() -> None:
    hold = held(judged(on_timeout=OnTimeout.DENY, approval_class=ApprovalClass.EXPLICIT, escalate_after_ms=None))

    assert after(hold, TIME, OPENED_MS + 10 * MINUTE_MS).resolution is Resolution.EXPIRED


AUTO: dict[str, Any] = {
    "approval_class": ApprovalClass.AUTO,
    "on_timeout": OnTimeout.RELEASE,
    "escalate_after_ms": None,
}
LATE_MS = OPENED_MS + 10 * MINUTE_MS


def test_what_is_low_and_reversible_is_released_by_time_under_its_own_name() -> None:
    result = after(held(judged(constraints={"max_runtime_sec": 5}, **AUTO)), TIME, LATE_MS)

    assert result.resolution is Resolution.RELEASED_BY_TIMEOUT
    assert result.approval.state is HoldState.RELEASED_BY_TIMEOUT
    assert result.constraints == {"max_runtime_sec": 5}
    assert result.approval.ending is not None and result.approval.ending.reviewers == ()


def test_what_time_released_is_consumed_for_a_late_review() -> None:
    released = after(held(judged(**AUTO)), TIME, LATE_MS).approval

    assert refusal(released, act(), LATE_MS) is Conflict.CONSUMED


@pytest.mark.parametrize("reversible", [False, None])
def test_what_cannot_be_undone_is_never_released_by_time(reversible: bool | None) -> None:
    assert after(held(judged(reversible=reversible, **AUTO)), TIME, LATE_MS).resolution is Resolution.EXPIRED


@pytest.mark.parametrize("approval_class", [ApprovalClass.QUEUE, ApprovalClass.EXPLICIT])
def test_only_the_auto_class_is_released_by_time(approval_class: ApprovalClass) -> None:
    hold = held(judged(**{**AUTO, "approval_class": approval_class}))

    assert after(hold, TIME, LATE_MS).resolution is Resolution.EXPIRED


def test_the_strict_profile_releases_nothing_by_time() -> None:
    assert after(held(judged(**AUTO)), TimePassed(is_strict=True), LATE_MS).resolution is Resolution.EXPIRED


def test_nothing_is_released_by_time_at_the_action_s_own_deadline() -> None:
    hold = held(judged(**AUTO), ends_ms=OPENED_MS + MINUTE_MS)

    assert hold.due_ms == OPENED_MS + MINUTE_MS
    assert after(hold, TIME, OPENED_MS + MINUTE_MS).resolution is Resolution.EXPIRED


def test_an_edited_or_rejudged_or_questioned_hold_is_not_released_by_time() -> None:
    hold = held(judged(**AUTO))
    edited = after(hold, act(MODIFY, edit=Edit(OTHER_DIGEST, judged(**AUTO)))).approval
    rejudged = after(hold, PolicyChanged(OTHER_SNAPSHOT, judged(Decision.ALLOW, **AUTO))).approval
    asked = after(hold, act(ASK)).approval

    assert {after(each, TIME, LATE_MS).resolution for each in (edited, rejudged, asked)} == {Resolution.EXPIRED}


def test_a_review_at_or_after_the_last_deadline_is_expired() -> None:
    hold = held(judged(escalate_after_ms=None))

    assert refusal(hold, act(), OPENED_MS + 20 * MINUTE_MS) is Conflict.EXPIRED
    assert after(hold, act(), OPENED_MS + 20 * MINUTE_MS - 1).resolution is Resolution.APPROVED


def test_what_came_due_before_a_review_counts_before_it() -> None:
    late_ms = OPENED_MS + 5 * MINUTE_MS

    assert refusal(held(), act(by=person(teams=("first",))), late_ms) is Conflict.WRONG_TEAM
    result = after(held(), act(by=person(teams=("second",))), late_ms)
    assert [fact.kind for fact in result.facts] == [FactKind.ESCALATED, FactKind.VOTED, FactKind.RESOLVED]
    assert refusal(held(), act(), OPENED_MS + 10 * MINUTE_MS) is Conflict.EXPIRED


@given(
    teams=st.integers(0, 4),
    escalate=st.sampled_from((None, 1, 4, 10, 15)),
    ends=st.sampled_from((None, 3, 10, 14, 20, 100)),
    on_timeout=st.sampled_from(OnTimeout),
)
def test_the_last_deadline_is_when_time_alone_ends_it(
    teams: int, escalate: int | None, ends: int | None, on_timeout: OnTimeout
) -> None:
    verdict = judged(
        chain=tuple(f"t{number}" for number in range(teams)),
        escalate_after_ms=None if escalate is None else escalate * MINUTE_MS,
        on_timeout=on_timeout,
    )
    hold = held(verdict, ends_ms=None if ends is None else OPENED_MS + ends * MINUTE_MS)
    last_ms = final_due_ms(hold)

    assert after(hold, TIME, last_ms - 1).resolution is None
    assert after(hold, TIME, last_ms).resolution is not None
    assert refusal(hold, act(by=person(teams=hold.plan.chain)), last_ms) is Conflict.EXPIRED
