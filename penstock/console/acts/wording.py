"""What a person is told about their acts, in words: what it was, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from penstock.console.acts.conflict_words import words_of
from penstock.console.acts.ledger import ActState, ActStatus

_VERBS: Final = {
    "approve": "Approve",
    "constrain": "Approve with constraints",
    "modify": "Change",
    "deny": "Deny",
    "ask": "Ask about",
    "answer": "Answer about",
    "claim": "Claim",
    "escalate": "Escalate",
    "reassign": "Reassign",
    "reveal": "Reveal",
    "release": "Release as it is",
    "redact": "Release redacted",
    "reject": "Reject",
    "correct": "Judge correct",
    "wrong": "Judge wrong",
    "unsure": "Judge unsure",
    "stop": "Stop",
    "resume": "Resume",
    "demote": "Demote",
    "close_breaker": "Close the breaker of",
}
_RESOLUTIONS: Final = {
    "approved": "it is released",
    "approved_with_constraints": "it is released with constraints",
    "modified": "it is released as changed",
    "denied": "it is denied",
}


@dataclass(frozen=True, slots=True)
class ActLine:
    """An act, or a batch of them, on the strip that every page shows. `act_id` is the batch's id for a batch."""

    act_id: str
    state: str
    text: str
    state_text: str
    can_undo: bool


def verb_of(verdict: str) -> str:
    """A verdict as what somebody does."""
    return _VERBS.get(verdict, verdict.replace("_", " ").capitalize())


def text_of(status: ActStatus) -> str:
    """What the act was."""
    act = status.act
    return f"{verb_of(act.verdict.value)} {act.label or act.target_id}"


def state_text_of(status: ActStatus) -> str:
    """Where an act stands, and what was taken out of its reason."""
    text = _stands(status)
    if status.redacted and status.state is not ActState.UNDONE:
        text += f"; taken out of the reason: {', '.join(status.redacted)}"
    return text


def _stands(status: ActStatus) -> str:
    if status.state is ActState.WAITING:
        # No countdown: pages are not made anew each second.
        return f"is sent after {status.undo_ms / 1000:g} s unless undone"
    if status.state is ActState.SENDING:
        return "being sent" if status.attempts < 2 else f"Kafka does not answer; attempt {status.attempts}"
    if status.state is ActState.SENT:
        return "sent; the gate has not recorded it yet"
    if status.state is ActState.UNDONE:
        return "undone; nothing was sent"
    if status.state is ActState.FAILED:
        return "not confirmed by Kafka: nothing was decided, unless it shows up in the audit"
    number = "" if status.answer is None else f"audit #{status.answer.partition}-{status.answer.seq}"
    if status.state is ActState.REFUSED:
        return f"changed nothing ({number}): {words_of(status.code or '').text}"
    ended = _RESOLUTIONS.get((status.answer.resolution if status.answer else None) or "")
    return f"recorded, {number}" + (f"; {ended}" if ended else "")


def lines_of(statuses: Iterable[ActStatus]) -> tuple[ActLine, ...]:
    """The acts as lines, the newest first, those of a batch together."""
    batches: dict[str, list[ActStatus]] = {}
    for status in statuses:
        batches.setdefault(status.act.batch_id or status.act_id, []).append(status)
    newest = sorted(batches.items(), key=lambda entry: max(status.at_ms for status in entry[1]), reverse=True)
    return tuple(_line(key, members) for key, members in newest)


def _line(key: str, members: list[ActStatus]) -> ActLine:
    first = members[0]
    if first.act.batch_id is None:
        return ActLine(
            first.act_id,
            first.state.value,
            text_of(first),
            state_text_of(first),
            first.state is ActState.WAITING,
        )
    states = {state: sum(status.state is state for status in members) for state in ActState}
    told = ", ".join(f"{count} {state.value}" for state, count in states.items() if count)
    worst = next(state for state in _WORST_FIRST if states[state])
    return ActLine(
        key,
        worst.value,
        f"{verb_of(first.act.verdict.value)} {len(members)} held actions",
        told,
        bool(states[ActState.WAITING]),
    )


_WORST_FIRST: Final = (
    ActState.FAILED,
    ActState.REFUSED,
    ActState.WAITING,
    ActState.SENDING,
    ActState.SENT,
    ActState.RECORDED,
    ActState.UNDONE,
)
