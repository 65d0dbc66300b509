"""Revealing what was found: one finding, to one person, in one answer, on the record.

# INVARIANT: what a finding says stands in no answer but the one to its own reveal, and in that one only after the audit
has the reveal.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from penstock.console.acts.act import Act
from penstock.console.acts.ledger import ActState
from penstock.console.people.fresh import require_fresh
from penstock.console.person import Permission, Person
from penstock.console.web.acting import Form, Problem, missing, outbox_of, reason_of, refused, submit
from penstock.console.web.console_state import console_of
from penstock.console.web.forms import number_of
from penstock.console.web.masking import Found, findings_of, shown, text_at
from penstock.console.web.quarantine_item import Revealed, act_of, item_of, item_page, opened_of
from penstock.console.web.quarantine_time import kept_of
from penstock.console.web.sealed_output import Opened
from streams.events import ReviewVerdict, TargetKind

# How long a reveal waits for its audit record, seconds, unless `parts` has `record_wait_s`; past it nothing is shown.
RECORD_WAIT_S: Final = 10.0
# Longest text that one reveal shows, characters.
MAX_REVEALED_CHARS: Final = 20_000
# The number that stands for the whole output instead of one finding.
WHOLE: Final = 0


def reveal(request: Request, form: Form) -> Response:
    """Show one finding, once, after the audit has it that this person asked to see it."""
    person: Person = request.state.person
    person.require(Permission.REVEAL)
    found = item_of(request)
    require_fresh(request)
    findings = findings_of(list(found.findings))
    number = number_of(form, "finding")
    if number is None or number > len(findings):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    if number == WHOLE:
        # Whoever sees everything can as well release it; nobody else needs to.
        person.require(Permission.RELEASE_AS_IS)
    if kept_of(request, found.row).is_over:
        return item_page(request, found, problem=refused("unknown_quarantine"), form=form)
    payload = opened_of(request, found)
    written = reason_of(form)
    if written is None:
        return item_page(request, found, problem=missing("a written reason is needed to reveal"), form=form)
    text = _text(payload, findings, number)
    if text is None:
        return item_page(request, found, problem=missing(payload.why_not or "the finding stands nowhere in the output"))
    act = act_of(request, found, form, verdict=ReviewVerdict.REVEAL, reason=f"{_what(findings, number)}: {written}")
    if _is_repeated(request, act):
        again = Problem(
            "this was shown once and is masked again", "shown_once", "ask to reveal it again, with a reason"
        )
        return item_page(request, found, problem=again)
    taken = submit(request, act)
    if isinstance(taken, Problem):
        return item_page(request, found, problem=taken, form=form)
    wait_s = (console_of(request).parts or {}).get("record_wait_s", RECORD_WAIT_S)
    status = outbox_of(request).wait(taken, timeout_s=wait_s)
    if status is not None and status.state is ActState.REFUSED:
        return item_page(request, found, problem=refused(status.code or "refused"), form=form)
    if status is None or status.state is not ActState.RECORDED:
        return item_page(request, found, problem=_unrecorded(), form=form)
    answer = status.answer
    shown_text = Revealed(
        number,
        text[:MAX_REVEALED_CHARS],
        len(text) > MAX_REVEALED_CHARS,
        None if answer is None else (answer.partition, answer.seq),
    )
    return item_page(request, found, revealed=shown_text)


def _text(payload: Opened, findings: tuple[Found, ...], number: int) -> str | None:
    if payload.output is None:
        return None
    return shown(payload.content) if number == WHOLE else text_at(payload.content, findings, number)


def _what(findings: tuple[Found, ...], number: int) -> str:
    """What is revealed, for the audit's side of the reason; types only, never a path that an agent may have named."""
    return "the whole output" if number == WHOLE else f"finding {number} ({findings[number - 1].type})"


def _is_repeated(request: Request, act: Act) -> bool:
    """Whether a browser sends the same form again, as it does when the answer is reloaded."""
    return any(
        status.act.rendered_at_ms == act.rendered_at_ms
        and status.act.reason == act.reason
        and status.state is ActState.RECORDED
        and status.is_by(act.person.id)
        for status in outbox_of(request).of_target(act.target_id, kind=TargetKind.OUTPUT)
        if status.act.verdict is ReviewVerdict.REVEAL
    )


def _unrecorded() -> Problem:
    return Problem(
        "the audit does not have the reveal yet, so nothing is shown",
        "not_recorded",
        "try again when the gate answers; your request may still be recorded",
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
