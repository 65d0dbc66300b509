"""Every way in which a review of a quarantined output changes nothing: a typed conflict and one audit record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from detectors import Limits, Scanner
from policies.conflicts import Conflict
from policies.kill import KillSwitch, kill_entry
from streams.quarantine_step import CHECKS
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from streams.sealing import Sealer
from streams.topics import AUDIT
from tests.streams.approval_samples import audited
from tests.streams.quarantine_samples import TEXT, Ward, bundle_of_outputs
from tests.streams.samples import OUTPUT_RULES, PAYLOAD_KEY, TOKEN, output, topics_of

SIGNER, FORGER = ReviewSigner(bytes(range(32))), ReviewSigner(bytes(32))
KEYS = ReviewKeys([TrustedKey(SIGNER.public)])
OTHER_KEY = bytes(range(64, 96))

Attack = Callable[[], str]


def box_of(fields: dict[str, Any], record: dict[str, Any], key: bytes = PAYLOAD_KEY) -> dict[str, str]:
    """A box as somebody with a payload key could make it for a record."""
    return Sealer(key).seal(orjson.dumps(fields), context=f"quarantine|{record['quarantine_id']}")


def unsigned() -> str:
    ward = Ward(keys=KEYS)
    return ward.refusal(ward.hold(), "sen", "release")


def forged_signature() -> str:
    ward = Ward(keys=KEYS)
    return ward.refused(FORGER.sign(ward.fields(ward.hold(), "sen", "release")))


def box_changed_after_signing() -> str:
    ward = Ward(keys=KEYS)
    first, second = ward.hold(), ward.hold("o2")
    signed = SIGNER.sign(ward.fields(first, "sen", "release"))
    return ward.refused({**signed, "sealed": second["payload"]})


def verdict_about_something_else() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "sen", "approve")


def output_that_was_never_held_back() -> str:
    ward = Ward()
    return ward.refusal({**ward.hold(), "quarantine_id": "0" * 32}, "sen", "reject")


def output_of_another_tenant() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(tenant_id="t-2"), "ten", "reveal")


def output_without_tenant_for_who_is_bound_to_some() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "ten", "release")


def stranger_with_a_role_of_their_own_making() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "mal", "release", reviewer={"id": "mal", "roles": ["senior_reviewer"]})


def reviewer_who_releases_as_is() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "ana", "release")


def auditor_who_is_a_senior_too() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "aud", "release")


def auditor_who_wants_to_see() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "ada", "reveal")


def viewer_who_wants_to_see() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "vic", "reveal")


def owner_who_releases() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), " OWN ", "release")


def owner_who_redacts() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "own", "redact")


def owner_who_rejects() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "own", "reject")


def agent_itself() -> str:
    ward = Ward(bundle_of_outputs(people=""))
    return ward.refusal(ward.hold(), "agent-1", "release", reviewer={"id": "agent-1", "roles": ["admin"]})


def decided_by_two_at_once() -> str:
    ward = Ward()
    record = ward.hold()
    one, other = ward.fields(record, "sen", "release"), ward.fields(record, "adm", "reject")
    ward.lane.give(one)
    return ward.refused(other)


def released_twice() -> str:
    ward = Ward()
    record = ward.hold()
    ward.review(record, "sen", "release")
    return ward.refusal(record, "sen", "release")


def redacted_after_it_was_rejected() -> str:
    ward = Ward()
    record = ward.hold()
    ward.review(record, "ana", "reject")
    return ward.refusal(record, "ana", "redact")


def release_of_a_chunk() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(sequence=0, final=True), "sen", "release")


def redaction_of_a_chunk() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(final=True), "sen", "redact")


def other_digest() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "sen", "release", digest="0" * 64)


def other_digest_of_who_only_looks() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "sen", "reveal", digest="0" * 64)


def without_the_evidence_that_policy_asks_for() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "sen", "release", decided_at=None)


def release_without_a_reason() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "sen", "release", reason=" \n")


def reveal_without_a_reason() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "ana", "reveal", reason=None)


def rejection_without_a_reason() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "ana", "reject", reason=None)


def several_released_at_once() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "sen", "release", batch_id="b1")


def without_the_box() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(), "sen", "release", sealed=None)


def box_of_another_output() -> str:
    ward = Ward()
    first, second = ward.hold(), ward.hold("o2", "and another\n" + TEXT)
    return ward.refusal(first, "sen", "release", sealed=second["payload"])


def box_with_a_changed_byte() -> str:
    ward = Ward()
    record = ward.hold()
    text = record["payload"]["ciphertext"]
    swapped = ("B" if text[0] == "A" else "A") + text[1:]
    return ward.refusal(record, "sen", "redact", sealed={**record["payload"], "ciphertext": swapped})


def box_under_another_key() -> str:
    ward = Ward()
    record = ward.hold()
    return ward.refusal(record, "sen", "release", sealed=box_of(output(content=TEXT), record, OTHER_KEY))


def gate_without_a_key() -> str:
    ward = Ward()
    record = ward.hold()
    ward.change(sealer=None)
    return ward.refusal(record, "sen", "release")


def other_content_sealed_with_the_right_key() -> str:
    ward = Ward()
    record = ward.hold()
    return ward.refusal(record, "sen", "release", sealed=box_of(output(content="swapped"), record))


def other_output_id_sealed_with_the_right_key() -> str:
    ward = Ward()
    record = ward.hold()
    return ward.refusal(record, "sen", "release", sealed=box_of(output("o2", TEXT), record))


def no_output_sealed_with_the_right_key() -> str:
    ward = Ward()
    record = ward.hold()
    return ward.refusal(record, "sen", "release", sealed=box_of({"content": TEXT}, record))


def release_of_what_is_killed() -> str:
    ward = Ward()
    record = ward.hold()
    kill(ward)
    return ward.refusal(record, "sen", "release")


def redaction_of_what_is_killed() -> str:
    ward = Ward()
    record = ward.hold()
    kill(ward)
    return ward.refusal(record, "sen", "redact")


def release_for_a_stopped_agent() -> str:
    ward = Ward()
    record = ward.hold()
    stop(ward)
    return ward.refusal(record, "sen", "release")


def stop(ward: Ward, deed: str = "stop") -> None:
    """Let a person stop the agent, or let it go on."""
    agent = {"quarantine_id": "", "digest": "-", "policy_snapshot": "-", "payload": None}
    target = {"kind": "agent", "id": "agent-1"}
    record = audited(ward.review(agent, "adm", deed, target=target))
    assert record["kind"] == "agent_review"


def kill(ward: Ward) -> None:
    """Stop the agent."""
    ward.change(
        kill=KillSwitch([kill_entry("agent", "agent-1", reason="an incident", by="adm", at_ms=ward.lane.now_ms)])
    )


def redaction_of_what_cannot_be_scanned() -> str:
    ward = Ward()
    record = ward.hold()
    ward.change(scanner=Scanner(limits=Limits(max_bytes=4)))
    return ward.refusal(record, "sen", "redact")


def redaction_of_a_name_that_tells() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(content={TOKEN: "a name that may not be quoted"}), "sen", "redact")


def redaction_of_what_a_field_rule_holds_back() -> str:
    rules = OUTPUT_RULES.replace("decision: redact, reason: internal", "decision: quarantine, reason: internal")
    ward = Ward(bundle_of_outputs(rules))
    return ward.refusal(ward.hold(content={"finance": {"margin": 0.4}}), "sen", "redact")


def redaction_of_a_field_in_json_that_was_sent_as_text() -> str:
    ward = Ward()
    return ward.refusal(ward.hold(content='{"finance": {"margin": 0.4}}'), "sen", "redact")


def redaction_where_no_policy_speaks_about_outputs() -> str:
    ward = Ward()
    record = ward.hold()
    ward.change(bundle=bundle_of_outputs(""))
    return ward.refusal(record, "sen", "redact")


ATTACKS: tuple[tuple[Conflict, Attack], ...] = (
    (Conflict.NOT_SIGNED, unsigned),
    (Conflict.NOT_SIGNED, forged_signature),
    (Conflict.NOT_SIGNED, box_changed_after_signing),
    (Conflict.UNSUPPORTED_TARGET, verdict_about_something_else),
    (Conflict.UNKNOWN_QUARANTINE, output_that_was_never_held_back),
    (Conflict.UNKNOWN_QUARANTINE, output_of_another_tenant),
    (Conflict.UNKNOWN_QUARANTINE, output_without_tenant_for_who_is_bound_to_some),
    (Conflict.NOT_ELIGIBLE, stranger_with_a_role_of_their_own_making),
    (Conflict.NOT_ELIGIBLE, reviewer_who_releases_as_is),
    (Conflict.NOT_ELIGIBLE, auditor_who_is_a_senior_too),
    (Conflict.NOT_ELIGIBLE, auditor_who_wants_to_see),
    (Conflict.NOT_ELIGIBLE, viewer_who_wants_to_see),
    (Conflict.SELF_APPROVAL, owner_who_releases),
    (Conflict.SELF_APPROVAL, owner_who_redacts),
    (Conflict.SELF_APPROVAL, owner_who_rejects),
    (Conflict.SELF_APPROVAL, agent_itself),
    (Conflict.ALREADY_DECIDED, decided_by_two_at_once),
    (Conflict.ALREADY_DECIDED, released_twice),
    (Conflict.ALREADY_DECIDED, redacted_after_it_was_rejected),
    (Conflict.CHUNK_OF_STREAM, release_of_a_chunk),
    (Conflict.CHUNK_OF_STREAM, redaction_of_a_chunk),
    (Conflict.DIGEST_MISMATCH, other_digest),
    (Conflict.DIGEST_MISMATCH, other_digest_of_who_only_looks),
    (Conflict.INCOMPLETE_EVIDENCE, without_the_evidence_that_policy_asks_for),
    (Conflict.REASON_MISSING, release_without_a_reason),
    (Conflict.REASON_MISSING, reveal_without_a_reason),
    (Conflict.REASON_MISSING, rejection_without_a_reason),
    (Conflict.BATCH_REFUSED, several_released_at_once),
    (Conflict.PAYLOAD_UNREADABLE, without_the_box),
    (Conflict.PAYLOAD_UNREADABLE, box_of_another_output),
    (Conflict.PAYLOAD_UNREADABLE, box_with_a_changed_byte),
    (Conflict.PAYLOAD_UNREADABLE, box_under_another_key),
    (Conflict.PAYLOAD_UNREADABLE, gate_without_a_key),
    (Conflict.PAYLOAD_MISMATCH, other_content_sealed_with_the_right_key),
    (Conflict.PAYLOAD_MISMATCH, other_output_id_sealed_with_the_right_key),
    (Conflict.PAYLOAD_MISMATCH, no_output_sealed_with_the_right_key),
    (Conflict.KILLED, release_of_what_is_killed),
    (Conflict.KILLED, redaction_of_what_is_killed),
    (Conflict.AGENT_STOPPED, release_for_a_stopped_agent),
    (Conflict.REDACTION_FAILED, redaction_of_what_cannot_be_scanned),
    (Conflict.REDACTION_FAILED, redaction_of_a_name_that_tells),
    (Conflict.STILL_QUARANTINED, redaction_of_what_a_field_rule_holds_back),
    (Conflict.STILL_QUARANTINED, redaction_of_a_field_in_json_that_was_sent_as_text),
    (Conflict.STILL_QUARANTINED, redaction_where_no_policy_speaks_about_outputs),
)


@pytest.mark.parametrize(("conflict", "attack"), ATTACKS, ids=[attack.__name__ for _, attack in ATTACKS])
def test_review_changes_nothing_and_the_audit_says_why(conflict: Conflict, attack: Attack) -> None:
    assert attack() == conflict.value


def test_checks_stand_in_the_order_of_their_conflicts() -> None:
    places = [list(Conflict).index(conflict) for conflict, _ in CHECKS]

    assert places == sorted(set(places))


def test_review_of_an_output_that_is_played_again_is_a_duplicate() -> None:
    ward = Ward(keys=KEYS)
    fields = SIGNER.sign(ward.fields(ward.hold(), "sen", "release"))
    ward.lane.give(fields)

    step = ward.lane.give(fields)

    assert topics_of(step) == [AUDIT.name]
    assert (audited(step)["kind"], audited(step)["of"]) == ("duplicate", "review")


def test_record_of_a_refused_release_names_the_quarantine_and_what_was_wrong() -> None:
    ward = Ward()
    record = ward.hold(content={TOKEN: "a name that may not be quoted"})

    refused = audited(ward.review(record, "ana", "redact"))

    assert refused["quarantine_id"] == record["quarantine_id"]
    assert (refused["code"], refused["problem"]) == ("redaction_failed", "SCAN_SENSITIVE_KEY")
    assert TOKEN not in str(refused)


@pytest.mark.parametrize("verdict", ["release", "redact"])
def test_stopped_agent_says_nothing_until_it_goes_on(verdict: str) -> None:
    ward = Ward()
    record = ward.hold()
    stop(ward)
    assert ward.refusal(record, "sen", verdict) == "agent_stopped"
    stop(ward, "resume")

    assert ward.released(record, "sen", verdict)["output_id"] == "o1"
