"""A review as the command line writes it is one that the gate takes, signed or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from penstock.opened_action import Unopened
from penstock.reviewing import Pending, hold_lines, hold_summary, pending_hold, review_of
from policies.bundle import load_bundle
from streams.events import ReviewVerdict
from streams.held import Hold
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from tests.streams.approval_samples import DOCUMENTS, Desk, audited, kinds_of

SIGNER = ReviewSigner(bytes(range(32)))
# Teams without a directory: who reviews says who they are.
WITHOUT_DIRECTORY = load_bundle(
    {**DOCUMENTS, "people.yaml": DOCUMENTS["people.yaml"].partition("teams:")[0]},
)


def held(desk: Desk) -> Hold:
    """A hold of the desk."""
    return desk.lane.state.holds[desk.hold()]


@pytest.mark.parametrize("is_signed", [False, True])
def test_review_of_the_command_line_releases(is_signed: bool) -> None:
    desk = Desk(WITHOUT_DIRECTORY, keys=ReviewKeys([TrustedKey(SIGNER.public)]) if is_signed else None)
    review = review_of(
        held(desk),
        verdict=ReviewVerdict.APPROVE,
        reviewer="ann",
        roles=["senior_reviewer"],
        teams=None,
        reason="checked",
        rendered_at="2027-01-15T08:00:00Z",
    )

    record = audited(desk.lane.give(SIGNER.sign(review) if is_signed else review))

    assert record["resolution"] == "approved"


@pytest.mark.parametrize(
    ("verdict", "reason", "more", "fact"),
    [
        (ReviewVerdict.CLAIM, None, {}, "claimed"),
        (ReviewVerdict.ASK, "which order?", {}, "asked"),
        (ReviewVerdict.MODIFY, "too much", {"arguments": {"order": "a1", "amount": 80}}, "modified"),
        (ReviewVerdict.CONSTRAIN, "not slower", {"constraints": {"max_runtime_sec": 5}}, "voted"),
    ],
)
def test_other_acts_of_the_command_line_are_taken_too(
    verdict: ReviewVerdict, reason: str | None, more: dict[str, Any], fact: str
) -> None:
    desk = Desk(WITHOUT_DIRECTORY, keys=ReviewKeys([TrustedKey(SIGNER.public)]))
    review = review_of(
        held(desk),
        verdict=verdict,
        reviewer="ann",
        roles=["senior_reviewer"],
        teams=None,
        reason=reason,
        rendered_at="2027-01-15T08:00:00Z",
    )

    assert fact in kinds_of(audited(desk.lane.give(SIGNER.sign(review | more))))


def test_list_says_whose_turn_it_is_and_how_many_have_to_agree() -> None:
    desk = Desk()
    hold_id = desk.hold(amount=1500)
    desk.review(hold_id, "ana")

    pending = Pending(0, desk.lane.state.holds[hold_id])

    summary = hold_summary(pending)
    assert (summary["team"], summary["approval_class"]) == ("finance", "queue")
    assert (summary["votes"], summary["approvers"]) == (1, 2)
    assert any(line.startswith("arguments") for line in hold_lines(pending))


def test_held_action_with_another_digest_is_not_shown() -> None:
    hold = held(Desk())
    assert pending_hold(0, hold).unopened is None
    other = pending_hold(0, replace(hold, action={**hold.action, "arguments": {"order": "another-canary"}}))

    assert other.unopened is Unopened.OTHER_CONTENTS
    lines = hold_lines(other)
    assert "another-canary" not in str(lines)
    assert any("is not what its record names" in line for line in lines)
