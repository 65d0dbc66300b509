"""From document trees to rules, invariants and autonomy levels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from policies.approval_documents import ApprovalClass
from policies.constraints import constraint_problem
from policies.decisions import NO_CONSTRAINTS, Decision
from policies.documents import Autonomy, DemotionTriggers, PromotionCriteria, Rule, RuleList
from policies.errors import ProblemCode
from policies.globs import quoted
from policies.nodes import Node
from policies.parse_match import parse_match
from policies.reader import Reader

APPROVAL_WORDS: Mapping[str, ApprovalClass] = {entry.value: entry for entry in ApprovalClass}
DECISION_WORDS: Mapping[str, Decision] = {decision.word: decision for decision in Decision}
RULE_FIELDS = ("id", "match", "decision", "reason", "constraints", "remediation", "approval")
_LEVEL_KEY = re.compile(r"level_(0|[1-9][0-9]{0,2})\Z")


def parse_constraints(reader: Reader, node: Node | None) -> Mapping[str, object]:
    """The constraints of a rule: JSON values under names whose prefix or suffix says how two of them merge."""
    if node is None:
        return NO_CONSTRAINTS
    names = reader.mapping(node, what="constraints")
    for name, child in (names or {}).items():
        problem = constraint_problem(name, child.plain())
        if problem is not None:
            reader.report(child, ProblemCode.WRONG_TYPE, problem)
    return MappingProxyType({name: child.plain() for name, child in sorted((names or {}).items())})


def parse_rules(reader: Reader, node: Node, *, prefix: str) -> tuple[Rule, ...]:
    """The rules of a list; those without an id get `prefix/0`, `prefix/1` and so on."""
    items = reader.items(node, what="rules", may_be_empty=True) or ()
    rules = (_parse_rule(reader, item, default_id=f"{prefix}/{index}") for index, item in enumerate(items))
    return tuple(rule for rule in rules if rule is not None)


def _parse_rule(reader: Reader, node: Node, *, default_id: str) -> Rule | None:
    fields = reader.fields(node, what="rule", known=RULE_FIELDS, required=("match", "decision"))
    if fields is None:
        return None
    rule_id = reader.name(fields.get("id"), what="id") or default_id
    decision = reader.word(fields.get("decision"), what="decision", known=DECISION_WORDS)
    match = parse_match(reader, fields["match"]) if "match" in fields else None
    reason = reader.text(fields.get("reason"), what="reason")
    constraints = parse_constraints(reader, fields.get("constraints"))
    remediation = reader.text(fields.get("remediation"), what="remediation")
    if constraints and decision in (Decision.ALLOW, Decision.DENY):
        hint = "; did you mean allow_with_constraints?" if decision is Decision.ALLOW else ""
        message = f"constraints have no effect beside decision {decision.word}{hint}"
        reader.report_key(node, "constraints", ProblemCode.CONTRADICTION, message)
    approval = reader.word(fields.get("approval"), what="approval", known=APPROVAL_WORDS)
    if approval is not None and decision not in (None, Decision.REQUIRE_APPROVAL):
        message = f"approval has no effect beside decision {decision.word if decision else ''}"
        reader.report_key(node, "approval", ProblemCode.CONTRADICTION, message)
    if decision is None or match is None:
        return None
    return Rule(rule_id, match, decision, reason or f"rule {rule_id} matched", constraints, remediation, approval)


def parse_rule_list(reader: Reader, node: Node, *, document: str, kind: str) -> RuleList:
    """The `rules` or `invariants` of a document."""
    return RuleList(document, kind, parse_rules(reader, node, prefix=f"{document}/{kind}"))


def parse_autonomy(reader: Reader, fields: Mapping[str, Node], *, document: str) -> Autonomy | None:
    """The autonomy document, None when the file has no `autonomy_levels`."""
    criteria, triggers = fields.get("promotion_criteria"), fields.get("demotion_triggers")
    if "autonomy_levels" not in fields:
        for name, node in (("promotion_criteria", criteria), ("demotion_triggers", triggers)):
            if node is not None:
                message = f'{name} stands in the document that has "autonomy_levels"'
                reader.report(node, ProblemCode.MISSING_KEY, message)
        return None
    levels = _parse_levels(reader, fields["autonomy_levels"], document=document)
    promotion = _parse_promotion(reader, criteria) if criteria is not None else None
    demotion = _parse_demotion(reader, triggers) if triggers is not None else None
    return Autonomy(document, levels, promotion, demotion)


def _parse_levels(reader: Reader, node: Node, *, document: str) -> tuple[RuleList, ...]:
    levels: list[RuleList] = []
    names = reader.mapping(node, what="autonomy_levels") or {}
    if names == {} and isinstance(node.value, dict):
        reader.report(node, ProblemCode.MISSING_KEY, "autonomy_levels has no level")
    for key, child in names.items():
        found = _LEVEL_KEY.match(key)
        if found is None:
            message = f"unknown key {quoted(key)} in autonomy_levels; levels are level_0, level_1 and so on"
            reader.report_key(node, key, ProblemCode.UNKNOWN_KEY, message)
            continue
        fields = reader.fields(child, what=key, known=("name", "rules"), required=("rules",))
        if fields is None or "rules" not in fields:
            continue
        name = reader.text(fields.get("name"), what="name", max_chars=128)
        rules = parse_rules(reader, fields["rules"], prefix=f"{document}/{key}")
        levels.append(RuleList(document, "autonomy", rules, int(found[1]), name))
    return tuple(sorted(levels, key=lambda level: level.level or 0))


def _parse_promotion(reader: Reader, node: Node) -> PromotionCriteria | None:
    known = ("min_successful_actions", "max_error_rate", "review_period_days", "requires_human_sign_off")
    fields = reader.fields(node, what="promotion_criteria", known=known, required=known[:3])
    if fields is None:
        return None
    actions = reader.number(fields.get(known[0]), what=known[0], low=1, is_whole=True)
    rate = reader.number(fields.get(known[1]), what=known[1], high=1)
    days = reader.number(fields.get(known[2]), what=known[2])
    sign_off = reader.flag(fields.get(known[3]), what=known[3])
    if actions is None or rate is None or days is None:
        return None
    return PromotionCriteria(int(actions), rate, days, True if sign_off is None else sign_off)


def _parse_demotion(reader: Reader, node: Node) -> DemotionTriggers:
    known = ("policy_violation", "safety_incident")
    words: set[str] = set()
    rate: int | float | None = None
    for item in reader.items(node, what="demotion_triggers", may_be_empty=True) or ():
        if isinstance(item.value, dict):
            fields = reader.fields(
                item, what="demotion trigger", known=("error_rate_above",), required=("error_rate_above",)
            )
            if fields and rate is not None:
                reader.report(item, ProblemCode.DUPLICATE_KEY, "error_rate_above is given twice")
            rate = reader.number((fields or {}).get("error_rate_above"), what="error_rate_above", high=1)
            continue
        word = reader.word(item, what="demotion trigger", known={name: name for name in (*known, "error_rate_above")})
        if word == "error_rate_above":
            reader.report(item, ProblemCode.WRONG_TYPE, "error_rate_above needs a rate: {error_rate_above: 0.05}")
        elif word is not None:
            words.add(word)
    return DemotionTriggers(known[0] in words, known[1] in words, rate)
