"""What speaks against an act before it is sent: the gate's own conflicts, as far as this console can know them. Pure.

It spares people an act that the gate would refuse, and tells them what changed while they looked. It decides nothing:
what no objection stops is judged again by the gate, in the same order of conflicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from penstock.console.acts.conflict_words import words_of
from penstock.console.readmodel.rows import HoldRow
from policies.approval_documents import ApprovalClass, Role
from policies.conflicts import Conflict
from policies.people import Principal, identity, is_among
from streams.events import ReviewVerdict

APPROVING: Final = frozenset({ReviewVerdict.APPROVE, ReviewVerdict.CONSTRAIN})
DECIDING: Final = APPROVING | {ReviewVerdict.MODIFY, ReviewVerdict.DENY}
# Verdicts that a person may give about a held action here.
VERDICTS: Final = DECIDING | {
    ReviewVerdict.CLAIM,
    ReviewVerdict.ASK,
    ReviewVerdict.ANSWER,
    ReviewVerdict.ESCALATE,
    ReviewVerdict.REASSIGN,
}
_EXPLAINED: Final = frozenset({ReviewVerdict.DENY, ReviewVerdict.MODIFY, ReviewVerdict.ASK, ReviewVerdict.ANSWER})
_ENDED: Final = {"expired": Conflict.EXPIRED, "released_by_timeout": Conflict.CONSUMED}


@dataclass(frozen=True, slots=True)
class Seen:
    """What was on the screen, as the form says it."""

    digest: str
    snapshot: str


@dataclass(frozen=True, slots=True)
class Intent:
    """What a person is about to do. `by` is who the policy's directory says they are, None where nobody can tell.

    `is_last_team` says that the chain of teams is known to be at its end.
    """

    verdict: ReviewVerdict
    person_id: str
    seen: Seen
    reason: str = ""
    to_team: str | None = None
    is_batch: bool = False
    by: Principal | None = None
    is_last_team: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an act was not sent; `code` is a conflict's, or one of this console's own."""

    code: str
    text: str
    advice: str


def objection(conflict: Conflict, detail: str = "") -> Objection:
    """A conflict as an objection, with what is known beyond it."""
    words = words_of(conflict.value)
    text = words.text[0].upper() + words.text[1:]
    return Objection(conflict.value, f"{text}: {detail}." if detail else f"{text}.", f"{words.advice}.".capitalize())


def objection_to(row: HoldRow, voters: Iterable[str], intent: Intent) -> Objection | None:
    """The first thing that speaks against the act, in the order of `Conflict`; None when nothing is known to."""
    case = _Case(row, tuple(voters), intent)
    found = next((conflict for conflict, applies in _CHECKS if applies(case)), None)
    if found is None:
        return None
    conflict = found if found is not Conflict.ALREADY_DECIDED else _ENDED.get(row.resolution or "", found)
    return objection(conflict, _detail(conflict, case))


@dataclass(frozen=True, slots=True)
class _Case:
    row: HoldRow
    voters: tuple[str, ...]
    intent: Intent


def _detail(conflict: Conflict, case: _Case) -> str:
    row = case.row
    if conflict is Conflict.ALREADY_DECIDED:
        by = ", ".join(row.ended_by) or (row.ended_by_kind or "")
        return f"{(row.resolution or '').replace('_', ' ')} by {by}" if by else ""
    if conflict is Conflict.WRONG_TEAM:
        return f"it is with {row.team}"
    if conflict is Conflict.QUESTION_OPEN:
        return f"asked by {row.question_by}"
    return ""


def _is_not_eligible(case: _Case) -> bool:
    by, verdict = case.intent.by, case.intent.verdict
    if by is None or verdict is ReviewVerdict.ANSWER:
        return False
    if Role.AUDITOR in by.roles:
        return True
    if verdict is ReviewVerdict.REASSIGN:
        return not by.has_any(frozenset({Role.SENIOR_REVIEWER, Role.ADMIN}))
    if verdict in APPROVING and case.row.approval_class == ApprovalClass.EXPLICIT.value:
        return not by.has_any(frozenset({Role.SENIOR_REVIEWER}))
    return not by.has_any(frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER}))


def _is_of_another_team(case: _Case) -> bool:
    by, verdict = case.intent.by, case.intent.verdict
    if by is None or case.row.team is None or case.row.team in by.teams or verdict is ReviewVerdict.ANSWER:
        return False
    return not (verdict is ReviewVerdict.REASSIGN and Role.ADMIN in by.roles)


def _is_own(case: _Case) -> bool:
    row, intent = case.row, case.intent
    if intent.verdict not in DECIDING | {ReviewVerdict.CLAIM}:
        return False
    is_owner = row.owner is not None and is_among(intent.person_id, (row.owner,))
    is_agent = identity(row.agent_id) == identity(intent.person_id)
    return is_owner or is_agent or (intent.by is not None and intent.by.owns(row.agent_id))


def _is_editor(case: _Case) -> bool:
    editors = [name for name in (case.row.edited_by, case.row.proposed_by) if name is not None]
    return case.intent.verdict in APPROVING and case.row.is_changed and is_among(case.intent.person_id, editors)


def _is_over(case: _Case) -> bool:
    return not case.row.is_open


def _has_question(case: _Case) -> bool:
    blocked = APPROVING | {ReviewVerdict.MODIFY, ReviewVerdict.ASK}
    return case.intent.verdict in blocked and case.row.question_by is not None


def _has_no_question(case: _Case) -> bool:
    return case.intent.verdict is ReviewVerdict.ANSWER and case.row.question_by is None


def _is_other_digest(case: _Case) -> bool:
    return case.intent.verdict in DECIDING and case.intent.seen.digest != case.row.digest


def _is_other_snapshot(case: _Case) -> bool:
    return case.intent.verdict in DECIDING and case.intent.seen.snapshot != case.row.snapshot


def _lacks_reason(case: _Case) -> bool:
    is_explicit = case.row.approval_class == ApprovalClass.EXPLICIT.value
    is_asked = case.intent.verdict in _EXPLAINED or (is_explicit and case.intent.verdict in APPROVING)
    return is_asked and not case.intent.reason.strip()


def _is_no_batch(case: _Case) -> bool:
    is_harmless = case.intent.verdict not in DECIDING or case.intent.verdict is ReviewVerdict.DENY
    return case.intent.is_batch and not is_harmless and not case.row.allows_batch


def _is_unknown_team(case: _Case) -> bool:
    team = case.intent.to_team
    return case.intent.verdict is ReviewVerdict.REASSIGN and (not team or team == case.row.team)


def _has_no_next_team(case: _Case) -> bool:
    return case.intent.verdict is ReviewVerdict.ESCALATE and case.intent.is_last_team


def _has_voted(case: _Case) -> bool:
    return case.intent.verdict in APPROVING and is_among(case.intent.person_id, case.voters)


_CHECKS: Final[tuple[tuple[Conflict, Callable[[_Case], bool]], ...]] = (
    (Conflict.NOT_ELIGIBLE, _is_not_eligible),
    (Conflict.WRONG_TEAM, _is_of_another_team),
    (Conflict.SELF_APPROVAL, _is_own),
    (Conflict.EDITOR_VOTE, _is_editor),
    (Conflict.ALREADY_DECIDED, _is_over),
    (Conflict.QUESTION_OPEN, _has_question),
    (Conflict.NO_QUESTION, _has_no_question),
    (Conflict.DIGEST_MISMATCH, _is_other_digest),
    (Conflict.SNAPSHOT_MISMATCH, _is_other_snapshot),
    (Conflict.REASON_MISSING, _lacks_reason),
    (Conflict.BATCH_REFUSED, _is_no_batch),
    (Conflict.UNKNOWN_TEAM, _is_unknown_team),
    (Conflict.NO_NEXT_TEAM, _has_no_next_team),
    (Conflict.DUPLICATE_VOTE, _has_voted),
)
