"""The simulated fleet, judged by the demo policy in this process."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from random import Random
from typing import Any

import orjson
import pytest

from detectors import Scanner
from penstock import fleet_texts
from penstock.fleet import Fleet, FleetEvent, outcome_of
from policies.bundle import Bundle, load_bundle
from policies.decisions import Decision, OutputDecision
from streams.effects import Step
from streams.gate import Gate
from streams.intake import Position, Reader
from streams.state import LaneState
from streams.terms import Terms
from streams.topics import AUDIT

NOW_MS = 1_770_000_000_000


def demo_bundle() -> Bundle:
    folder = files("policies") / "examples" / "demo"
    return load_bundle({entry.name: entry.read_text("utf-8") for entry in folder.iterdir()})


class OfflineGate:
    """One lane in this process."""

    def __init__(self) -> None:
        self.gate = Gate(Terms(demo_bundle(), Scanner(), sample_key=bytes(32)))
        self.state = LaneState(0)
        self.reader = Reader(1, 512 * 1024)
        self.offset = 0

    def take(self, event: FleetEvent) -> Step:
        self.offset += 1
        position = Position(event.topic, 0, self.offset)
        intake = self.reader.read(position, key=event.key, value=event.value, headers=())
        return self.gate.step(self.state, intake, NOW_MS + self.offset)


def audits(step: Step) -> list[dict[str, Any]]:
    return [orjson.loads(emit.value or b"") for emit in step.effects if emit.topic == AUDIT.name]


@pytest.fixture(scope="module")
def audit_of_a_run() -> list[dict[str, Any]]:
    fleet, gate = Fleet(Random(7), run="r1"), OfflineGate()
    return [record for number in range(3000) for record in audits(gate.take(fleet.next(NOW_MS + number)))]


def test_equal_seeds_give_equal_events() -> None:
    first, second = Fleet(Random(3), run="r"), Fleet(Random(3), run="r")
    assert [first.next(NOW_MS) for _ in range(200)] == [second.next(NOW_MS) for _ in range(200)]


def test_ids_of_two_runs_differ() -> None:
    ids = [{Fleet(Random(1), run=run).next(NOW_MS).event_id for _ in range(50)} for run in ("x", "y")]
    assert not ids[0] & ids[1]


def test_demo_policy_gives_every_decision(audit_of_a_run: list[dict[str, Any]]) -> None:
    decisions = Counter(record["decision"]["decision"] for record in audit_of_a_run if record["kind"] == "decision")
    assert set(decisions) == set(Decision)
    assert all(count > 20 for count in decisions.values()), decisions


def test_demo_policy_gives_every_output_decision(audit_of_a_run: list[dict[str, Any]]) -> None:
    outputs = [record for record in audit_of_a_run if record["kind"] == "output"]
    assert {record["output_safety_decision"] for record in outputs} == set(OutputDecision)
    found = {finding["type"] for record in outputs for finding in record["findings"]}
    assert {"EMAIL_ADDRESS", "CREDIT_CARD", "US_SSN", "STACK_TRACE", "INTERNAL_FIELD"} <= found
    assert {"AWS_ACCESS_KEY", "GITHUB_TOKEN", "URL_PASSWORD"} <= found


def test_every_decision_comes_from_a_rule(audit_of_a_run: list[dict[str, Any]]) -> None:
    reasons = {record["decision"]["reason_code"] for record in audit_of_a_run if record["kind"] == "decision"}
    assert reasons == {"rule_matched"}
    codes = {record["reason_code"] for record in audit_of_a_run if record["kind"] == "output"}
    assert codes <= {"rule_matched", "field_rule_matched", "no_findings"}


def test_every_rule_of_the_demo_policy_is_used(audit_of_a_run: list[dict[str, Any]]) -> None:
    used = {record["decision"]["rule_id"] for record in audit_of_a_run if record["kind"] == "decision"}
    rules = {rule.id for document in demo_bundle().documents for entry in document.rule_lists for rule in entry.rules}
    assert used == rules


def test_duplicates_dead_letters_and_samples_occur(audit_of_a_run: list[dict[str, Any]]) -> None:
    kinds = Counter(record["kind"] for record in audit_of_a_run)
    assert kinds["duplicate"] > 10
    codes = {record["code"] for record in audit_of_a_run if record["kind"] == "dead_letter"}
    assert codes == {"not_json", "invalid_field", "not_object", "duplicate_key"}
    assert any(record["decision"]["sampled"] for record in audit_of_a_run if record["kind"] == "decision")


def test_false_claim_about_an_amount_does_not_help() -> None:
    fleet, gate = Fleet(Random(5), run="r2"), OfflineGate()
    lies = 0
    for number in range(2000):
        event = fleet.next(NOW_MS + number)
        if event.subject != "job.support.refund":
            continue
        action = orjson.loads(event.value)
        (record,) = audits(gate.take(event))
        if record["kind"] == "decision" and action["amount_usd"] < action["arguments"]["amount"]:
            lies += 1
            assert record["decision"]["rule_id"] == "deny-large-refunds"
    assert lies > 5


def test_outcome_of_a_cleared_action_is_recorded_as_released() -> None:
    fleet, gate, random = Fleet(Random(11), run="r3"), OfflineGate(), Random(1)
    recorded = []
    for number in range(300):
        step = gate.take(fleet.next(NOW_MS + number))
        for emit in step.effects:
            if emit.topic == "agent.actions.cleared.v1":
                action = orjson.loads(emit.value or b"")["action"]
                recorded += audits(gate.take(outcome_of(random, action, now_ms=NOW_MS)))
    assert len(recorded) > 50
    assert all(record["kind"] == "outcome" and record["released"] for record in recorded)


def test_planted_card_numbers_have_a_right_check_digit() -> None:
    scanner, random = Scanner(), Random(2)
    for _ in range(50):
        found = scanner.scan(f"The card on file is {fleet_texts.card(random)}.")
        assert [finding.type for finding in found] == ["CREDIT_CARD"]
