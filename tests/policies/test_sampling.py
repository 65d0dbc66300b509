"""The audit sample: the published vectors, strata, routes."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.bundle import Bundle, load_bundle
from policies.sampling import Sample, draw, draw_timeout_release, hash_value, is_selected, threshold
from tests.policies.samples import derived, event, rules_bundle, s2_sources

KEY = b"epoch-7"
ALLOW = 'rules: [{match: {topics: ["*"]}, decision: allow}]\n'


def _draw(bundle: Bundle, *, first_time: bool = False, action_id: str = "a0", **fields: object) -> Sample:
    known = derived(3, first_time=first_time)
    verdict = bundle.decide(event(**{"amount_usd": 1, "affected_users": 1} | fields), known)  # type: ignore[arg-type]
    sample = draw(bundle, action_id, derived=known, verdict=verdict, key=KEY)
    assert sample is not None
    return sample


@pytest.mark.parametrize(
    ("probability", "expected"),
    [(0.3, 0xB3333333333330), (0.2, 0xCCCCCCCCCCCCD0), (0.1, 0xE6666666666668), (0.05, 0xF3333333333330)],
)
def test_thresholds_are_those_of_the_published_vectors(probability: float, expected: int) -> None:
    assert threshold(probability) == expected


@pytest.mark.parametrize(
    ("domain", "action_id", "expected"),
    [("audit", "action-0001", 0x8DBF7C9C44B71C), ("second_review", "a0", 0x634CA55429B750)],
)
def test_hash_values_are_those_of_the_published_vectors(domain: str, action_id: str, expected: int) -> None:
    assert hash_value(KEY, domain=domain, action_id=action_id) == expected


def test_probability_one_picks_everything_and_zero_nothing() -> None:
    ids = [f"a{number}" for number in range(2_000)]

    assert all(is_selected(KEY, domain="audit", action_id=action_id, probability=1.0) for action_id in ids)
    assert not any(is_selected(KEY, domain="audit", action_id=action_id, probability=0.0) for action_id in ids)


def test_what_a_smaller_probability_picks_a_larger_one_picks_too() -> None:
    ids = [f"a{number}" for number in range(2_000)]
    few = {i for i in ids if is_selected(KEY, domain="audit", action_id=i, probability=0.05)}
    many = {i for i in ids if is_selected(KEY, domain="audit", action_id=i, probability=0.3)}

    assert few < many
    assert 60 <= len(few) <= 140 and 520 <= len(many) <= 680


def test_domains_pick_different_ids() -> None:
    ids = [f"a{number}" for number in range(2_000)]
    audit = {i for i in ids if is_selected(KEY, domain="audit", action_id=i, probability=0.1)}
    second = {i for i in ids if is_selected(KEY, domain="second_review", action_id=i, probability=0.1)}

    assert len(audit & second) < len(audit) / 2


@pytest.mark.parametrize(
    ("tags", "probability", "stratum"),
    [
        (["prod"], 0.3, "risk_tag:prod"),
        (["write"], 0.2, "risk_tag:write"),
        (["read"], 0.05, "risk_tag:read"),
        ([], 0.1, "base"),
        (["other"], 0.1, "base"),
        (["read", "other"], 0.1, "base"),
        (["read", "prod", "write"], 0.3, "risk_tag:prod"),
        (None, 0.3, "risk_tag:prod"),
    ],
)
def test_the_heaviest_tag_sets_the_probability(tags: list[str] | None, probability: float, stratum: str) -> None:
    sample = _draw(load_bundle(s2_sources()), risk_tags=tags)

    assert sample.probability == pytest.approx(probability)
    assert sample.stratum == stratum
    assert sample.selected == is_selected(KEY, domain="audit", action_id="a0", probability=sample.probability)


@pytest.mark.parametrize(
    "fields",
    [{"amount_usd": 5001}, {"affected_users": 101}, {"amount_usd": None}, {"affected_users": None}],
)
def test_what_is_mandatory_or_may_be_is_always_picked(fields: dict[str, object]) -> None:
    sample = _draw(load_bundle(s2_sources()), **fields)  # type: ignore[arg-type]

    assert (sample.selected, sample.probability, sample.stratum) == (True, 1.0, "mandatory")


def test_a_mandatory_threshold_is_strict() -> None:
    assert _draw(load_bundle(s2_sources()), amount_usd=5000, affected_users=100).stratum == "base"


def test_a_first_action_is_always_picked() -> None:
    uniform = rules_bundle(ALLOW + "audit: {sampling: {rate: 0, strategy: uniform}}\n")

    assert _draw(load_bundle(s2_sources()), first_time=True).probability == 1.0
    assert _draw(uniform, first_time=True).stratum == "first_time"
    assert _draw(uniform) == Sample(False, 0.0, "uniform", None)


def test_a_verdict_that_failed_to_evaluate_is_always_picked() -> None:
    bundle = load_bundle(s2_sources())
    verdict = bundle.decide(event(), derived())._replace(known=None)

    assert draw(bundle, "a", derived=derived(), verdict=verdict, key=KEY) == Sample(
        True, 1.0, "mandatory", "ops-review"
    )


def test_a_bundle_without_an_audit_document_samples_nothing() -> None:
    bundle = rules_bundle(ALLOW)

    assert draw(bundle, "a", derived=derived(), verdict=bundle.decide(event(), derived()), key=KEY) is None


ROUTING = (
    "audit:\n  sampling: {rate: 1, strategy: uniform}\n"
    "  routing: {financial_actions: finance, security_actions: security, legal: counsel, brand_actions: brand,"
    " default: ops}\n"
    "action_classes: [{class: security, match: {tools: [rotate]}}]\n"
)


@pytest.mark.parametrize(
    ("fields", "route"),
    [
        ({"risk_tags": ["financial"]}, "finance"),
        ({"risk_tags": ["financial", "security"]}, "security"),
        ({"risk_tags": ["financial_actions"]}, "finance"),
        ({"tool": "rotate", "risk_tags": ["financial"]}, "security"),
        ({"risk_tags": ["legal", "brand"]}, "brand"),
        ({"risk_tags": ["write"]}, "ops"),
        ({"risk_tags": None}, "ops"),
    ],
)
def test_a_sample_goes_to_the_first_class_in_fixed_precedence(fields: dict[str, object], route: str) -> None:
    assert _draw(rules_bundle(ALLOW + ROUTING), **{"tool": "x"} | fields).route == route  # type: ignore[arg-type]


@given(st.binary(max_size=100), st.sampled_from(("audit", "second_review")), st.text(max_size=300))
def test_the_hash_is_the_first_56_bits_of_hmac_sha256(key: bytes, domain: str, action_id: str) -> None:
    message = f"{domain}\0{action_id}".encode("utf-8", "surrogatepass")

    plain = int.from_bytes(hmac.new(key, message, "sha256").digest()[:7], "big")

    assert hash_value(key, domain=domain, action_id=action_id) == plain


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(("prod", "write", "read", "other")), max_size=4, unique=True),
    st.text(min_size=1, max_size=20),
    st.sampled_from((0.0, 0.001, 0.1, 0.333333, 0.999, 1.0)),
)
def test_a_draw_is_the_plain_formula_whatever_was_drawn_before(tags: list[str], action_id: str, rate: float) -> None:
    sampling = f"{{rate: {rate}, strategy: stratified, weights: {{risk_tags: {{prod: 3, read: 0.5}}}}}}"
    bundle = rules_bundle(f"{ALLOW}audit: {{sampling: {sampling}}}\n")
    for _ in range(2):
        sample = _draw(bundle, action_id=action_id, risk_tags=tags)
        assert sample.selected == is_selected(KEY, domain="audit", action_id=action_id, probability=sample.probability)


def test_hostile_tags_do_not_grow_the_memory_without_end() -> None:
    bundle = load_bundle(s2_sources())
    for number in range(5_000):
        assert _draw(bundle, risk_tags=[f"tag-{number}"]).stratum == "base"
    plan = bundle.audit_plan
    assert plan is not None
    assert len(plan._groups) == 4_096
    assert _draw(bundle, risk_tags=["prod"]).stratum == "risk_tag:prod"


def test_everything_released_by_timeout_is_audited() -> None:
    plain = rules_bundle(ALLOW)

    assert draw_timeout_release(rules_bundle(ALLOW + ROUTING), class_name=None, risk_tags=("financial",)) == Sample(
        True, 1.0, "released_by_timeout", "finance"
    )
    assert draw_timeout_release(plain, class_name=None, risk_tags=None) is None
