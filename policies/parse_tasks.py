"""From document trees to how tasks are treated: the four quadrants of risk and ambiguity, and workflows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from policies.approval_documents import ApprovalClass
from policies.decisions import NO_CONSTRAINTS, Decision
from policies.documents import Branch, Match, Quadrant, Rule, Step, Workflow
from policies.errors import ProblemCode
from policies.globs import is_literal, quoted
from policies.nodes import Node
from policies.parse_match import parse_when
from policies.parse_rules import APPROVAL_WORDS, parse_constraints
from policies.reader import Reader
from policies.workflow_order import order_of

LEVELS: Final = {"low": "low", "high": "high"}
QUADRANT_FIELDS: Final = (
    "risk", "ambiguity", "treatment", "approval", "constraints", "reason", "owner_role", "kpis", "audit_weight",
)  # fmt: skip
# What a treatment decides: a machine alone, a machine that people look over, within constraints, or a person.
TREATMENTS: Final[Mapping[str, Decision]] = {
    "automate": Decision.ALLOW,
    "assist": Decision.ALLOW,
    "check": Decision.ALLOW_WITH_CONSTRAINTS,
    "decide": Decision.REQUIRE_APPROVAL,
}
_DEFAULT_TREATMENTS: Final = {
    ("low", "low"): "automate",
    ("low", "high"): "assist",
    ("high", "low"): "check",
    ("high", "high"): "decide",
}
# An assistant's work is looked over: sampled twice as often, unless the document says otherwise.
_DEFAULT_ASSIST_WEIGHT: Final = 2
MAX_AUDIT_WEIGHT: Final = 1_000
STEP_KINDS: Final = {kind: kind for kind in ("action", "condition", "approval")}
STEP_FIELDS: Final = (
    "type", "topic", "depends_on", "branches", "reason", "timeout_sec", "on_timeout", "constraints",
)  # fmt: skip
BRANCH_FIELDS: Final = ("when", "next")
_KIND_FIELDS: Final = {
    "action": frozenset({"type", "topic", "depends_on", "timeout_sec", "on_timeout", "constraints"}),
    "condition": frozenset({"type", "depends_on", "branches"}),
    "approval": frozenset({"type", "depends_on", "reason", "timeout_sec", "on_timeout", "constraints"}),
}
_TIMEOUTS: Final = {word: word for word in ("deny", "escalate")}
MAX_STEPS: Final = 256  # of one workflow


def parse_quadrants(reader: Reader, node: Node | None, *, document: str) -> tuple[Quadrant, ...] | None:
    """The quadrants that a document describes; None when it has no such section."""
    if node is None:
        return None
    found: dict[tuple[str, str], Quadrant] = {}
    for item in reader.items(node, what="quadrants") or ():
        quadrant = _parse_quadrant(reader, item, document=document)
        if quadrant is None:
            continue
        if (quadrant.risk, quadrant.ambiguity) in found:
            message = f"risk {quadrant.risk} with ambiguity {quadrant.ambiguity} is described twice"
            reader.report(item, ProblemCode.DUPLICATE_KEY, message)
        found[(quadrant.risk, quadrant.ambiguity)] = quadrant
    return tuple(found[key] for key in sorted(found))


def _parse_quadrant(reader: Reader, node: Node, *, document: str) -> Quadrant | None:
    fields = reader.fields(node, what="quadrant", known=QUADRANT_FIELDS, required=("risk", "ambiguity"))
    if fields is None:
        return None
    risk = reader.word(fields.get("risk"), what="risk", known=LEVELS)
    ambiguity = reader.word(fields.get("ambiguity"), what="ambiguity", known=LEVELS)
    treatment = reader.word(fields.get("treatment"), what="treatment", known={word: word for word in TREATMENTS})
    approval = reader.word(fields.get("approval"), what="approval", known=APPROVAL_WORDS)
    constraints = parse_constraints(reader, fields.get("constraints"))
    reason = reader.text(fields.get("reason"), what="reason")
    owner = reader.name(fields.get("owner_role"), what="owner_role")
    kpis = reader.names(fields.get("kpis"), what="kpis")
    weight = reader.number(fields.get("audit_weight"), what="audit_weight", low=1, high=MAX_AUDIT_WEIGHT)
    if risk is None or ambiguity is None or ("treatment" in fields and treatment is None):
        return None
    treatment = treatment or _DEFAULT_TREATMENTS[(risk, ambiguity)]
    decision = TREATMENTS[treatment]
    if decision is Decision.REQUIRE_APPROVAL:
        approval = approval or ApprovalClass.EXPLICIT
    elif approval is not None:
        message = f"approval has no effect beside treatment {treatment}"
        reader.report_key(node, "approval", ProblemCode.CONTRADICTION, message)
    if constraints and decision is Decision.ALLOW:
        message = f"constraints have no effect beside treatment {treatment}; did you mean check?"
        reader.report_key(node, "constraints", ProblemCode.CONTRADICTION, message)
    rule = Rule(
        id=f"{document}/quadrants/{risk}_{ambiguity}",
        match=Match(),
        decision=decision,
        reason=reason or f"no list decided; tasks of {risk} risk and {ambiguity} ambiguity: {treatment}",
        constraints=constraints,
        remediation=None,
        approval=approval,
    )
    if weight is None:
        weight = _DEFAULT_ASSIST_WEIGHT if treatment == "assist" else 1
    return Quadrant(document, risk, ambiguity, rule, owner, kpis or (), weight)


def parse_workflow(reader: Reader, fields: Mapping[str, Node], *, document: str) -> Workflow | None:
    """The workflow of a document, None when it has none."""
    if "steps" not in fields:
        for name in ("name", "trigger"):
            if name in fields:
                message = f'{name} stands in the document of a workflow, which has "steps"'
                reader.report(fields[name], ProblemCode.MISSING_KEY, message)
        return None
    name = reader.name(fields.get("name"), what="name") or document
    trigger = _topic(reader, fields.get("trigger"), what="trigger")
    if "trigger" not in fields:
        reader.report(fields["steps"], ProblemCode.MISSING_KEY, 'a workflow lacks "trigger"')
    nodes = reader.mapping(fields["steps"], what="steps") or {}
    if not nodes and isinstance(fields["steps"].value, dict):
        reader.report(fields["steps"], ProblemCode.MISSING_KEY, "steps has no step")
    if len(nodes) > MAX_STEPS:
        message = f"a workflow has at most {MAX_STEPS} steps, got {len(nodes)}"
        reader.report(fields["steps"], ProblemCode.LIMIT, message)
        return None
    steps = {key: _parse_step(reader, child, name=key) for key, child in sorted(nodes.items())}
    known = {key: step for key, step in steps.items() if step is not None}
    if len(known) == len(steps):
        _check_links(reader, nodes, known)
        _check_order(reader, fields["steps"], known)
    if trigger is not None and trigger in {step.topic for step in known.values()}:
        message = "the trigger is the topic of a step, which would wait for the run that it begins"
        reader.report(fields["trigger"], ProblemCode.CONTRADICTION, message)
    return None if trigger is None else Workflow(document, name, trigger, MappingProxyType(known))


def _topic(reader: Reader, node: Node | None, *, what: str) -> str | None:
    if node is None:
        return None
    found = reader.globs(Node((node,), node.line, node.column), what=what, dotted=True)
    if found and not is_literal(found[0]):
        reader.report(node, ProblemCode.BAD_GLOB, f"{what} is one topic, not a glob")
        return None
    return found[0] if found else None


def _parse_step(reader: Reader, node: Node, *, name: str) -> Step | None:
    what = f"step {quoted(name)}"
    fields = reader.fields(node, what=what, known=STEP_FIELDS, required=("type",))
    if fields is None:
        return None
    kind = reader.word(fields.get("type"), what="type", known=STEP_KINDS)
    if kind is None:
        return None
    for key in fields:
        if key not in _KIND_FIELDS[kind]:
            reader.report_key(node, key, ProblemCode.CONTRADICTION, f"{key} has no meaning in a step of type {kind}")
    for key, needing in (("topic", "action"), ("branches", "condition")):
        if kind == needing and key not in fields:
            reader.report(node, ProblemCode.MISSING_KEY, f'{what} lacks "{key}"')
    timeout = reader.number(fields.get("timeout_sec"), what="timeout_sec", low=1)
    on_timeout = reader.word(fields.get("on_timeout"), what="on_timeout", known=_TIMEOUTS)
    if on_timeout is not None and "timeout_sec" not in fields:
        reader.report_key(node, "on_timeout", ProblemCode.CONTRADICTION, "on_timeout has no effect without timeout_sec")
    return Step(
        name=name,
        kind=kind,
        topic=_topic(reader, fields.get("topic"), what="topic"),
        depends_on=reader.names(fields.get("depends_on"), what="depends_on") or (),
        branches=_parse_branches(reader, fields.get("branches")),
        reason=reader.text(fields.get("reason"), what="reason"),
        timeout_s=timeout,
        on_timeout=on_timeout,
        constraints=parse_constraints(reader, fields.get("constraints")) if "constraints" in fields else NO_CONSTRAINTS,
    )


def _parse_branches(reader: Reader, node: Node | None) -> tuple[Branch, ...]:
    if node is None:
        return ()
    found: list[Branch] = []
    names = reader.mapping(node, what="branches") or {}
    if not names and isinstance(node.value, dict):
        reader.report(node, ProblemCode.MISSING_KEY, "branches has no branch")
    for name, child in sorted(names.items()):
        fields = reader.fields(child, what=f"branch {quoted(name)}", known=BRANCH_FIELDS, required=BRANCH_FIELDS) or {}
        when = parse_when(reader, fields.get("when"))
        following = reader.name(fields.get("next"), what="next")
        if when is not None and following is not None:
            found.append(Branch(name, when, following))
    return tuple(found)


def _check_links(reader: Reader, nodes: Mapping[str, Node], steps: Mapping[str, Step]) -> None:
    for name, step in steps.items():
        for other in (*step.depends_on, *(branch.next for branch in step.branches)):
            if other not in steps:
                message = f"step {quoted(name)} names a step {quoted(other)} that is not there"
                reader.report(nodes[name], ProblemCode.UNKNOWN_WORD, message)
            elif other == name:
                reader.report(nodes[name], ProblemCode.CONTRADICTION, f"step {quoted(name)} waits for itself")


def _check_order(reader: Reader, node: Node, steps: Mapping[str, Step]) -> None:
    """Report steps that wait for each other: none of them would ever begin."""
    _, waiting = order_of(steps)
    if waiting:
        message = f"these steps wait for each other: {', '.join(waiting[:8])}"
        reader.report(node, ProblemCode.CONTRADICTION, message)
