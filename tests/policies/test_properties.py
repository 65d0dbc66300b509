"""Properties that hold for every bundle and every event."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.conditions import holds
from policies.decisions import Decision, Derived, ReasonCode, Verdict
from policies.documents import Match
from policies.matcher import Matcher
from tests.policies import reference
from tests.policies.strategies import deriveds, documents, events, load, random_event


def _is_as_tight(tight: Verdict, loose: Verdict) -> bool:
    """Whether every constraint of the looser verdict is kept or tightened by the other."""
    for name, value in loose.constraints.items():
        other = tight.constraints.get(name)
        if isinstance(value, list):
            if not isinstance(other, list) or not set(other) <= set(value):
                return False
        elif name.startswith("max_"):
            if not isinstance(other, (int, float)) or not isinstance(value, (int, float)) or other > value:
                return False
        elif name == "read_only":
            if other is not True and other != value:
                return False
        elif other != value:
            return False
    return True


# A case is a bundle and an event: 5,000 in each build, 100,000 under the nightly profile.
EVENTS_OF_A_BUNDLE = 40
IS_NIGHTLY = settings.get_current_profile_name() == "nightly"
BUNDLES = 2_500 if IS_NIGHTLY else 125


@pytest.mark.timeout(3_600)
def test_compiled_decisions_agree_with_the_plain_reference() -> None:
    decided: Counter[str] = Counter()

    @settings(max_examples=BUNDLES, deadline=None)
    @given(documents(), st.integers(0, 2**32), st.lists(deriveds, min_size=1, max_size=3))
    def compare(data: dict[str, dict[str, object]], seed: int, derived: list[Derived]) -> None:
        bundle = load(data)
        rng = random.Random(seed)
        for number in range(EVENTS_OF_A_BUNDLE):
            event, known = random_event(rng), derived[number % len(derived)]
            verdict = bundle.decide(event, known)
            decision, constraints = reference.decide(bundle, event, known)
            assert (verdict.decision, dict(verdict.constraints)) == (decision, dict(constraints)), (verdict, event)
            decided[decision.value] += 1

    compare()
    sys.stdout.write(f"{decided.total():,} cases, reference and compiled equal: {dict(sorted(decided.items()))}\n")
    assert decided.total() >= BUNDLES * EVENTS_OF_A_BUNDLE


@settings(max_examples=150, deadline=None)
@given(documents(), events, deriveds)
def test_index_agrees_with_the_plain_conditions_rule_by_rule(
    data: dict[str, dict[str, object]], event: dict[str, object], derived: Derived
) -> None:
    bundle = load(data)
    rules = [rule for rule_list in bundle.lists_for(derived.autonomy_level) for rule in rule_list.rules]
    matches: list[Match] = [rule.match for rule in rules]
    for known in bundle.resolver.classes_for(event):
        facts = bundle.resolver.resolve(event, derived, known)
        try:
            expected = [holds(match, facts) for match in matches]
        except (TypeError, ValueError):
            with pytest.raises((TypeError, ValueError)):
                Matcher(matches).masks(facts)
            continue
        certain, possible = Matcher(matches).masks(facts)
        got = [True if certain >> i & 1 else (None if possible >> i & 1 else False) for i in range(len(matches))]
        assert got == expected


@settings(max_examples=120, deadline=None)
@given(documents(), events, deriveds, st.data())
def test_adding_a_deny_rule_never_makes_a_verdict_milder(
    data: dict[str, dict[str, object]], event: dict[str, object], derived: Derived, choice: st.DataObject
) -> None:
    before = load(data).decide(event, derived)
    rule = {"match": {"topics": [choice.draw(st.sampled_from(("*", "job.*", "job.a.read")))]}, "decision": "deny"}
    after = load(data | {"more": {choice.draw(st.sampled_from(("rules", "invariants"))): [rule]}}).decide(
        event, derived
    )

    assert after.decision.strictness >= before.decision.strictness


@settings(max_examples=120, deadline=None)
@given(documents(), events, deriveds)
def test_inserting_a_deny_rule_at_the_top_of_a_list_never_allows(
    data: dict[str, dict[str, object]], event: dict[str, object], derived: Derived
) -> None:
    before = load(data).decide(event, derived)
    rules = data["one"]["rules"]
    assert isinstance(rules, list)
    rule = {"match": {"topics": ["job.a.*"]}, "decision": "deny"}
    after = load(data | {"one": {"rules": [rule, *rules]}}).decide(event, derived)

    assert after.decision.strictness >= before.decision.strictness


# A field that a class or the gate knows better is no claim to leave out: without classes every field counts.
@settings(max_examples=250, deadline=None)
@given(documents(with_classes=False), events, deriveds, st.data())
def test_leaving_a_field_out_never_makes_a_verdict_milder(
    data: dict[str, dict[str, object]], event: dict[str, object], derived: Derived, choice: st.DataObject
) -> None:
    bundle = load(data)
    droppable = sorted(set(event) - {"topic", "retry_count", "arguments"})
    if not droppable:
        droppable = ["confidence"]
    dropped = choice.draw(st.lists(st.sampled_from(droppable), min_size=1, unique=True))
    full = bundle.decide(event, derived)
    partial = bundle.decide({name: value for name, value in event.items() if name not in dropped}, derived)

    assert partial.decision.strictness >= full.decision.strictness
    if partial.decision is full.decision and full.decision is not Decision.DENY:
        assert _is_as_tight(partial, full)


@settings(max_examples=150, deadline=None)
@given(documents(), events, deriveds)
def test_leaving_the_tool_out_never_escapes_a_class(
    data: dict[str, dict[str, object]], event: dict[str, object], derived: Derived
) -> None:
    bundle = load(data)
    without = bundle.decide({name: value for name, value in event.items() if name != "tool"}, derived)

    assert without.decision.strictness >= bundle.decide(event, derived).decision.strictness


@settings(max_examples=150, deadline=None)
@given(documents(), events, deriveds, st.sampled_from(("prod", "write", "read", "delete", "other")))
def test_claiming_a_tag_more_never_helps_where_a_class_names_the_tags(
    data: dict[str, dict[str, object]], event: dict[str, object], derived: Derived, tag: str
) -> None:
    known: dict[str, object] = {
        "action_classes": [{"match": {"topics": ["*"]}, "class": "all", "risk_tags": ["write"]}]
    }
    bundle = load({**{name: document for name, document in data.items() if name != "classes"}, "known": known})
    without_claims = bundle.decide({name: value for name, value in event.items() if name != "risk_tags"}, derived)
    with_claim = bundle.decide(event | {"risk_tags": [tag]}, derived)

    assert with_claim.decision.strictness >= without_claims.decision.strictness


@settings(max_examples=100, deadline=None)
@given(documents(), events, deriveds, st.integers(0, 1_000))
def test_the_order_of_mapping_keys_and_files_has_no_meaning(
    data: dict[str, dict[str, object]], event: dict[str, object], derived: Derived, seed: int
) -> None:
    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            items = [(name, shuffled(child)) for name, child in value.items()]
            shuffler.shuffle(items)
            return dict(items)
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    shuffler = random.Random(seed)
    other = shuffled(data)
    assert isinstance(other, dict)
    first, second = load(data), load(other)

    assert first.snapshot == second.snapshot
    assert first.decide(event, derived) == second.decide(event, derived)


@settings(max_examples=100, deadline=None)
@given(documents(), events, deriveds)
def test_every_explanation_is_json_and_ends_with_the_verdict(
    data: dict[str, dict[str, object]], event: dict[str, object], derived: Derived
) -> None:
    bundle = load(data)
    explained = json.loads(json.dumps(bundle.explain(event, derived)))

    assert explained["verdict"]["decision"] == bundle.decide(event, derived).decision.value


@settings(max_examples=100, deadline=None)
@given(
    documents(),
    st.dictionaries(
        st.sampled_from(("topic", "risk_tags", "amount_usd", "confidence", "labels", "tool", "arguments")),
        st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=2)),
    ),
    deriveds,
)
def test_no_event_however_odd_raises_or_is_allowed_for_its_oddness(
    data: dict[str, dict[str, object]], event: dict[str, object], derived: Derived
) -> None:
    verdict = load(data).decide(event, derived)

    assert isinstance(event.get("topic"), str) or verdict.decision is Decision.DENY


@settings(max_examples=60, deadline=None)
@given(documents(), st.integers(0, 2**32), deriveds)
def test_a_wrong_type_is_denied_or_cannot_matter(
    data: dict[str, dict[str, object]], seed: int, derived: Derived
) -> None:
    bundle, rng = load(data), random.Random(seed)
    for _ in range(10):
        event = random_event(rng)
        field = rng.choice(sorted({"confidence", "risk_tags", "amount_usd", "reversible", "environment", "agent_id"}))
        wrong = bundle.decide(event | {field: {"odd": 1}}, derived)
        if wrong.reason_code is ReasonCode.EVALUATION_FAILED:
            continue
        # Nothing read the field: then every value of it, and its absence, gives the same verdict.
        for other in (random_event(rng).get(field), None):
            assert bundle.decide(event | {field: other}, derived)[:8] == wrong[:8]


@settings(max_examples=60, deadline=None)
@given(documents(), st.integers(0, 2**32), deriveds)
def test_what_the_gate_does_not_know_never_releases_more(
    data: dict[str, dict[str, object]], seed: int, derived: Derived
) -> None:
    bundle, rng = load(data), random.Random(seed)
    blind = derived._replace(session_tainted=None, velocity=())
    for _ in range(10):
        event = random_event(rng)
        assert bundle.decide(event, blind).decision.strictness >= bundle.decide(event, derived).decision.strictness
