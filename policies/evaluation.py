"""From the facts of an action to a verdict: every list votes or abstains, the strictest vote wins.

Theory of operation. All rules of all lists are bits of one index, each list a contiguous block, earlier rules lower.
In a block the lowest certain bit is the first match. A possible match before it (a field is absent) might be the first
match too: then every rule from the lowest possible bit to the first certain one is a candidate, and without a certain
bit the list may also abstain. The verdict is the strictest that any choice of candidates gives, with the constraints
of all candidates merged.

# INVARIANT: an absent field decides at least as strictly as every value of it.

Source: three-valued logic of Kleene, "Introduction to Metamathematics" (1952), section 64; docs/policy.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies.conditions import FIELD_OF_CONDITION, evaluate, given_conditions
from policies.constraints import ConstraintConflictError, exceeds, merge
from policies.decisions import NO_CONSTRAINTS, Decision, Derived, Facts, ReasonCode, Verdict
from policies.documents import Autonomy, Rule, RuleList
from policies.facts import FactResolver
from policies.matcher import Matcher

_DENY_RANK = Decision.DENY.strictness
_AMOUNT_CONSTRAINT = "max_amount_usd"


class _Block:
    """One list: its bits, its document and whether its votes can grant."""

    __slots__ = ("document", "grants", "mask")

    def __init__(self, mask: int, document: str, grants: bool) -> None:
        self.mask = mask
        self.document = document
        self.grants = grants


class Evaluator:
    """Decides by the rule lists of a bundle; one per bundle, built once."""

    def __init__(self, lists: Sequence[RuleList], autonomy: Autonomy | None, resolver: FactResolver) -> None:
        self._autonomy = autonomy
        self._resolver = resolver
        # Invariants first, so that among equally strict votes an invariant is the one named.
        ordered = sorted(lists, key=lambda entry: (entry.kind != "invariants", entry.document))
        self._rules: list[Rule] = []
        self._documents: list[str] = []
        self._fixed = tuple(self._add(entry) for entry in ordered)
        levels = autonomy.levels if autonomy else ()
        self._levels = {entry.level: (*self._fixed, self._add(entry)) for entry in levels}
        self._ranks = [rule.decision.strictness for rule in self._rules]
        self._matcher = Matcher([rule.match for rule in self._rules])
        self._has_policy = bool(lists) or autonomy is not None

    def _add(self, entry: RuleList) -> _Block:
        start = len(self._rules)
        self._rules.extend(entry.rules)
        self._documents.extend([entry.document] * len(entry.rules))
        mask = ((1 << len(entry.rules)) - 1) << start
        return _Block(mask, entry.document, entry.kind != "invariants")

    def decide(self, event: Mapping[str, object], derived: Derived) -> Verdict:
        """The verdict on an action; an error while evaluating is a denial of its own kind."""
        try:
            classes = self._resolver.classes_for(event)
            if len(classes) == 1:
                return self._decide(self._resolver.resolve(event, derived, classes[0]), derived.autonomy_level)
            return self._strictest_class(event, derived)
        except Exception as error:  # the boundary: whatever went wrong denies, and its type is recorded
            reason = f"evaluation failed: {type(error).__name__}"
            return Verdict(Decision.DENY, reason, ReasonCode.EVALUATION_FAILED, derived.autonomy_level)

    def _strictest_class(self, event: Mapping[str, object], derived: Derived) -> Verdict:
        """The strictest verdict over the classes that an action without a tool may belong to."""
        verdicts = [
            self._decide(self._resolver.resolve(event, derived, known), derived.autonomy_level)
            for known in self._resolver.classes_for(event)
        ]
        strictest = max(verdicts, key=lambda verdict: verdict.decision.strictness)
        missing = tuple(dict.fromkeys((*strictest.missing, "tool")))
        try:
            constraints = merge([verdict.constraints for verdict in verdicts if verdict.constraints])
        except ConstraintConflictError as error:
            return strictest._replace(
                decision=Decision.DENY,
                reason=_conflict_reason(error),
                reason_code=ReasonCode.CONSTRAINT_CONFLICT,
                constraints=NO_CONSTRAINTS,
            )
        if strictest.decision is Decision.DENY:
            return strictest._replace(missing=missing)
        return strictest._replace(constraints=constraints, missing=missing)

    def _decide(self, facts: Facts, level: int) -> Verdict:
        blocks: Sequence[_Block] = self._fixed
        if self._autonomy is not None:
            current = self._levels.get(level) or self._nearest_level(level)
            if current is None:
                reason = f"autonomy level {level} is below every level that policy defines"
                return Verdict(Decision.DENY, reason, ReasonCode.AUTONOMY_LEVEL_UNDEFINED, level, facts=facts)
            blocks = current
        certain, possible = self._matcher.masks(facts)
        best = best_rank = -1
        is_granted = False
        constrained: list[Mapping[str, object]] = []
        for block in blocks:
            reached = possible & block.mask
            if not reached:
                continue
            sure = certain & block.mask
            first = sure & -sure
            if not first or reached & (first - 1):
                return self._decide_unknown(facts, level, blocks=blocks, certain=certain, possible=possible)
            index = first.bit_length() - 1
            if self._ranks[index] > best_rank:
                best, best_rank = index, self._ranks[index]
            if self._rules[index].constraints:
                constrained.append(self._rules[index].constraints)
            if block.grants:
                is_granted = True
        if not is_granted and best_rank != _DENY_RANK:
            return self._abstained(facts, level)
        return self._conclude(facts, level, index=best, constrained=constrained)

    def _nearest_level(self, level: int) -> tuple[_Block, ...] | None:
        entry = self._autonomy.level_for(level) if self._autonomy else None
        return self._levels[entry.level] if entry else None

    def _abstained(self, facts: Facts, level: int) -> Verdict:
        if not self._has_policy:
            return Verdict(Decision.DENY, "there is no policy", ReasonCode.NO_POLICY, level, facts=facts)
        return Verdict(Decision.DENY, "no rule matched", ReasonCode.NO_RULE_MATCHED, level, facts=facts)

    def _decide_unknown(
        self, facts: Facts, level: int, *, blocks: Sequence[_Block], certain: int, possible: int
    ) -> Verdict:
        """The strictest verdict over everything that the absent fields leave open."""
        sure_votes: list[int] = []
        open_votes: list[int] = []
        is_granted = False
        for block in blocks:
            reached = possible & block.mask
            if not reached:
                continue
            sure = certain & block.mask
            first = sure & -sure
            candidates = _bits(reached & (first | (first - 1)) if first else reached)
            if first and len(candidates) == 1:
                sure_votes.extend(candidates)
            else:
                open_votes.extend(candidates)
            if first and block.grants:
                is_granted = True
        missing = self._absent_fields(facts, open_votes)
        sure_best = max(sure_votes, key=self._ranks.__getitem__, default=None)
        open_best = max(open_votes, key=self._ranks.__getitem__, default=None)
        sure_rank = -1 if sure_best is None else self._ranks[sure_best]
        open_rank = -1 if open_best is None else self._ranks[open_best]
        if not is_granted and max(sure_rank, open_rank) != _DENY_RANK:
            # Every granting list may abstain for some value of what is absent: then nothing grants.
            return _without(self._abstained(facts, level), missing)
        is_open = sure_rank < open_rank
        best = open_best if is_open else sure_best
        constrained = [self._rules[i].constraints for i in (*sure_votes, *open_votes) if self._rules[i].constraints]
        return self._conclude(
            facts, level, index=best or 0, constrained=constrained, missing=missing, is_open=is_open and bool(missing)
        )

    def _absent_fields(self, facts: Facts, candidates: Sequence[int]) -> tuple[str, ...]:
        absent: set[str] = set()
        for index in candidates:
            match = self._rules[index].match
            absent.update(FIELD_OF_CONDITION[n] for n in given_conditions(match) if evaluate(match, n, facts) is None)
        if facts.risk_tags is not None:
            absent.discard("risk_tags")  # a claimed tag was not certain; nothing is missing
        return tuple(name for name in Facts._fields if name in absent)

    def _conclude(
        self,
        facts: Facts,
        level: int,
        *,
        index: int,
        constrained: Sequence[Mapping[str, object]],
        missing: tuple[str, ...] = (),
        is_open: bool = False,
    ) -> Verdict:
        """The verdict of a rule with the constraints of all votes; `is_open` says that absent fields decided."""
        rule = self._rules[index]
        decision, reason, code, remediation = rule.decision, rule.reason, ReasonCode.RULE_MATCHED, rule.remediation
        constraints = NO_CONSTRAINTS
        if is_open:
            code = ReasonCode.FIELD_MISSING
        if constrained and decision is not Decision.DENY:
            try:
                constraints = merge(constrained)
            except ConstraintConflictError as error:
                decision, reason, code = Decision.DENY, _conflict_reason(error), ReasonCode.CONSTRAINT_CONFLICT
            limit = constraints.get(_AMOUNT_CONSTRAINT)
            if isinstance(limit, (int, float)):
                if facts.amount_usd is None:
                    decision, code = Decision.DENY, ReasonCode.FIELD_MISSING
                    missing = tuple(dict.fromkeys((*missing, "amount_usd")))
                elif exceeds(facts.amount_usd, limit):
                    decision, code = Decision.DENY, ReasonCode.CONSTRAINT_EXCEEDED
                    reason = f"the amount is over {_AMOUNT_CONSTRAINT} of {limit}"
        if decision is Decision.DENY:
            constraints = NO_CONSTRAINTS
        if code is ReasonCode.FIELD_MISSING:
            names = ", ".join(missing)
            reason, remediation = f"decided without {names}: {reason}", f"propose the action again with {names}"
        document = self._documents[index]
        return Verdict(decision, reason, code, level, rule.id, document, constraints, remediation, facts, missing)


def _conflict_reason(error: ConstraintConflictError) -> str:
    return f"two rules ask for different values of constraint {error}"


def _without(verdict: Verdict, fields: tuple[str, ...]) -> Verdict:
    """The verdict as one that absent fields decided; with none absent, a claimed tag did and nothing changes."""
    if not fields:
        return verdict
    names = ", ".join(fields)
    return verdict._replace(
        reason=f"decided without {names}",
        reason_code=ReasonCode.FIELD_MISSING,
        remediation=f"propose the action again with {names}",
        missing=fields,
    )


def _bits(mask: int) -> list[int]:
    found: list[int] = []
    while mask:
        bit = mask & -mask
        mask ^= bit
        found.append(bit.bit_length() - 1)
    return found
