"""The votes of the rules that one topic, tool, class and level leave, and the verdict they come to.

Theory of operation. The lists that vote are contiguous blocks of bits, earlier rules lower. In a block the lowest
certain bit is the first match. A possible match before it (a field is absent) might be the first match too: then every
rule from the lowest possible bit to the first certain one is a candidate, and without a certain bit the list may also
abstain. The verdict is the strictest that any choice of candidates gives, with the constraints of all of them merged.

Behind the rules stand bits that vote for nothing: one for each limit of an amount among the constraints, which holds
when the amount is over it, and one for each mandatory match of the audit document.

# INVARIANT: an absent field decides at least as strictly as every value of it.

Source: three-valued logic of Kleene, "Introduction to Metamathematics" (1952), section 64; docs/policy.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from policies.approval_documents import ApprovalClass
from policies.bits import bits_of
from policies.constraints import ConstraintConflictError, merge
from policies.decisions import NO_CONSTRAINTS, NO_SOURCES, Decision, Facts, ReasonCode, Stage
from policies.documents import Rule
from policies.matcher import Matcher

DENY_RANK: Final = Decision.DENY.strictness
AMOUNT_CONSTRAINT: Final = "max_amount_usd"

Unknown = tuple[tuple[int, str], ...]
"""Fields (match, name) whose absence left a condition unknown that no column answers."""


class Ruling(NamedTuple):
    """A verdict but for the event it is about: the first fields of `Verdict`, in their order."""

    decision: Decision
    reason: str
    reason_code: ReasonCode
    autonomy_level: int
    rule_id: str | None = None
    document: str | None = None
    constraints: Mapping[str, object] = NO_CONSTRAINTS
    remediation: str | None = None
    missing: tuple[str, ...] = ()
    class_name: str | None = None
    must_audit: bool = False
    approval: ApprovalClass | None = None
    constraint_sources: Mapping[str, tuple[str, ...]] = NO_SOURCES
    stage: Stage | None = None


class Manner(NamedTuple):
    """How a class is treated besides what the rules say: its approval class, and the rule of its quadrant."""

    class_name: str | None
    approval: ApprovalClass | None
    fallback: Rule | None
    fallback_document: str


class Block(NamedTuple):
    """One list that votes: its bits, its document and whether its votes can grant."""

    mask: int
    document: str
    grants: bool


class _Votes(NamedTuple):
    sure: list[int]
    open: list[int]
    is_granted: bool


class Panel:
    """Lists that vote, over the matches of one matcher: the rules first, then the limits, then what must be audited."""

    def __init__(
        self,
        rules: Sequence[Rule],
        blocks: Sequence[Block],
        *,
        ranks: Sequence[int],
        matcher: Matcher,
        limits: Sequence[int | float],
        level: int,
        manner: Manner,
        has_policy: bool,
    ) -> None:
        # The rule of the quadrant stands behind all others; no block holds it, and it votes when no list does.
        self._rules = rules if manner.fallback is None else [*rules, manner.fallback]
        self._ranks = ranks if manner.fallback is None else [*ranks, manner.fallback.decision.strictness]
        self._fallback = None if manner.fallback is None else len(rules)
        self._blocks = blocks
        self._matcher = matcher
        self._layout = matcher.layout
        self._limits = {limit: len(rules) + place for place, limit in enumerate(limits)}
        first = len(rules) + len(limits)
        self._mandatory = self._layout.everything & ~((1 << first) - 1)
        self._level = level
        self._manner = manner
        self._has_policy = has_policy

    def ruling(self, wide: int, unknown: Unknown = ()) -> Ruling:
        """The verdict that a wide mask comes to."""
        must_audit = bool(self._layout.possible(wide) & self._mandatory)
        votes = self._votes(wide)
        if self._fallback is not None and not votes.is_granted:
            votes = self._with_fallback(votes)
        missing = self._missing(wide, votes.open, unknown) if votes.open else ()
        sure_best = max(votes.sure, key=self._ranks.__getitem__, default=None)
        open_best = max(votes.open, key=self._ranks.__getitem__, default=None)
        sure_rank = -1 if sure_best is None else self._ranks[sure_best]
        open_rank = -1 if open_best is None else self._ranks[open_best]
        if not votes.is_granted and max(sure_rank, open_rank) != DENY_RANK:
            # Every list that grants may abstain for some value of what is absent: then nothing grants.
            return self._abstained(missing, must_audit)
        is_open = sure_rank < open_rank
        best = open_best if is_open else sure_best
        return self._conclude(
            wide,
            self._rules[best or 0],
            document=self._document(best or 0),
            voters=[self._rules[index] for index in (*votes.sure, *votes.open)],
            missing=missing,
            is_open=is_open and bool(missing),
        )._replace(class_name=self._manner.class_name, must_audit=must_audit)

    def _with_fallback(self, votes: _Votes) -> _Votes:
        """The votes with that of the quadrant, which counts when every list that grants abstains, or may."""
        if self._fallback is None:
            return votes
        granting = sum(block.mask for block in self._blocks if block.grants)
        if any(granting >> index & 1 for index in votes.open):
            return votes._replace(open=[*votes.open, self._fallback], is_granted=True)
        return votes._replace(sure=[*votes.sure, self._fallback], is_granted=True)

    def _document(self, index: int) -> str:
        for block in self._blocks:
            if block.mask >> index & 1:
                return block.document
        return self._manner.fallback_document

    def _votes(self, wide: int) -> _Votes:
        certain, possible = self._layout.certain(wide), self._layout.possible(wide)
        sure_votes: list[int] = []
        open_votes: list[int] = []
        is_granted = False
        for block in self._blocks:
            reached = possible & block.mask
            if not reached:
                continue
            sure = certain & block.mask
            first = sure & -sure
            candidates = reached & (first | (first - 1)) if first else reached
            if first and candidates == first:
                sure_votes.append(first.bit_length() - 1)
            else:
                open_votes.extend(bits_of(candidates))
            if first and block.grants:
                is_granted = True
        return _Votes(sure_votes, open_votes, is_granted)

    def _missing(self, wide: int, candidates: Sequence[int], unknown: Unknown) -> tuple[str, ...]:
        candidates = [index for index in candidates if index != self._fallback]
        absent = {name for index, name in unknown if index in candidates}
        for place, column in enumerate(self._matcher.columns):
            if self._layout.is_given(wide, place):
                continue  # a claimed tag may leave a condition open; then nothing is missing
            if any(not column.unread >> index & 1 for index in candidates):
                absent.add(column.fact)
        return in_order(absent)

    def _abstained(self, missing: tuple[str, ...], must_audit: bool) -> Ruling:
        reason, code = "no rule matched", ReasonCode.NO_RULE_MATCHED
        if not self._has_policy:
            reason, code = "there is no policy", ReasonCode.NO_POLICY
        ruling = Ruling(
            Decision.DENY,
            reason,
            code,
            self._level,
            class_name=self._manner.class_name,
            must_audit=must_audit,
            missing=missing,
        )
        if not missing:  # none absent: a claimed tag left it open, or nothing did
            return ruling
        names = ", ".join(missing)
        return ruling._replace(
            reason=f"decided without {names}", reason_code=ReasonCode.FIELD_MISSING, remediation=propose_again(names)
        )

    def _conclude(
        self,
        wide: int,
        rule: Rule,
        *,
        document: str,
        voters: Sequence[Rule],
        missing: tuple[str, ...],
        is_open: bool,
    ) -> Ruling:
        """The verdict of a rule with the constraints of all votes; `is_open` says that absent fields decided."""
        decision, reason, code, remediation = rule.decision, rule.reason, ReasonCode.RULE_MATCHED, rule.remediation
        constraints = NO_CONSTRAINTS
        if is_open:
            code = ReasonCode.FIELD_MISSING
        constrained = [voter.constraints for voter in voters if voter.constraints]
        if constrained and decision is not Decision.DENY:
            try:
                constraints = merge(constrained)
            except ConstraintConflictError as error:
                decision, reason, code = Decision.DENY, conflict_reason(error), ReasonCode.CONSTRAINT_CONFLICT
            limit = constraints.get(AMOUNT_CONSTRAINT)
            if isinstance(limit, (int, float)):
                bit = 1 << self._limits[limit]
                if not self._layout.possible(wide) & bit:
                    pass
                elif self._layout.certain(wide) & bit:
                    decision, code = Decision.DENY, ReasonCode.CONSTRAINT_EXCEEDED
                    reason = f"the amount is over {AMOUNT_CONSTRAINT} of {limit}"
                else:
                    decision, code = Decision.DENY, ReasonCode.FIELD_MISSING
                    missing = tuple(dict.fromkeys((*missing, "amount_usd")))
        if decision is Decision.DENY:
            constraints = NO_CONSTRAINTS
        approval = self._approval(voters) if decision is Decision.REQUIRE_APPROVAL else None
        sources = {name: tuple(voter.id for voter in voters if name in voter.constraints) for name in constraints}
        if code is ReasonCode.FIELD_MISSING:
            names = ", ".join(missing)
            reason, remediation = f"decided without {names}: {reason}", propose_again(names)
        return Ruling(
            decision, reason, code, self._level, rule.id, document, constraints, remediation, missing,
            approval=approval, constraint_sources=sources or NO_SOURCES,
        )  # fmt: skip

    def _approval(self, voters: Sequence[Rule]) -> ApprovalClass | None:
        named = [rule.approval for rule in voters if rule.decision is Decision.REQUIRE_APPROVAL]
        given = [entry for entry in (*named, self._manner.approval) if entry is not None]
        return max(given, key=lambda entry: entry.strictness, default=None)


def in_order(names: set[str]) -> tuple[str, ...]:
    """Names of facts in the order of `Facts`, then other names by the alphabet."""
    return (*(name for name in Facts._fields if name in names), *sorted(names.difference(Facts._fields)))


def propose_again(names: str) -> str:
    """The remediation where fields are absent."""
    return f"propose the action again with {names}"


def conflict_reason(error: ConstraintConflictError) -> str:
    """The reason where constraints cannot be obeyed together."""
    return f"two rules ask for different values of constraint {error}"
