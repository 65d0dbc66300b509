"""Containment of globs is exact, and an implied match holds wherever the other one does."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.conditions import holds
from policies.containment import contains, implies, overlaps
from policies.documents import Match
from policies.globs import matches
from tests.policies.complete_events import complete_derived, complete_event, complete_facts
from tests.policies.strategies import load, rules

TEXTS = ["".join(letters) for size in range(6) for letters in product("ab.", repeat=size)]
globs = st.text(alphabet="ab.*", min_size=1, max_size=4).filter(lambda glob: "**" not in glob)


@settings(max_examples=300, deadline=None)
@given(globs, globs)
def test_containment_and_overlap_are_what_the_texts_show(left: str, right: str) -> None:
    both = [text for text in TEXTS if matches(right, text) and matches(left, text)]
    if contains(left, right):
        assert all(matches(left, text) for text in TEXTS if matches(right, text))
    else:
        # A star may have to stand for a character that neither glob holds.
        assert not matches(left, right.replace("*", "z")) or not matches(left, right.replace("*", "zz"))
    assert overlaps(left, right) is bool(both) or (overlaps(left, right) and len(left + right) > 5)


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("*", "job.*", True), ("job.*", "*", False), ("job.*", "job.*.read", True), ("job.*.read", "job.*", False),
        ("*.read", "job.*.read", True), ("job.*.read", "job.read", False), ("a*b", "a*c*b", True),
        ("a*c*b", "a*b", False), ("job.a", "job.a", True), ("job.a", "job.*", False),
    ],
)  # fmt: skip
def test_containment_of_globs(wide: str, narrow: str, expected: bool) -> None:
    assert contains(wide, narrow) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("job.a.*", "job.*.read", True), ("job.a.*", "job.b.*", False), ("*.read", "*.write", False),
        ("*a", "b*", True), ("job.a", "job.*", True), ("job.*", "job", False), ("aa*", "a*b*a", True),
    ],
)  # fmt: skip
def test_overlap_of_globs(left: str, right: str, expected: bool) -> None:
    assert overlaps(left, right) is overlaps(right, left) is expected


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        (Match(topics=("job.a",)), Match(topics=("*",)), True),
        (Match(agents=("a",)), Match(topics=("*",)), True),
        (Match(topics=("job.a",)), Match(tools=("*",)), False),
        (Match(risk_tags=("a",)), Match(risk_tags=("a", "b")), True),
        (Match(risk_tags=("a", "b")), Match(risk_tags=("a",)), False),
        (Match(risk_tags_all=("a", "b")), Match(risk_tags=("a",)), True),
        (Match(risk_tags=("a",), risk_tags_all=("b",)), Match(risk_tags_all=("a", "b")), True),
        (Match(amount_usd_above=10), Match(amount_usd_above=10), True),
        (Match(amount_usd_above=10), Match(amount_usd_above=11), False),
        (Match(confidence_below=0.3), Match(confidence_below=0.5), True),
        (Match(labels=(("k", ("a",)), ("l", ("b",)))), Match(labels=(("k", ("*",)),)), True),
        (Match(labels=(("l", ("b",)),)), Match(labels=(("k", ("*",)),)), False),
        (Match(reversible=True), Match(reversible=False), False),
    ],
)
def test_implication_of_matches(narrow: Match, wide: Match, expected: bool) -> None:
    assert implies(narrow, wide) is expected


@settings(max_examples=200, deadline=None)
@given(st.lists(rules(), min_size=6, max_size=8), st.integers(0, 2**32))
def test_an_implied_match_holds_wherever_the_other_does(many: list[dict[str, object]], seed: int) -> None:
    rng = random.Random(seed)
    bundle = load({"one": {"rules": many}})
    matched = [rule.match for rule in bundle.lists_for(0)[0].rules]
    pairs = [(one, other) for one in matched for other in matched if one is not other and implies(one, other)]
    if not pairs:
        return
    for _ in range(30):
        facts = complete_facts(bundle, complete_event(rng), complete_derived(rng))
        assert all(holds(other, facts) is True for one, other in pairs if holds(one, facts) is True)
