"""Everything that a person's act on a held action must satisfy, as an ordered list of checks.

# INVARIANT: an act that no check refuses is one that this person may do, now, about exactly what was on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from policies.approval_documents import ApprovalClass, OnTimeout, Role
from policies.approval_events import APPROVING, DECIDING, Act, EventKind
from policies.approval_table import TABLE
from policies.approvals import Approval
from policies.conflicts import Conflict
from policies.constraints import ConstraintConflictError, constraint_problem, exceeds, merge
from policies.decisions import Decision
from policies.people import Principal, is_among

_REVIEWERS: Final = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})
_SENIORS: Final = frozenset({Role.SENIOR_REVIEWER})
_MOVERS: Final = frozenset({Role.SENIOR_REVIEWER, Role.ADMIN})
_NEVER: Final = frozenset({Role.AUDITOR})
_AMOUNT: Final = "max_amount_usd"
# Acts that say no, or change something, are explained whatever the class.
_EXPLAINED: Final = frozenset({EventKind.DENY, EventKind.MODIFY, EventKind.ASK})


class Case(NamedTuple):
    """An act on an existing hold by a known person."""

    approval: Approval
    act: Act
    by: Principal
    now_ms: int


def conflict_of(approval: Approval, act: Act, now_ms: int) -> Conflict | None:
    """Why the act changes nothing, None when it may be done."""
    if act.by is None:
        return Conflict.NOT_ELIGIBLE
    case = Case(approval, act, act.by, now_ms)
    return next((conflict for conflict, applies in CHECKS if applies(case)), None)


def final_due_ms(approval: Approval) -> int:
    """When the last team's time is over, if nobody does anything; the deadline that no review can come after.

    Waiting and deadlines both climb the chain, so that a team reached by waiting gets what is left of the time.
    """
    plan, last = approval.plan, len(approval.plan.chain) - 1
    due_ms, escalate_ms, tier = approval.due_ms, approval.escalate_ms, approval.tier
    while plan.on_timeout is OnTimeout.ESCALATE and tier < last and due_ms != approval.ends_ms:
        is_waiting = escalate_ms is not None and escalate_ms < due_ms
        from_ms = escalate_ms if is_waiting and escalate_ms is not None else due_ms
        if not is_waiting:
            due_ms += plan.after_ms
            due_ms = due_ms if approval.ends_ms is None else min(due_ms, approval.ends_ms)
        tier += 1
        has_next = tier < last and plan.escalate_after_ms is not None
        escalate_ms = from_ms + (plan.escalate_after_ms or 0) if has_next else None
    return due_ms


def constraints_after(approval: Approval, added: Mapping[str, object] | None = None) -> Mapping[str, object]:
    """The tightest set of the hold's constraints, those of its votes, and `added`.

    Raises: ConstraintConflictError when they cannot be obeyed together.
    """
    return tightest((approval.constraints, *(vote.constraints for vote in approval.votes), added or {}))


def tightest(parts: Iterable[Mapping[str, object]]) -> Mapping[str, object]:
    """The tightest set of several, whatever values they hold.

    Raises: ConstraintConflictError when they cannot be obeyed together, or cannot even be compared.
    """
    try:
        return merge([part for part in parts if part])
    except TypeError:
        # Lists of what has no order, somewhere inside: a policy or a reviewer can write that, and nobody can obey it.
        raise ConstraintConflictError("a list") from None


def is_as_tight(tight: Mapping[str, object], loose: Mapping[str, object]) -> bool:
    """Whether every value of `tight` is at least as tight as that of the same name in `loose`.

    Names that `loose` does not have restrict more; names that only `loose` has are not looked at.

    Raises: ConstraintConflictError when two values cannot be compared.
    """
    both = tightest((loose, tight))
    return all(_comparable(both[name]) == _comparable(value) for name, value in tight.items())


def _comparable(value: object) -> object:
    """The value without the order and repetition of list items, which mean nothing in a constraint."""
    if isinstance(value, list | tuple):
        return sorted({repr(_comparable(item)) for item in value})
    if isinstance(value, Mapping):
        return {name: _comparable(item) for name, item in value.items()}
    return value


def _is_hidden(case: Case) -> bool:
    return not case.by.sees(case.approval.tenant_id)


def _is_not_eligible(case: Case) -> bool:
    kind, by = case.act.kind, case.by
    if by.has_any(_NEVER):
        return True
    if kind is EventKind.REASSIGN:
        return not by.has_any(_MOVERS)
    if kind in APPROVING and case.approval.plan.approval_class is ApprovalClass.EXPLICIT:
        return not by.has_any(_SENIORS)
    return not by.has_any(_REVIEWERS)


def _is_of_another_team(case: Case) -> bool:
    if case.approval.team is None or case.approval.team in case.by.teams:
        return False
    return not (case.act.kind is EventKind.REASSIGN and Role.ADMIN in case.by.roles)


def _is_own(case: Case) -> bool:
    is_bound = case.act.kind in DECIDING or case.act.kind is EventKind.CLAIM
    return is_bound and (case.by.owns(case.approval.agent_id) or is_among(case.by.id, case.approval.excluded))


def _is_own_loosening(case: Case) -> bool:
    return case.act.kind in APPROVING and is_among(case.by.id, case.approval.loosened_by)


def _is_editor(case: Case) -> bool:
    return case.act.kind in APPROVING and is_among(case.by.id, case.approval.editors)


def _in_state(conflict: Conflict) -> Callable[[Case], bool]:
    def applies(case: Case) -> bool:
        return TABLE[case.approval.state][case.act.kind] is conflict

    return applies


def _is_over(case: Case) -> bool:
    if case.approval.state.is_open:
        return final_due_ms(case.approval) <= case.now_ms
    return _in_state(Conflict.EXPIRED)(case)


def _is_other_digest(case: Case) -> bool:
    return case.act.kind in DECIDING and case.act.digest != case.approval.digest


def _is_other_snapshot(case: Case) -> bool:
    return case.act.kind in DECIDING and case.act.snapshot not in case.approval.snapshots


def _is_incomplete(case: Case) -> bool:
    plan = case.approval.plan
    if case.act.kind not in DECIDING or not plan.is_evidence_enforced:
        return False
    return any(not str(case.act.evidence.get(name) or "").strip() for name in plan.evidence)


def _lacks_reason(case: Case) -> bool:
    is_explicit = case.approval.plan.approval_class is ApprovalClass.EXPLICIT
    is_asked = case.act.kind in _EXPLAINED or (is_explicit and case.act.kind in APPROVING)
    return is_asked and not case.act.reason.strip()


def _is_no_batch(case: Case) -> bool:
    return case.act.is_batch and case.act.kind in DECIDING - {EventKind.DENY} and not case.approval.allows_batch


def _is_invalid_constraint(case: Case) -> bool:
    if bool(case.act.constraints) != (case.act.kind is EventKind.CONSTRAIN):
        return True
    return not _are_constraints(case.act.constraints)


def _are_constraints(values: Mapping[str, object]) -> bool:
    """Whether every value is one that a document could ask for, inside mappings too."""
    return all(
        constraint_problem(name, value) is None and (not isinstance(value, Mapping) or _are_constraints(value))
        for name, value in values.items()
    )


def _is_widening(case: Case) -> bool:
    try:
        return not is_as_tight(case.act.constraints, case.approval.constraints)
    except ConstraintConflictError:
        return True


def _contradicts_votes(case: Case) -> bool:
    if case.act.kind not in APPROVING:
        return False
    try:
        constraints_after(case.approval, case.act.constraints)
    except ConstraintConflictError:
        return True
    return False


def _exceeds_constraint(case: Case) -> bool:
    limit = case.act.constraints.get(_AMOUNT)
    if not isinstance(limit, int | float):
        return False
    amount = case.approval.amount_usd
    return amount is None or exceeds(amount, limit)


def _is_no_edit(case: Case) -> bool:
    if case.act.kind is not EventKind.MODIFY:
        return False
    return case.act.edit is None or case.act.edit.digest == case.approval.digest


def _is_denied_edit(case: Case) -> bool:
    if case.act.kind is not EventKind.MODIFY or case.act.edit is None:
        return False
    judged = case.act.edit.judged
    try:
        tightest((case.approval.constraints, judged.constraints))
    except ConstraintConflictError:
        return True
    return judged.decision is Decision.DENY


def _is_unknown_team(case: Case) -> bool:
    if case.act.kind is not EventKind.REASSIGN:
        return False
    team, known = case.act.to_team, case.act.teams
    return not team or team == case.approval.team or (known is not None and team not in known)


def _has_no_next_team(case: Case) -> bool:
    return case.act.kind is EventKind.ESCALATE and case.approval.next_team is None


def _is_over_limit(case: Case) -> bool:
    load, claim = case.act.load, case.approval.claim
    if case.act.kind is not EventKind.CLAIM or load.limit is None:
        return False
    is_renewed = claim is not None and is_among(case.by.id, (claim.reviewer,))
    return load.claims >= load.limit and not is_renewed


def _is_cooling_down(case: Case) -> bool:
    return case.act.kind in APPROVING and case.now_ms < case.act.load.cooldown_until_ms


def _has_voted(case: Case) -> bool:
    return case.act.kind in APPROVING and is_among(case.by.id, (vote.reviewer for vote in case.approval.votes))


CHECKS: Final[tuple[tuple[Conflict, Callable[[Case], bool]], ...]] = (
    (Conflict.UNKNOWN_HOLD, _is_hidden),
    (Conflict.NOT_ELIGIBLE, _is_not_eligible),
    (Conflict.WRONG_TEAM, _is_of_another_team),
    (Conflict.SELF_APPROVAL, _is_own),
    (Conflict.OWN_LOOSENING, _is_own_loosening),
    (Conflict.EDITOR_VOTE, _is_editor),
    (Conflict.ALREADY_DECIDED, _in_state(Conflict.ALREADY_DECIDED)),
    (Conflict.CONSUMED, _in_state(Conflict.CONSUMED)),
    (Conflict.EXPIRED, _is_over),
    (Conflict.QUESTION_OPEN, _in_state(Conflict.QUESTION_OPEN)),
    (Conflict.DIGEST_MISMATCH, _is_other_digest),
    (Conflict.SNAPSHOT_MISMATCH, _is_other_snapshot),
    (Conflict.INCOMPLETE_EVIDENCE, _is_incomplete),
    (Conflict.REASON_MISSING, _lacks_reason),
    (Conflict.BATCH_REFUSED, _is_no_batch),
    (Conflict.CONSTRAINT_INVALID, _is_invalid_constraint),
    (Conflict.CONSTRAINT_WIDENED, _is_widening),
    (Conflict.CONSTRAINT_CONFLICT, _contradicts_votes),
    (Conflict.CONSTRAINT_EXCEEDED, _exceeds_constraint),
    (Conflict.EDIT_UNCHANGED, _is_no_edit),
    (Conflict.EDIT_DENIED, _is_denied_edit),
    (Conflict.UNKNOWN_TEAM, _is_unknown_team),
    (Conflict.NO_NEXT_TEAM, _has_no_next_team),
    (Conflict.OVER_LIMIT, _is_over_limit),
    (Conflict.IN_COOLDOWN, _is_cooling_down),
    (Conflict.DUPLICATE_VOTE, _has_voted),
)
