"""The compiled evaluator gives the same verdict whatever it has room to keep."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import evaluation
from policies.bundle import Bundle
from policies.decisions import Derived
from tests.policies.samples import derived, event, rules_bundle
from tests.policies.strategies import deriveds, documents, events, load


def _decided(bundle: Bundle, proposed: list[dict[str, object]], known: Derived) -> list[tuple[object, ...]]:
    return [bundle.decide(event, known)[:11] for event in proposed for _ in range(2)]


@settings(max_examples=150, deadline=None)
@given(documents(), st.lists(events, min_size=1, max_size=4), deriveds)
def test_a_verdict_is_the_same_with_and_without_room_for_slices(
    data: dict[str, dict[str, object]], proposed: list[dict[str, object]], known: Derived
) -> None:
    roomy = _decided(load(data), proposed, known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "MEMO_SLICE_RULES", 0)
        patch.setattr(evaluation, "MEMO_TOPICS", 0)
        crowded = _decided(load(data), proposed, known)

    assert roomy == crowded


def test_a_verdict_does_not_depend_on_what_was_decided_before() -> None:
    text = (
        'rules:\n  - {id: tags, match: {topics: ["job.*"], risk_tags: [prod]}, decision: deny}\n'
        '  - {id: rest, match: {topics: ["job.*"]}, decision: allow}\n'
    )
    bundle = rules_bundle(text)
    for number in range(6_000):
        bundle.decide(event("job.a", risk_tags=[f"t{number}"]), derived())

    assert bundle.decide(event("job.a", risk_tags=["other", "prod"]), derived()).rule_id == "tags"
    assert bundle.decide(event("job.a", risk_tags=["another"]), derived()).rule_id == "rest"


def test_an_equal_value_of_another_type_is_no_equal_value() -> None:
    bundle = rules_bundle(
        "rules:\n  - {match: {customer_facing: true}, decision: deny}\n"
        "  - {match: {amount_usd_above: 0}, decision: require_approval}\n"
        '  - {match: {topics: ["*"]}, decision: allow}\n'
    )
    seen = [
        bundle.decide(event(customer_facing=facing, amount_usd=amount), derived()).reason_code.value
        for facing, amount in ((False, 1), (False, 1.0), (False, True), (0, 1), (0.0, 1))
    ]

    assert seen == ["rule_matched", "rule_matched", *["evaluation_failed"] * 3]


def test_the_text_of_a_verdict_holds_nothing_of_the_event() -> None:
    bundle = rules_bundle('rules: [{match: {topics: ["*"]}, decision: allow}]')

    verdict = bundle.decide(event(arguments={"note": "a secret"}), derived())

    assert "a secret" not in repr(verdict) and "a secret" not in str(verdict)
    assert verdict.facts is not None and verdict.facts.topic == "job.crm.read"
