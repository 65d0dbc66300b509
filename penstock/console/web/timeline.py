"""What happened to a held action, line by line, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from penstock.console.acts.conflict_words import words_of
from penstock.console.acts.wording import verb_of
from penstock.console.readmodel.rows import HoldEvent

_RESOLVED: Final[Mapping[str, str]] = {
    "approved": "released as proposed",
    "approved_with_constraints": "released with constraints",
    "modified": "released as changed",
    "denied": "denied",
    "superseded": "ended: the policy in force denies it",
    "expired": "expired: nobody decided in time",
    "released_by_timeout": "released: nobody decided in time, and policy lets it pass then",
    "withdrawn": "taken back by the agent",
}
_FACTS: Final[Mapping[str, str]] = {
    "requested": "held, and people were asked",
    "claimed": "is looking at it",
    "voted": "approved it",
    "modified": "changed it",
    "asked": "asked a question",
    "answered": "answered",
    "escalated": "given to the next team",
    "reassigned": "given to another team",
    "rebound": "judged again by another policy",
    "votes_reset": "its approvals were dropped",
    "second_review_due": "drawn for a blind second review",
}


class Entry(NamedTuple):
    """One line; `reason` is what the person wrote, shown only where the payload may be."""

    at_ms: int
    person: str | None
    text: str
    reason: str | None
    is_conflict: bool


def entries_of(events: Sequence[HoldEvent]) -> tuple[Entry, ...]:
    """What happened, the oldest first."""
    return tuple(_entry(event) for event in events)


def since(entries: Sequence[Entry], at_ms: int) -> tuple[Entry, ...]:
    """What changed the hold after a time; attempts that changed nothing are left out."""
    return tuple(entry for entry in entries if entry.at_ms > at_ms and not entry.is_conflict)


def _entry(event: HoldEvent) -> Entry:
    if event.kind == "conflict":
        done = verb_of(event.verdict or "").lower()
        return Entry(event.at_ms, event.person, f"{done}: {words_of(event.code or '').text}", event.reason, True)
    return Entry(event.at_ms, event.person, _text(event), event.reason, False)


def _text(event: HoldEvent) -> str:
    details = event.details
    if event.kind == "resolved":
        return _RESOLVED.get(str(details.get("resolution")), "ended")
    if event.kind == "second_review":
        return "would have decided alike" if details.get("agrees") else "would have decided otherwise"
    text = _FACTS.get(event.kind, event.kind.replace("_", " "))
    team = _team(details)
    return f"{text}: {team}" if team and event.kind in ("escalated", "reassigned", "requested") else text


def _team(details: Mapping[str, Any]) -> str | None:
    team = details.get("to_team") or details.get("team")
    return team if isinstance(team, str) else None
