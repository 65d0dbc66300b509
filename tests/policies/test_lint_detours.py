"""L122: a tool that a step of a workflow guards, and that is permitted under another topic too."""

from __future__ import annotations

import pytest

from policies.lint_findings import LintCode
from tests.policies.samples import EXAMPLES, sources
from tests.policies.test_lint import CLASS, LEVELS, codes, lint_texts, rules_of

FLOW = """
name: w
trigger: job.begin
steps:
  look: {type: action, topic: job.look}
  ask: {type: approval, depends_on: [look]}
  pay: {type: action, topic: job.pay, depends_on: [ask]}
"""
PAY = "id: pay, match: {topics: [job.pay], tools: [wire]}, decision: allow"
LOOK = "id: look, match: {topics: [job.look], tools: [read]}, decision: allow"
# A class of the payment's tool, and how it is treated that no list grants.
AUTOMATED = "action_classes: [{class: wires, owner: me, match: {tools: [wire]}, risk: low, ambiguity: low, FACTS}]\n"
QUADRANT = "quadrants: [{risk: low, ambiguity: low, treatment: TREATMENT}]\n"


FOUND: list[tuple[str, tuple[str, ...]]] = [
    ("the tool under another topic", (FLOW, rules_of(PAY, PAY.replace("pay", "other")))),
    (
        "the tool in constraints",
        (FLOW, rules_of(PAY, PAY.replace("pay", "other") + "_with_constraints, constraints: {max_runtime_sec: 1}")),
    ),
    ("the tool under an earlier step", (FLOW, rules_of(PAY, LOOK.replace("read", "wire")))),
    (
        "the tool under the trigger",
        (FLOW, rules_of(PAY, PAY.replace("id: pay", "id: b").replace("job.pay", "job.begin"))),
    ),
    (
        "the tool under a glob",
        (FLOW, rules_of(PAY, "id: x, match: {topics: ['job.*'], tools: ['w*']}, decision: allow")),
    ),
    (
        "every tool under another topic",
        (FLOW, rules_of(PAY, "id: x, match: {topics: [job.x]}, decision: allow")),
    ),
    ("the tool under a topic and another", (FLOW, rules_of(PAY.replace("[job.pay]", "[job.pay, job.x]")))),
    (
        "a step whose tools nobody names",
        (FLOW, rules_of("id: x, match: {topics: [job.pay, job.x]}, decision: allow")),
    ),
    (
        "a glob that covers the step's topic",
        (FLOW, rules_of("id: x, match: {topics: ['job.*'], tools: [wire]}, decision: allow")),
    ),
    (
        "a step that people let on by rule",
        (FLOW, rules_of(PAY.replace("allow", "require_approval"), PAY.replace("pay", "x"))),
    ),
    (
        "a level of autonomy",
        (FLOW, rules_of(PAY), LEVELS.replace("[job.a]", "['*']").replace("require_approval", "allow")),
    ),
    (
        "a class that says whose tool it is",
        (
            FLOW,
            rules_of("id: x, match: {topics: [job.x]}, decision: allow"),
            CLASS.replace("[job.a]", "[job.pay], tools: [wire]").replace("FIELDS", "risk: low"),
        ),
    ),
    (
        "a class that its quadrant permits",
        (
            FLOW,
            rules_of(PAY),
            AUTOMATED.replace("FACTS", "reversible: true"),
            QUADRANT.replace("TREATMENT", "automate"),
        ),
    ),
    (
        "a denial of one tool only",
        (FLOW, rules_of("id: no, match: {tools: [write]}, decision: deny", PAY, PAY.replace("pay", "x"))),
    ),
]

QUIET: list[tuple[str, tuple[str, ...]]] = [
    ("each tool under its own step", (FLOW, rules_of(PAY, LOOK))),
    ("another tool under another topic", (FLOW, rules_of(PAY, PAY.replace("pay", "x").replace("wire", "read")))),
    (
        "the tool under another topic for people",
        (FLOW, rules_of(PAY, PAY.replace("pay", "x").replace("allow", "require_approval"))),
    ),
    ("every tool under the step's topic alone", (FLOW, rules_of("id: x, match: {topics: [job.pay]}, decision: allow"))),
    (
        "one tool beside a step whose tools nobody names",
        (
            FLOW,
            rules_of(
                "id: x, match: {topics: [job.pay]}, decision: allow",
                LOOK.replace("look", "x").replace("id: x", "id: y"),
            ),
        ),
    ),
    ("a tool without a workflow", (rules_of(PAY, PAY.replace("pay", "x")),)),
    (
        "a denial before the grant",
        (
            FLOW,
            rules_of(
                "id: no, match: {topics: [job.x], tools: [wire]}, decision: deny",
                PAY,
                "id: x, match: {topics: [job.x]}, decision: allow",
            ),
        ),
    ),
    (
        "a person of another list before the grant",
        (
            FLOW,
            rules_of(PAY, PAY.replace("pay", "x")),
            "invariants: [{id: i, match: {topics: [job.x]}, decision: require_approval}]\n",
        ),
    ),
    (
        "a grant of what the class of the tool is not",
        (
            FLOW,
            rules_of(PAY, "id: x, match: {topics: [job.x], customer_facing: false}, decision: allow")
            + "defaults: {customer_facing: true}\n",
            AUTOMATED.replace("FACTS", "customer_facing: true"),
        ),
    ),
    (
        "a grant of tags that the class of the tool lacks",
        (
            FLOW,
            rules_of(PAY, "id: x, match: {topics: [job.x], risk_tags: [read]}, decision: allow")
            + "defaults: {risk_tags: []}\n",
            AUTOMATED.replace("FACTS", "risk_tags: [write]"),
        ),
    ),
    (
        "a class that its quadrant shows to people",
        (FLOW, rules_of(PAY), AUTOMATED.replace("FACTS", "reversible: true"), QUADRANT.replace("TREATMENT", "decide")),
    ),
]


@pytest.mark.parametrize(("what", "texts"), FOUND, ids=[what for what, _ in FOUND])
def test_way_around_a_workflow_is_found(what: str, texts: tuple[str, ...]) -> None:
    assert set(codes(*texts)) == {"L122"}, what


@pytest.mark.parametrize(("what", "texts"), QUIET, ids=[what for what, _ in QUIET])
def test_nothing_is_found_where_no_other_topic_leads_around(what: str, texts: tuple[str, ...]) -> None:
    assert codes(*texts) == [], what


def test_detour_is_told_where_it_is_granted_with_every_step_that_it_leads_around() -> None:
    texts = {"w.yaml": FLOW, "r.yaml": rules_of(PAY, LOOK, "id: all, match: {topics: ['job.*', a]}, decision: allow")}
    texts["c.yaml"] = AUTOMATED.replace("FACTS", "reversible: true") + QUADRANT.replace("TREATMENT", "assist")

    found = [str(finding) for finding in lint_texts(texts) if finding.code is LintCode.DETOUR]

    goes = "an agent that names that topic goes around the workflow"
    around = {
        "c.yaml:1:18": 'class "wires" permits under "*" what step "pay" of workflow "w" guards',
        "r.yaml:4:5": 'rule "all" permits under "job.*" what steps "look", "pay" of workflow "w" guard',
    }
    assert found == [f"{place}: L122 warning: {what}: {goes}" for place, what in around.items()]


def test_tool_of_two_steps_is_guarded_by_the_later_one() -> None:
    texts = {"w.yaml": FLOW, "r.yaml": rules_of(PAY, LOOK.replace("read", "wire"))}

    (finding,) = (finding for finding in lint_texts(texts) if finding.code is LintCode.DETOUR)

    assert 'rule "look" permits under "job.look" what step "pay" of workflow "w" guards' in finding.message


@pytest.mark.parametrize("name", [path.name for path in EXAMPLES.iterdir() if path.is_dir()])
def test_examples_leave_no_way_around_their_workflows(name: str) -> None:
    assert [finding for finding in lint_texts(sources(EXAMPLES / name)) if finding.code is LintCode.DETOUR] == []


def test_example_that_grants_a_payment_under_any_topic_is_told() -> None:
    texts = sources(EXAMPLES / "refund_workflow")
    texts["rules.yaml"] = texts["rules.yaml"].replace(
        "topics: [job.support.process-refund]", 'topics: ["job.support.*"]'
    )

    (finding,) = (finding for finding in lint_texts(texts) if finding.code is LintCode.DETOUR)

    assert (finding.file, 'rule "pay" permits under "job.support.*"' in finding.message) == ("rules.yaml", True)
