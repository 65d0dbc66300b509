"""Rules that never decide: those that an earlier rule of the list covers, and those that another list overrules.

An index over topics gives the earlier rules whose globs contain those of a rule; only these are compared. A rule that
no single one covers is split by the items of its lists, and by the flags that earlier rules ask for; when each part is
covered, the rule is.

Limits: this finds what `containment` can know, on actions whose fields are all there. Where a field is absent, a
covered rule may still decide. A list is given up after so many comparisons, and a split after so many parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from policies.bits import bits_of
from policies.containment import any_overlaps, implies, probe
from policies.decisions import Decision
from policies.documents import Match, Rule, RuleList
from policies.globs import quoted
from policies.lint_findings import Finding, LintCode, Subject
from policies.topics import TopicIndex

# Parts that one rule is split into at most, and comparisons within one list: some 20 s.
MAX_PARTS: Final = 256
MAX_COMPARISONS: Final = 4_000_000
_ITEMS: Final = ("topics", "risk_tags", "tools", "environments", "agents", "tenants")
_FLAGS: Final = ("first_time_action", "customer_facing", "reversible", "session_tainted")


def lint_reach(subject: Subject) -> Iterator[Finding]:
    """What never decides, in the order of lists."""
    levels = subject.bundle.autonomy.levels if subject.bundle.autonomy else ()
    lists = [entry for document in subject.bundle.documents for entry in document.rule_lists]
    for entry in (*lists, *levels):
        yield from _List(entry, subject).findings()
    yield from _overruled(subject, lists, levels)


class _List:
    """One list with an index over the topics of its rules."""

    def __init__(self, entry: RuleList, subject: Subject) -> None:
        self._entry = entry
        self._subject = subject
        self._index = TopicIndex([rule.match.topics for rule in entry.rules], memo_entries=0)
        self._left = MAX_COMPARISONS

    def findings(self) -> Iterator[Finding]:
        """A finding for each rule that is covered."""
        for number, rule in enumerate(self._entry.rules):
            covering = self._covering(number, rule.match)
            if covering is None:
                covering = self._covering_parts(number, rule.match)
            if covering:
                code, message = _told(rule, covering)
                yield self._subject.at(self._subject.places.of_rule(rule.id), code, message)
            if self._left <= 0:
                place = self._subject.places.of_rule(rule.id)
                message = (
                    f"the list is too long to compare all its rules: those after {quoted(rule.id)} are not looked at"
                )
                yield self._subject.at(place, LintCode.UNREACHABLE, message)
                return

    def _before(self, number: int, topics: Sequence[str] | None) -> int:
        """The earlier rules whose topics contain all of these, as bits."""
        mask = (1 << number) - 1
        for glob in ("*",) if topics is None else topics:
            mask &= self._index.search(probe(glob))
            if not mask:
                break
        return mask

    def _covering(self, number: int, match: Match) -> tuple[Rule, ...] | None:
        """The first earlier rule that holds wherever this match does."""
        for place in bits_of(self._before(number, match.topics)):
            self._left -= 1
            if implies(match, self._entry.rules[place].match):
                return (self._entry.rules[place],)
        return None

    def _covering_parts(self, number: int, match: Match) -> tuple[Rule, ...] | None:
        """The earlier rules that together hold wherever this match does, None when they do not."""
        found: dict[str, Rule] = {}
        is_split = False
        for part in self._parts(number, match):
            is_split = True
            covering = self._covering(number, part)
            if covering is None:
                return None
            found[covering[0].id] = covering[0]
        return tuple(found.values()) if is_split else None

    def _parts(self, number: int, match: Match) -> Iterator[Match]:
        """The match split by its items, and by flags that earlier rules ask for; nothing when that is too much."""
        earlier = [self._entry.rules[place].match for place in bits_of(self._possible(number, match.topics))]
        splits: list[list[tuple[str, object]]] = [
            [(name, (item,)) for item in items] for name in _ITEMS if len(items := getattr(match, name) or ()) > 1
        ]
        splits += [
            [(name, True), (name, False)]
            for name in _FLAGS
            if getattr(match, name) is None and len({getattr(other, name) for other in earlier} - {None}) == 2
        ]
        parts = 1
        for choices in splits:
            parts *= len(choices)
        if splits and parts <= MAX_PARTS:
            for chosen in product(*splits):
                # A part is a match like any other; only the conditions that split it differ.
                yield replace(match, **dict(chosen))  # type: ignore[arg-type]

    def _possible(self, number: int, topics: Sequence[str] | None) -> int:
        """The earlier rules whose topics contain one of these."""
        mask = 0
        for glob in ("*",) if topics is None else topics:
            mask |= self._index.search(probe(glob))
        return mask & ((1 << number) - 1)


def _told(rule: Rule, covering: Sequence[Rule]) -> tuple[LintCode, str]:
    names = ", ".join(quoted(entry.id) for entry in covering[:4]) + (" and others" if len(covering) > 4 else "")
    matches = "matches" if len(covering) == 1 else "together match"
    head = f"rule {quoted(rule.id)} never decides: {names} before it {matches} all that it matches"
    milder = [entry for entry in covering if entry.decision.strictness < rule.decision.strictness]
    if milder:
        return LintCode.MASKED, f"{head}, and {milder[0].decision.word} is milder than {rule.decision.word}"
    if len(covering) == 1 and _effect(covering[0]) == _effect(rule):
        return LintCode.SUBSUMED, f"{head} and decides the same"
    return LintCode.UNREACHABLE, head


def _effect(rule: Rule) -> tuple[object, ...]:
    return rule.decision, rule.approval, rule.constraints


def _overruled(subject: Subject, lists: Sequence[RuleList], levels: Sequence[RuleList]) -> Iterator[Finding]:
    """Permissive rules that a denial of another list, which always votes, overrules wherever they hold."""
    guards = Guards(lists, Decision.DENY)
    for entry in (*lists, *levels):
        for rule in entry.rules:
            if rule.decision.strictness > Decision.ALLOW_WITH_CONSTRAINTS.strictness:
                continue
            denial = guards.against(rule.match, but=entry)
            if denial is not None:
                message = (
                    f"rule {quoted(rule.id)} never permits anything: {quoted(denial.id)} denies all that it matches"
                )
                yield subject.at(subject.places.of_rule(rule.id), LintCode.NEVER_PERMISSIVE, message)


class Guards:
    """The lists that always vote, and what in them is as strict as `decision`."""

    def __init__(self, lists: Sequence[RuleList], decision: Decision) -> None:
        self._decision = decision
        self._left = MAX_COMPARISONS
        # What stands behind the last strict rule guards nothing.
        self._lists = [(entry, entry.rules[: _last(entry, decision)]) for entry in lists]

    def against(self, match: Match, *, but: RuleList | None) -> Rule | None:
        """A rule of another list than `but` that is at least so strict wherever the match holds."""
        for entry, rules in self._lists:
            if entry is not but and (found := self._first(rules, match)) is not None:
                return found
        return None

    def _first(self, rules: Sequence[Rule], match: Match) -> Rule | None:
        """The rule that is strict wherever the match holds, with nothing milder before it that could hold too."""
        for rule in rules:
            self._left -= 1
            if self._left < 0:
                return None
            if rule.decision.strictness >= self._decision.strictness:
                if implies(match, rule.match):
                    return rule
            elif any_overlaps(rule.match.topics, match.topics) and any_overlaps(rule.match.tools, match.tools):
                return None
        return None


def _last(entry: RuleList, decision: Decision) -> int:
    strict = [n for n, rule in enumerate(entry.rules, 1) if rule.decision.strictness >= decision.strictness]
    return strict[-1] if strict else 0
