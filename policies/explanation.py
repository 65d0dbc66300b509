"""Why a verdict is what it is, rule by rule, as JSON data.

Rules are judged by their plain meaning (`conditions`), not by the compiled index, so that an explanation is also a
second opinion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Protocol

from policies.conditions import FIELD_OF_CONDITION, evaluate, holds, read_path
from policies.decisions import Derived, Facts, Stage, Verdict
from policies.documents import AtLeast, Match, Rule, RuleList, Velocity
from policies.expression_values import Expression
from policies.facts import FactResolver
from policies.workflow_votes import Workflows

_WORDS = {True: "matched", False: "not matched", None: "unknown"}


class Explainable(Protocol):
    """A bundle, as far as explanations read it."""

    @property
    def resolver(self) -> FactResolver: ...

    @property
    def short(self) -> str: ...

    def lists_for(self, level: int) -> tuple[RuleList, ...]: ...

    @property
    def workflow_order(self) -> Workflows: ...

    def decide(self, event: Mapping[str, object], derived: Derived) -> Verdict: ...


def explain(bundle: Explainable, event: Mapping[str, object], derived: Derived) -> dict[str, object]:
    """Every list with its rules and its vote, for each class the action may belong to, and the verdict."""
    verdict = bundle.decide(event, derived)
    classes: list[dict[str, object]] = []
    try:
        for known in bundle.resolver.classes_for(event):
            facts = bundle.resolver.resolve(event, derived, known)
            lists = [_explain_list(entry, facts) for entry in bundle.lists_for(derived.autonomy_level)]
            classes.append({"class": known.name or None, "facts": _facts(facts), "lists": lists})
    except (TypeError, ValueError) as error:
        classes = [{"error": type(error).__name__}]
    return {
        "policy_snapshot": bundle.short,
        "derived": {
            "autonomy_level": derived.autonomy_level,
            "first_time": derived.first_time,
            "retry_count": derived.retry_count,
            "session_tainted": derived.session_tainted,
            "velocity": _json(derived.velocity),
            "workflows": {name: _json(progress.to_json()) for name, progress in derived.workflows.items()},
        },
        "considered": classes,
        "workflows": [*bundle.workflow_order.explain(event.get("topic"), derived.workflows)],
        "verdict": explain_verdict(verdict),
    }


def explain_verdict(verdict: Verdict) -> dict[str, object]:
    """A verdict as JSON data."""
    return {
        "decision": verdict.decision.value,
        "reason": verdict.reason,
        "reason_code": verdict.reason_code.value,
        "rule_id": verdict.rule_id,
        "document": verdict.document,
        "constraints": _json(verdict.constraints),
        "remediation": verdict.remediation,
        "autonomy_level": verdict.autonomy_level,
        "class": verdict.class_name,
        "missing": list(verdict.missing),
        "approval": None if verdict.approval is None else verdict.approval.value,
        "constraint_sources": _json(verdict.constraint_sources),
        "must_audit": verdict.must_audit,
        "workflow": None if verdict.stage is None else _stage(verdict.stage),
    }


def _stage(stage: Stage) -> dict[str, object]:
    return {
        "workflow": stage.workflow,
        "step": stage.step,
        "decision": stage.decision.value,
        "reason": stage.reason or None,
        "reason_code": stage.reason_code.value if stage.reason else None,
        "constraints": _json(stage.constraints),
        "needs": [{"step": step, "branch": branch} for step, branch in stage.grants],
    }


def _explain_list(entry: RuleList, facts: Facts) -> dict[str, object]:
    rules: list[dict[str, object]] = []
    candidates: list[str] = []
    is_settled = False
    for rule in entry.rules:
        result = _judged(lambda rule=rule: holds(rule.match, facts))  # type: ignore[misc]
        rules.append(_explain_rule(rule, result, facts))
        if not is_settled and result != _WORDS[False]:
            candidates.append(rule.id)
            is_settled = result == _WORDS[True]
    vote: dict[str, object] = {"rule_ids": candidates, "may_abstain": not is_settled}
    return {
        "document": entry.document,
        "kind": entry.kind,
        "level": entry.level,
        "name": entry.name,
        "rules": rules,
        "vote": vote if candidates else None,
    }


def _judged(judge: Callable[[], bool | None]) -> str:
    """The result in a word; an error is a result too, because it decides."""
    try:
        return _WORDS[judge()]
    except (TypeError, ValueError) as error:
        return f"error: {type(error).__name__}"


def _explain_rule(rule: Rule, result: str, facts: Facts) -> dict[str, object]:
    because = [_explain_condition(rule.match, name, facts) for name in rule.match.given]
    return {"id": rule.id, "decision": rule.decision.value, "result": result, "because": because}


def _explain_condition(match: Match, name: str, facts: Facts) -> dict[str, object]:
    wanted, result = getattr(match, name), _judged(lambda: evaluate(match, name, facts))
    fact = FIELD_OF_CONDITION[name]
    explained: dict[str, object] = {"condition": name, "wanted": _wanted(wanted), "result": result}
    if fact:
        explained |= {"field": fact, "value": _json(getattr(facts, fact))}
    if isinstance(wanted, Expression):
        explained["values"] = {path.text: _value(facts, path.names) for path in wanted.paths()}
    elif isinstance(wanted, AtLeast):
        explained["of"] = [
            {
                "result": _judged(lambda part=part: holds(part, facts)),  # type: ignore[misc]
                "because": [_explain_condition(part, inner, facts) for inner in part.given],
            }
            for part in wanted.of
        ]
    return explained


def _value(facts: Facts, names: tuple[str, ...]) -> object:
    try:
        return _json(read_path(facts, names))
    except TypeError:
        return None


def _wanted(value: object) -> object:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, Velocity):
        return {"max": value.most, "window_sec": value.window_s}
    if isinstance(value, AtLeast):
        return {"count": value.count, "of": len(value.of)}
    return _json(value)


def _facts(facts: Facts) -> dict[str, object]:
    return {name: _json(value) for name, value in facts._asdict().items() if name != "event"}


def _json(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    return value
