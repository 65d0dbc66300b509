"""An act becomes a review that the gate reads, and that says what was on the screen."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.acts.act import MAX_REASON_CHARS, ActInvalidError, outgoing, review_of
from penstock.console.acts.reasons import clean_reason
from policies.approval_documents import Role
from streams.events import Review, ReviewVerdict
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from tests.penstock.console.acts.samples import NOW_MS, SCANNER, act, person

SIGNER = ReviewSigner(bytes(range(32)))


def made(**more: Any) -> dict[str, Any]:
    """The review of an act."""
    given_act = act(**more)
    return review_of(given_act, review_id="r1", reason=given_act.reason, decided_ms=NOW_MS)


def test_review_says_who_decided_what_from_which_screen() -> None:
    review = made(person=person("ann", Role.SENIOR_REVIEWER, Role.REVIEWER, teams=("finance", "ops")), reason="fine")

    assert review["reviewer"] == {"id": "ann", "roles": ["reviewer", "senior_reviewer"], "teams": ["finance", "ops"]}
    assert review["digest"] == "d" * 64
    assert review["policy_snapshot"] == "v1:" + "5" * 64
    assert review["rendered_at"] == "2027-01-15T07:59:56.000Z"
    assert review["decided_at"] == "2027-01-15T08:00:00.000Z"
    assert review["reason"] == "fine"
    assert Review.model_validate(review).target.id == "h1"


def test_what_an_act_lacks_is_not_on_the_review() -> None:
    assert set(made()) == {
        "review_id",
        "target",
        "verdict",
        "reviewer",
        "digest",
        "policy_snapshot",
        "rendered_at",
        "decided_at",
    }


def test_signature_of_the_console_is_one_that_the_gate_takes() -> None:
    keys = ReviewKeys([TrustedKey(SIGNER.public)])
    review = made(verdict=ReviewVerdict.CONSTRAIN, constraints={"max_amount_usd": 5}, batch_id="b1")
    sent = orjson.loads(outgoing(act(), review, SIGNER).value)

    assert keys.problem(sent, NOW_MS) is None
    assert keys.problem({**sent, "constraints": {"max_amount_usd": 6}}, NOW_MS) is not None


def test_same_act_gives_the_same_bytes_at_every_attempt() -> None:
    review = made(arguments={"b": 1, "a": [1, 2]})

    assert outgoing(act(), review, SIGNER) == outgoing(act(), dict(reversed(review.items())), SIGNER) or (
        orjson.loads(outgoing(act(), review, SIGNER).value)["signature"]
        == orjson.loads(outgoing(act(), dict(reversed(review.items())), SIGNER).value)["signature"]
    )
    assert outgoing(act(), review, SIGNER) == outgoing(act(), review, SIGNER)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"target_id": "x" * 300}, "target.id"),
        ({"arguments": {"n": 2**70}}, "64 bits"),
        ({"arguments": {"text": "x" * 600_000}}, "bytes"),
    ],
)
def test_what_the_gate_could_not_read_is_refused_before_it_is_sent(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ActInvalidError, match=words):
        outgoing(act(**more), made(**more), SIGNER)


def test_secrets_in_a_reason_stay_in_the_console() -> None:
    cleaned = clean_reason(SCANNER, "asked bob@example.com, card 4111 1111 1111 1111, paid on 2026-05-01")

    assert cleaned.text == "asked <EMAIL_ADDRESS>, card <CREDIT_CARD>, paid on 2026-05-01"
    assert cleaned.redacted == ("EMAIL_ADDRESS", "CREDIT_CARD")


@pytest.mark.parametrize("reason", [None, "", " \n\t "])
def test_blanks_are_no_reason(reason: str | None) -> None:
    assert clean_reason(SCANNER, reason).text is None


def test_reason_that_is_too_long_is_refused() -> None:
    assert clean_reason(SCANNER, "a " * (MAX_REASON_CHARS // 2)).text is not None
    with pytest.raises(ActInvalidError, match="2001 characters"):
        clean_reason(SCANNER, "a" * (MAX_REASON_CHARS + 1))


@given(st.text(max_size=200))
def test_redacted_reason_scans_clean_and_is_stable(text: str) -> None:
    cleaned = clean_reason(SCANNER, text).text

    assert clean_reason(SCANNER, cleaned).redacted == ()
