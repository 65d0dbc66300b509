"""The example policies: they load, and the airline's judges recorded traffic as its comments say."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from policies.bundle import Bundle, load_bundle
from policies.decisions import Decision, Derived, ReasonCode
from policies.sampling import draw
from tests.policies.samples import EXAMPLES, derived, sources


def _bundle(name: str) -> Bundle:
    return load_bundle(sources(EXAMPLES / name))


@pytest.fixture(scope="module")
def traffic() -> Path:
    """The folder with recorded traffic."""
    folder = os.environ.get("PENSTOCK_TRAFFIC")
    if not folder or not (Path(folder) / "airline_events.jsonl.gz").exists():
        pytest.skip("recorded traffic is not here; PENSTOCK_TRAFFIC names its folder")
    return Path(folder)


def _lines(path: Path) -> list[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", ["airline", "refund"])
def test_an_example_loads_and_samples(name: str) -> None:
    bundle = _bundle(name)

    assert bundle.audit is not None
    assert bundle.decide({"topic": "job.unheard.of", "tool": "rm"}, derived(3)).decision is Decision.DENY


@pytest.mark.parametrize(
    ("arguments", "decision", "code"),
    [
        ({"amount": 100}, Decision.ALLOW_WITH_CONSTRAINTS, ReasonCode.RULE_MATCHED),
        ({"amount": 100.01}, Decision.REQUIRE_APPROVAL, ReasonCode.RULE_MATCHED),
        ({"amount": 10001}, Decision.DENY, ReasonCode.CONSTRAINT_EXCEEDED),
        ({}, Decision.DENY, ReasonCode.FIELD_MISSING),
    ],
)
def test_a_refund_is_judged_by_the_amount_that_would_be_paid(
    arguments: dict[str, object], decision: Decision, code: ReasonCode
) -> None:
    event = {"topic": "job.support.refund", "tool": "issue_refund", "arguments": arguments, "amount_usd": 1}

    verdict = _bundle("refund").decide(event, derived())

    assert (verdict.decision, verdict.reason_code) == (decision, code)


def test_a_claimed_topic_does_not_make_a_cancellation_a_read() -> None:
    event: dict[str, object] = {
        "topic": "job.airline.reservation.read", "tool": "cancel_reservation", "risk_tags": ["read"],
        "reversible": True, "arguments": {"reservation_id": "GV1N64"},
    }  # fmt: skip

    assert _bundle("airline").decide(event, derived()).decision is Decision.REQUIRE_APPROVAL


def test_recorded_reads_pass_and_money_is_held_or_bounded(traffic: Path) -> None:
    bundle = _bundle("airline")
    by_tool: dict[object, Counter[str]] = {}
    for event in _lines(traffic / "airline_events.jsonl.gz"):
        if event["kind"] == "action":
            verdict = bundle.decide(event, Derived(0, False, 0))
            by_tool.setdefault(event["tool"], Counter())[verdict.decision.value] += 1
    total = sum((counter for counter in by_tool.values()), Counter[str]())

    assert total == {"ALLOW": 472, "REQUIRE_APPROVAL": 121, "ALLOW_WITH_CONSTRAINTS": 28}
    assert by_tool["update_reservation_flights"] == {"REQUIRE_APPROVAL": 90}
    assert by_tool["cancel_reservation"] == {"REQUIRE_APPROVAL": 5}
    assert by_tool["book_reservation"] == {"REQUIRE_APPROVAL": 24, "ALLOW_WITH_CONSTRAINTS": 14}


def test_four_of_five_wrong_changes_are_held_and_the_rest_bounded(traffic: Path) -> None:
    bundle = _bundle("airline")
    labels = {label["action_id"]: label for label in _lines(traffic / "airline_labels.jsonl.gz")}
    seen: Counter[tuple[bool, str]] = Counter()
    for event in _lines(traffic / "airline_events.jsonl.gz"):
        label = labels.get(event.get("action_id"))
        if event["kind"] == "action" and label is not None:
            verdict = bundle.decide(event, Derived(0, False, 0))
            seen[(bool(label["expected"]), verdict.decision.value)] += 1

    assert seen[(False, "REQUIRE_APPROVAL")] == 90
    assert seen[(False, "ALLOW_WITH_CONSTRAINTS")] == 22
    assert seen[(False, "ALLOW")] == 0


def test_recorded_actions_whose_amount_is_unknown_are_all_audited(traffic: Path) -> None:
    bundle = _bundle("airline")
    known = Derived(0, False, 0)
    for event in _lines(traffic / "airline_events.jsonl.gz"):
        if event["kind"] == "action" and event["tool"] == "update_reservation_baggages":
            verdict = bundle.decide(event, known)
            sample = draw(bundle, str(event["action_id"]), derived=known, verdict=verdict, key=b"epoch-7")
            assert sample is not None and sample.selected
