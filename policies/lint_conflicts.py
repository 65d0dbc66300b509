"""Rules of two lists whose constraints cannot be obeyed together: where both vote, the action is denied.

Only pairs are told of which one holds wherever the other does, so that both vote unless a rule before one of them does.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from policies.constraints import ConstraintConflictError, merge
from policies.containment import implies
from policies.decisions import Decision
from policies.documents import Rule, RuleList
from policies.globs import quoted
from policies.lint_findings import Finding, LintCode, Subject

# Pairs looked at in one bundle: some seconds. Beyond, the rest is not compared.
MAX_PAIRS: Final = 1_000_000


def lint_conflicts(subject: Subject) -> Iterator[Finding]:
    """A finding for each pair, where the later rule stands."""
    bundle = subject.bundle
    levels = bundle.autonomy.levels if bundle.autonomy else ()
    lists = [entry for document in bundle.documents for entry in document.rule_lists]
    bound = [
        (entry, rule)
        for entry in (*lists, *levels)
        for rule in entry.rules
        if rule.constraints and rule.decision is not Decision.DENY
    ]
    left = MAX_PAIRS
    for (one, first), (other, second) in combinations(bound, 2):
        if one is other or not _vote_together(one, other):
            continue
        left -= 1
        if left < 0:
            return
        name = _conflict(first, second)
        if name is not None and (implies(first.match, second.match) or implies(second.match, first.match)):
            message = (
                f"rules {quoted(first.id)} and {quoted(second.id)} ask for values of {quoted(name)} that cannot be "
                "obeyed together: what both match is denied"
            )
            yield subject.at(subject.places.of_rule(second.id), LintCode.CONFLICT, message)


def _vote_together(one: RuleList, other: RuleList) -> bool:
    """Whether both lists vote on the same action: of the levels of autonomy only one does."""
    return one.level is None or other.level is None


def _conflict(first: Rule, second: Rule) -> str | None:
    """The constraint that makes the two impossible, None when they can be obeyed together."""
    try:
        merge([first.constraints, second.constraints])
    except ConstraintConflictError as error:
        return str(error)
    return None
