"""What a bundle says that its verdicts depend on: events alike in that have one verdict."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.bundle import Bundle, load_bundle
from policies.decisions import Derived
from policies.reads import Reads

RULES = """
rules:
  - {id: unsure, match: {confidence_below: 0.3, topics: ["job.pay.*"]}, decision: deny}
  - {id: odd, match: {anomaly_score_above: 0.5, environments: [prod]}, decision: require_approval}
  - {id: large, match: {amount_usd_above: 100}, decision: require_approval}
  - {id: team, match: {agents: ["team-*"], risk_tags: [write]}, decision: allow_with_constraints,
     constraints: {max_runtime_sec: 3}}
  - {id: rest, match: {topics: ["job.*"]}, decision: allow}
"""
ANY = "rules: [{match: {topics: ['*']}, decision: allow}]"
BUNDLE = load_bundle({"rules.yaml": RULES, "defaults.yaml": "defaults: {anomaly_score: 0}"})
DERIVED = Derived(0, False, 0)
EVENTS = st.fixed_dictionaries(
    {"topic": st.sampled_from(("job.pay.out", "job.read", "x")), "agent_id": st.sampled_from(("team-1", "other"))},
    optional={
        "tool": st.sampled_from(("crm", "mail")),
        "confidence": st.sampled_from((0.1, 0.29, 0.3, 0.31, 1.0)),
        "anomaly_score": st.sampled_from((0.2, 0.5, 0.51)),
        "amount_usd": st.sampled_from((99, 100, 100.5)),
        "environment": st.sampled_from(("prod", "dev")),
        "tenant_id": st.sampled_from(("a", "b")),
        "risk_tags": st.sampled_from(([], ["write"], ["read"])),
        "session_id": st.sampled_from(("s1", "s2")),
        "arguments": st.sampled_from(({}, {"a": 1})),
    },
)


def key_of(event: Mapping[str, Any], reads: Reads) -> tuple[object, ...]:
    """All that a verdict on the event depends on, as the bundle says it."""
    names = [str(event.get(name)) for name in ("topic", "tool", *sorted(reads.names))]
    cells = [
        None if name not in event else (bisect_left(cuts, event[name]), bisect_right(cuts, event[name]))
        for name, cuts in sorted(reads.cuts.items())
    ]
    return (*names, *cells)


@given(st.lists(EVENTS, min_size=2, max_size=12))
def test_events_alike_in_what_is_read_have_one_verdict(events: list[dict[str, Any]]) -> None:
    reads = BUNDLE.reads
    assert reads is not None
    verdicts: dict[tuple[object, ...], tuple[object, ...]] = {}
    for event in events:
        # A verdict but for the event that it holds: its fields and the tags that follow from them.
        verdict = BUNDLE.decide(event, DERIVED)
        told = (*verdict[:-2], verdict.risk_tags, verdict.class_name)
        assert verdicts.setdefault(key_of(event, reads), told) == told


def test_names_and_cuts_of_a_bundle_are_those_of_its_rules() -> None:
    reads = BUNDLE.reads
    assert reads is not None
    assert reads.names == {"agent_id", "environment", "risk_tags"}
    assert reads.cuts == {"confidence": (0.3,), "anomaly_score": (0.5,), "amount_usd": (100,)}


@pytest.mark.parametrize(
    "text",
    [
        "rules: [{match: {when: 'arguments.n > 3'}, decision: allow}]",
        "rules: [{match: {labels: {a: b}}, decision: allow}]",
        "rules: [{match: {velocity: {max: 3, window_sec: 60}}, decision: allow}]",
        "rules: [{match: {at_least: {count: 1, of: [{confidence_below: 0.5}]}}, decision: allow}]",
        f"{ANY}\naction_classes: [{{class: c, match: {{topics: [a]}}, derive: {{amount_usd: arguments.n}}}}]",
        f"{ANY}\naudit: {{sampling: {{rate: 0.1, strategy: uniform}}, mandatory: [{{match: {{labels: {{a: b}}}}}}]}}",
    ],
)
def test_bundle_whose_verdicts_may_depend_on_anything_says_so(text: str) -> None:
    bundle: Bundle = load_bundle({"a.yaml": text})
    assert bundle.reads is None
