"""Rules on actions, one by one: what they rest on, what they leave open, and whether anything tests them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.cases import coverage, run_cases
from policies.conditions import FIELD_OF_CONDITION
from policies.containment import any_overlaps, contains
from policies.decisions import Decision
from policies.documents import ActionClass, Match, Rule, RuleList
from policies.expression_values import Expression
from policies.globs import quoted
from policies.lint_findings import NOWHERE, Finding, LintCode, Subject
from policies.lint_reach import Guards
from policies.parse_facts import DEFAULT_FIELDS
from policies.step_coverage import parts_of, step_coverage
from policies.taint import has_taint

# Conditions on what the digest binds or the gate itself knows; the others are an agent's claims unless a class settles
# them. Source: DIGEST_FIELDS in streams/codec.py.
_BOUND: Final = frozenset(
    {
        "topics", "tools", "agents", "tenants", "environments", "retry_count_above", "first_time_action",
        "session_tainted", "velocity",
    }
)  # fmt: skip
# Where a path of an expression begins that the digest binds, or that only operator and gate settle.
_BOUND_PATHS: Final = frozenset(
    {
        "topic", "tool", "agent_id", "tenant_id", "environment", "arguments", "retry_count", "first_time_action",
        "session_tainted", "owner", "risk", "ambiguity",
    }
)  # fmt: skip
# Conditions that say when an action is unusual.
_ESCALATING: Final = frozenset(
    {
        "confidence_below", "anomaly_score_above", "retry_count_above", "amount_usd_above", "affected_users_above",
        "first_time_action", "session_tainted", "velocity", "at_least",
    }
)  # fmt: skip
_PERMISSIVE: Final = (Decision.ALLOW, Decision.ALLOW_WITH_CONSTRAINTS)


def lint_rules(subject: Subject) -> Iterator[Finding]:
    """What is odd about single rules, in the order of lists."""
    bundle = subject.bundle
    levels = bundle.autonomy.levels if bundle.autonomy else ()
    lists = [entry for document in bundle.documents for entry in document.rule_lists]
    every = [(entry, rule) for entry in (*lists, *levels) for rule in entry.rules]
    guards = Guards(lists, Decision.REQUIRE_APPROVAL)
    granting = [rule for entry, rule in every if entry.kind != "invariants" and _grants(rule)]
    for entry, rule in every:
        yield from _one(subject, rule)
        yield from _irreversible(subject, entry, rule, guards)
        if (
            _is_escalation(rule)
            and not bundle.quadrants
            and not any(_meets(other.match, rule.match) for other in granting)
        ):
            message = f"rule {quoted(rule.id)} holds what is unusual, and nothing grants what is not: that is denied"
            yield subject.at(subject.places.of_rule(rule.id), LintCode.NO_GRANT, message)
    yield from _without_default(subject, [rule for _, rule in every])
    yield from _untested(subject, is_testable=bool(every) or bool(bundle.workflows))


def _one(subject: Subject, rule: Rule) -> Iterator[Finding]:
    place = subject.places.of_rule(rule.id)
    if rule.decision is Decision.ALLOW_WITH_CONSTRAINTS and not rule.constraints:
        message = f"rule {quoted(rule.id)} allows with constraints and names none"
        yield subject.at(place, LintCode.EMPTY_CONSTRAINTS, message)
    if rule.decision not in _PERMISSIVE:
        return
    if not _rests_on_more(subject, rule.match):
        message = f"rule {quoted(rule.id)} permits by what the agent says of itself alone; add topics or tools"
        yield subject.at(place, LintCode.CLAIMS_ONLY, message)
    for glob in rule.match.topics or ():
        if "*" in glob[:-1]:
            message = f'rule {quoted(rule.id)} permits {quoted(glob)}: "*" also stands for any further segments'
            yield subject.at(place, LintCode.INNER_STAR, message)


def _rests_on_more(subject: Subject, match: Match) -> bool:
    """Whether a match has a condition that an agent cannot satisfy by a claim."""
    for name in match.given:
        wanted = getattr(match, name)
        if name in ("topics", "tools", "agents", "tenants", "environments"):
            if "*" not in wanted:
                return True
        elif name in _BOUND:
            return True
        elif isinstance(wanted, Expression):
            if all(_is_bound_path(subject, match, path.names[0]) for path in wanted.paths()):
                return True
        elif match.at_least is not None and name == "at_least":
            if all(_rests_on_more(subject, part) for part in match.at_least.of):
                return True
        elif settles(subject.bundle.resolver.classes, match, FIELD_OF_CONDITION[name]):
            return True
    # Only "*": everything is permitted, and no claim is asked for.
    return all(name in ("topics", "tools", "agents", "tenants", "environments") for name in match.given)


def _is_bound_path(subject: Subject, match: Match, name: str) -> bool:
    return name in _BOUND_PATHS or settles(subject.bundle.resolver.classes, match, name)


def settles(classes: tuple[ActionClass, ...], match: Match, fact: str) -> bool:
    """Whether the operator's classes say what the fact is, for every action that the match can hold for."""
    for entry in classes:
        if not may_be(entry, match):
            continue
        known = {*entry.facts, *(derived.fact for derived in entry.derive)}
        if entry.risk_tags is not None:
            known.add("risk_tags")
        if fact not in known:
            return False
        if is_all(entry, match):
            return True
    return False


def may_be(entry: ActionClass, match: Match) -> bool:
    """Whether an action that the match holds for can be of the class, as far as topic and tool tell."""
    return any_overlaps(entry.topics, match.topics) and any_overlaps(entry.tools, match.tools)


def is_all(entry: ActionClass, match: Match) -> bool:
    """Whether every action that the match holds for is of the class, unless an earlier class takes it."""
    for outer, inner, is_always_there in ((entry.topics, match.topics, True), (entry.tools, match.tools, False)):
        if outer is None or ("*" in outer and is_always_there):
            continue
        if inner is None or not all(any(contains(wide, narrow) for wide in outer) for narrow in inner):
            return False
    return True


def _grants(rule: Rule) -> bool:
    return rule.decision is not Decision.DENY and not _is_escalation(rule)


def _is_escalation(rule: Rule) -> bool:
    return rule.decision is Decision.REQUIRE_APPROVAL and not _ESCALATING.isdisjoint(rule.match.given)


def _meets(left: Match, right: Match) -> bool:
    return any_overlaps(left.topics, right.topics) and any_overlaps(left.tools, right.tools)


def _irreversible(subject: Subject, entry: RuleList, rule: Rule, guards: Guards) -> Iterator[Finding]:
    """A plain ALLOW that holds for what cannot be undone, where no other list asks a person."""
    if rule.decision is not Decision.ALLOW or rule.match.reversible is True:
        return
    reached: str | None = None
    if rule.match.reversible is False:
        if guards.against(rule.match, but=entry) is None:
            reached = "irreversible actions"
    else:
        for known in subject.bundle.resolver.classes:
            kind = Match(topics=known.topics, tools=known.tools, reversible=False)
            is_final = known.facts.get("reversible") is False and may_be(known, rule.match)
            if is_final and guards.against(kind, but=entry) is None:
                reached = f"actions of class {quoted(known.name)}, which cannot be undone"
                break
    if reached is not None:
        message = f"rule {quoted(rule.id)} allows {reached}, and no other list asks a person"
        yield subject.at(subject.places.of_rule(rule.id), LintCode.IRREVERSIBLE, message)


def _without_default(subject: Subject, rules: list[Rule]) -> Iterator[Finding]:
    """Each optional field once, where the first rule reads it that nothing settles."""
    resolver = subject.bundle.resolver
    told: set[str] = set()
    taints = has_taint(subject.bundle.documents)
    for rule in rules:
        for name in dict.fromkeys(_fields(rule.match)):
            if name == "session_tainted" and not taints and name not in told:
                told.add(name)
                message = f"rule {quoted(rule.id)} reads session_tainted, which no action class ever sets"
                yield subject.at(subject.places.of_rule(rule.id), LintCode.NO_DEFAULT, message)
            if name not in DEFAULT_FIELDS or name in resolver.defaults or name in told:
                continue
            if settles(resolver.classes, rule.match, name):
                continue
            told.add(name)
            message = (
                f"rule {quoted(rule.id)} reads {name}, which an action may lack: without a default or a class that "
                "settles it, the strictest value is assumed"
            )
            yield subject.at(subject.places.of_rule(rule.id), LintCode.NO_DEFAULT, message)


def _fields(match: Match) -> Iterator[str]:
    for name in match.given:
        wanted = getattr(match, name)
        if isinstance(wanted, Expression):
            yield from (path.names[0] for path in wanted.paths())
        elif name == "at_least" and match.at_least is not None:
            for part in match.at_least.of:
                yield from _fields(part)
        else:
            yield FIELD_OF_CONDITION[name]


def _untested(subject: Subject, *, is_testable: bool) -> Iterator[Finding]:
    if not is_testable:
        return
    if not subject.cases:
        yield subject.at(NOWHERE, LintCode.UNTESTED, "no case lies beside the bundle, so none of its rules is tested")
        return
    results = run_cases(subject.bundle, subject.cases)
    for rule in coverage(subject.bundle, results).uncovered:
        message = f"rule {quoted(rule)} decides and votes in no case"
        yield subject.at(subject.places.of_rule(rule), LintCode.UNTESTED, message)
    missed = {*step_coverage(subject.bundle, results).uncovered}
    for workflow in subject.bundle.workflows:
        for step in workflow.steps.values():
            place = subject.places.of_section(workflow.document, "steps", step.name)
            for part in parts_of(workflow, step):
                if part in missed:
                    yield subject.at(place, LintCode.UNTESTED, f"no case reaches {quoted(part)}")
