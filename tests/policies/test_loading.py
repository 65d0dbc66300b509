"""Documents load strictly: what is not understood is an error with its place, never ignored."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.bundle import load_bundle, load_canonical
from policies.decisions import Decision, ReasonCode
from policies.errors import PolicyLoadError, Problem
from tests.policies.samples import derived, event, rules_bundle, s2_sources

RULE = 'rules:\n  - match: {topics: ["job.a"]}\n    decision: allow\n'


def _problems(text: str, file: str = "doc.yaml") -> tuple[Problem, ...]:
    with pytest.raises(PolicyLoadError) as caught:
        load_bundle({file: text})
    return caught.value.problems


def _match(condition: str) -> str:
    return f"rules:\n  - decision: deny\n    match: {{{condition}}}\n"


ERRORS = (
    # text, code, line, column, part of the message
    ("rulez: []\n", "P001", 1, 1, 'did you mean "rules"?'),
    ("rules:\n  - match: {topics: [a]}\n    desicion: deny\n", "P001", 3, 5, 'did you mean "decision"?'),
    (_match("topic: [a]"), "P001", 3, 13, 'did you mean "topics"?'),
    ("autonomy_levels:\n  level_01: {rules: []}\n", "P001", 2, 3, "level_0, level_1"),
    ("rules:\n  - match: {topics: [a]}\n    decision: alow\n", "P002", 3, 15, 'did you mean "allow"?'),
    ("rules:\n  - match: {topics: [a]}\n    decision: ALLOW\n", "P002", 3, 15, 'did you mean "allow"?'),
    ("version: v2\n", "P002", 1, 10, "v1"),
    ("audit: {sampling: {rate: 0.1, strategy: stratifed}}\n", "P002", 1, 41, "stratified"),
    ("output_rules:\n  - {match: {audiences: [costumer]}, decision: redact}\n", "P002", 2, 26, "customer"),
    (_match('topics: ["job.**"]'), "P003", 3, 22, "crosses dots"),
    (_match('topics: ["job.[ab]"]'), "P003", 3, 22, "no wildcards"),
    (_match('topics: ["job..read"]'), "P003", 3, 22, "empty segment"),
    (_match('topics: ["*a*a*a*a*a*a*a*a*"]'), "P003", 3, 22, "8 stars"),
    (_match('risk_tags: ["prod*"]'), "P003", 3, 25, "exact names"),
    ("version: v1\nversion: v1\n", "P004", 2, 1, "twice"),
    ('rules: []\n"rules": []\n', "P004", 2, 1, "twice"),
    (_match("confidence_below: .nan"), "P005", 3, 31, "finite"),
    (_match("amount_usd_above: -.INF"), "P005", 3, 31, "finite"),
    (_match("amount_usd_above: 1e400"), "P005", 3, 31, "too large"),
    ("rules:\n  - {id: a, match: {tools: [x]}, decision: deny}\n  - {id: a, match: {tools: [y]}, decision: deny}\n",
     "P006", 1, 1, '"a"'),
    (_match("topics: job.a"), "P007", 3, 21, 'write ["job.a"]'),
    (_match("first_time_action: yes"), "P007", 3, 32, "write true"),
    (_match("confidence_below: true"), "P007", 3, 31, "must be a number"),
    (_match('amount_usd_above: "5"'), "P007", 3, 31, "must be a number"),
    ("rules: {}\n", "P007", 1, 8, "must be a list"),
    ("- a\n", "P007", 1, 1, "must be a mapping"),
    ("1: a\n", "P007", 1, 1, "quote it"),
    (_match("confidence_below: 1.5"), "P008", 3, 31, "between 0 and 1"),
    (_match("retry_count_above: 1.5"), "P008", 3, 32, "whole number"),
    (_match("topics: []"), "P008", 3, 21, "match nothing"),
    (_match("amount_usd_above: 0.1234567890123456"), "P008", 3, 31, "significant digits"),
    ("rules: [\n", "P009", 2, 1, "not YAML"),
    ("a: b: c\n", "P009", 1, 5, "not YAML"),
    ("a: &x 1\n", "P010", 1, 4, "anchors"),
    ("a: *x\n", "P010", 1, 4, "anchors"),
    ("rules: &unused []\n", "P010", 1, 8, "anchors"),
    ("a: {<<: {b: 1}}\n", "P010", 1, 5, "merge"),
    ("a: !!str 1\n", "P010", 1, 4, "tags"),
    ("a: !!python/object/apply:os.system [x]\n", "P010", 1, 4, "tags"),
    ("a: 1\n---\nb: 1\n", "P010", 2, 1, "one document"),
    ("? [a]\n: b\n", "P010", 1, 3, "a key must be a name"),
    (_match("amount_usd_above: 010"), "P010", 3, 31, "1.1 and 1.2"),
    ("a: " + "[" * 40 + "]" * 40 + "\n", "P011", 1, 35, "deeper than 32"),
    ("description: " + "x" * 5_000 + "\n", "P011", 1, 14, "at most 4096"),
    ("rules:\n  - decision: deny\n", "P012", 2, 5, 'lacks "match"'),
    ("rules:\n  - match: {topics: [a]}\n", "P012", 2, 5, 'lacks "decision"'),
    (_match(""), "P012", 3, 12, "would match every action"),
    ("promotion_criteria: {}\n", "P012", 1, 21, "autonomy_levels"),
    ("audit: {sampling: {rate: 1, strategy: uniform}, routing: {a: b}}\n", "P012", 1, 58, 'lacks "default"'),
    (_match("velocity: {max: 1}"), "P012", 3, 23, 'lacks "window_sec"'),
    (_match("velocity: {max: 1, window_sec: 0}"), "P008", 3, 44, "between 1"),
    (_match("at_least: {count: 1, of: []}"), "P008", 3, 38, "empty"),
    (_match("at_least: {count: 2, of: [{topics: [a]}]}"), "P014", 3, 31, "never holds"),
    (_match("at_least: {count: 1, of: [{}]}"), "P012", 3, 39, "would match every action"),
    (_match('when: "result.amount < "'), "P009", 3, 36, "expected a value"),
    (_match("when: amount_usd + 1"), "P007", 3, 30, "expected true or false"),
    (_match("when: 7"), "P007", 3, 19, "when must be text"),
    ("name: customer-refund\n", "P012", 1, 7, 'which has "steps"'),
    ("rules: [{match: {topics: [a]}, decision: allow, approval: queue}]\n", "P014", 1, 49, "no effect"),
    ("quadrants: [{risk: low, ambiguity: low, constraints: {max_a: 1}}]\n", "P014", 1, 41, "did you mean check"),
    ("rules:\n  - match: {topics: [a]}\n    decision: allow\n    constraints: {max_runtime_sec: 1}\n",
     "P014", 4, 5, "allow_with_constraints"),
    ("output_rules:\n  - {match: {findings: [pii]}, decision: allow, action: mask}\n", "P014", 2, 49, "no effect"),
    ("output_rules:\n  - {match: {severities: [hihg]}, decision: redact}\n", "P002", 2, 27, "high"),
    ("output_rules:\n  - {match: {chunk_limit: 0}, decision: quarantine}\n", "P008", 2, 27, "between 1"),
    ("output_rules:\n  - {match: {chunk_limit: 5}, decision: allow}\n", "P014", 2, 31, "only be quarantined"),
    ("field_rules:\n  - {match: {fields: [a], severities: [high]}, reason: a}\n", "P001", 2, 27, "severities"),
    ("dictionaries: {}\n", "P008", 1, 15, "empty"),
    ("dictionaries: {Names: {terms: [ab]}}\n", "P008", 1, 16, "lower_case"),
    ("dictionaries: {names: {type: name, terms: [ab]}}\n", "P008", 1, 30, "UPPER_CASE"),
    ("dictionaries: {names: {type: NAME}}\n", "P012", 1, 23, 'lacks "terms"'),
    ("commitments: ['?!']\n", "P008", 1, 15, "no letter"),
    ("commitments: guaranteed refund\n", "P007", 1, 14, "a list"),
    ("tenant_identifiers: {acme: []}\n", "P008", 1, 28, "empty"),
    ("tenant_identifiers: {acme: [a]}\n", "P008", 1, 29, "fewer than 2"),
    ("action_classes:\n  - {class: a, match: {tools: [x]}, derive: {amount_usd: context.x}}\n",
     "P008", 2, 58, "arguments"),
    ("action_classes:\n  - {class: a, match: {tools: [x]}, derive: {reversible: 'arguments.x[*]'}}\n",
     "P003", 2, 58, "adds"),
    ("field_rules:\n  - {match: {fields: ['**']}, reason: a}\n", "P003", 2, 23, "selects everything"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line", "column", "part"), ERRORS)
def test_a_wrong_document_is_refused_at_its_place(text: str, code: str, line: int, column: int, part: str) -> None:
    problem = next(problem for problem in _problems(text) if problem.code.value == code)

    assert (problem.file, problem.line, problem.column) == ("doc.yaml", line, column)
    assert part in problem.message
    assert str(problem).startswith(f"doc.yaml:{line}:{column}: {code} ")


def test_a_dictionary_and_a_tenant_stand_in_one_document() -> None:
    text = "dictionaries: {names: {terms: [ab]}}\ncommitments: [cd]\ntenant_identifiers: {acme: [ef]}\n"
    with pytest.raises(PolicyLoadError) as caught:
        load_bundle({"a.yaml": text, "b.yaml": text})

    assert [(p.file, p.code.value) for p in caught.value.problems] == [("b.yaml", "P006")] * 3


def test_problem_with_a_term_does_not_quote_it() -> None:
    long = " ".join(["secret"] * 33)
    assert "secret" not in "".join(str(problem) for problem in _problems(f"commitments: [{long}]\n"))


def test_all_problems_of_all_files_are_reported_at_once() -> None:
    with pytest.raises(PolicyLoadError) as caught:
        load_bundle({"b.yaml": "rulez: []\nversion: v9\n", "a.json": "{", "c.txt": ""})

    assert [(p.file, p.code.value) for p in caught.value.problems] == [
        ("a.json", "P009"), ("b.yaml", "P001"), ("b.yaml", "P002"), ("c.txt", "P008"),
    ]  # fmt: skip


_PUBLISHED = sorted(s2_sources().values())


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(), max_size=60), st.sampled_from(("doc.yaml", "doc.json")))
def test_no_text_makes_loading_fail_in_another_way(text: str, file: str) -> None:
    try:
        bundle = load_bundle({file: text})
    except PolicyLoadError as error:
        assert error.problems
    else:
        assert load_canonical(bundle.canonical()) == bundle


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(_PUBLISHED), st.integers(0, 10_000), st.integers(0, 8), st.text(max_size=4))
def test_a_damaged_document_loads_or_is_refused_with_its_problems(text: str, at: int, cut: int, put: str) -> None:
    damaged = text[: at % len(text)] + put + text[at % len(text) + cut :]
    try:
        bundle = load_bundle({"doc.yaml": damaged})
    except PolicyLoadError as error:
        assert all(problem.file == "doc.yaml" and problem.line > 0 for problem in error.problems)
    else:
        assert load_canonical(bundle.canonical()) == bundle


def test_half_a_surrogate_pair_is_refused() -> None:
    assert _problems('{"description": "\\ud800"}', "doc.json")[0].code.value == "P008"
    assert _problems("description: \ud800\n")[0].code.value == "P009"


def test_problems_of_a_hostile_file_are_bounded() -> None:
    text = "".join(f"key{number}: 1\n" for number in range(1_000))

    assert len(_problems(text)) == 100


JSON_ERRORS = (
    ('{"rules": [],}', "P009"),
    ("{'rules': []}", "P009"),
    ('{"rules": [] // no comments\n}', "P009"),
    ('{"rules": []} x', "P009"),
    ('{"rules": [}', "P009"),
    ('{"rules": "\n"}', "P009"),
    ('{"rules": 01}', "P009"),
    ('{"rules": yes}', "P009"),
    ('{"rules": NaN}', "P005"),
    ('{"rules": -Infinity}', "P005"),
    ('{"rules": 1e999}', "P005"),
    ('{"rules": [], "rules": []}', "P004"),
    ("[" * 50 + "]" * 50, "P011"),
    ("rules: []", "P009"),
)


@pytest.mark.parametrize(("text", "code"), JSON_ERRORS)
def test_a_json_document_is_read_as_strict_json(text: str, code: str) -> None:
    assert [problem.code.value for problem in _problems(text, "doc.json")] == [code]


def test_json_places_count_lines_and_columns() -> None:
    (problem,) = _problems('{\n  "version": "v1",\n  "rulez": []\n}', "doc.json")

    assert (problem.line, problem.column) == (3, 3)


def test_json_with_escaped_surrogate_pairs_loads() -> None:
    text = json.dumps({"rules": [], "description": "\U0001f600"})

    assert load_bundle({"doc.json": text}).documents[0].name == "doc"


def test_yaml_1_1_surprises_are_plain_text() -> None:
    text = "rules:\n  - {match: {tools: [no, 12:30:00, on, 2024-01-01]}, decision: deny}\n"

    match = rules_bundle(text).lists_for(0)[0].rules[0].match

    assert match.tools == ("no", "12:30:00", "on", "2024-01-01")


def test_a_version_is_optional_and_means_v1() -> None:
    assert rules_bundle(RULE).snapshot == rules_bundle("version: v1\n" + RULE).snapshot


def test_rules_without_an_id_are_named_by_document_section_and_place() -> None:
    bundle = load_bundle({"folder/safety.yaml": RULE})

    assert bundle.lists_for(0)[0].rules[0].id == "safety/rules/0"


def test_two_documents_of_one_name_are_refused() -> None:
    with pytest.raises(PolicyLoadError) as caught:
        load_bundle({"a.yaml": RULE, "a.json": "{}"})

    assert caught.value.problems[0].code.value == "P006"


@pytest.mark.parametrize(
    "section",
    [
        "audit: {sampling: {rate: 1, strategy: uniform}}",
        "action_classes: []",
        "autonomy_levels: {level_0: {rules: []}}",
        "defaults: {confidence: 1}",
    ],
)
def test_a_section_that_speaks_for_the_bundle_stands_once(section: str) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        load_bundle({"a.yaml": section, "b.yaml": section})

    assert caught.value.problems[0].code.value == "P006"


def test_formatting_comments_and_language_do_not_change_the_snapshot() -> None:
    plain = "rules:\n  - match:\n      confidence_below: 0.50\n      topics: [job.a]\n    decision: allow\n"
    other = '# why\nrules: [{"decision": allow, "match": {topics: ["job.a"], confidence_below: 5.0e-1}}]\n'
    as_json = json.dumps({"rules": [{"match": {"topics": ["job.a"], "confidence_below": 0.5}, "decision": "allow"}]})

    snapshots = {
        rules_bundle(plain).snapshot,
        rules_bundle(other).snapshot,
        load_bundle({"doc.json": as_json}).snapshot,
    }

    assert len(snapshots) == 1


def test_another_threshold_reason_or_document_name_is_another_snapshot() -> None:
    snapshots = {
        load_bundle({"doc.yaml": RULE}).snapshot,
        load_bundle({"other.yaml": RULE}).snapshot,
        load_bundle({"doc.yaml": RULE.replace("allow", "deny")}).snapshot,
        load_bundle({"doc.yaml": RULE + "    reason: because\n"}).snapshot,
    }

    assert len(snapshots) == 4


def test_the_canonical_text_gives_the_same_bundle_again() -> None:
    bundle = load_bundle(s2_sources())

    again = load_canonical(bundle.canonical())

    assert again == bundle
    assert again.documents == bundle.documents
    assert (again.snapshot, again.canonical()) == (bundle.snapshot, bundle.canonical())
    assert again.decide(event(), derived(1)) == bundle.decide(event(), derived(1))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"penstock_bundle": 2, "documents": {}}', '{"documents": {}}'])
def test_what_is_no_canonical_text_is_refused(text: str) -> None:
    with pytest.raises(PolicyLoadError):
        load_canonical(text)


def test_a_short_snapshot_shows_six_digits_of_the_full_one() -> None:
    bundle = rules_bundle(RULE)

    assert bundle.short == f"v1:{bundle.snapshot[:6]}"
    assert len(bundle.snapshot) == 64


@pytest.mark.parametrize("sources", [{}, {"a.yaml": ""}, {"a.yaml": "# nothing\n"}, {"a.yaml": "version: v1\n"}])
def test_an_empty_policy_denies_everything(sources: dict[str, str]) -> None:
    verdict = load_bundle(sources).decide(event(), derived(3))

    assert (verdict.decision, verdict.reason_code) == (Decision.DENY, ReasonCode.NO_POLICY)


def test_a_policy_with_an_empty_list_denies_because_no_rule_matched() -> None:
    verdict = rules_bundle("rules: []\n").decide(event(), derived(3))

    assert (verdict.decision, verdict.reason_code) == (Decision.DENY, ReasonCode.NO_RULE_MATCHED)
