"""What the audit says about held actions: the facts of the state machine, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from penstock.console.readmodel.audit_entry import Entry
from penstock.console.readmodel.record import Fields, written
from penstock.console.readmodel.statements import Statement, upsert

_OPENED: Final = upsert(
    "holds",
    ("hold_id",),
    (
        "partition",
        "agent_id",
        "action_id",
        "topic",
        "tool",
        "rule_id",
        "document",
        "reason",
        "reason_code",
        "opened_ms",
        "opened_seq",
        "touched_ms",
    ),
)
# The same action may be held again once its verdict is forgotten: then under the same id, and as if for the first time.
_ANEW: Final = """
UPDATE holds SET votes = 0, claimed_by = NULL, claimed_until_ms = NULL, question_by = NULL, question_review = NULL,
  question_ms = NULL, edits = 0, edited_by = NULL, bound_snapshot = NULL, bound_ms = NULL, resolution = NULL,
  ended_ms = NULL, ended_team = NULL, ended_by_kind = NULL, ended_by = NULL, ended_seq = NULL, ended_decision = NULL,
  rendered_ms = NULL, chosen_ms = NULL, shown_chars = NULL, is_drawn = 0
WHERE hold_id = ? AND resolution IS NOT NULL
"""
# The decision that held it comes first; a log whose beginning is gone still gives the same rows in any order of topics.
_TOUCHED: Final = upsert("holds", ("hold_id",), ("partition", "touched_ms"))
_CLAIMED: Final = "UPDATE holds SET claimed_by = ?, claimed_until_ms = ? WHERE hold_id = ?"
_VOTED: Final = "UPDATE holds SET votes = ? WHERE hold_id = ?"
_VOTE: Final = upsert("hold_votes", ("hold_id", "seq"), ("reviewer", "review_id", "at_ms", "constraints"))
_NO_VOTES: Final = "DELETE FROM hold_votes WHERE hold_id = ?"
_MODIFIED: Final = "UPDATE holds SET votes = 0, edits = edits + 1, edited_by = ? WHERE hold_id = ?"
_ASKED: Final = "UPDATE holds SET question_by = ?, question_review = ?, question_ms = ? WHERE hold_id = ?"
_BOUND: Final = "UPDATE holds SET bound_snapshot = ?, bound_ms = ? WHERE hold_id = ?"
_RESET: Final = "UPDATE holds SET bound_snapshot = ?, bound_ms = ?, votes = 0 WHERE hold_id = ?"
_RESOLVED: Final = """
UPDATE holds SET resolution = ?, ended_ms = ?, ended_team = ?, ended_by_kind = ?, ended_by = ?, ended_seq = ?,
  ended_decision = ?, rendered_ms = ?, chosen_ms = ?, shown_chars = ?, claimed_by = NULL, claimed_until_ms = NULL
WHERE hold_id = ?
"""
_DRAWN: Final = "UPDATE holds SET is_drawn = 1 WHERE hold_id = ?"
_ANSWER: Final = ("answered_ms", "reviewer", "verdict", "agrees", "answered_seq")
_EXCLUDED: Final = upsert("second_reviews", ("second_review_id",), ("excluded", *_ANSWER))
_EVENT: Final = upsert(
    "hold_events",
    ("hold_id", "partition", "seq", "n"),
    ("at_ms", "kind", "person", "verdict", "code", "review_offset", "details"),
)
_ANSWERED: Final = upsert("second_reviews", ("second_review_id",), _ANSWER)
# Place of a conflict within its record: behind every fact.
_LAST: Final = 1_000


def decision_changes(entry: Entry) -> Sequence[Statement]:
    """What the verdict on an action says about its hold, if it was held."""
    fields, decision = entry.fields, entry.fields.object("decision")
    if decision.text("decision") != "REQUIRE_APPROVAL":
        return ()
    hold_id = decision.required("decision_id")
    row = (
        hold_id,
        entry.partition,
        fields.text("agent_id"),
        fields.text("action_id"),
        fields.text("topic"),
        fields.text("tool"),
        decision.text("rule_id"),
        decision.text("document"),
        decision.text("reason"),
        decision.text("reason_code"),
        entry.at_ms,
        entry.seq,
        entry.at_ms,
    )
    anew = (Statement(_ANEW, (hold_id,)), Statement(_NO_VOTES, (hold_id,)))
    return (Statement(_OPENED, row), *anew, *_facts(entry, hold_id))


def hold_changes(entry: Entry) -> Sequence[Statement]:
    """What people, time or policy did to a hold; nothing where the record tells no fact."""
    hold_id, facts = entry.fields.text("hold_id"), tuple(entry.fields.objects("facts"))
    if hold_id is None or not facts:
        return ()
    return (Statement(_TOUCHED, (hold_id, entry.partition, entry.at_ms)), *_facts(entry, hold_id))


def conflict_changes(entry: Entry) -> Sequence[Statement]:
    """A review of a hold that changed nothing, for the hold's timeline."""
    fields = entry.fields
    hold_id, code = fields.text("hold_id"), fields.text("code")
    if hold_id is None or code is None:
        return ()
    return (_event(entry, hold_id, "conflict", person=fields.text("reviewer"), n=_LAST, code=code),)


def second_review_changes(entry: Entry) -> Sequence[Statement]:
    """What a second person would have decided."""
    fields = entry.fields
    hold_id, reviewer = fields.required("hold_id"), fields.required("reviewer")
    agrees = fields.flag("agrees")
    row = (hold_id, entry.at_ms, reviewer, fields.text("verdict"), agrees, entry.seq)
    details = written({"agrees": fields.raw.get("agrees") is True})
    return (
        Statement(_ANSWERED, row),
        _event(entry, hold_id, "second_review", person=reviewer, n=_LAST, details=details),
    )


def _facts(entry: Entry, hold_id: str) -> Iterable[Statement]:
    for n, fact in enumerate(entry.fields.objects("facts")):
        kind = fact.required("kind")
        change = _FACTS.get(kind)
        if change is not None:
            yield from change(entry, hold_id, fact)
        details = written({name: value for name, value in fact.raw.items() if name != "kind"})
        yield _event(entry, hold_id, kind, person=_person(entry, fact), n=n, details=details)


def _event(
    entry: Entry,
    hold_id: str,
    kind: str,
    *,
    person: str | None,
    n: int,
    details: str = "{}",
    code: str | None = None,
) -> Statement:
    is_act = person is not None and person == entry.fields.text("reviewer")
    row = (hold_id, entry.partition, entry.seq, n, entry.at_ms, kind, person)
    verdict, offset = (entry.fields.text("verdict"), entry.review_offset) if is_act else (None, None)
    return Statement(_EVENT, (*row, verdict, code, offset, details))


def _person(entry: Entry, fact: Fields) -> str | None:
    """Who brought a fact about: time and policy come with a review too, and are nobody's act."""
    by = fact.text("reviewer") or fact.text("by")
    if by is None and fact.texts("reviewers") and entry.fields.text("code") is None:
        # The last of those whose votes ended it is who wrote this review.
        return entry.fields.text("reviewer")
    return by


def _claimed(entry: Entry, hold_id: str, fact: Fields) -> Iterable[Statement]:
    yield Statement(_CLAIMED, (fact.text("reviewer"), fact.integer("until_ms"), hold_id))


def _voted(entry: Entry, hold_id: str, fact: Fields) -> Iterable[Statement]:
    vote = (hold_id, entry.seq, fact.required("reviewer"), fact.required("review_id"), entry.at_ms)
    yield Statement(_VOTED, (fact.integer("votes") or 0, hold_id))
    yield Statement(_VOTE, (*vote, fact.json("constraints")))


def _modified(entry: Entry, hold_id: str, fact: Fields) -> Iterable[Statement]:
    yield Statement(_MODIFIED, (fact.text("reviewer"), hold_id))
    yield Statement(_NO_VOTES, (hold_id,))


def _asked(entry: Entry, hold_id: str, fact: Fields) -> Iterable[Statement]:
    yield Statement(_ASKED, (fact.text("reviewer"), fact.text("review_id"), entry.at_ms, hold_id))


def _answered(entry: Entry, hold_id: str, fact: Fields) -> Iterable[Statement]:
    yield Statement(_ASKED, (None, None, None, hold_id))


def _moved(entry: Entry, hold_id: str, fact: Fields) -> Iterable[Statement]:
    yield Statement(_CLAIMED, (None, None, hold_id))


def _rebound(entry: Entry, hold_id: str, fact: Fields) -> Iterable[Statement]:
    yield Statement(_BOUND, (fact.text("snapshot"), entry.at_ms, hold_id))


def _reset(entry: Entry, hold_id: str, fact: Fields) -> Iterable[Statement]:
    yield Statement(_RESET, (fact.text("snapshot"), entry.at_ms, hold_id))
    yield Statement(_NO_VOTES, (hold_id,))


def _resolved(entry: Entry, hold_id: str, fact: Fields) -> Iterable[Statement]:
    fields, decision = entry.fields, entry.fields.object("decision")
    row = (
        fact.required("resolution"),
        entry.at_ms,
        fact.text("team"),
        decision.object("decided_by").text("kind"),
        written(fact.texts("reviewers")),
        entry.seq,
        fields.json("decision"),
        fields.time_ms("rendered_at"),
        fields.time_ms("decided_at"),
        fields.integer("shown_chars"),
        hold_id,
    )
    yield Statement(_RESOLVED, row)


def _drawn(entry: Entry, hold_id: str, fact: Fields) -> Iterable[Statement]:
    yield Statement(_DRAWN, (hold_id,))
    yield Statement(_EXCLUDED, (hold_id, written(fact.texts("excluded")), *(None for _ in _ANSWER)))


_Change = Callable[[Entry, str, Fields], Iterable[Statement]]
_FACTS: Final[Mapping[str, _Change]] = {
    "claimed": _claimed,
    "voted": _voted,
    "modified": _modified,
    "asked": _asked,
    "answered": _answered,
    "escalated": _moved,
    "reassigned": _moved,
    "rebound": _rebound,
    "votes_reset": _reset,
    "resolved": _resolved,
    "second_review_due": _drawn,
}
