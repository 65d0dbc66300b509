"""Folding audit records into what the live view shows."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.live_model import HOLDS_KEPT, RATE_WINDOW_S, LiveModel, RateMeter
from policies.decisions import Decision, OutputDecision

NOW_MS = 1_770_000_000_000


def decided(action_id: str, decision: Decision, *, sampled: bool = False) -> dict[str, Any]:
    body = {"decision_id": f"d-{action_id}", "decision": decision.value, "reason": "because", "sampled": sampled}
    return {"kind": "decision", "agent_id": "one", "action_id": action_id, "at_ms": NOW_MS, "decision": body}


def output(output_id: str, decision: OutputDecision, *types: str) -> dict[str, Any]:
    return {
        "kind": "output",
        "agent_id": "one",
        "output_id": output_id,
        "at_ms": NOW_MS,
        "output_safety_decision": decision.value,
        "reason": "because",
        "findings": [{"type": name, "field": None} for name in types],
    }


def test_decisions_are_counted_by_kind_and_named_by_class() -> None:
    model = LiveModel()
    model.note_sent("a1", "job.support.refund", NOW_MS)
    model.take(decided("a1", Decision.DENY, sampled=True), NOW_MS)
    model.take(decided("a2", Decision.ALLOW), NOW_MS + 1)
    assert model.decisions == {Decision.DENY: 1, Decision.ALLOW: 1}
    assert [line.subject for line in model.recent] == ["job.support.refund", "-"]
    assert (model.samples, model.decided, model.first_decision_ms) == (1, 2, NOW_MS)


def test_findings_of_outputs_are_counted_by_type() -> None:
    model = LiveModel()
    model.take(output("o1", OutputDecision.REDACT, "US_SSN", "US_SSN", "CREDIT_CARD"), NOW_MS)
    model.take(output("o2", OutputDecision.ALLOW), NOW_MS)
    assert model.outputs == {OutputDecision.REDACT: 1, OutputDecision.ALLOW: 1}
    assert model.findings == {"US_SSN": 2, "CREDIT_CARD": 1}


@pytest.mark.parametrize("kind", ["review", "hold_expired", "withdrawal"])
def test_hold_waits_until_it_is_resolved(kind: str) -> None:
    model = LiveModel()
    for name in ("a1", "a2"):
        model.take(decided(name, Decision.REQUIRE_APPROVAL), NOW_MS)
    assert [hold.hold_id for hold in model.holds] == ["d-a1", "d-a2"]
    model.take({"kind": kind, "hold_id": "d-a1", "decision": {"decision": "ALLOW"}}, NOW_MS)
    assert [hold.hold_id for hold in model.holds] == ["d-a2"]
    assert model.resolved == {Decision.ALLOW: 1}


def test_resolution_of_a_hold_of_an_earlier_run_is_counted() -> None:
    model = LiveModel()
    model.take({"kind": "review", "hold_id": "unknown", "decision": {"decision": "DENY"}}, NOW_MS)
    assert model.resolved == {Decision.DENY: 1}
    assert model.holds == ()


def test_dead_letters_outcomes_and_duplicates_are_counted() -> None:
    model = LiveModel()
    model.take({"kind": "dead_letter", "code": "not_json"}, NOW_MS)
    model.take({"kind": "outcome", "status": "success"}, NOW_MS)
    model.take({"kind": "duplicate", "of": "action"}, NOW_MS)
    model.take({"kind": "policy"}, NOW_MS)
    assert model.dead_letters == {"not_json": 1}
    assert model.outcomes == {"success": 1}
    assert model.inputs_seen == 2


def test_every_sent_record_that_was_decided_is_seen_once() -> None:
    model = LiveModel()
    for number in range(3):
        model.note_sent(f"a{number}", "x", NOW_MS)
        model.take(decided(f"a{number}", Decision.ALLOW), NOW_MS)
    assert model.inputs_seen == model.sent == 3


def test_open_holds_are_bounded() -> None:
    model = LiveModel()
    for number in range(HOLDS_KEPT + 5):
        model.take(decided(f"a{number}", Decision.REQUIRE_APPROVAL), NOW_MS)
    assert len(model.holds) == HOLDS_KEPT
    assert model.holds[0].hold_id == "d-a5"


def test_rate_is_the_mean_of_the_last_whole_seconds() -> None:
    meter = RateMeter()
    for second in range(20):
        meter.add(NOW_MS + second * 1000, 10)
    assert meter.per_second(NOW_MS + 20_000) == 10
    assert meter.per_second(NOW_MS + 20_000 + RATE_WINDOW_S * 1000) == 0


def test_rate_leaves_out_the_second_that_is_not_over() -> None:
    meter = RateMeter()
    meter.add(NOW_MS, 100)
    assert meter.per_second(NOW_MS + 1) == 0
