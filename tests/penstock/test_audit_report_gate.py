"""The report reads what the gate writes: its samples, its audit log, and reviews of them agree."""

from __future__ import annotations

from typing import Any

import orjson

from detectors import Scanner
from penstock.audit_report import report_of
from penstock.audit_samples import SampleBook
from policies.bundle import load_bundle
from streams.gate import Gate
from streams.intake import Position, Reader
from streams.state import LaneState
from streams.terms import Terms
from streams.topics import ACTIONS_PROPOSED, AUDIT, SAMPLES

POLICY = """
rules: [{match: {topics: ["*"]}, decision: allow}]
audit:
  sampling: {rate: 0.2, strategy: stratified, weights: {risk_tags: {prod: 3}}}
"""


def _written(count: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Samples and audit records of so many actions."""
    gate = Gate(Terms(load_bundle({"p.yaml": POLICY}), Scanner(), b"k" * 32))
    reader, state = Reader(1, 100_000), LaneState(0)
    found: dict[str, list[dict[str, Any]]] = {SAMPLES.name: [], AUDIT.name: []}
    for number in range(count):
        action = {
            "action_id": f"a{number}",
            "agent_id": f"agent-{number % 3}",
            "topic": "job.crm.update",
            "tool": "update",
            "risk_tags": ["prod"] if number % 4 == 0 else [],
        }
        position = Position(ACTIONS_PROPOSED.name, 0, number)
        event = reader.read(position, key=None, value=orjson.dumps(action), headers=())
        for effect in gate.step(state, event, 1_700_000_000_000 + number).effects:
            if effect.topic in found and effect.value is not None:
                found[effect.topic].append(orjson.loads(effect.value))
    return found[SAMPLES.name], found[AUDIT.name]


def _review(sample: dict[str, Any], verdict: str) -> dict[str, Any]:
    return {
        "review_id": f"r-{sample['sample_id']}",
        "target": {"kind": "sample", "id": sample["sample_id"]},
        "verdict": verdict,
        "reviewer": {"id": "ana"},
        "digest": sample["decision"]["action_digest"],
        "policy_snapshot": sample["decision"]["policy_snapshot"],
    }


def test_samples_and_audit_log_of_the_gate_give_the_same_strata_together_and_apart() -> None:
    samples, log = _written(400)
    reviews = [_review(sample, "deny" if number % 10 == 0 else "approve") for number, sample in enumerate(samples)]
    together, only_log = SampleBook(), SampleBook()
    for value in (*samples, *log, *reviews):
        together.take(value)
    for value in (*reviews, *log):
        only_log.take(value)

    report = report_of(together, confidence=0.95)

    assert report.strata == report_of(only_log, confidence=0.95).strata
    assert {stratum.name for stratum in report.strata} == {"first_time", "risk_tag:prod", "base"}
    assert sum(stratum.population for stratum in report.strata) == 400
    assert (report.sampled, report.reviewed) == (len(samples), len(samples))
    assert report.unusable == {}
    assert next(stratum for stratum in report.strata if stratum.name == "first_time").is_census
