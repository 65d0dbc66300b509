"""A second review is blind, by somebody else, and changes nothing but what is known."""

from __future__ import annotations

import json

import pytest

from policies.approval_documents import Role
from policies.approval_events import Act, Edit, EventKind
from policies.approvals import Approval
from policies.conflicts import Conflict
from policies.second_review import SecondReview, blind_view, decide_second, open_second_review
from tests.policies.holds import DIGEST, OPENED_MS, OTHER_DIGEST, act, after, held, judged, person

NOW_MS = OPENED_MS + 100
DRAWN = judged(has_second_review=True)


def _released() -> Approval:
    return after(held(DRAWN, excluded=("olga",), tenant_id="acme"), act()).approval


def _second() -> SecondReview:
    return open_second_review(_released(), NOW_MS)


def _decided(event: Act) -> SecondReview:
    found = decide_second(_second(), event, NOW_MS)
    assert isinstance(found, SecondReview)
    return found


def test_the_second_reviewer_agrees_or_not() -> None:
    agreed, disagreed = _decided(act(by=person("bo"))), _decided(act(EventKind.DENY, person("bo")))

    assert _second().agrees is None
    assert (agreed.agrees, disagreed.agrees) == (True, False)
    assert (agreed.reviewer, agreed.decided_ms) == ("bo", NOW_MS)


REFUSED = (
    (Act(EventKind.APPROVE, None, "r", DIGEST), Conflict.NOT_ELIGIBLE),
    (act(by=person("bo", tenants=("other",))), Conflict.UNKNOWN_HOLD),
    (act(by=person("bo", Role.VIEWER)), Conflict.NOT_ELIGIBLE),
    (act(by=person("bo", Role.AUDITOR, Role.REVIEWER)), Conflict.NOT_ELIGIBLE),
    (act(by=person("bo", teams=("second",))), Conflict.WRONG_TEAM),
    (act(by=person(" ANA")), Conflict.SELF_APPROVAL),
    (act(by=person("olga")), Conflict.SELF_APPROVAL),
    (act(by=person("bo", agents=("b*",))), Conflict.SELF_APPROVAL),
    (act(by=person("bo"), digest=OTHER_DIGEST), Conflict.DIGEST_MISMATCH),
    (act(EventKind.DENY, person("bo"), reason=" "), Conflict.REASON_MISSING),
    (act(EventKind.CLAIM, person("bo")), Conflict.UNSUPPORTED_TARGET),
)


@pytest.mark.parametrize(("event", "conflict"), REFUSED, ids=[conflict.value for _, conflict in REFUSED])
def test_what_is_no_second_review_changes_nothing(event: Act, conflict: Conflict) -> None:
    assert decide_second(_second(), event, NOW_MS) is conflict


def test_it_is_given_once_and_only_where_one_is_due() -> None:
    done = _decided(act(by=person("bo")))

    assert decide_second(done, act(by=person("cy")), NOW_MS) is Conflict.ALREADY_DECIDED
    assert decide_second(None, act(by=person("cy")), NOW_MS) is Conflict.UNKNOWN_HOLD


def test_who_edited_the_action_is_not_asked_again() -> None:
    edited = after(held(DRAWN), act(EventKind.MODIFY, person("bo"), edit=Edit(OTHER_DIGEST, judged()))).approval
    second = open_second_review(after(edited, act(digest=OTHER_DIGEST)).approval, NOW_MS)

    assert second.digest == OTHER_DIGEST
    assert decide_second(second, act(by=person("bo"), digest=OTHER_DIGEST), NOW_MS) is Conflict.SELF_APPROVAL


def test_only_what_people_released_is_reviewed_again() -> None:
    for hold in (held(), after(held(), act(EventKind.DENY)).approval):
        with pytest.raises(ValueError, match="people released"):
            open_second_review(hold, NOW_MS)


def test_the_second_reviewer_is_not_told_what_the_first_decided() -> None:
    shown = blind_view(_released())

    assert shown["digest"] == DIGEST
    assert "ana" not in json.dumps(shown) and "approved" not in json.dumps(shown)
    assert not {"votes", "ending", "state", "editors"} & set(shown)


def test_a_second_review_survives_json() -> None:
    for second in (_second(), _decided(act(by=person("bo")))):
        assert SecondReview.from_json(json.loads(json.dumps(second.to_json()))) == second
