"""Outputs: passed, cleaned or held back, and sealed when they are held back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from detectors import Finding, Limits, ScanError, Scanner
from policies.bundle import load_bundle
from streams.codec import output_digest
from streams.output_step import result_id
from streams.sealing import Sealer, SealError
from streams.topics import AUDIT, OUTPUTS_CLEARED, QUARANTINE
from tests.streams.samples import (
    PAYLOAD_KEY,
    PRIVATE_KEY,
    RULES,
    TOKEN,
    OneLane,
    bundle_of,
    gate_of,
    output,
    topics_of,
    values,
)

CLEARED, HELD = OUTPUTS_CLEARED.name, QUARANTINE.name
RESULT_FIELDS = {
    "output_safety_decision", "original_fields_redacted", "redaction_details", "output_id", "job_id", "content",
    "findings", "policy_snapshot",
}  # fmt: skip


class FailingScanner(Scanner):
    """A scanner whose detectors fail."""

    def scan(self, text: str) -> tuple[Finding, ...]:
        raise ScanError(f"a detector failed in {len(text)} characters")


def quarantined(lane: OneLane, fields: dict[str, Any]) -> dict[str, Any]:
    """What the quarantine holds of an output; asserts that it went nowhere else."""
    step = lane.give(fields)
    assert topics_of(step) == [HELD, AUDIT.name]
    assert ("decision", "output", "QUARANTINE") in step.facts
    return values(step.effects, HELD)[0]


def test_output_in_which_nothing_is_found_passes_as_it_is() -> None:
    lane = OneLane()

    step = lane.give(output(content={"a": [1, 2.5, None, "x"]}))

    assert topics_of(step) == [CLEARED, AUDIT.name]
    result = values(step.effects, CLEARED)[0]
    assert result == {
        "output_safety_decision": "ALLOW",
        "original_fields_redacted": 0,
        "redaction_details": [],
        "output_id": "o1",
        "job_id": "job-1",
        "content": {"a": [1, 2.5, None, "x"]},
        "findings": [],
        "policy_snapshot": bundle_of().short,
    }


@pytest.mark.parametrize("content", ["", 0, False, [], {}, None, 1.5, [[]]])
def test_any_json_value_may_be_content(content: Any) -> None:
    lane = OneLane()
    fields = {**output(), "content": content}

    result = values(lane.give(fields).effects, CLEARED)[0]

    assert result["content"] == content and type(result["content"]) is type(content)


def test_text_is_cleaned_of_what_the_policy_takes_out() -> None:
    step = OneLane().give(output(content=f"use {TOKEN} now"))

    assert topics_of(step) == [CLEARED, AUDIT.name]
    result = values(step.effects, CLEARED)[0]
    assert set(result) == RESULT_FIELDS
    assert (result["output_safety_decision"], result["content"]) == ("REDACT", "use [REDACTED] now")
    assert result["original_fields_redacted"] == len(result["redaction_details"]) == 1
    assert result["redaction_details"][0]["action"] == "replaced with [REDACTED]"
    assert result["findings"] == [
        {"type": "GITHUB_TOKEN", "field": None, "start": 4, "end": 44, "score": 0.95, "detector": "github_token"}
    ]


def test_json_is_cleaned_field_by_field() -> None:
    content = {"note": f"use {TOKEN}", "finance": {"margin": 0.4, "note": "fine"}, "list": [TOKEN, 1]}

    result = values(OneLane().give(output(content=content)).effects, CLEARED)[0]

    assert result["output_safety_decision"] == "REDACT"
    assert result["content"] == {
        "note": "use [REDACTED]", "finance": {"note": "fine"}, "list": ["[REDACTED]", 1],
    }  # fmt: skip
    fields = {detail["field"]: detail["action"] for detail in result["redaction_details"]}
    assert fields == {
        "note": "replaced with [REDACTED]",
        "finance.margin": "field removed",
        "list[0]": "replaced with [REDACTED]",
    }
    assert result["original_fields_redacted"] == 3


def test_found_text_appears_in_no_record_and_no_fact() -> None:
    lane = OneLane()
    contents = (f"use {TOKEN}", {"a": TOKEN}, f"{PRIVATE_KEY} and {TOKEN}", {"k": [PRIVATE_KEY]})
    steps = [lane.give(output(f"o{number}", content)) for number, content in enumerate(contents)]

    seen = repr([(step.effects, step.facts) for step in steps]) + repr(lane.state)
    assert TOKEN not in seen
    assert "MIIEpAIBAAKCAQEA" not in seen


def test_quarantined_output_travels_sealed_and_opens_with_the_key_and_its_context_only() -> None:
    lane = OneLane()
    fields = output(content=PRIVATE_KEY, session_id="s", model="m")

    held = quarantined(lane, fields)

    context = f"quarantine|{held['quarantine_id']}"
    assert "content" not in held
    assert orjson.loads(Sealer(PAYLOAD_KEY).open(held["payload"], context=context)) == fields
    for key, name in ((PAYLOAD_KEY, "quarantine|other"), (bytes(32), context)):
        with pytest.raises(SealError):
            Sealer(key).open(held["payload"], context=name)


def test_quarantine_says_what_where_and_why() -> None:
    fields = output(content=PRIVATE_KEY, tenant_id="t", session_id="s")

    held = quarantined(OneLane(), fields)

    del held["payload"], held["findings"]
    digest = output_digest(fields)
    assert held == {
        "output_safety_decision": "QUARANTINE",
        "original_fields_redacted": 0,
        "redaction_details": [],
        "output_id": "o1",
        "job_id": "job-1",
        "policy_snapshot": bundle_of().short,
        "quarantine_id": result_id("agent-1", "o1", digest),
        "agent_id": "agent-1",
        "audience": "customer",
        "topic": "job.support.answer",
        "tenant_id": "t",
        "session_id": "s",
        "reason": "a private key",
        "reason_code": "rule_matched",
        "rule_id": "keys",
        "document": "outputs",
        "digest": digest,
        "partition": 0,
        "source": {"topic": "agent.outputs.produced.v1", "partition": 0, "offset": 0},
        "quarantined_at": "2027-01-15T08:00:00.000Z",
    }


def test_without_a_payload_key_no_payload_travels() -> None:
    held = quarantined(OneLane(gate_of(is_sealing=False)), output(content=PRIVATE_KEY))

    assert held["payload"] is None
    assert held["source"] == {"topic": "agent.outputs.produced.v1", "partition": 0, "offset": 0}


def test_one_finding_that_must_be_held_back_holds_all_of_it_back() -> None:
    held = quarantined(OneLane(), output(content=f"{TOKEN} {PRIVATE_KEY}"))

    assert [finding["type"] for finding in held["findings"]] == ["GITHUB_TOKEN", "PRIVATE_KEY"]


@pytest.mark.parametrize("audience", ["public", None])
def test_output_for_whom_no_rule_speaks_is_held_back(audience: str | None) -> None:
    assert quarantined(OneLane(), output(content=TOKEN, audience=audience))["findings"]


@pytest.mark.parametrize(
    ("scanner", "content", "code"),
    [
        (FailingScanner(), "hello", "scan_failed"),
        (Scanner(limits=Limits(max_bytes=4)), "hello", "scan_limit"),
        (Scanner(limits=Limits(max_depth=2)), [[["x"]]], "scan_limit"),
        (Scanner(limits=Limits(max_leaves=2)), ["a", "b", "c"], "scan_limit"),
        (Scanner(limits=Limits(max_findings=1)), f"{TOKEN}\n{PRIVATE_KEY}", "scan_limit"),
    ],
)
def test_output_that_cannot_be_scanned_is_held_back(scanner: Scanner, content: Any, code: str) -> None:
    lane = OneLane(gate_of(scanner=scanner))

    step = lane.give(output(content=content))

    assert topics_of(step) == [HELD, AUDIT.name]
    assert values(step.effects, HELD)[0]["reason_code"] == code
    assert ("fail_closed", code) in step.facts
    assert topics_of(lane.give(output("o2", "x"))) in ([CLEARED, AUDIT.name], [HELD, AUDIT.name])


def test_output_whose_field_name_is_a_secret_is_held_back_or_cleaned_and_never_quoted() -> None:
    step = OneLane().give(output(content={"keys": {TOKEN: 1}}))

    assert topics_of(step) in ([HELD, AUDIT.name], [CLEARED, AUDIT.name])
    assert TOKEN not in repr(step.effects)


def test_redaction_by_token_needs_a_key_and_is_held_back_without() -> None:
    fields = output(content=f"use {TOKEN}", audience="partner")

    assert quarantined(OneLane(), fields)["reason_code"] == "redaction_failed"
    keyed = OneLane(gate_of(token_key=bytes(32)))
    result = values(keyed.give(fields).effects, CLEARED)[0]
    assert result["redaction_details"][0]["action"] == "replaced with token"
    assert TOKEN not in result["content"]


def test_same_output_again_is_released_once() -> None:
    lane = OneLane()
    lane.give(output(content=f"use {TOKEN}"))

    step = lane.give(output(content=f"use {TOKEN}", produced_at="2027-01-15T08:00:01Z"))

    assert topics_of(step) == [AUDIT.name]
    assert values(step.effects, AUDIT.name)[0]["kind"] == "duplicate"
    assert step.facts == [("duplicate", "output")]


@pytest.mark.parametrize("change", [{"content": "other"}, {"audience": "public"}, {"tenant_id": "t2"}])
def test_same_id_with_other_content_or_for_others_is_a_conflict_and_not_released(change: dict[str, Any]) -> None:
    lane = OneLane()
    lane.give(output(tenant_id="t1"))

    step = lane.give(output(**({"tenant_id": "t1"} | change)))

    assert topics_of(step) == [AUDIT.name]
    record = values(step.effects, AUDIT.name)[0]
    assert (record["kind"], record["verdict"]) == ("conflict", "output_allowed")
    assert topics_of(lane.give(output(tenant_id="t1"))) == [AUDIT.name]


def test_agents_do_not_share_output_ids() -> None:
    lane = OneLane()
    lane.give(output())

    assert topics_of(lane.give(output(content="other", agent="agent-2"))) == [CLEARED, AUDIT.name]


def test_without_an_output_policy_everything_is_held_back() -> None:
    held = quarantined(OneLane(gate_of(load_bundle({"rules.yaml": RULES}))), output())

    assert held["reason_code"] == "no_policy"


def test_audit_record_of_an_output_has_the_findings_and_the_digest_but_no_content() -> None:
    lane = OneLane()
    fields = output(content=f"my words, {TOKEN}")
    lane.give(fields)

    record = lane.values(AUDIT.name)[0]
    assert record["kind"] == "output"
    assert record["digest"] == output_digest(fields)
    assert [finding["type"] for finding in record["findings"]] == ["GITHUB_TOKEN"]
    assert "my words" not in str(record)


def test_findings_are_counted_by_type_and_detector() -> None:
    step = OneLane().give(output(content=TOKEN))

    assert ("finding", "GITHUB_TOKEN", "github_token") in step.facts
