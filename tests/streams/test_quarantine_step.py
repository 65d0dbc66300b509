"""Reviews of quarantined outputs: shown, released as they are or cleaned, or rejected, once and by whom it may be."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import Limits, Scanner
from streams.sealing import Sealer
from streams.topics import AUDIT
from tests.streams.approval_samples import audited
from tests.streams.quarantine_samples import CLEARED, TEXT, Ward, bundle_of_outputs
from tests.streams.samples import (
    HOUR_MS,
    MODEST,
    OUTPUT_RULES,
    PRIVATE_KEY,
    SCANNER,
    TOKEN,
    output,
    topics_of,
    values,
)

DAY_MS = 24 * HOUR_MS


def test_output_goes_out_as_it_is_when_a_senior_says_so() -> None:
    ward = Ward()
    record = ward.hold(job_id="job-7")

    result = ward.released(record, "sen", "release")

    (finding,) = result.pop("findings")
    assert finding["type"] == "PRIVATE_KEY"
    assert result == {
        "output_safety_decision": "ALLOW",
        "original_fields_redacted": 0,
        "redaction_details": [],
        "output_id": "o1",
        "job_id": "job-7",
        "policy_snapshot": ward.lane.gate.terms.bundle.short,
        "content": TEXT,
    }


def test_release_is_one_event_of_the_agent_under_the_id_of_the_quarantine() -> None:
    ward = Ward()
    record = ward.hold()

    step = ward.review(record, "adm", "release")

    (event,) = [effect for effect in step.effects if effect.topic == CLEARED]
    assert (event.key, event.partition) == (b"agent-1", 0)
    assert dict(event.headers)["ce_id"] == record["quarantine_id"].encode()
    assert dict(event.headers)["ce_type"] == b"penstock.output.cleared.v1"


def test_record_of_a_release_says_who_decided_what_and_never_what_it_says() -> None:
    ward = Ward()
    record = ward.hold()

    step = ward.review(record, "sen", "release", reason="the key was revoked on Monday")

    body = audited(step)
    assert body["kind"] == "quarantine_review"
    names = ("agent_id", "output_id", "quarantine_id", "review_id", "reviewer", "verdict", "digest")
    assert {name: body[name] for name in names} == {
        "agent_id": "agent-1",
        "output_id": "o1",
        "quarantine_id": record["quarantine_id"],
        "review_id": "r1",
        "reviewer": "sen",
        "verdict": "release",
        "digest": record["digest"],
    }
    decision = body["decision"]
    assert (decision["output_safety_decision"], decision["reason_code"]) == ("ALLOW", "released_by_reviewer")
    assert decision["decided_by"] == {"kind": "reviewer", "reviewers": ["sen"], "review_id": "r1"}
    assert ("review", "release") in step.facts
    assert ("decision", "quarantine", "ALLOW") in step.facts
    assert "MIIEpAIBAAKCAQEA" not in str(body) and "Monday" not in str(body)


def test_redaction_takes_out_what_policy_quarantines_and_what_it_would_let_pass() -> None:
    rules = OUTPUT_RULES.replace("decision: redact, action: mask", "decision: allow")
    ward = Ward(bundle_of_outputs(rules))
    record = ward.hold(content=f"{TEXT}, and use {TOKEN}")

    result = ward.released(record, "ana", "redact", reason=None)

    assert result["content"] == "the key is\n[REDACTED]\nkeep it, and use [REDACTED]"
    assert result["output_safety_decision"] == "REDACT"
    assert result["original_fields_redacted"] == len(result["redaction_details"]) == 1
    assert {finding["type"] for finding in result["findings"]} == {"PRIVATE_KEY", "GITHUB_TOKEN"}


def test_redaction_of_json_takes_out_findings_and_the_fields_of_the_policy_in_force() -> None:
    ward = Ward()
    content = {"key": PRIVATE_KEY, "finance": {"margin": 0.4, "note": "fine"}, "debug_trace": {"step": 3}, "n": 7}
    record = ward.hold(content=content)

    result = ward.released(record, "ana", "redact")

    assert result["content"] == {"key": "[REDACTED]", "finance": {"note": "fine"}, "n": 7}
    done = {detail["field"]: detail["action"] for detail in result["redaction_details"]}
    assert done == {
        "key": "replaced with [REDACTED]",
        "finance.margin": "field removed",
        "debug_trace": "field removed",
    }


def test_redaction_masks_where_policy_would_put_a_token() -> None:
    ward = Ward(token_key=bytes(32))
    record = ward.hold(content=f"{TEXT} and {TOKEN}", audience="partner")

    assert ward.released(record, "ana", "redact")["content"].endswith("and [REDACTED]")


def test_redaction_asks_the_policy_and_the_scanner_in_force_now() -> None:
    ward = Ward(scanner=Scanner(limits=Limits(max_bytes=4)))
    record = ward.hold(content={"text": TEXT, "margin": 3})
    assert record["reason_code"] == "scan_limit"
    rules = OUTPUT_RULES.replace("finance.margin", "margin")
    ward.change(scanner=SCANNER, bundle=bundle_of_outputs(rules))

    result = ward.released(record, "ana", "redact")

    assert result["content"] == {"text": "the key is\n[REDACTED]\nkeep it"}
    assert result["policy_snapshot"] == ward.lane.gate.terms.bundle.short != record["policy_snapshot"]


@pytest.mark.parametrize(
    ("tenant", "left"), [("globex", "[REDACTED] of cust-0042"), ("acme", "[REDACTED] of [REDACTED]")]
)
def test_redaction_leaves_what_belongs_to_the_tenant_that_the_output_is_for(tenant: str, left: str) -> None:
    bundle = bundle_of_outputs(OUTPUT_RULES + "tenant_identifiers: {acme: [Acme Ltd], globex: [cust-0042]}\n")
    ward = Ward(bundle)
    record = ward.hold(content=f"{PRIVATE_KEY} of cust-0042", tenant_id=tenant)

    assert ward.released(record, "ana", "redact")["content"] == left


def test_redaction_of_what_is_clean_by_now_lets_it_pass_and_says_so() -> None:
    ward = Ward(scanner=Scanner(limits=Limits(max_bytes=4)))
    record = ward.hold(content="all is well")
    ward.change(scanner=SCANNER)

    result = ward.released(record, "ana", "redact")

    assert (result["output_safety_decision"], result["content"]) == ("ALLOW", "all is well")


def test_what_cannot_be_scanned_can_still_be_released_as_it_is() -> None:
    ward = Ward(scanner=Scanner(limits=Limits(max_bytes=4)))
    record = ward.hold()

    result = ward.released(record, "sen", "release")

    assert (result["content"], result["findings"]) == (TEXT, [])


def test_rejected_output_goes_nowhere_and_stays_so() -> None:
    ward = Ward()
    record = ward.hold()

    step = ward.review(record, "ana", "reject")

    assert topics_of(step) == [AUDIT.name]
    decision = audited(step)["decision"]
    assert (decision["output_safety_decision"], decision["reason_code"]) == ("QUARANTINE", "rejected_by_reviewer")
    assert ward.refusal(record, "sen", "release") == "already_decided"


def test_reveal_is_an_audited_act_that_changes_nothing() -> None:
    ward = Ward()
    record = ward.hold()
    before = dict(ward.state.quarantines.entries)

    step = ward.review(record, "ana", "reveal")

    assert topics_of(step) == [AUDIT.name]
    assert (audited(step)["verdict"], audited(step)["decision"]) == ("reveal", None)
    assert ("review", "reveal") in step.facts
    assert ward.state.quarantines.entries == before
    ward.released(record, "sen", "release")


@pytest.mark.parametrize("verdict", ["release", "redact", "reject"])
def test_decided_output_can_still_be_looked_at(verdict: str) -> None:
    ward = Ward()
    record = ward.hold()
    ward.review(record, "sen", verdict)

    assert audited(ward.review(record, "ana", "reveal"))["kind"] == "quarantine_review"


def test_owner_may_look_at_what_their_agent_said() -> None:
    ward = Ward()

    assert audited(ward.review(ward.hold(), "own", "reveal"))["kind"] == "quarantine_review"


def test_chunk_is_looked_at_and_rejected_and_never_released() -> None:
    ward = Ward()
    record = ward.hold(sequence=0, final=True)

    assert audited(ward.review(record, "ana", "reveal"))["kind"] == "quarantine_review"
    assert audited(ward.review(record, "ana", "reject"))["decision"]["reason_code"] == "rejected_by_reviewer"


def test_released_output_that_its_agent_sends_again_stays_one() -> None:
    ward = Ward()
    record = ward.hold()
    ward.review(record, "sen", "release")

    step = ward.lane.give(output(content=TEXT))

    assert topics_of(step) == [AUDIT.name]
    assert (audited(step)["kind"], audited(step)["verdict"]) == ("duplicate", "output_allowed")


def test_without_a_directory_the_signed_roles_count() -> None:
    ward = Ward(bundle_of_outputs(people=""))
    record = ward.hold()
    reviewer = {"id": "zoe", "roles": ["reviewer"]}

    assert ward.refusal(record, "zoe", "release", reviewer=reviewer) == "not_eligible"
    assert ward.released(record, "zoe", "redact", reviewer=reviewer)["output_safety_decision"] == "REDACT"


@MODEST
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_content_that_is_held_back_comes_out_as_it_went_in(content: Any) -> None:  # fmt: skip
    ward = Ward(bundle_of_outputs(""))
    record = ward.hold(content={"inside": content})

    result = ward.released(record, "sen", "release")

    assert orjson.dumps(result["content"]) == orjson.dumps({"inside": content})


NAMES = ("ana", "sen", "adm", "aud", "ada", "own", "ten", "vic", "mal", "agent-1")
ACT = st.fixed_dictionaries(
    {
        "which": st.integers(0, 2),
        "name": st.sampled_from(NAMES),
        "verdict": st.sampled_from(["reveal", "release", "redact", "reject", "approve", "wrong"]),
        "digest": st.sampled_from(["right", "right", "right", "other"]),
        "box": st.sampled_from(["own", "own", "own", "other's", "forged", "none"]),
        "reason": st.sampled_from(["because", "because", " "]),
    }
)
MAY_RELEASE = {"release": {"sen", "adm"}, "redact": {"ana", "sen", "adm"}}


@MODEST
@given(st.lists(ACT, max_size=12))
def test_nothing_leaves_without_one_accepted_release_by_an_eligible_person(acts: list[dict[str, Any]]) -> None:
    ward = Ward()
    records = [ward.hold(f"o{number}", f"{TEXT} {number}") for number in range(2)]
    records.append(ward.hold("o2", TEXT, tenant_id="t-1"))
    released: dict[str, str] = {}
    for act in acts:
        record, other = records[act["which"]], records[(act["which"] + 1) % 3]
        forged = Sealer(bytes(32)).seal(b"{}", context=f"quarantine|{record['quarantine_id']}")
        boxes = {"own": record["payload"], "other's": other["payload"], "forged": forged, "none": None}
        digest = record["digest"] if act["digest"] == "right" else other["digest"]
        more = {"sealed": boxes[act["box"]], "digest": digest, "reason": act["reason"]}

        step = ward.review(record, act["name"], act["verdict"], **more)

        out = values(step.effects, CLEARED)
        if not out:
            continue
        (result,), body = out, audited(step)
        allowed = MAY_RELEASE[act["verdict"]] | ({"ten"} if act["which"] == 2 else set())
        assert act["name"] in allowed
        assert (act["digest"], act["box"]) == ("right", "own")
        assert act["reason"].strip() or act["verdict"] == "redact"
        assert (body["kind"], body["reviewer"]) == ("quarantine_review", act["name"])
        assert result["output_id"] == f"o{act['which']}" and result["output_id"] not in released
        assert PRIVATE_KEY in result["content"] or act["verdict"] == "redact"
        released[result["output_id"]] = act["verdict"]
    decided = {e.output_id: e.decided for e in ward.state.quarantines.entries.values()}
    assert all(decided[output_id] == verdict for output_id, verdict in released.items())


def test_gate_without_a_key_keeps_what_can_be_rejected_and_not_released() -> None:
    ward = Ward(is_sealing=False)
    record = ward.hold()

    assert record["payload"] is None
    assert ward.refusal(record, "sen", "release") == "payload_unreadable"
    assert audited(ward.review(record, "ana", "reject"))["kind"] == "quarantine_review"
