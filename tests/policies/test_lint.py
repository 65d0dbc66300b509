"""Every lint code is found where it is meant, not where it is not, and what is said never to decide never does."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.bundle import load_bundle
from policies.cases import load_cases
from policies.conditions import holds
from policies.decisions import Decision
from policies.lint import lint
from policies.lint_branches import branch_problems
from policies.lint_findings import Finding, LintCode, Severity
from policies.lint_sections import clean_actions_to_show
from tests.policies.complete_events import complete_derived, complete_event, complete_facts
from tests.policies.samples import EXAMPLES, s2_sources, sources
from tests.policies.strategies import documents, load

PAGE = (Path(__file__).parents[2] / "docs" / "lifecycle.md").read_text("utf-8")


def lint_texts(texts: dict[str, str]) -> tuple[Finding, ...]:
    """The findings in a bundle given as file name -> text."""
    return lint(load_bundle(texts), sources=texts, cases=load_cases(texts))


def codes(*texts: str) -> list[str]:
    """The codes found in a bundle of documents `a`, `b` and so on; L114 only says here that there are no cases."""
    found = lint_texts({f"{name}.yaml": text for name, text in zip("abcd", texts, strict=False)})
    return [finding.code.value for finding in found if finding.code is not LintCode.UNTESTED]


def rules_of(*rules: str) -> str:
    """A document of rules."""
    return "rules:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules)


ANY = "match: {topics: [job.a]}"
GRANT = "id: grant, match: {topics: [job.a]}, decision: allow"
LEVELS = "autonomy_levels: {level_0: {rules: [{match: {topics: [job.a]}, decision: require_approval}]}}\n"
PROMOTION = "promotion_criteria: {min_successful_actions: N, max_error_rate: 0.02, review_period_days: 7}\n"
AUDIT = "audit: {sampling: {rate: 0.1, strategy: stratified, weights: {risk_tags: {read: N}}}}\n"
CLASS = "action_classes: [{match: {topics: [job.a]}, class: pay, owner: me, FIELDS}]\n"
ROUTING = "routing: {financial_actions: ops, default: ops}\n"
TEAMS = "teams: {ops: {}}\n"
QUEUE = "approval_queue_policy: {escalate_after_sec: 100}\n"
STEPS = """
trigger: job.begin
steps:
  decide:
    type: condition
    branches: {small: {when: "result.amount < 100", next: pay}, large: {when: "result.amount SIGN 100", next: ask}}
  pay: {type: action, topic: job.pay, depends_on: [decide]}
  ask: {type: approval, timeout_sec: 60, on_timeout: deny}
"""

OUTPUTS = "output_rules: [{match: {findings: [GLOB]}, decision: redact}]\n"
TENANTS = "tenant_identifiers: {acme: [Acme Ltd]}\n"

FOUND: list[tuple[str, str, tuple[str, ...]]] = [
    (
        "L101",
        "the same decision",
        (rules_of("id: x, " + ANY + ", decision: deny", "id: y, " + ANY + ", decision: deny"),),
    ),
    (
        "L102",
        "a stricter one before",
        (rules_of("id: x, " + ANY + ", decision: deny", "id: y, " + ANY + ", decision: allow"),),
    ),
    (
        "L102",
        "several before together",
        (
            rules_of(
                "id: x, match: {topics: [job.a], reversible: true}, decision: deny",
                "id: y, match: {topics: [job.a], reversible: false}, decision: deny",
                "id: z, match: {topics: [job.a]}, decision: deny",
            )
            + "defaults: {reversible: false}\n",
        ),
    ),
    (
        "L103",
        "a milder one before",
        (rules_of("id: x, " + ANY + ", decision: allow", "id: y, " + ANY + ", decision: deny"),),
    ),
    (
        "L103",
        "two milder ones before",
        (
            rules_of(
                "id: x, match: {topics: [job.a]}, decision: allow",
                "id: y, match: {topics: [job.b]}, decision: allow",
                "id: z, match: {topics: [job.a, job.b], tools: [t]}, decision: deny",
            ),
        ),
    ),
    (
        "L104",
        "a claimed tag",
        (rules_of("id: x, match: {risk_tags: [read]}, decision: allow") + "defaults: {risk_tags: []}\n",),
    ),
    (
        "L104",
        "a claimed amount",
        (rules_of("id: x, match: {when: 'amount_usd < 5'}, decision: allow") + "defaults: {amount_usd: 9}\n",),
    ),
    ("L105", "no constraints", (rules_of("id: x, " + ANY + ", decision: allow_with_constraints"),)),
    (
        "L106",
        "only the unusual is held",
        (
            rules_of("id: x, match: {topics: [job.a], confidence_below: 0.5}, decision: require_approval")
            + "defaults: {confidence: 1}\n",
        ),
    ),
    ("L107", "a star inside", (rules_of("id: x, match: {topics: ['job.*.read']}, decision: allow"),)),
    ("L108", "a gap", (STEPS.replace("SIGN", ">"),)),
    ("L108", "an overlap", (STEPS.replace("SIGN", ">=").replace("< 100", "<= 100"),)),
    ("L109", "a weight below 1", (AUDIT.replace("N", "0.5"),)),
    (
        "L110",
        "a field without default",
        (rules_of("id: x, match: {topics: [job.a], amount_usd_above: 5}, decision: deny"),),
    ),
    ("L110", "a taint that nothing sets", (rules_of("id: x, match: {session_tainted: true}, decision: deny"),)),
    ("L111", "a class that nothing gives", (ROUTING,)),
    ("L112", "no team above", (QUEUE + ROUTING.replace("financial_actions: ops, ", "") + TEAMS,)),
    (
        "L112",
        "all have timed out",
        (
            QUEUE
            + "approval_timeouts: {low: {after_sec: 9, on_timeout: deny}, medium: {after_sec: 9, on_timeout: deny}, "
            "high: {after_sec: 9, on_timeout: deny}}\n",
        ),
    ),
    ("L112", "a timeout that does not say", (STEPS.replace("SIGN", ">=").replace(", on_timeout: deny", ""),)),
    ("L113", "too few actions", (LEVELS + PROMOTION.replace("N", "148"),)),
    ("L115", "nobody owns it", (CLASS.replace("owner: me, FIELDS", "risk: low"),)),
    ("L116", "what cannot be undone", (rules_of(GRANT), CLASS.replace("FIELDS", "reversible: false"))),
    (
        "L116",
        "irreversible by name",
        (
            rules_of("id: x, match: {topics: [job.a], reversible: false}, decision: allow")
            + "defaults: {reversible: true}\n",
        ),
    ),
    (
        "L119",
        "two regions",
        tuple(
            rules_of(f"id: {name}, {ANY}, decision: allow_with_constraints, constraints: {{region: {name}}}")
            for name in ("eu", "us")
        ),
    ),
    ("L120", "a promise", ("commitments: [guaranteed refund]\n" + OUTPUTS.replace("GLOB", "pii"),)),
    ("L120", "a severity too low", (TENANTS + OUTPUTS.replace("findings: [GLOB]", "severities: [medium]"),)),
    ("L121", "a type with a typo", (OUTPUTS.replace("GLOB", "US_SNN"),)),
    ("L118", "an invariant denies it", (rules_of(GRANT), f"invariants: [{{id: no, {ANY}, decision: deny}}]\n")),
]

QUIET: list[tuple[str, tuple[str, ...]]] = [
    ("rules that differ", (rules_of(GRANT, "id: y, match: {topics: ['job.*']}, decision: deny"),)),
    (
        "a stricter rule for part of it first",
        (rules_of("id: x, match: {topics: [job.a], tools: [t]}, decision: deny", GRANT),),
    ),
    (
        "one flag of two",
        (
            rules_of(
                "id: x, match: {topics: [job.a], reversible: true}, decision: allow",
                "id: y, match: {topics: [job.a]}, decision: deny",
            )
            + "defaults: {reversible: false}\n",
        ),
    ),
    (
        "a tag that a class settles",
        (
            rules_of("id: x, match: {topics: [job.a], risk_tags: [read]}, decision: allow"),
            CLASS.replace("FIELDS", "risk_tags: [read]"),
        ),
    ),
    (
        "constraints",
        (rules_of("id: x, " + ANY + ", decision: allow_with_constraints, constraints: {max_runtime_sec: 1}"),),
    ),
    (
        "an escalation beside a grant",
        (
            rules_of("id: x, match: {topics: ['job.*'], confidence_below: 0.5}, decision: require_approval", GRANT)
            + "defaults: {confidence: 1}\n",
        ),
    ),
    ("terms that a rule covers", (TENANTS + OUTPUTS.replace("GLOB", "CROSS_*"),)),
    ("terms that a family covers", (TENANTS + OUTPUTS.replace("GLOB", "custom"),)),
    ("terms that a severity covers", (TENANTS + OUTPUTS.replace("findings: [GLOB]", "severities: [critical]"),)),
    (
        "a type of a dictionary",
        ("dictionaries: {a: {type: A_TERM, terms: [x1]}}\n" + OUTPUTS.replace("GLOB", "A_TERM"),),
    ),
    ("a star at the end", (rules_of("id: x, match: {topics: ['job.a.*']}, decision: allow"),)),
    ("a star inside what is denied", (rules_of("id: x, match: {topics: ['job.*.rm']}, decision: deny"),)),
    ("branches that share out everything", (STEPS.replace("SIGN", ">="),)),
    ("a weight of 1", (AUDIT.replace("N", "1"),)),
    (
        "a class that is called so",
        (ROUTING, CLASS.replace("class: pay", "class: financial").replace("FIELDS", "risk: low")),
    ),
    (
        "a team above",
        (QUEUE + ROUTING.replace("financial_actions: ops, ", "") + "teams: {ops: {escalates_to: top}, top: {}}\n",),
    ),
    (
        "one region, and two levels that never vote together",
        (
            "autonomy_levels:\n"
            + "".join(
                f"  level_{number}: {{rules: [{{match: {{topics: [job.a]}}, decision: allow_with_constraints, "
                f"constraints: {{region: r{number}}}}}]}}\n"
                for number in (0, 1)
            ),
        ),
    ),
    (
        "a taint that a class sets",
        (
            rules_of("id: x, match: {session_tainted: true}, decision: deny"),
            CLASS.replace("FIELDS", "taints_for_sec: 60"),
        ),
    ),
    ("enough actions", (LEVELS + PROMOTION.replace("N", "149"),)),
    ("evidence", (LEVELS + PROMOTION.replace("N", "50") + "autonomy_records: {evidence: true}\n",)),
    (
        "an owner by quadrant",
        (
            CLASS.replace("owner: me, FIELDS", "risk: low, ambiguity: low")
            + "quadrants: [{risk: low, ambiguity: low, owner_role: ops}]\n",
        ),
    ),
    (
        "what cannot be undone and a person sees",
        (
            rules_of(GRANT),
            CLASS.replace("FIELDS", "reversible: false"),
            f"invariants: [{{id: i, {ANY}, decision: require_approval}}]\n",
        ),
    ),
    (
        "a denial behind an exception",
        (
            rules_of(GRANT),
            rules_of(
                "id: i, match: {topics: [job.a], tools: [t]}, decision: allow", "id: no, " + ANY + ", decision: deny"
            ).replace("rules", "invariants"),
        ),
    ),
]


@pytest.mark.parametrize(("code", "what", "texts"), FOUND, ids=[f"{code} {what}" for code, what, _ in FOUND])
def test_a_code_is_found_and_no_other(code: str, what: str, texts: tuple[str, ...]) -> None:
    assert set(codes(*texts)) == {code}, what


@pytest.mark.parametrize(("what", "texts"), QUIET, ids=[what for what, _ in QUIET])
def test_nothing_is_found_where_nothing_is_wrong(what: str, texts: tuple[str, ...]) -> None:
    assert codes(*texts) == [], what


def test_every_code_has_a_test_and_an_entry_with_an_example() -> None:
    elsewhere = {"L114", "L117", "L122"}  # below, with the command that reads recorded events, with workflows
    assert {code.value for code in LintCode} == {code for code, _, _ in FOUND} | elsewhere
    for code in LintCode:
        assert re.search(rf"^\| `{code.value}` \| (error|warning) \| .+ \| .*`.+`.* \|$", PAGE, re.MULTILINE), code


def test_the_page_gives_each_codes_severity() -> None:
    for code in LintCode:
        severity = Finding("f", 1, 1, code, "m").severity.value
        assert f"| `{code.value}` | {severity} |" in PAGE


def test_rules_and_steps_without_a_case_are_named_where_they_stand() -> None:
    policy = rules_of(GRANT, "id: other, match: {topics: [job.b]}, decision: deny")
    cases = "cases: [{name: c, event: {topic: job.a}, expect: {decision: allow}}]"
    (finding,) = lint_texts({"a.yaml": policy, "cases.yaml": cases})
    assert str(finding) == 'a.yaml:3:5: L114 warning: rule "other" decides and votes in no case'
    flow = "trigger: t\nsteps:\n  pay: {type: action, topic: job.c}\n"
    named = [str(finding) for finding in lint_texts({"a.yaml": rules_of(GRANT), "w.yaml": flow, "cases.yaml": cases})]
    assert named == [
        'w.yaml:3:8: L114 warning: no case reaches "w/steps/pay"',
        'w.yaml:3:8: L114 warning: no case reaches "w/steps/pay/refused"',
    ]
    (none,) = lint_texts({"a.yaml": policy})
    assert (none.code, none.file) == (LintCode.UNTESTED, "bundle")


def test_findings_stand_where_their_cause_does() -> None:
    texts = {
        "deep/levels.yaml": "autonomy_levels:\n level_0:\n  rules:\n   - {match: {topics: ['*.x']}, decision: allow}\n",
        "steps.json": json.dumps({"trigger": "a", "steps": {"ask": {"type": "approval", "timeout_sec": 1}}}, indent=1),
        "q.yaml": "\n\nquadrants:\n- {risk: low, ambiguity: low}\n",
        "cases.yaml": "cases: [{name: c, event: {topic: x.x}, expect: {decision: allow}}]",
    }
    found = {(finding.file, finding.line, finding.code.value) for finding in lint_texts(texts)}
    assert found == {
        ("deep/levels.yaml", 4, "L107"), ("steps.json", 4, "L112"), ("steps.json", 4, "L114"), ("q.yaml", 4, "L114"),
    }  # fmt: skip


def test_the_published_documents_and_the_examples_have_no_error() -> None:
    for texts in (s2_sources(), *(sources(path) for path in EXAMPLES.iterdir() if path.is_dir())):
        assert [str(finding) for finding in lint_texts(texts) if finding.severity is Severity.ERROR] == []


def test_the_published_promotion_criterion_cannot_show_its_rate() -> None:
    assert [clean_actions_to_show(rate, confidence=0.95) for rate in (0.05, 0.02, 0.01)] == [59, 149, 299]
    assert any("50 actions cannot show" in finding.message for finding in lint_texts(s2_sources("autonomy")))


def test_a_branch_problem_names_values_that_show_it() -> None:
    (step,) = (s for s in load_bundle({"w.yaml": STEPS.replace("SIGN", ">")}).workflows[0].steps.values() if s.branches)
    assert list(branch_problems(step)) == [
        "no branch holds at result.amount = 100: the workflow stops there for a person"
    ]


@settings(max_examples=150, deadline=None)
@given(documents(with_classes=False), st.integers(0, 2**32))
def test_what_is_said_never_to_decide_never_does(data: dict[str, dict[str, Any]], seed: int) -> None:
    rng = random.Random(seed)
    texts = {f"{name}.json": json.dumps(document) for name, document in data.items()}
    bundle = load(data)
    dead: set[str] = set()
    powerless: set[str] = set()
    for finding in lint(bundle, sources=texts, cases=()):
        rule = finding.message.partition('"')[2].partition('"')[0]
        if finding.code in (LintCode.SUBSUMED, LintCode.UNREACHABLE, LintCode.MASKED):
            dead.add(rule)
        elif finding.code is LintCode.NEVER_PERMISSIVE:
            powerless.add(rule)
    for _ in range(30 if dead or powerless else 0):
        event, derived = complete_event(rng), complete_derived(rng)
        facts = complete_facts(bundle, event, derived)
        for entry in bundle.lists_for(derived.autonomy_level):
            first = next((rule.id for rule in entry.rules if holds(rule.match, facts)), None)
            assert first not in dead, event
            if first in powerless:
                assert bundle.decide(event, derived).decision is Decision.DENY, event


def _many_rules(rng: random.Random, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(count):
        topics = [f"job.{rng.choice('abcdefgh')}.{rng.choice(('*', 'read', 'x*'))}" for _ in range(rng.randint(1, 3))]
        match: dict[str, Any] = {"topics": topics, "risk_tags": rng.sample(["a", "b", "c", "d"], rng.randint(1, 3))}
        if rng.random() < 0.3:
            match["amount_usd_above"] = rng.choice((10, 100))
        found.append(
            {"id": f"r{number}", "match": match, "decision": rng.choice(("allow", "deny", "require_approval"))}
        )
    return found


@pytest.mark.timeout(120)
def test_a_thousand_rules_are_linted_in_seconds() -> None:
    texts = {"a.json": json.dumps({"rules": _many_rules(random.Random(7), 1_000)})}
    bundle = load_bundle(texts)
    begin_s = time.process_time()
    found = lint(bundle, sources=texts, cases=())
    assert time.process_time() - begin_s < 30
    assert sum(finding.code is LintCode.MASKED for finding in found) > 10
