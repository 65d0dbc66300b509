"""From document trees to the cases that a bundle is tested by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from policies.approval_documents import ApprovalClass
from policies.decisions import NO_RUNS, Decision, Derived, ReasonCode
from policies.errors import ProblemCode
from policies.globs import quoted
from policies.nodes import Node
from policies.parse_rules import APPROVAL_WORDS, DECISION_WORDS
from policies.reader import Reader
from policies.workflow_progress import Progress, StepState

CASE_FIELDS: Final = ("name", "event", "state", "expect")
STATE_FIELDS: Final = ("autonomy_level", "first_time", "retry_count", "session_tainted", "velocity", "workflows")
EXPECT_FIELDS: Final = ("decision", "rule", "reason_code", "constraints", "missing", "approval", "class")
VELOCITY_FIELDS: Final = ("window_sec", "count")
PROGRESS_FIELDS: Final = ("event", "states", "results", "choices")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a verdict has to be; None is not looked at."""

    decision: Decision
    rule: str | None = None
    reason_code: ReasonCode | None = None
    constraints: Mapping[str, object] | None = None
    missing: tuple[str, ...] | None = None
    approval: ApprovalClass | None = None
    class_name: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An action, what the gate knows of its agent, and the verdict that the author of the policy wants."""

    file: str
    line: int
    name: str
    derived: Derived
    expected: Expected
    event: Mapping[str, object] = field(repr=False)


def is_case_document(tree: Node) -> bool:
    """Whether a document holds cases and not policy."""
    return isinstance(tree.value, dict) and "cases" in tree.value


def parse_cases(reader: Reader, tree: Node) -> tuple[Case, ...]:
    """The cases of a document; policy cannot stand beside them."""
    fields = reader.fields(tree, what="document of cases", known=("version", "description", "cases")) or {}
    if "version" in fields:
        reader.word(fields["version"], what="version", known={"v1": "v1"})
    reader.text(fields.get("description"), what="description", max_chars=4_000)
    items = reader.items(fields["cases"], what="cases") if "cases" in fields else None
    found: dict[str, Case] = {}
    for item in items or ():
        case = _parse_case(reader, item)
        if case is None:
            continue
        if case.name in found:
            message = f"a case is called {quoted(case.name)} already, at line {found[case.name].line}"
            reader.report(item, ProblemCode.DUPLICATE_ID, message)
        found[case.name] = case
    return tuple(found.values())


def _parse_case(reader: Reader, node: Node) -> Case | None:
    fields = reader.fields(node, what="case", known=CASE_FIELDS, required=("name", "event", "expect"))
    if fields is None:
        return None
    name = reader.text(fields.get("name"), what="name", max_chars=200)
    event = reader.mapping(fields["event"], what="event") if "event" in fields else None
    derived = parse_state(reader, fields.get("state"))
    expected = _parse_expected(reader, fields["expect"]) if "expect" in fields else None
    if name is None or event is None or expected is None:
        return None
    plain = {key: child.plain() for key, child in event.items()}
    return Case(reader.file, node.line, name, derived, expected, plain)


def parse_state(reader: Reader, node: Node | None) -> Derived:
    """What the gate would know of an action's agent; what is not given is as for an agent without a history."""
    fields = reader.fields(node, what="state", known=STATE_FIELDS) or {} if node is not None else {}
    level = reader.number(fields.get("autonomy_level"), what="autonomy_level", is_whole=True)
    retries = reader.number(fields.get("retry_count"), what="retry_count", is_whole=True)
    velocity: list[tuple[int, int]] = []
    items = reader.items(fields["velocity"], what="velocity") if "velocity" in fields else None
    for item in items or ():
        entry = reader.fields(item, what="velocity", known=VELOCITY_FIELDS, required=VELOCITY_FIELDS) or {}
        window = reader.number(entry.get("window_sec"), what="window_sec", low=1, is_whole=True)
        count = reader.number(entry.get("count"), what="count", is_whole=True)
        if window is not None and count is not None:
            velocity.append((int(window), int(count)))
    return Derived(
        autonomy_level=int(level or 0),
        first_time=bool(reader.flag(fields.get("first_time"), what="first_time")),
        retry_count=int(retries or 0),
        session_tainted=reader.flag(fields.get("session_tainted"), what="session_tainted"),
        velocity=tuple(velocity),
        workflows=_parse_workflows(reader, fields["workflows"]) if "workflows" in fields else NO_RUNS,
    )


def _parse_workflows(reader: Reader, node: Node) -> dict[str, Progress]:
    """How far the runs of the action's session have come, by the names of their workflows."""
    found: dict[str, Progress] = {}
    for name, child in (reader.mapping(node, what="workflows") or {}).items():
        fields = reader.fields(child, what=f"workflow {quoted(name)}", known=PROGRESS_FIELDS) or {}
        parts = {key: reader.mapping(fields[key], what=key) or {} for key in fields}
        states = {
            step: reader.word(state, what="state of a step", known={entry.value: entry for entry in StepState})
            for step, state in parts.get("states", {}).items()
        }
        choices = {step: reader.name(branch, what="branch") for step, branch in parts.get("choices", {}).items()}
        found[name] = Progress(
            event={key: value.plain() for key, value in parts.get("event", {}).items()},
            states={step: state for step, state in states.items() if state is not None},
            results={step: value.plain() for step, value in parts.get("results", {}).items()},
            choices={step: branch for step, branch in choices.items() if branch is not None},
        )
    return found


def _parse_expected(reader: Reader, node: Node) -> Expected | None:
    fields = reader.fields(node, what="expect", known=EXPECT_FIELDS, required=("decision",))
    if fields is None:
        return None
    decision = reader.word(fields.get("decision"), what="decision", known=DECISION_WORDS)
    code = reader.word(
        fields.get("reason_code"), what="reason_code", known={entry.value: entry for entry in ReasonCode}
    )
    constraints = reader.mapping(fields["constraints"], what="constraints") if "constraints" in fields else None
    missing = None
    if "missing" in fields:
        missing = () if fields["missing"].value == () else reader.names(fields["missing"], what="missing")
    if decision is None:
        return None
    return Expected(
        decision=decision,
        rule=reader.name(fields.get("rule"), what="rule"),
        reason_code=code,
        constraints=None if constraints is None else {name: child.plain() for name, child in constraints.items()},
        missing=missing,
        approval=reader.word(fields.get("approval"), what="approval", known=APPROVAL_WORDS),
        class_name=reader.name(fields.get("class"), what="class"),
    )
