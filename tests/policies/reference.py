"""The plain meaning of a decision, without index or bits: what the compiled evaluator must agree with."""

from __future__ import annotations

from collections.abc import Mapping

from policies.bundle import Bundle
from policies.conditions import holds
from policies.constraints import ConstraintConflictError, exceeds, merge
from policies.decisions import Decision, Derived, Facts
from policies.documents import Rule, RuleList

Outcome = tuple[Decision, Mapping[str, object]]
_DENIED: Outcome = (Decision.DENY, {})


def candidates(rule_list: RuleList, facts: Facts) -> tuple[list[Rule], bool]:
    """The rules that may be the first match, and whether the list may abstain."""
    results = [holds(rule.match, facts) for rule in rule_list.rules]  # all of them: an error anywhere denies
    first = results.index(True) + 1 if True in results else len(results)
    found = [rule for rule, result in zip(rule_list.rules[:first], results, strict=False) if result is not False]
    return found, True not in results


def decide_facts(bundle: Bundle, facts: Facts, level: int) -> Outcome:
    """Decision and constraints by the rules of the policy language, one sentence of it after the other."""
    if bundle.autonomy is not None and bundle.autonomy.level_for(level) is None:
        return _DENIED
    for match in bundle.audit.mandatory if bundle.audit else ():
        holds(match, facts)
    voters: list[Rule] = []
    is_granted = False
    entry = next((q for q in bundle.quadrants if (q.risk, q.ambiguity) == (facts.risk, facts.ambiguity)), None)
    for rule_list in bundle.lists_for(level):
        rules, may_abstain = candidates(rule_list, facts)
        voters.extend(rules)
        if rule_list.kind != "invariants" and not may_abstain:
            is_granted = True
    if not is_granted:
        if entry is None:
            return _DENIED
        voters.append(entry.rule)
    strictest = max((rule.decision for rule in voters), key=lambda decision: decision.strictness)
    if strictest is Decision.DENY:
        return _DENIED
    try:
        constraints = merge([rule.constraints for rule in voters if rule.constraints])
    except ConstraintConflictError:
        return _DENIED
    limit = constraints.get("max_amount_usd")
    if isinstance(limit, (int, float)) and (facts.amount_usd is None or exceeds(facts.amount_usd, limit)):
        return _DENIED
    return strictest, constraints


def decide(bundle: Bundle, event: Mapping[str, object], derived: Derived) -> Outcome:
    """The strictest outcome over the classes that the action may belong to; an error denies."""
    try:
        return _decide(bundle, event, derived)
    except (TypeError, ValueError):
        return _DENIED


def _decide(bundle: Bundle, event: Mapping[str, object], derived: Derived) -> Outcome:
    outcomes = [
        decide_facts(bundle, bundle.resolver.resolve(event, derived, known), derived.autonomy_level)
        for known in bundle.resolver.classes_for(event)
    ]
    strictest = max((outcome[0] for outcome in outcomes), key=lambda decision: decision.strictness)
    if strictest is Decision.DENY:
        return _DENIED
    try:
        return strictest, merge([constraints for _, constraints in outcomes if constraints])
    except ConstraintConflictError:
        return _DENIED
