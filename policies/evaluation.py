"""From an action to a verdict, a million times a second: what is known of a topic and tool is worked out once.

Theory of operation. Most rules are about other topics, tools and levels. What is left of a bundle for one topic, tool,
class and level is a *slice*: a handful of rules, an index over them alone (`matcher`), a function for each fact that
they still read (`readers`) and the rulings found so far. To decide is to AND what these functions give and to look the
result up: the result is all that the ruling depends on, by construction, so that nothing a rule reads can be forgotten.

Agents choose topics and tools, so every memo has a bound and none evicts: a flood of new topics costs the flood a few
microseconds each and cannot push out those in use. Past the bounds the whole bundle's index answers, without a memo.

An error anywhere denies under its own code. A field that no rule of the slice reads is not looked at, because the
verdict is the same for every value of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from policies.bits import bits_of
from policies.columns import NameColumn
from policies.constraints import ConstraintConflictError, merge
from policies.decisions import NO_CONSTRAINTS, NO_SOURCES, Decision, Derived, Facts, ReasonCode, Verdict
from policies.documents import ActionClass, Audit, Autonomy, Match, Quadrant, Rule, RuleList
from policies.facts import FactResolver
from policies.matcher import Matcher
from policies.readers import Reader, constant, reader
from policies.reads import Reads, reads_of
from policies.slices import AMOUNT_CONSTRAINT, Block, Manner, Panel, Ruling, Unknown, conflict_reason

# Bounds of what is kept, see above. A topic and tool cost about 0.3 KB, a rule in a slice about 0.5 KB.
MEMO_TOPICS: Final = 4_096
MEMO_SLICE_RULES: Final = 65_536
_MEMO_RULINGS: Final = 1_024  # rulings of one slice, each about 0.5 KB

_SLICE_COST: Final = 16  # what a slice costs beside its rules, in rules
_MEMO_LEVELS: Final = 1_024  # levels of agents kept with the lists that vote on them

_new_verdict = tuple.__new__


class KnownClass(NamedTuple):
    """An action class within its bundle: settles the facts of its actions."""

    resolver: FactResolver
    entry: ActionClass

    def facts(self, event: Mapping[str, object], derived: Derived) -> Facts:
        """The facts of an action of this class; raises what `FactResolver.resolve` raises."""
        return self.resolver.resolve(event, derived, self.entry)

    def risk_tags(self, event: Mapping[str, object]) -> tuple[str, ...] | None:
        """The claimed and derived tags of an action of this class; raises TypeError for what is no list of texts."""
        return self.resolver.tags(event, self.entry)[0]


_Head = tuple[object, ...]
"""The fields of a verdict but for the event and what the gate knows, in their order: a ruling and the class."""


class _Voting(NamedTuple):
    """The lists that vote on actions of a level, and the bits of all matches that count; none below all levels."""

    blocks: tuple[Block, ...]
    mask: int


class _Slice:
    """What is left of a bundle for one topic, tool, class and level."""

    __slots__ = ("_judged", "base", "heads", "known", "matcher", "panel", "readers")

    def __init__(self, panel: Panel, matcher: Matcher, *, base: int, readers: tuple[Reader, ...], known: KnownClass):
        self.panel = panel
        self.matcher = matcher
        self.base = base
        self.readers = readers
        self.known = known
        self.heads: dict[int, _Head] = {}
        """The heads that only the wide mask decides; none where conditions outside the index are judged each time."""
        self._judged = {} if matcher.lazy_mask else self.heads

    def head(self, wide: int, event: Mapping[str, object], derived: Derived) -> _Head:
        """The head of a wide mask that is not known yet, or that conditions outside the index still change."""
        unknown: Unknown = ()
        if wide & self.matcher.lazy_mask:
            wide, unknown = self.matcher.test_lazy(wide, self.known.facts(event, derived))
        if unknown:
            return (*self.panel.ruling(wide, unknown), self.known)
        head = self._judged.get(wide)
        if head is None:
            head = (*self.panel.ruling(wide), self.known)
            if len(self._judged) < _MEMO_RULINGS:
                self._judged[wide] = head
        return head


class Evaluator:
    """Decides by the rule lists of a bundle; one per bundle, built once."""

    def __init__(
        self,
        lists: Sequence[RuleList],
        autonomy: Autonomy | None,
        resolver: FactResolver,
        *,
        audit: Audit | None = None,
        quadrants: Sequence[Quadrant] = (),
    ) -> None:
        self._autonomy = autonomy
        self._resolver = resolver
        # Invariants first, so that among equally strict votes an invariant is the one named.
        ordered = sorted(lists, key=lambda entry: (entry.kind != "invariants", entry.document))
        self._rules: list[Rule] = []
        self._fixed = tuple(self._add(entry) for entry in ordered)
        self._levels = {entry.level: self._add(entry) for entry in (autonomy.levels if autonomy else ())}
        self._quadrants: dict[tuple[str | None, str | None], Quadrant] = {
            (entry.risk, entry.ambiguity): entry for entry in quadrants
        }
        treatments = [entry.rule for entry in quadrants]
        self._limits = sorted(set(_limits([*self._rules, *treatments])))
        self._mandatory = audit.mandatory if audit else ()
        self._matcher = Matcher(
            [
                *(rule.match for rule in self._rules),
                *(Match(amount_usd_above=limit) for limit in self._limits),
                *self._mandatory,
            ]
        )
        self._ranks = [rule.decision.strictness for rule in self._rules]
        self._layout, self._topics = self._matcher.layout, self._matcher.topics
        self._has_policy = bool(lists) or autonomy is not None or bool(quadrants)
        self._tools = next((c for c in self._matcher.columns if isinstance(c, NameColumn) and c.fact == "tool"), None)
        self._by_topic: dict[tuple[str, str | None, int], _Slice] = {}
        self._by_rules: dict[tuple[int, bool, int, int], _Slice] = {}
        self._wholes: dict[tuple[int, int], _Slice] = {}
        self._classes: dict[int, KnownClass] = {}  # by identity: the resolver keeps its classes
        self._voting: dict[int, _Voting] = {}
        self._room = MEMO_SLICE_RULES

    def _add(self, entry: RuleList) -> Block:
        start = len(self._rules)
        self._rules.extend(entry.rules)
        mask = ((1 << len(entry.rules)) - 1) << start
        return Block(mask, entry.document, entry.kind != "invariants")

    @property
    def reads(self) -> Reads | None:
        """What of an action its verdict depends on; None where that cannot be listed."""
        return reads_of(self._matcher, self._resolver.classes)

    def decide(self, event: Mapping[str, Any], derived: Derived) -> Verdict:
        """The verdict on an action; an error while evaluating is a denial of its own kind."""
        try:
            found = self._by_topic.get((event["topic"], event.get("tool"), derived.autonomy_level))
            if found is None:
                other = self._find(event, derived)
                if isinstance(other, Verdict):
                    return other
                found = other
            wide = found.base
            for read in found.readers:
                wide &= read(event, derived)
            head = found.heads.get(wide)
            if head is None:
                head = found.head(wide, event, derived)
            return _new_verdict(Verdict, head + (event, derived))  # noqa: RUF005 - half the time
        except Exception as error:  # the boundary: whatever went wrong denies, and its type is recorded
            reason = f"evaluation failed: {type(error).__name__}"
            return Verdict(Decision.DENY, reason, ReasonCode.EVALUATION_FAILED, derived.autonomy_level)

    def _find(self, event: Mapping[str, Any], derived: Derived) -> _Slice | Verdict:
        """The slice of a topic and tool that are not known yet or cannot be kept; the verdict where no slice serves."""
        classes = self._resolver.classes_for(event)
        topic, tool, level = event["topic"], event.get("tool"), derived.autonomy_level
        voting = self._voting_at(level).mask
        if not voting:
            return self._level_undefined(event, derived, known=self._known(classes[0]))
        if len(classes) > 1:
            return self._strictest_class(event, derived, classes=classes, voting=voting)
        known = self._known(classes[0])
        surviving = self._surviving(topic, tool) & voting
        found = self._slice(surviving, known=known, has_tool=tool is not None, level=level)
        if found is None:
            return self._decide_by_all(surviving, event, derived, known=known)
        if len(self._by_topic) < MEMO_TOPICS:
            self._by_topic[(topic, tool, level)] = found
        return found

    def _decide_by_all(
        self, surviving: int, event: Mapping[str, Any], derived: Derived, *, known: KnownClass
    ) -> Verdict:
        """The verdict by the index of the whole bundle."""
        found = self._whole(known, derived.autonomy_level)
        return _decide_in(found, found.base & self._matcher.layout.wide(surviving, surviving), event, derived)

    def _level_undefined(self, event: Mapping[str, Any], derived: Derived, *, known: KnownClass) -> Verdict:
        level = derived.autonomy_level
        reason = f"autonomy level {level} is below every level that policy defines"
        ruling = Ruling(
            Decision.DENY, reason, ReasonCode.AUTONOMY_LEVEL_UNDEFINED, level,
            class_name=known.entry.name or None, must_audit=bool(self._mandatory),
        )  # fmt: skip
        return Verdict(*ruling, known, event, derived)

    def _known(self, entry: ActionClass) -> KnownClass:
        known = self._classes.get(id(entry))
        if known is None:
            known = self._classes[id(entry)] = KnownClass(self._resolver, entry)
        return known

    def _manner(self, entry: ActionClass) -> Manner:
        quadrant = self._quadrants.get((entry.risk, entry.ambiguity))
        return Manner(
            entry.name or None,
            entry.approval,
            None if quadrant is None else quadrant.rule,
            "" if quadrant is None else quadrant.document,
        )

    def _voting_at(self, level: int) -> _Voting:
        known = self._voting.get(level)
        if known is not None:
            return known
        blocks = self._fixed
        if self._autonomy is not None:
            entry = self._autonomy.level_for(level)
            if entry is None:
                return _Voting((), 0)
            blocks = (*self._fixed, self._levels[entry.level])
        mask = self._layout.everything & ~((1 << len(self._rules)) - 1)
        for block in blocks:
            mask |= block.mask
        # One bit beyond all matches, so that only a level below all that are defined has none.
        voting = _Voting(blocks, mask | 1 << self._layout.size)
        if len(self._voting) < _MEMO_LEVELS:
            self._voting[level] = voting
        return voting

    def _surviving(self, topic: str, tool: str | None) -> int:
        """The matches whose topics hold, and whose tools hold or may."""
        surviving = self._topics.search(topic)
        return surviving if self._tools is None else surviving & self._layout.possible(self._tools.of(tool))

    def _slice(self, surviving: int, *, known: KnownClass, has_tool: bool, level: int) -> _Slice | None:
        """The slice of the matches that survive, None when there is no room for it."""
        key = (surviving, has_tool, id(known.entry), level)
        found = self._by_rules.get(key)
        if found is None:
            cost = surviving.bit_count() + _SLICE_COST
            if cost > self._room:
                return None
            self._room -= cost
            found = self._by_rules[key] = self._cut(surviving, known=known, has_tool=has_tool, level=level)
        return found

    def _cut(self, surviving: int, *, known: KnownClass, has_tool: bool, level: int) -> _Slice:
        """A slice of the matches that survive: their topics hold, and their tools too when there is a tool."""
        places = bits_of(surviving)
        voting = places[: bisect_left(places, len(self._rules))]
        rules = [self._rules[place] for place in voting]
        treatments = [entry.rule for entry in self._quadrants.values()]
        limits = sorted(set(_limits([*rules, *treatments])))
        mandatory = [
            self._mandatory[place - len(self._rules) - len(self._limits)]
            for place in places
            if place >= len(self._rules) + len(self._limits)
        ]
        matcher = Matcher(
            [*(rule.match for rule in rules), *(Match(amount_usd_above=limit) for limit in limits), *mandatory],
            settled=("topics", "tools") if has_tool else ("topics",),
        )
        rank = {place: number for number, place in enumerate(places)}
        moved: list[Block] = []
        for block in self._voting_at(level).blocks:
            inside = [rank[place] for place in bits_of(surviving & block.mask)]
            if inside:
                moved.append(Block(sum(1 << number for number in inside), block.document, block.grants))
        ranks = [self._ranks[place] for place in voting]
        return self._made(rules, moved, ranks=ranks, limits=limits, matcher=matcher, known=known, level=level)

    def _whole(self, known: KnownClass, level: int) -> _Slice:
        """The slice of all rules for a class and level."""
        key = (id(known.entry), level)
        found = self._wholes.get(key)
        if found is None:
            blocks = self._voting_at(level).blocks
            found = self._wholes[key] = self._made(
                self._rules,
                blocks,
                ranks=self._ranks,
                limits=self._limits,
                matcher=self._matcher,
                known=known,
                level=level,
            )
        return found

    def _made(
        self,
        rules: Sequence[Rule],
        blocks: Sequence[Block],
        *,
        ranks: Sequence[int],
        limits: Sequence[int | float],
        matcher: Matcher,
        known: KnownClass,
        level: int,
    ) -> _Slice:
        base = matcher.layout.wide(matcher.layout.everything, matcher.layout.everything)
        readers: list[Reader] = []
        for column in matcher.columns:
            settled = constant(column, known.entry)
            if settled is None:
                readers.append(reader(column, known.entry, self._resolver.defaults))
            else:
                base &= settled
        panel = Panel(
            rules,
            blocks,
            ranks=ranks,
            matcher=matcher,
            limits=limits,
            level=level,
            manner=self._manner(known.entry),
            has_policy=self._has_policy,
        )
        return _Slice(panel, matcher, base=base, readers=tuple(readers), known=known)

    def _strictest_class(
        self, event: Mapping[str, Any], derived: Derived, *, classes: Sequence[ActionClass], voting: int
    ) -> Verdict:
        """The strictest verdict over the classes that an action without a tool may belong to."""
        surviving = self._surviving(event["topic"], None) & voting
        verdicts: list[Verdict] = []
        for entry in classes:
            known = self._known(entry)
            found = self._slice(surviving, known=known, has_tool=False, level=derived.autonomy_level)
            if found is None:
                verdicts.append(self._decide_by_all(surviving, event, derived, known=known))
            else:
                verdicts.append(_decide_in(found, found.base, event, derived))
        strictest = max(verdicts, key=lambda verdict: verdict.decision.strictness)
        # Without the tool the class is unknown, and with it whether the audit must see the action.
        strictest = strictest._replace(missing=tuple(dict.fromkeys((*strictest.missing, "tool"))), must_audit=True)
        try:
            constraints = merge([verdict.constraints for verdict in verdicts if verdict.constraints])
        except ConstraintConflictError as error:
            return strictest._replace(
                decision=Decision.DENY,
                reason=conflict_reason(error),
                reason_code=ReasonCode.CONSTRAINT_CONFLICT,
                constraints=NO_CONSTRAINTS,
                constraint_sources=NO_SOURCES,
            )
        if strictest.decision is Decision.DENY:
            return strictest
        given = [verdict.approval for verdict in verdicts if verdict.approval is not None]
        return strictest._replace(
            constraints=constraints,
            constraint_sources={
                name: tuple(dict.fromkeys(rule for v in verdicts for rule in v.constraint_sources.get(name, ())))
                for name in constraints
            },
            approval=max(given, key=lambda entry: entry.strictness, default=None)
            if strictest.decision is Decision.REQUIRE_APPROVAL
            else None,
        )


def _decide_in(found: _Slice, wide: int, event: Mapping[str, Any], derived: Derived) -> Verdict:
    for read in found.readers:
        wide &= read(event, derived)
    return _new_verdict(Verdict, (*found.head(wide, event, derived), event, derived))


def _limits(rules: Sequence[Rule]) -> Iterator[int | float]:
    for rule in rules:
        limit = rule.constraints.get(AMOUNT_CONSTRAINT)
        if isinstance(limit, (int, float)):
            yield limit
