"""What differs between two bundles, by rule and section, and whether the newer one could let more happen.

A change counts as loosening unless it is known that it cannot be. Only these are known: a new rule that denies, or that
quarantines among others over findings; a rule that allowed without constraints and is gone, where nothing that it hid
names a low approval class; a rule that decides more strictly, or under tighter constraints, where it stands; new lists
of invariants, which never grant; texts for people. With the strictest vote winning, none of these can make a verdict
milder, whatever the event.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.approval_documents import ApprovalClass
from policies.bundle import Bundle
from policies.constraints import ConstraintConflictError, merge
from policies.decisions import Decision, OutputDecision
from policies.documents import OutputRule, Rule

# Keys of a document whose content is compared rule by rule, and those that nothing is decided by.
_RULE_KEYS: Final = frozenset(
    {"rules", "invariants", "autonomy_levels", "output_rules", "field_rules", "quadrants", "version"}
)
_TEXT_KEYS: Final = frozenset({"description"})
_RULE_TEXTS: Final = frozenset({"reason", "remediation"})


class ChangeKind(StrEnum):
    """What became of a rule or a section."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `what` is the rule's id or the section's name; `fields` are the parts of it that differ.

    `may_loosen` is false only where the change is known to let nothing more happen.
    """

    kind: ChangeKind
    document: str
    what: str
    is_rule: bool
    fields: tuple[str, ...] = ()
    may_loosen: bool = True

    def to_json(self) -> dict[str, object]:
        """The change as a JSON object."""
        return {
            "change": self.kind.value,
            "document": self.document,
            "rule_id" if self.is_rule else "section": self.what,
            "fields": list(self.fields),
            "may_loosen": self.may_loosen,
        }

    def __str__(self) -> str:
        what = "rule" if self.is_rule else "section"
        fields = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.kind.value} {what} {self.document}/{self.what}{fields}"


@dataclass(frozen=True, slots=True)
class _Place:
    """A list of rules within its bundle: the document, the section, and what tells several of a section apart."""

    document: str
    section: str
    part: str = ""


_Lists = dict[_Place, dict[str, Rule | OutputRule]]


def compare(old: Bundle, new: Bundle) -> tuple[Change, ...]:
    """Every difference from `old` to `new`, those that may loosen first, then by document."""
    if old.snapshot == new.snapshot:
        return ()
    before, after = _lists(old), _lists(new)
    changes = [*_rule_changes(before, after), *_section_changes(old, new)]
    return tuple(sorted(changes, key=lambda change: (not change.may_loosen, change.document, not change.is_rule)))


def may_loosen(old: Bundle, new: Bundle) -> tuple[Change, ...]:
    """The changes of which it is not known that they let nothing more happen."""
    return tuple(change for change in compare(old, new) if change.may_loosen)


def _lists(bundle: Bundle) -> _Lists:
    found: _Lists = {}
    for document in bundle.documents:
        levels = document.autonomy.levels if document.autonomy else ()
        for entry in (*document.rule_lists, *levels):
            part = "" if entry.level is None else str(entry.level)
            found[_Place(document.name, entry.kind, part)] = {rule.id: rule for rule in entry.rules}
        for section, rules in (("output_rules", document.output_rules), ("field_rules", document.field_rules)):
            if rules is not None:
                found[_Place(document.name, section)] = {rule.id: rule for rule in rules}
        for quadrant in document.quadrants or ():
            place = _Place(document.name, "quadrants", f"{quadrant.risk}_{quadrant.ambiguity}")
            found[place] = {quadrant.rule.id: quadrant.rule}
    return found


def _rule_changes(old: _Lists, new: _Lists) -> Iterator[Change]:
    lowers = any(
        not _asks_explicitly(rule) for place in new if place.section == "quadrants" for rule in new[place].values()
    )
    for place in sorted(old.keys() | new.keys(), key=lambda place: (place.document, place.section, place.part)):
        before, after = old.get(place, {}), new.get(place, {})
        is_new_invariant = place.section == "invariants" and place not in old
        for name, rule in after.items():
            if name not in before:
                is_safe = (
                    _only_denies(rule)
                    or (is_new_invariant and _asks_explicitly(rule))
                    # Without any output document everything is quarantined, so the first one may loosen.
                    or (place in old and _only_quarantines(rule, place.section))
                )
                yield Change(ChangeKind.ADDED, place.document, name, is_rule=True, may_loosen=not is_safe)
        # What a rule that is gone uncovers may name a lower approval class than the gate's own default.
        is_lowering = any(not _asks_explicitly(rule) for rule in after.values()) or lowers
        for name, rule in before.items():
            if name not in after:
                is_safe = (
                    _only_allows(rule) and not is_lowering and place.section in ("rules", "invariants", "autonomy")
                )
                yield Change(ChangeKind.REMOVED, place.document, name, is_rule=True, may_loosen=not is_safe)
            elif rule != after[name]:
                fields = _differing(rule, after[name])
                is_safe = _is_tightened(rule, after[name], fields)
                yield Change(
                    ChangeKind.CHANGED, place.document, name, is_rule=True, fields=fields, may_loosen=not is_safe
                )
        for name in _moved([n for n in before if n in after], [n for n in after if n in before]):
            yield Change(ChangeKind.MOVED, place.document, name, is_rule=True)


def _only_denies(rule: Rule | OutputRule) -> bool:
    return isinstance(rule, Rule) and rule.decision is Decision.DENY


def _only_quarantines(rule: Rule | OutputRule, section: str) -> bool:
    # A rule over fields takes its field out, and with it what a finding there would have led to.
    return isinstance(rule, OutputRule) and section == "output_rules" and rule.decision is OutputDecision.QUARANTINE


def _asks_explicitly(rule: Rule | OutputRule) -> bool:
    return isinstance(rule, Rule) and rule.approval in (None, ApprovalClass.EXPLICIT)


def _only_allows(rule: Rule | OutputRule) -> bool:
    return isinstance(rule, Rule) and rule.decision is Decision.ALLOW and not rule.constraints


def _differing(old: Rule | OutputRule, new: Rule | OutputRule) -> tuple[str, ...]:
    """The fields that differ, conditions as `match.NAME`."""
    found: list[str] = []
    for name in old.__dataclass_fields__:
        before, after = getattr(old, name), getattr(new, name, None)
        if before == after:
            continue
        if name == "match":
            found += [
                f"match.{part}"
                for part, entry in before.__dataclass_fields__.items()
                if entry.compare and getattr(before, part) != getattr(after, part, None)
            ]
        else:
            found.append(name)
    return tuple(found)


def _is_tightened(old: Rule | OutputRule, new: Rule | OutputRule, fields: Sequence[str]) -> bool:
    """Whether a rule that stayed where it was decides at least as strictly as before, for every action."""
    if not isinstance(old, Rule) or not isinstance(new, Rule):
        return False
    if not set(fields) <= {"decision", "constraints", "approval", *_RULE_TEXTS}:
        return False
    if new.decision.strictness < old.decision.strictness:
        return False
    if new.decision is Decision.DENY:
        return True
    if not is_as_tight(new.constraints, than=old.constraints):
        return False
    # A rule that names a class can lower it where no other names one: the gate's own default is the strictest.
    if new.approval is ApprovalClass.EXPLICIT:
        return True
    if old.approval is None or new.approval is None:
        return old.approval is new.approval
    return new.approval.strictness >= old.approval.strictness


def is_as_tight(constraints: Mapping[str, object], *, than: Mapping[str, object]) -> bool:
    """Whether whoever obeys `constraints` obeys `than` too."""
    try:
        return _sorted(merge([than, constraints])) == _sorted(constraints) if than else True
    except ConstraintConflictError:
        return False


def _sorted(value: object) -> object:
    """JSON data in which the order of lists has no meaning, as in constraints."""
    if isinstance(value, Mapping):
        return {name: _sorted(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=repr)
    return value


def _moved(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """The rules that are not in the longest part of the list that kept its order."""
    place = {name: number for number, name in enumerate(before)}
    ends: list[int] = []  # the lowest last place of an ordered part of each length
    last: list[str] = []  # the rule there
    earlier: dict[str, str | None] = {}  # the rule before it in that part
    for name in after:
        length = bisect_left(ends, place[name])
        earlier[name] = last[length - 1] if length else None
        ends[length : length + 1] = [place[name]]
        last[length : length + 1] = [name]
    kept: set[str] = set()
    current = last[-1] if last else None
    while current is not None:
        kept.add(current)
        current = earlier[current]
    yield from (name for name in after if name not in kept)


def _section_changes(old: Bundle, new: Bundle) -> Iterator[Change]:
    before, after = _sections(old), _sections(new)
    for document, section in sorted(before.keys() | after.keys()):
        place = (document, section)
        if before.get(place) == after.get(place):
            continue
        kind = ChangeKind.CHANGED
        if place not in before or place not in after:
            kind = ChangeKind.ADDED if place in after else ChangeKind.REMOVED
        fields: tuple[str, ...] = ()
        one, other = before.get(place), after.get(place)
        if isinstance(one, dict) and isinstance(other, dict):
            fields = tuple(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))
        is_text = section in _TEXT_KEYS
        yield Change(kind, document, section, is_rule=False, fields=fields, may_loosen=not is_text)


def _sections(bundle: Bundle) -> dict[tuple[str, str], object]:
    documents = json.loads(bundle.canonical())["documents"]
    found: dict[tuple[str, str], object] = {}
    for name, document in documents.items():
        for key, value in document.items():
            if key not in _RULE_KEYS:
                found[(name, key)] = value
        # Of levels and quadrants, rules are compared above; what else they say is compared here.
        levels = document.get("autonomy_levels")
        if isinstance(levels, dict):
            found[(name, "autonomy_levels")] = sorted(levels)
        if isinstance(document.get("quadrants"), list):
            found[(name, "quadrants")] = sorted(
                json.dumps([entry.get(part) for part in ("risk", "ambiguity", "owner_role", "kpis")])
                for entry in document["quadrants"]
            )
    return found
