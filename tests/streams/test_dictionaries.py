"""Terms that policy names, and limits of chunks, in the step of the gate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detectors import Scanner
from policies.bundle import load_bundle
from streams.gate import Gate
from streams.topics import OUTPUTS_CLEARED, QUARANTINE
from tests.streams.samples import RULES, OneLane, bundle_of, gate_of, output
from tests.streams.test_stream_step import chunks, cleared_text, code_of, give_all

CLEARED, HELD = OUTPUTS_CLEARED.name, QUARANTINE.name
SCANNER = Scanner()
POLICY = """
dictionaries: {projects: {type: PROJECT_NAME, terms: [Blue Heron]}}
tenant_identifiers: {acme: [Acme Ltd], globex: [cust-0042]}
output_rules:
  - {id: foreign, match: {findings: [CROSS_TENANT_ID]}, decision: quarantine, reason: another tenant}
  - {id: projects, match: {findings: [PROJECT_NAME]}, decision: redact, reason: a project}
  - {id: long, match: {chunk_limit: 3}, decision: quarantine, reason: too many chunks}
  - {id: others, match: {findings: ["*"]}, decision: allow}
"""


def gate(policy: str = POLICY) -> Gate:
    """A gate with all detectors under rules about terms."""
    return gate_of(bundle_of(outputs=policy), scanner=SCANNER)


def test_term_of_the_policy_is_redacted() -> None:
    lane = OneLane(gate())
    lane.give(output(content={"note": "the blue  heron budget"}, tenant_id="acme"))

    assert lane.values(CLEARED)[-1]["content"] == {"note": "the [REDACTED] budget"}


@pytest.mark.parametrize(("tenant", "is_held"), [("globex", False), ("acme", True), (None, True)])
def test_identifier_of_another_tenant_is_held_back_and_ones_own_is_no_finding(
    tenant: str | None, is_held: bool
) -> None:
    lane = OneLane(gate())
    lane.give(output(content="about cust-0042", tenant_id=tenant))

    assert (len(lane.values(HELD)), len(lane.values(CLEARED))) == ((1, 0) if is_held else (0, 1))
    assert [finding["type"] for finding in lane.values(HELD if is_held else CLEARED)[-1]["findings"]] == (
        ["CROSS_TENANT_ID"] if is_held else []
    )


@pytest.mark.parametrize(("tenant", "is_held"), [("globex", False), ("acme", True)])
def test_chunks_are_scanned_for_the_tenant_that_they_are_for(tenant: str, is_held: bool) -> None:
    lane = give_all(OneLane(gate()), chunks("all about cust-0042 and the Blue Heron", 12, 12, tenant_id=tenant))

    assert bool(lane.values(HELD)) is is_held
    if not is_held:
        assert cleared_text(lane) == "all about cust-0042 and the [REDACTED]"


def test_new_snapshot_brings_its_own_terms_and_keeps_the_compiled_detectors() -> None:
    before = gate()
    after = Gate(replace(before.terms, bundle=bundle_of(outputs=POLICY.replace("Blue Heron", "Kestrel"))))
    lane = OneLane(after)
    lane.give(output(content="Blue Heron and Kestrel", tenant_id="acme"))

    assert lane.values(CLEARED)[-1]["content"] == "Blue Heron and [REDACTED]"
    assert after.terms.scanner.plan_bytes() == before.terms.scanner.plan_bytes()


def test_stream_with_more_chunks_than_policy_lets_pass_is_closed() -> None:
    text = "The order has left the warehouse and arrives on Tuesday. " * 24
    lane = give_all(OneLane(gate()), chunks(text, *[300] * 4))

    assert [held["reason"] for held in lane.values(HELD)] == ["too many chunks", "the stream was closed before"]
    assert (lane.values(HELD)[0]["rule_id"], lane.values(HELD)[0]["reason_code"]) == ("long", "rule_matched")
    assert text.startswith(cleared_text(lane))


def test_stream_without_an_output_policy_is_held_back_as_a_whole_output_is() -> None:
    lane = give_all(OneLane(gate_of(load_bundle({"rules.yaml": RULES}), scanner=SCANNER)), chunks("all is well", 4))

    assert lane.values(CLEARED) == []
    assert code_of(lane) == "stream_closed"
    assert lane.values(HELD)[0]["reason_code"] == "no_policy"
