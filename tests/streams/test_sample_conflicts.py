"""Every way in which a verdict on a sample does not count: each ends in one typed conflict and one record."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.conflicts import Conflict
from tests.streams.approval_samples import audited
from tests.streams.quarantine_samples import DIGEST, SAMPLE_ID, Hearing

Attack = Callable[[], str]


def sample_that_is_none() -> str:
    return Hearing().refusal("ada", target={"kind": "sample", "id": "s1"})


def sample_of_another_decision() -> str:
    return Hearing().refusal("ada", subject={"agent_id": "agent-2", "action_id": "a1"})


def sample_for_who_sees_some_tenants_only() -> str:
    return Hearing().refusal("ten")


def owner_who_does_not_say_whose_it_was() -> str:
    return Hearing().refusal("own", subject=None)


def sample_digest_of_something_else() -> str:
    return Hearing().refusal("ada", digest="0" * 64)


def verdict_that_is_none_about_a_sample() -> str:
    return Hearing().refusal("ada", "approve")


def stranger_who_judges_a_sample() -> str:
    return Hearing().refusal("mal")


def viewer_who_judges_a_sample() -> str:
    return Hearing().refusal("vic")


def owner_who_judges_their_own() -> str:
    return Hearing().refusal("own")


def wrong_without_a_word_why() -> str:
    return Hearing().refusal("ada", "wrong", defect=None, reason=" ")


def second_word_about_a_sample() -> str:
    hearing = Hearing()
    hearing.review("ada", "correct")
    return hearing.refusal("ADA ", "wrong")


ATTACKS: tuple[tuple[Conflict, Attack], ...] = (
    (Conflict.UNSUPPORTED_TARGET, verdict_that_is_none_about_a_sample),
    (Conflict.UNKNOWN_SAMPLE, sample_that_is_none),
    (Conflict.UNKNOWN_SAMPLE, sample_of_another_decision),
    (Conflict.UNKNOWN_SAMPLE, sample_digest_of_something_else),
    (Conflict.UNKNOWN_SAMPLE, sample_for_who_sees_some_tenants_only),
    (Conflict.UNKNOWN_SAMPLE, owner_who_does_not_say_whose_it_was),
    (Conflict.NOT_ELIGIBLE, stranger_who_judges_a_sample),
    (Conflict.NOT_ELIGIBLE, viewer_who_judges_a_sample),
    (Conflict.SELF_APPROVAL, owner_who_judges_their_own),
    (Conflict.REASON_MISSING, wrong_without_a_word_why),
    (Conflict.DUPLICATE_VOTE, second_word_about_a_sample),
)


@pytest.mark.parametrize(("conflict", "attack"), ATTACKS, ids=[attack.__name__ for _, attack in ATTACKS])
def test_verdict_does_not_count_and_the_audit_says_why(conflict: Conflict, attack: Attack) -> None:
    assert attack() == conflict.value


def test_record_of_a_refused_verdict_on_a_sample_names_the_sample() -> None:
    step = Hearing().review("ada", "correct", digest="0" * 64)

    assert (audited(step)["sample_id"], audited(step)["code"]) == (SAMPLE_ID, "unknown_sample")
    assert audited(step)["digest"] != DIGEST
