"""An agent's conduct as the gate keeps it: autonomy and circuit breakers behind one plan and one record.

The order of calls for an action: `classes_of`, `level` before policy decides, `judge` after it, `released` when the
action goes out, at once or after an approval. For an outcome: `outcome`. For a promotion: `policies.promotion`. Every
call gives the new conduct and facts for the audit, as JSON data; a plan that has nothing to do gives the conduct back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from policies import action_class, autonomy, breaker
from policies.action_class import WHOLE_AGENT, ClassFinder
from policies.autonomy_record import Record, Status
from policies.autonomy_rules import AutonomyRules, Change, HasAutonomy, autonomy_rules
from policies.breaker import Admission, Breaker, BreakerChange, BreakerPlan
from policies.decisions import Decision, ReasonCode

Facts = tuple[Change | BreakerChange, ...]
_NO_CHANGES: tuple[Change, ...] = ()
_RELEASING = (Decision.ALLOW, Decision.ALLOW_WITH_CONSTRAINTS)


class Judged(Protocol):
    """A verdict, as far as conduct reads it."""

    @property
    def decision(self) -> Decision: ...

    @property
    def reason_code(self) -> ReasonCode: ...

    @property
    def rule_id(self) -> str | None: ...


class Conduct(NamedTuple):
    """What is kept of one agent; small, bounded, and equal after its way through JSON."""

    record: Record
    breakers: Mapping[str, Breaker]

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing worth keeping."""
        record = self.record
        return not (self.breakers or record.standings or record.released) and record.start_level is None

    def to_json(self) -> dict[str, Any]:
        """The conduct as a JSON object, without the agent's id."""
        return {
            "autonomy": self.record.to_json(),
            "breakers": {name: entry.to_json() for name, entry in self.breakers.items()},
        }

    @classmethod
    def from_json(cls, agent_id: str, value: Mapping[str, Any]) -> Conduct:
        """The conduct that `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: the value is none.
        """
        breakers = {name: Breaker.from_json(entry) for name, entry in value["breakers"].items()}
        return cls(Record.from_json(agent_id, value["autonomy"]), breakers)


def new_conduct(agent_id: str) -> Conduct:
    """The conduct of an agent of which nothing is known."""
    return Conduct(Record(agent_id), {})


Folded = tuple[Conduct, Facts]


class ConductPlan:
    """What a bundle says about conduct, ready to use; built once per bundle, immutable."""

    def __init__(self, bundle: HasAutonomy, *, default_level: int, always_evidence: bool = False) -> None:
        """`always_evidence` is for a strict deployment: promotion needs evidence whatever the document says."""
        self.default_level = default_level
        self.rules: AutonomyRules | None = autonomy_rules(
            bundle, default_level=default_level, always_evidence=always_evidence
        )
        self.breakers = BreakerPlan(
            next((d.circuit_breakers for d in bundle.documents if d.circuit_breakers is not None), ())
        )
        self._invariants = frozenset(
            rule.id
            for document in bundle.documents
            for rule_list in document.rule_lists
            if rule_list.kind == "invariants"
            for rule in rule_list.rules
        )
        self._is_per_agent = self.rules is None or self.rules.is_per_agent

    @property
    def is_idle(self) -> bool:
        """Whether the bundle neither keeps levels nor has breakers: then no call changes anything."""
        return self.rules is None and not self.breakers

    def classes_of(self, event: Mapping[str, object], finder: ClassFinder) -> tuple[str, ...]:
        """The classes that an action may belong to, never empty; `WHOLE_AGENT` for what cannot be evaluated."""
        if self._is_per_agent and not self.breakers:
            return (WHOLE_AGENT,)
        try:
            return action_class.classes_of(event, finder)
        except (TypeError, ValueError):
            # Policy denies such an event by its own code; the level plays no part.
            return (WHOLE_AGENT,)

    def level(self, conduct: Conduct, classes: Sequence[str]) -> int:
        """The level at which policy judges an action of these classes."""
        if self.rules is None:
            return self.default_level
        return autonomy.level_of(self.rules, conduct.record, classes)

    def is_violation(self, verdict: Judged) -> bool:
        """Whether an agent proposed what an invariant denies, for certain and not for want of a field."""
        return (
            verdict.decision is Decision.DENY
            and verdict.reason_code is ReasonCode.RULE_MATCHED
            and verdict.rule_id in self._invariants
        )

    def judge(
        self, conduct: Conduct, classes: Sequence[str], *, verdict: Judged, action_key: str, at_ms: int
    ) -> tuple[Conduct, bool, Facts]:
        """The conduct after a verdict, and whether an open breaker holds what the verdict would release.

        Call it once per action, not again for a repeated one. A proposal that an invariant denies is a violation.
        """
        facts: list[Change | BreakerChange] = []
        if self.is_violation(verdict):
            conduct, violations = self.violation(conduct, classes, at_ms=at_ms)
            facts.extend(violations)
        is_held = False
        if self.breakers:
            is_denied = verdict.decision is Decision.DENY
            would_release = verdict.decision in _RELEASING
            for name, kept, entry in self._entries(conduct, classes):
                state, change = breaker.note_decision(
                    entry, conduct.breakers.get(kept) or Breaker(), action_class=name, is_denied=is_denied, at_ms=at_ms
                )
                facts.extend(() if change is None else (change,))
                if would_release:
                    state, admission, change = breaker.admit(
                        entry, state, action_class=name, action_key=action_key, at_ms=at_ms
                    )
                    facts.extend(() if change is None else (change,))
                    is_held = is_held or admission is Admission.HOLD
                conduct = conduct._replace(breakers={**conduct.breakers, kept: state})
        return conduct, is_held, tuple(facts)

    def _entries(self, conduct: Conduct, classes: Sequence[str]) -> Iterator[tuple[str, str, Any]]:
        """Class, key of its breaker and entry of the document, for each class that has a breaker."""
        for name in classes:
            entry = self.breakers.entry_for(conduct.record.agent_id, name)
            if entry is not None:
                yield name, breaker.key_of(conduct.breakers, name), entry

    def released(
        self, conduct: Conduct, classes: Sequence[str], *, action_key: str, model: str | None, at_ms: int
    ) -> Folded:
        """The conduct after an action went out, at once or after an approval; `model` is what the agent claims."""
        rules, record, changes = self.rules, conduct.record, _NO_CHANGES
        name = classes[0]
        if rules is not None:
            if len(classes) > 1:
                name = min(classes, key=lambda candidate: self.level(conduct, (candidate,)))
            record, changes = autonomy.note_release(rules, record, action_class=name, model=model, at_ms=at_ms)
        if self.breakers or not self._is_per_agent:
            record = autonomy.remember_release(rules, record, action_key=action_key, action_class=name)
        return (conduct, changes) if record is conduct.record else (conduct._replace(record=record), changes)

    def violation(self, conduct: Conduct, classes: Sequence[str], *, at_ms: int) -> Folded:
        """The conduct after a violation: a broken constraint, a denial by an invariant, a sample found wrong."""
        if self.rules is None:
            return conduct, ()
        changes: list[Change] = []
        record = conduct.record
        for name in classes[:1] if self._is_per_agent else classes:
            record, fallen = autonomy.note_violation(self.rules, record, action_class=name, at_ms=at_ms)
            changes.extend(fallen)
        return conduct._replace(record=record), tuple(changes)

    def outcome(self, conduct: Conduct, *, action_key: str, status: Status, at_ms: int) -> Folded:
        """The conduct after an outcome of a released action; an error whose class is lost counts in every class."""
        record = conduct.record
        entry = record.entry_of(action_key)
        if entry is not None and status.rank <= entry.status.rank:
            return conduct, ()
        facts: list[Change | BreakerChange] = []
        if self.rules is not None:
            record, changes = autonomy.note_outcome(
                self.rules, record, action_key=action_key, status=status, at_ms=at_ms
            )
            facts.extend(changes)
        elif entry is not None:
            record = record.with_released(action_key, entry._replace(status=status))
        conduct = conduct._replace(record=record)
        if self.breakers:
            known = None if entry is None else entry.action_class
            conduct, moved = self._break(conduct, known, action_key=action_key, is_error=status.is_error, at_ms=at_ms)
            facts.extend(moved)
        return conduct, tuple(facts)

    def _break(
        self, conduct: Conduct, known: str | None, *, action_key: str, is_error: bool, at_ms: int
    ) -> tuple[Conduct, list[BreakerChange]]:
        names = [*conduct.breakers] if is_error else []
        moved: list[BreakerChange] = []
        for name, kept, entry in self._entries(conduct, names if known is None else (known,)):
            state, change = breaker.note_outcome(
                entry,
                conduct.breakers.get(kept) or Breaker(),
                action_class=name,
                action_key=action_key,
                is_error=is_error,
                at_ms=at_ms,
            )
            moved.extend(() if change is None else (change,))
            conduct = conduct._replace(breakers={**conduct.breakers, kept: state})
        return conduct, moved

    def close_breaker(self, conduct: Conduct, action_class: str, *, by: str, at_ms: int) -> Folded:
        """The conduct after a person closed the breaker of a class, named with or without its kind.

        No facts when it was closed, or is none.
        """
        facts: list[BreakerChange] = []
        named = [name for name in conduct.breakers if action_class in (name, name.partition(":")[2])]
        for name, kept, entry in self._entries(conduct, named or (action_class,)):
            state, change = breaker.close_by_person(
                entry, conduct.breakers.get(kept) or Breaker(), action_class=name, by=by, at_ms=at_ms
            )
            if change is not None:
                conduct = conduct._replace(breakers={**conduct.breakers, kept: state})
                facts.append(change)
        return conduct, tuple(facts)
