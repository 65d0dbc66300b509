"""How agents rise and fall: a fold over what became of their actions.

Theory of operation. Each function takes an agent's record and one event with its time, and returns the new record with
what changed. A fall comes at once, from the table `FALLS`. A rise needs the criteria of the document over a whole
review period, at this level for at least as long, outside a cool-off; with `evidence` also the sequential test of
`policies.evidence` over everything since the counts began. Then a request for promotion goes out under the digest of
its evidence, and a person signs that digest; a later error puts a new digest in its place or withdraws it.

# INVARIANT: nothing that an agent can bring about by itself, other than good outcomes, improves its record. Counts that
# begin anew because of a model that it claims, or of a violation that it commits, lose their successes and keep their
# errors: the test then has to be passed by what came after, and by everything together as if nothing had begun anew.

Source: docs/autonomy.md, where each choice stands with its reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from policies.action_class import WHOLE_AGENT
from policies.autonomy_record import (
    ERROR_WINDOW,
    MAX_CLASSES,
    PERIOD_PARTS,
    Cause,
    Offer,
    OfferState,
    Part,
    Record,
    Released,
    Standing,
    Status,
)
from policies.autonomy_rules import FALLS, RESTARTS, AutonomyRules, Change, ChangeKind, Folded
from policies.evidence import e_value

_LATELY_MASK: Final = (1 << ERROR_WINDOW) - 1
# Outcomes below which an error rate demotes nobody. Source: docs/autonomy.md, "Falling".
MIN_OUTCOMES: Final = 20


def level_of(rules: AutonomyRules, record: Record, classes: Sequence[str]) -> int:
    """The level at which an action is judged that may belong to any of these classes: the lowest of theirs."""
    if rules.is_per_agent:
        return _level(rules, record, WHOLE_AGENT)
    return min(_level(rules, record, name) for name in classes)


def _level(rules: AutonomyRules, record: Record, action_class: str) -> int:
    standing = record.standings.get(action_class)
    if standing is not None:
        return standing.level
    # No room for a standing: nothing is known of such a class, and nothing ever will be.
    return 0 if len(record.standings) >= MAX_CLASSES else start_level(rules, record)


def start_level(rules: AutonomyRules, record: Record) -> int:
    """The level at which the agent begins in a class that is still to come."""
    return min(rules.highest, rules.default_level if record.start_level is None else record.start_level)


def note_release(rules: AutonomyRules, record: Record, *, action_class: str, model: str | None, at_ms: int) -> Folded:
    """An action was released under this policy, proposed by an agent that claims this model.

    Where standings go by class, `remember_release` belongs to it.
    """
    name = rules.standing_of(action_class)
    standing = record.standings.get(name)
    if standing is None:
        return begin(rules, record, name, model=model, at_ms=at_ms), ()
    if standing.snapshot == rules.snapshot and standing.model == model:
        return record, ()
    return _renewed(rules, record, name, model=model, at_ms=at_ms)


def _renewed(rules: AutonomyRules, record: Record, name: str, *, model: str | None, at_ms: int) -> Folded:
    """The record whose counts begin anew under another policy, or another model."""
    standing = record.standings[name]
    cause = Cause.POLICY_CHANGED if standing.snapshot != rules.snapshot else Cause.MODEL_CHANGED
    after = restarted(rules, standing, cause, level=standing.level, at_ms=at_ms)
    after = after._replace(model=model, snapshot=rules.snapshot)
    found = change(ChangeKind.RESTARTED, name, standing, after, cause=cause, at_ms=at_ms)
    return record.with_standing(name, after), (found,)


def counted_under(rules: AutonomyRules, record: Record, name: str, *, at_ms: int) -> Folded:
    """The record whose standing, if there is one, counts under the policy in force."""
    standing = record.standings.get(name)
    if standing is None or standing.snapshot == rules.snapshot:
        return record, ()
    return _renewed(rules, record, name, model=standing.model, at_ms=at_ms)


def remember_release(rules: AutonomyRules | None, record: Record, *, action_key: str, action_class: str) -> Record:
    """The record that knows under which class an action was released, so that its outcome finds the way back."""
    standing = None if rules is None else record.standings.get(rules.standing_of(action_class))
    return record.with_released(action_key, Released(action_class, 0 if standing is None else standing.epoch))


def begin(rules: AutonomyRules, record: Record, action_class: str, *, model: str | None, at_ms: int) -> Record:
    """The record with a standing in one more class, where there is room for it."""
    if len(record.standings) >= MAX_CLASSES and action_class != WHOLE_AGENT:
        return record
    level = start_level(rules, record)
    return record.with_standing(action_class, Standing(level, at_ms, at_ms, model, rules.snapshot))


def note_outcome(rules: AutonomyRules, record: Record, *, action_key: str, status: Status, at_ms: int) -> Folded:
    """A released action had an outcome. The same one again, or a better one than before, changes nothing.

    An error of an action whose class is not known any more counts in every class, a success in none.
    """
    entry = record.entry_of(action_key)
    is_lost = entry is None and not rules.is_per_agent
    if entry is None:
        known = record.standings.get(WHOLE_AGENT)
        entry = Released(WHOLE_AGENT, 0 if known is None else known.epoch)
    if status.rank <= entry.status.rank:
        return record, ()
    if is_lost:
        names = [*record.standings] if status.is_error else []
    else:
        name = rules.standing_of(entry.action_class)
        if rules.is_per_agent and name not in record.standings:
            record = begin(rules, record, name, model=None, at_ms=at_ms)
        names = [name] if name in record.standings else []
    number = entry.number
    changes: list[Change] = []
    for name in names:
        record, renewed = counted_under(rules, record, name, at_ms=at_ms)
        changes.extend(renewed)
        standing = _counted(rules, record.standings[name], entry, status=status, at_ms=at_ms)
        number = standing.number if entry.status is Status.OUT else number
        record = record.with_standing(name, standing)
    record = record.with_released(action_key, entry._replace(status=status, number=number))
    if status is Status.INCIDENT:
        record, fallen = note_incident(rules, record, at_ms=at_ms)
        changes.extend(fallen)
    for name in names:
        record, settled = _settle(rules, record, name, at_ms=at_ms, is_error=status.is_error)
        changes.extend(settled)
    return record, tuple(changes)


def _counted(rules: AutonomyRules, standing: Standing, entry: Released, *, status: Status, at_ms: int) -> Standing:
    is_current, is_error = entry.epoch == standing.epoch, status.is_error
    if entry.status is Status.OUT:
        # A success from before the counts began anew says nothing about the present; an error still does.
        is_credited = is_current and not is_error
        return standing._replace(
            successes=standing.successes + is_credited,
            errors=standing.errors + is_error,
            errors_lately=(standing.errors_lately << 1 | is_error) & _LATELY_MASK,
            outcomes_lately=min(standing.outcomes_lately + 1, ERROR_WINDOW),
            parts=_with_part(rules, standing.parts, at_ms, successes=int(is_credited), errors=int(is_error)),
            number=standing.number + 1,
        )
    if entry.status is not Status.SUCCESS:
        return standing
    age = standing.number - entry.number
    is_uncredited = is_current and standing.successes > 0
    return standing._replace(
        successes=standing.successes - is_uncredited,
        errors=standing.errors + 1,
        # Where `per` has changed since, the success stands in another record, and there is no place to correct.
        errors_lately=standing.errors_lately | (1 << age if 0 <= age < standing.outcomes_lately else 0),
        parts=_with_part(rules, _without_success(standing.parts, is_uncredited), at_ms, successes=0, errors=1),
    )


def _with_part(
    rules: AutonomyRules, parts: tuple[Part, ...], at_ms: int, *, successes: int, errors: int
) -> tuple[Part, ...]:
    width = rules.part_ms
    number = at_ms // width if width else 0
    if parts and parts[-1].number >= number:  # a clock that went back counts as one that stood still
        last = parts[-1]
        return (*parts[:-1], Part(last.number, last.successes + successes, last.errors + errors))
    kept = tuple(part for part in parts if part.number >= number - PERIOD_PARTS)
    return (*kept, Part(number, successes, errors))


def _without_success(parts: tuple[Part, ...], is_uncredited: bool) -> tuple[Part, ...]:
    for index in range(len(parts) - 1, -1, -1) if is_uncredited else ():
        part = parts[index]
        if part.successes:
            return (*parts[:index], part._replace(successes=part.successes - 1), *parts[index + 1 :])
    return parts


def note_violation(rules: AutonomyRules, record: Record, *, action_class: str, at_ms: int) -> Folded:
    """The agent broke a constraint, proposed what an invariant denies, or was found wrong by an audit."""
    if not rules.demotion.policy_violation:
        return record, ()
    name = rules.standing_of(action_class)
    if name not in record.standings:
        record = begin(rules, record, name, model=None, at_ms=at_ms)
    return _fall(rules, record, name, cause=Cause.POLICY_VIOLATION, at_ms=at_ms)


def note_incident(rules: AutonomyRules, record: Record, *, at_ms: int) -> Folded:
    """The agent caused a safety incident: level 0 in every class, known or not."""
    if not rules.demotion.safety_incident:
        return record, ()
    record = record._replace(start_level=0)
    changes: list[Change] = []
    for name in record.standings:
        record, fallen = _fall(rules, record, name, cause=Cause.SAFETY_INCIDENT, at_ms=at_ms)
        changes.extend(fallen)
    return record, tuple(changes)


def _fall(rules: AutonomyRules, record: Record, action_class: str, *, cause: Cause, at_ms: int) -> Folded:
    record, renewed = counted_under(rules, record, action_class, at_ms=at_ms)
    standing = record.standings.get(action_class)
    if standing is None:
        return record, ()
    levels = FALLS[cause].levels
    # A policy may have fewer levels than the one under which the agent rose; a fall is felt under the one in force.
    level = 0 if levels is None else max(0, min(standing.level, rules.highest) - levels)
    after = restarted(rules, standing, cause, level=level, at_ms=at_ms)
    kind = ChangeKind.DEMOTED if level < standing.level else ChangeKind.RESTRAINED
    found = change(kind, action_class, standing, after, cause=cause, at_ms=at_ms)
    return record.with_standing(action_class, after), (*renewed, found)


def restarted(rules: AutonomyRules, standing: Standing, cause: Cause, *, level: int, at_ms: int) -> Standing:
    """The standing whose counts begin anew at a level, with what `RESTARTS` keeps; a pending request is withdrawn."""
    how = RESTARTS[cause]
    offer = standing.offer
    if offer is not None and standing.is_offered:
        offer = offer._replace(state=OfferState.WITHDRAWN)
    return standing._replace(
        level=level,
        since_ms=at_ms if how.begins_level else standing.since_ms,
        counted_from_ms=at_ms,
        successes=0,
        errors=0,
        successes_before=standing.successes_before + standing.successes if how.keeps_errors else 0,
        errors_before=standing.errors_before + standing.errors if how.keeps_errors else 0,
        errors_lately=standing.errors_lately if how.keeps_lately else 0,
        outcomes_lately=standing.outcomes_lately if how.keeps_lately else 0,
        parts=tuple(part._replace(successes=0) for part in standing.parts if part.errors) if how.keeps_errors else (),
        cool_off_until_ms=at_ms + rules.cool_off_ms if how.cools_off else standing.cool_off_until_ms,
        cause=cause,
        epoch=standing.epoch + 1,
        offer=offer,
    )


def evidence_for(rules: AutonomyRules, standing: Standing) -> float | None:
    """The e-value of a standing for the criterion; None where the document asks for no evidence.

    The lower of what the counts show and of what they show with everything from before they began anew.
    """
    if rules.promotion is None or not rules.records.needs_evidence:
        return None
    rate = rules.promotion.max_error_rate
    if not 0 < rate < 1:
        return 0.0  # no number of actions shows such a rate
    successes, errors = standing.successes, standing.errors
    value = e_value(successes + errors, errors, rate=rate)
    if standing.successes_before or standing.errors_before:
        successes, errors = successes + standing.successes_before, errors + standing.errors_before
        value = min(value, e_value(successes + errors, errors, rate=rate))
    return value


def _settle(rules: AutonomyRules, record: Record, action_class: str, *, at_ms: int, is_error: bool) -> Folded:
    """What follows from the counts: a fall by error rate, a request for promotion, or its end."""
    standing = record.standings[action_class]
    limit, lately = rules.demotion.error_rate_above, standing.outcomes_lately
    if limit is not None and lately >= MIN_OUTCOMES and standing.errors_lately.bit_count() / lately > limit:
        return _fall(rules, record, action_class, cause=Cause.ERROR_RATE, at_ms=at_ms)
    if standing.is_offered and not is_error:
        return record, ()
    if not is_eligible(rules, standing, at_ms=at_ms):
        return _withdrawn(record, action_class, at_ms=at_ms) if standing.is_offered else (record, ())
    if rules.promotion is not None and not rules.promotion.requires_human_sign_off:
        return rise(rules, record, action_class, cause=Cause.CRITERIA_MET, at_ms=at_ms)
    evidence = evidence_of(rules, record.agent_id, action_class, standing, at_ms=at_ms)
    offer = Offer(evidence_digest(evidence), at_ms, OfferState.PENDING)
    after = standing._replace(offer=offer)
    cause = Cause.NEW_ERROR if standing.is_offered else Cause.CRITERIA_MET
    found = change(
        ChangeKind.OFFERED,
        action_class,
        standing,
        after,
        cause=cause,
        at_ms=at_ms,
        digest=offer.digest,
        evidence=evidence,
    )
    return record.with_standing(action_class, after), (found,)


def _withdrawn(record: Record, action_class: str, *, at_ms: int) -> Folded:
    standing = record.standings[action_class]
    offer = standing.offer._replace(state=OfferState.WITHDRAWN) if standing.offer else None
    after = standing._replace(offer=offer)
    digest = offer.digest if offer else None
    found = change(
        ChangeKind.WITHDRAWN, action_class, standing, after, cause=Cause.NEW_ERROR, at_ms=at_ms, digest=digest
    )
    return record.with_standing(action_class, after), (found,)


def is_eligible(rules: AutonomyRules, standing: Standing, *, at_ms: int) -> bool:
    """Whether a standing may rise one level now."""
    criteria = rules.promotion
    if criteria is None or standing.level >= rules.highest or at_ms < standing.cool_off_until_ms:
        return False
    if at_ms - max(standing.since_ms, standing.counted_from_ms) < rules.period_ms:
        return False
    successes, errors = _in_period(rules, standing, at_ms)
    if successes < criteria.min_successful_actions:
        return False
    if errors and errors / (successes + errors) >= criteria.max_error_rate:
        return False
    evidence = evidence_for(rules, standing)
    return evidence is None or evidence * rules.records.error_probability >= 1


def _in_period(rules: AutonomyRules, standing: Standing, at_ms: int) -> tuple[int, int]:
    """Successes and errors of the last review period, rounded up to its next eighth."""
    width = rules.part_ms
    first = at_ms // width - PERIOD_PARTS if width else 0
    counted = [part for part in standing.parts if part.number >= first]
    return sum(part.successes for part in counted), sum(part.errors for part in counted)


def rise(
    rules: AutonomyRules, record: Record, action_class: str, *, cause: Cause, at_ms: int, by: str | None = None
) -> Folded:
    """The record one level higher; the caller has checked that it may."""
    standing = record.standings[action_class]
    after = restarted(rules, standing, cause, level=standing.level + 1, at_ms=at_ms)
    if standing.offer is not None and standing.is_offered:
        after = after._replace(offer=standing.offer._replace(state=OfferState.DECIDED))
    digest = standing.offer.digest if standing.offer is not None and by is not None else None
    found = change(ChangeKind.PROMOTED, action_class, standing, after, cause=cause, at_ms=at_ms, digest=digest, by=by)
    return record.with_standing(action_class, after), (found,)


def change(
    kind: ChangeKind, action_class: str, before: Standing, after: Standing, *, cause: Cause, at_ms: int, **more: Any
) -> Change:
    """The fact that a standing became another; `more` are further fields of the fact."""
    return Change(kind, action_class, before.level, after.level, cause, at_ms, **more)


def evidence_of(
    rules: AutonomyRules, agent_id: str, action_class: str, standing: Standing, *, at_ms: int
) -> dict[str, Any]:
    """What a request for promotion rests on, as JSON data; its digest is what a person signs."""
    successes, errors = _in_period(rules, standing, at_ms)
    evidence = evidence_for(rules, standing)
    return {
        "agent_id": agent_id,
        "action_class": action_class,
        "level": standing.level,
        "to_level": standing.level + 1,
        "model": standing.model,
        "policy_snapshot": standing.snapshot,
        "level_since_ms": standing.since_ms,
        "counted_from_ms": standing.counted_from_ms,
        "successes": standing.successes,
        "errors": standing.errors,
        "period_successes": successes,
        "period_errors": errors,
        "successes_before": standing.successes_before,
        "errors_before": standing.errors_before,
        # Two decimals are for people; more would bind the digest to the rounding of one machine.
        "e_value": None if evidence is None else round(evidence, 2),
    }


def evidence_digest(evidence: Mapping[str, Any]) -> str:
    """SHA-256 of the evidence as JSON with sorted keys, 64 hex digits."""
    text = json.dumps(evidence, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
