"""Every way in which a review changes nothing: each ends in one typed conflict and one record in the audit.

The list of attacks on a review stands here as a table; `test_every_conflict_is_in_the_table` keeps it whole.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.conflicts import Conflict
from policies.kill import KillSwitch, kill_entry
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from streams.topics import AUDIT
from tests.streams.approval_samples import MINUTE_MS, Desk, audited, bundle_with
from tests.streams.samples import HOLD_MS, topics_of
from tests.streams.test_quarantine_conflicts import ATTACKS as OUTPUT_ATTACKS
from tests.streams.test_sample_conflicts import ATTACKS as SAMPLE_ATTACKS

SIGNER, FORGER = ReviewSigner(bytes(range(32))), ReviewSigner(bytes(32))
KEYS = ReviewKeys([TrustedKey(SIGNER.public)])

Attack = Callable[[], str]


def forged_signature() -> str:
    desk = Desk(keys=KEYS)
    hold_id = desk.hold()
    return desk.refused(FORGER.sign(desk.fields(hold_id, "ana")))


def changed_after_signing() -> str:
    desk = Desk(keys=KEYS)
    hold_id = desk.hold()
    return desk.refused({**SIGNER.sign(desk.fields(hold_id, "ana", "deny")), "verdict": "approve"})


def unsigned() -> str:
    desk = Desk(keys=KEYS)
    return desk.refusal(desk.hold(), "ana")


def other_target() -> str:
    desk = Desk()
    hold_id = desk.hold()
    return desk.refusal(hold_id, "ana", target={"kind": "output", "id": hold_id})


def hold_that_never_was() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", target={"kind": "action", "id": "none"})


def other_tenant() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(tenant_id="t-2"), "ten")


def other_tenant_after_it_ended() -> str:
    desk = Desk()
    hold_id = desk.hold(tenant_id="t-2")
    desk.review(hold_id, "ana")
    return desk.refusal(hold_id, "ten")


def stranger_with_a_role_of_their_own_making() -> str:
    desk = Desk()
    return desk.refusal(
        desk.hold(), "mallory", reviewer={"id": "mallory", "roles": ["senior_reviewer"], "teams": ["finance"]}
    )


def stranger_after_it_ended() -> str:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "ana")
    return desk.refusal(hold_id, "mallory")


def auditor() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "aud")


def stranger_who_answers() -> str:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "ana", "ask")
    return desk.refusal(hold_id, "mallory", "answer")


def auditor_who_answers() -> str:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "ana", "ask")
    return desk.refusal(hold_id, "aud", "answer")


def other_tenant_who_answers() -> str:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "ana", "ask")
    return desk.refusal(hold_id, "ten", "answer")


def wrong_team() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "cy")


def owner() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), " BO ")


def requester() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(labels={"requested_by": "Tim"}), "tim")


def author_of_the_loosening() -> str:
    desk = Desk()
    hold_id = desk.hold()
    desk.activate(bundle_with(rules=("max_amount_usd: 5000", "max_amount_usd: 8000")), by="ANA")
    desk.review(hold_id, "eve", digest="0" * 64)
    return desk.refusal(hold_id, "ana")


def editor() -> str:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "ana", "modify", arguments={"order": "a1", "amount": 150})
    return desk.refusal(hold_id, "ana")


def double() -> str:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "ana")
    return desk.refusal(hold_id, "ana")


def decided_by_two_at_once() -> str:
    desk = Desk()
    hold_id = desk.hold()
    one, other = desk.fields(hold_id, "ana"), desk.fields(hold_id, "eve", "deny")
    desk.lane.give(one)
    return desk.refused(other)


def after_its_release_by_timeout() -> str:
    desk = Desk()
    hold_id = desk.hold(topic="job.note.add")
    desk.wait(10 * MINUTE_MS)
    return desk.refusal(hold_id, "cy", "deny")


def after_its_deadline() -> str:
    desk = Desk()
    hold_id = desk.hold(topic="job.wire.send")
    desk.wait(HOLD_MS)
    return desk.refusal(hold_id, "cy")


def at_its_deadline_before_the_timer() -> str:
    desk = Desk()
    hold_id = desk.hold(topic="job.wire.send")
    desk.lane.now_ms += HOLD_MS
    return desk.refusal(hold_id, "cy")


def answer_at_the_deadline_before_the_timer() -> str:
    desk = Desk()
    hold_id = desk.hold(topic="job.wire.send")
    desk.review(hold_id, "cy", "ask")
    desk.lane.now_ms += HOLD_MS
    return desk.refusal(hold_id, "cy", "answer")


def over_an_open_question() -> str:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "eve", "ask")
    return desk.refusal(hold_id, "ana")


def answer_to_nothing() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", "answer")


def tampered_digest() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", digest="0" * 64)


def stale_screen_after_an_edit() -> str:
    desk = Desk()
    hold_id = desk.hold()
    stale = desk.fields(hold_id, "eve")
    desk.review(hold_id, "ana", "modify", arguments={"order": "a1", "amount": 150})
    return desk.refused(stale)


def stale_policy() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", policy_snapshot="0" * 64)


def incomplete_evidence() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", decided_at=None)


def no_reason() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(topic="job.wire.send"), "cy", reason=" \n")


def answer_without_words() -> str:
    desk = Desk()
    hold_id = desk.hold()
    desk.review(hold_id, "ana", "ask")
    return desk.refusal(hold_id, "ana", "answer", reason=" ")


def batch_of_what_is_explicit() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(topic="job.wire.send"), "cy", batch_id="b1")


def constraint_of_the_wrong_kind() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", "constrain", constraints={"max_amount_usd": "a lot"})


def constraint_that_widens() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", "constrain", constraints={"max_amount_usd": 6000})


def constraint_against_another_vote() -> str:
    desk = Desk()
    hold_id = desk.hold(amount=1500)
    desk.review(hold_id, "ana", "constrain", constraints={"region": "eu"})
    return desk.refusal(hold_id, "eve", "constrain", constraints={"region": "us"})


def constraint_that_the_action_breaks() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", "constrain", constraints={"max_amount_usd": 100})


def edit_that_changes_nothing() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", "modify", arguments={"amount": 420, "order": "a1"})


def edit_without_arguments() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", "modify")


def edit_that_policy_denies() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(), "ana", "modify", arguments={"order": "a1", "amount": 9001})


def team_that_is_none() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(topic="job.wire.send"), "max", "reassign", to_team="nobody")


def past_the_last_team() -> str:
    desk = Desk()
    return desk.refusal(desk.hold(topic="job.wire.send"), "cy", "escalate")


def over_the_limit() -> str:
    desk = Desk()
    for number in range(2):
        desk.review(desk.hold(f"b{number}"), "ana", "claim")
    return desk.refusal(desk.hold(), "ana", "claim")


def in_cooldown() -> str:
    desk = Desk()
    for number in range(3):
        desk.review(desk.hold(f"b{number}"), "ana")
    return desk.refusal(desk.hold(), "ana")


def one_person_twice() -> str:
    desk = Desk()
    hold_id = desk.hold(amount=1500)
    desk.review(hold_id, "ana")
    return desk.refusal(hold_id, "Ana ")


def of_what_is_killed() -> str:
    desk = Desk()
    hold_id = desk.hold()
    entry = kill_entry("agent", "agent-1", reason="an incident", by="max", at_ms=desk.lane.now_ms)
    desk.kill(KillSwitch([entry]))
    return desk.refusal(hold_id, "ana")


ATTACKS: tuple[tuple[Conflict, Attack], ...] = (
    (Conflict.NOT_SIGNED, forged_signature),
    (Conflict.NOT_SIGNED, changed_after_signing),
    (Conflict.NOT_SIGNED, unsigned),
    (Conflict.UNSUPPORTED_TARGET, other_target),
    (Conflict.UNKNOWN_HOLD, hold_that_never_was),
    (Conflict.UNKNOWN_HOLD, other_tenant),
    (Conflict.UNKNOWN_HOLD, other_tenant_after_it_ended),
    (Conflict.UNKNOWN_HOLD, other_tenant_who_answers),
    (Conflict.NOT_ELIGIBLE, stranger_with_a_role_of_their_own_making),
    (Conflict.NOT_ELIGIBLE, stranger_after_it_ended),
    (Conflict.NOT_ELIGIBLE, stranger_who_answers),
    (Conflict.NOT_ELIGIBLE, auditor),
    (Conflict.NOT_ELIGIBLE, auditor_who_answers),
    (Conflict.WRONG_TEAM, wrong_team),
    (Conflict.SELF_APPROVAL, owner),
    (Conflict.SELF_APPROVAL, requester),
    (Conflict.OWN_LOOSENING, author_of_the_loosening),
    (Conflict.EDITOR_VOTE, editor),
    (Conflict.ALREADY_DECIDED, double),
    (Conflict.ALREADY_DECIDED, decided_by_two_at_once),
    (Conflict.CONSUMED, after_its_release_by_timeout),
    (Conflict.EXPIRED, after_its_deadline),
    (Conflict.EXPIRED, at_its_deadline_before_the_timer),
    (Conflict.EXPIRED, answer_at_the_deadline_before_the_timer),
    (Conflict.QUESTION_OPEN, over_an_open_question),
    (Conflict.NO_QUESTION, answer_to_nothing),
    (Conflict.DIGEST_MISMATCH, tampered_digest),
    (Conflict.DIGEST_MISMATCH, stale_screen_after_an_edit),
    (Conflict.SNAPSHOT_MISMATCH, stale_policy),
    (Conflict.INCOMPLETE_EVIDENCE, incomplete_evidence),
    (Conflict.REASON_MISSING, no_reason),
    (Conflict.REASON_MISSING, answer_without_words),
    (Conflict.BATCH_REFUSED, batch_of_what_is_explicit),
    (Conflict.CONSTRAINT_INVALID, constraint_of_the_wrong_kind),
    (Conflict.CONSTRAINT_WIDENED, constraint_that_widens),
    (Conflict.CONSTRAINT_CONFLICT, constraint_against_another_vote),
    (Conflict.CONSTRAINT_EXCEEDED, constraint_that_the_action_breaks),
    (Conflict.EDIT_UNCHANGED, edit_that_changes_nothing),
    (Conflict.EDIT_UNCHANGED, edit_without_arguments),
    (Conflict.EDIT_DENIED, edit_that_policy_denies),
    (Conflict.UNKNOWN_TEAM, team_that_is_none),
    (Conflict.NO_NEXT_TEAM, past_the_last_team),
    (Conflict.OVER_LIMIT, over_the_limit),
    (Conflict.IN_COOLDOWN, in_cooldown),
    (Conflict.DUPLICATE_VOTE, one_person_twice),
    (Conflict.KILLED, of_what_is_killed),
)


@pytest.mark.parametrize(("conflict", "attack"), ATTACKS, ids=[attack.__name__ for _, attack in ATTACKS])
def test_review_changes_nothing_and_the_audit_says_why(conflict: Conflict, attack: Attack) -> None:
    assert attack() == conflict.value


def test_every_conflict_is_in_the_table() -> None:
    # An id that comes again with other content meets its conflict before it reaches a hold.
    assert {conflict for conflict, _ in (*ATTACKS, *OUTPUT_ATTACKS, *SAMPLE_ATTACKS)} == set(Conflict) - {
        Conflict.ID_CONFLICT
    }


def test_review_that_is_played_again_is_a_duplicate() -> None:
    desk = Desk(keys=KEYS)
    hold_id = desk.hold(amount=1500)
    fields = SIGNER.sign(desk.fields(hold_id, "ana"))
    desk.lane.give(fields)

    step = desk.lane.give(fields)

    assert topics_of(step) == [AUDIT.name]
    assert audited(step)["kind"] == "duplicate"
    assert len(desk.lane.state.holds[hold_id].approval["votes"]) == 1


def test_who_cannot_sign_uses_up_nobodys_review_id() -> None:
    desk = Desk(keys=KEYS)
    hold_id = desk.hold()
    fields = desk.fields(hold_id, "ana")
    assert desk.refused({**fields, "verdict": "deny"}) == "not_signed"

    assert audited(desk.lane.give(SIGNER.sign(fields)))["resolution"] == "approved"


def test_signature_problem_is_named_in_the_audit() -> None:
    desk = Desk(keys=KEYS)
    hold_id = desk.hold()

    record = audited(desk.lane.give(FORGER.sign(desk.fields(hold_id, "ana"))))

    assert (record["code"], record["problem"]) == ("not_signed", "unknown_key")
