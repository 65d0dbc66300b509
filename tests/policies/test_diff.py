"""Differences between bundles: each kind is named, and what is called no looser never is, for any bundle and event."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.bundle import Bundle, load_bundle
from policies.decisions import Decision, Derived
from policies.diff import ChangeKind, compare, is_as_tight, may_loosen
from policies.transitions import Direction, Outcome, direction
from tests.policies.samples import EXAMPLES, sources
from tests.policies.strategies import deriveds, documents, load, random_event, rules

BASE = """
rules:
  - {id: a, match: {topics: [job.a]}, decision: allow}
  - {id: b, match: {topics: [job.b]}, decision: require_approval, approval: queue, constraints: {max_amount_usd: 10}}
  - {id: c, match: {topics: [job.c]}, decision: deny, reason: "no"}
"""


def bundle(text: str = BASE, **more: str) -> Bundle:
    """A bundle of `doc` and further documents."""
    return load_bundle({"doc.yaml": text, **{f"{name}.yaml": other for name, other in more.items()}})


def told(old: Bundle, new: Bundle) -> list[tuple[str, bool]]:
    """Each change in words, and whether it may loosen."""
    return [(str(change), change.may_loosen) for change in compare(old, new)]


def test_formatting_is_no_difference() -> None:
    assert compare(bundle(), bundle(BASE + "\n# a comment\n")) == ()


A_RULE = "  - {id: new, match: {topics: [job.d]}, decision: DECISION}\n"


@pytest.mark.parametrize(
    ("text", "words", "is_looser"),
    [
        (BASE + A_RULE.replace("DECISION", "allow"), "added rule doc/new", True),
        (BASE + A_RULE.replace("DECISION", "deny"), "added rule doc/new", False),
        (BASE + A_RULE.replace("DECISION", "require_approval"), "added rule doc/new", True),
        (BASE.replace("decision: deny", "decision: allow"), "changed rule doc/c (decision)", True),
        (BASE.replace("decision: allow", "decision: deny"), "changed rule doc/a (decision)", False),
        (BASE.replace("job.a", "job.*"), "changed rule doc/a (match.topics)", True),
        (BASE.replace('reason: "no"', 'reason: "never"'), "changed rule doc/c (reason)", False),
        (BASE.replace("usd: 10", "usd: 9"), "changed rule doc/b (constraints)", False),
        (BASE.replace("usd: 10", "usd: 11"), "changed rule doc/b (constraints)", True),
        (BASE.replace("queue", "explicit"), "changed rule doc/b (approval)", False),
        (BASE.replace("queue", "auto"), "changed rule doc/b (approval)", True),
        (BASE.replace(" approval: queue,", ""), "changed rule doc/b (approval)", True),
        ("description: text\n" + BASE, "added section doc/description", False),
        (BASE + "defaults: {anomaly_score: 0}\n", "added section doc/defaults", True),
    ],
)
def test_each_change_is_named_and_judged(text: str, words: str, is_looser: bool) -> None:
    assert told(bundle(), bundle(text)) == [(words, is_looser)]


def test_a_removed_allow_is_no_looser_and_a_removed_denial_is() -> None:
    base = BASE.replace("queue", "explicit")
    head, *lines = base.strip().splitlines(keepends=True)
    for number, words in enumerate([("removed rule doc/a", False), ("removed rule doc/b", True)]):
        assert told(bundle(base), bundle(head + "".join(lines[:number] + lines[number + 1 :]))) == [words]
    assert told(bundle(base), bundle(head + "".join(lines[:2]))) == [("removed rule doc/c", True)]


def test_only_the_rule_that_moved_is_told() -> None:
    head, first, *rest = BASE.strip().splitlines(keepends=True)
    moved = head + "".join(rest) + "\n" + first
    assert told(bundle(), bundle(moved)) == [("moved rule doc/a", True)]


def test_new_invariants_are_no_looser_unless_they_name_a_lower_approval_class() -> None:
    asks = "invariants: [{id: i, match: {topics: [job.a]}, decision: require_approval}]"
    assert told(bundle(), bundle(more=asks)) == [("added rule more/i", False)]
    lower = asks.replace("require_approval", "require_approval, approval: queue")
    assert told(bundle(), bundle(more=lower)) == [("added rule more/i", True)]


OUTPUTS = "output_rules: [{id: o, match: {findings: [pii]}, decision: redact, reason: r}]\n"


@pytest.mark.parametrize(
    ("decision", "is_looser"), [("quarantine", False), ("redact, action: mask", True), ("allow", True)]
)
def test_a_rule_that_quarantines_is_no_looser_among_others(decision: str, is_looser: bool) -> None:
    more = OUTPUTS.replace(
        "[{id: o", f"[{{id: new, match: {{findings: [x]}}, decision: {decision}, reason: r}}, {{id: o"
    )
    assert told(bundle(out=OUTPUTS), bundle(out=more)) == [("added rule out/new", is_looser)]
    assert told(bundle(), bundle(out=OUTPUTS.replace("redact", "quarantine"))) == [("added rule out/o", True)]


def test_levels_and_sections_are_told_by_what_differs() -> None:
    levels = "autonomy_levels: {level_0: {rules: [{id: l, match: {topics: ['*']}, decision: deny}]}}\n"
    found = compare(bundle(), bundle(levels=levels))
    assert [(str(change), change.kind) for change in found] == [
        ("added section levels/autonomy_levels", ChangeKind.ADDED),
        ("added rule levels/l", ChangeKind.ADDED),
    ]


def test_examples_differ_from_each_other_and_not_from_themselves() -> None:
    refund, airline = (load_bundle(sources(EXAMPLES / name)) for name in ("refund", "airline"))
    assert compare(refund, refund) == ()
    assert may_loosen(refund, airline)


@pytest.mark.parametrize(
    ("tight", "loose", "expected"),
    [
        ({}, {}, True),
        ({"max_amount_usd": 5}, {}, True),
        ({}, {"max_amount_usd": 5}, False),
        ({"max_amount_usd": 5}, {"max_amount_usd": 6}, True),
        ({"min_age": 6}, {"min_age": 5}, True),
        ({"x_allowlist": ["b", "a"]}, {"x_allowlist": ["a", "b", "c"]}, True),
        ({"x_denylist": ["a"]}, {"x_denylist": ["a", "b"]}, False),
        ({"region": "eu"}, {"region": "us"}, False),
        ({"deep": {"max_a": 1}}, {"deep": {"max_a": 2}}, True),
    ],
)
def test_tightness_of_constraints(tight: dict[str, object], loose: dict[str, object], expected: bool) -> None:
    assert is_as_tight(tight, than=loose) is expected


QUEUES = "rules: [{id: z, match: {topics: ['*']}, decision: require_approval, approval: queue}]\n"


def test_a_removed_allow_may_uncover_a_rule_that_names_a_lower_approval_class() -> None:
    holds = "rules: [{id: h, match: {topics: ['*']}, decision: require_approval}]\n"
    old = load_bundle(
        {"a.yaml": QUEUES.replace("[", "[{id: x, match: {topics: [job.a]}, decision: allow}, ", 1), "b.yaml": holds}
    )
    new = load_bundle({"a.yaml": QUEUES, "b.yaml": holds})
    classes = [
        some.approvals.plan(
            some.decide({"topic": "job.a"}, Derived(0, first_time=False, retry_count=0)),
            hold_id="h",
            default_wait_ms=1,
            review_key=bytes(32),
        ).approval_class.value
        for some in (old, new)
    ]
    assert classes == ["explicit", "queue"]
    assert told(old, new) == [("removed rule a/x", True)]


def test_a_removed_allow_may_leave_an_action_to_a_quadrant_that_names_a_lower_approval_class() -> None:
    quadrants = "quadrants: [{risk: high, ambiguity: high, approval: APPROVAL}]\n"
    for approval, is_looser in (("queue", True), ("explicit", False)):
        old, new = (
            load_bundle({"a.yaml": text, "q.yaml": quadrants.replace("APPROVAL", approval)})
            for text in ("rules: [{id: x, match: {topics: [job.a]}, decision: allow}]\n", "rules: []\n")
        )
        assert told(old, new) == [("removed rule a/x", is_looser)]


def _lists_of(data: dict[str, Any]) -> list[list[Any]]:
    found = [document[kind] for document in data.values() for kind in ("rules", "invariants") if kind in document]
    levels = [level["rules"] for document in data.values() for level in document.get("autonomy_levels", {}).values()]
    return found + levels


def _named(data: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The documents with an id for each rule, so that a rule keeps it when others come and go; some name a class."""
    named = copy.deepcopy(data)
    for number, rule in enumerate(rule for entry in _lists_of(named) for rule in entry):
        rule["id"] = f"r{number}"
        if rule["decision"] == "require_approval" and rng.random() < 0.4:
            rule["approval"] = rng.choice(("auto", "queue", "explicit"))
    return named


def _edited(data: dict[str, Any], rng: random.Random, added: dict[str, object]) -> dict[str, Any]:
    """The documents after one or two edits of the kinds that people make."""
    new = copy.deepcopy(data)
    for number in range(rng.randint(1, 2)):
        entry = rng.choice(_lists_of(new))
        edit = rng.randrange(4)
        if edit == 0:
            entry.insert(rng.randrange(len(entry) + 1), added | {"id": f"new{number}"})
        elif edit == 1 and len(entry) > 1:
            del entry[rng.randrange(len(entry))]
        elif edit == 2:
            rule = rng.choice(entry)
            rule["decision"] = rng.choice(("deny", "require_approval"))
            rule.pop("approval", None)
            if rule["decision"] == "deny":
                rule.pop("constraints", None)
            elif rng.random() < 0.4:
                rule["approval"] = rng.choice(("queue", "explicit"))
        else:
            rule = rng.choice(entry)
            if rule["decision"] in ("allow_with_constraints", "require_approval"):
                rule["constraints"] = {"max_amount_usd": rng.choice((1, 50))}
    return new


@settings(max_examples=400, deadline=None)
@given(documents(), rules(), st.integers(0, 2**32), deriveds)
def test_what_is_called_no_looser_never_is(
    data: dict[str, Any], added: dict[str, object], seed: int, derived: Derived
) -> None:
    rng = random.Random(seed)
    named = _named(data, rng)
    old, new = load(named), load(_edited(named, rng, added))
    if may_loosen(old, new):
        return
    for _ in range(20):
        event = random_event(rng)
        verdicts = (old.decide(event, derived), new.decide(event, derived))
        before, after = (Outcome(v.decision, v.rule_id, dict(v.constraints)) for v in verdicts)
        assert direction(before, after) is not Direction.LOOSER, (before, after, event)
        if before.decision is after.decision is Decision.REQUIRE_APPROVAL:
            needed, asked = (
                some.approvals.plan(verdict, hold_id="h", default_wait_ms=1, review_key=bytes(32)).approval_class
                for some, verdict in zip((old, new), verdicts, strict=True)
            )
            assert asked.strictness >= needed.strictness, event
