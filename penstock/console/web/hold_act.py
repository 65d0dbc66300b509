"""Deciding one held action: from the form to an act on its way, or to the page again with what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.acts.act import Act
from penstock.console.people.fresh import require_fresh
from penstock.console.person import Permission, Person
from penstock.console.readmodel.approval_queries import carried
from penstock.console.readmodel.hold_queries import hold_detail, next_hold
from penstock.console.readmodel.rows import HoldRow
from penstock.console.web.acting import NOT_SHOWN, Problem, back_to, reason_of, rendered_ms, submit, with_form
from penstock.console.web.approvals import under_way
from penstock.console.web.console_state import console_of
from penstock.console.web.editing import Mistake, constraint_conflict, written_arguments, written_constraints
from penstock.console.web.hold import Form, Refusal, Screen, changed_since, hold, hold_page, screen_of
from penstock.console.web.hold_filter import QUEUE, hold_link, list_link
from penstock.console.web.objections import (
    APPROVING,
    VERDICTS,
    Intent,
    Objection,
    Seen,
    objection,
    objection_to,
)
from penstock.console.web.sentence import headline
from policies.approval_documents import ApprovalClass
from policies.conflicts import Conflict
from streams.codec import action_digest
from streams.events import ReviewVerdict, TargetKind

# Acts after which the reader stays with the action; after all others the next one follows.
_STAYING: Final = frozenset({ReviewVerdict.CLAIM, ReviewVerdict.ASK, ReviewVerdict.ANSWER})
# How far "the next one" looks past those that the reader has just decided.
_NEXT_LOOKS: Final = 100
NOT_JSON: Final = "arguments_invalid"


async def decide(request: Request) -> Response:
    """Take the act of a form."""
    return await with_form(request, _decide)


def _decide(request: Request, form: Form) -> Response:
    person: Person = request.state.person
    verdict = _verdict_of(form)
    with console_of(request).store.read() as db:
        screen = screen_of(request, db, request.path_params["hold_id"])
        trace = carried(db, [screen.detail.row.hold_id])[screen.detail.row.hold_id].trace
    if verdict is None:
        return _refused(request, screen, form, objection(Conflict.UNSUPPORTED_TARGET))
    _require(request, person, screen.detail.row, verdict)
    made = _act(request, screen, form, verdict)
    if isinstance(made, Refusal):
        return hold_page(request, screen, made)
    taken = submit(request, replace(made, trace=trace))
    if isinstance(taken, Problem):
        return _refused(request, screen, form, Objection(taken.code, taken.text, taken.advice), status=taken.status)
    return back_to(_next(request, screen, verdict))


def _verdict_of(form: Form) -> ReviewVerdict | None:
    return next((verdict for verdict in VERDICTS if verdict.value == form.get("verdict")), None)


def _require(request: Request, person: Person, row: HoldRow, verdict: ReviewVerdict) -> None:
    """Nothing, when the person's roles allow the act and they have just signed in where that is asked."""
    if verdict is ReviewVerdict.REASSIGN:
        person.require(Permission.REASSIGN)
        return
    person.require(Permission.DECIDE)
    if verdict in APPROVING and row.approval_class == ApprovalClass.EXPLICIT.value:
        person.require(Permission.DECIDE_EXPLICIT)
        require_fresh(request)


def _act(request: Request, screen: Screen, form: Form, verdict: ReviewVerdict) -> Act | Refusal:
    """The act, or why it is not taken."""
    person: Person = request.state.person
    row = screen.detail.row
    shown_ms = rendered_ms(request, form)
    seen = Seen(form.get("digest", ""), form.get("snapshot", ""))
    intent = Intent(
        verdict,
        person.id,
        seen,
        reason=reason_of(form) or "",
        to_team=form.get("to_team", "").strip() or None,
        by=screen.standing.by,
        is_last_team=screen.is_last_team,
    )
    against = objection_to(row, [vote.reviewer for vote in screen.detail.votes], intent)
    if against is not None:
        return Refusal(against, form, changed_since(screen, shown_ms), _status_of(against))
    if verdict in APPROVING | {ReviewVerdict.MODIFY} and screen.opened.action is None:
        text = "This console cannot show you what the action holds, so it cannot be let pass from here."
        return Refusal(Objection(NOT_SHOWN, text, "Tell an operator, or deny it."), form)
    more = _more(screen, form, verdict)
    if isinstance(more, Refusal):
        return more
    return Act(
        person=person,
        target=TargetKind.ACTION,
        target_id=row.hold_id,
        partition=row.partition,
        key=row.agent_id,
        verdict=verdict,
        digest=seen.digest or row.digest or "",
        snapshot=seen.snapshot or row.snapshot or "",
        rendered_at_ms=shown_ms,
        reason=intent.reason or None,
        to_team=intent.to_team if verdict is ReviewVerdict.REASSIGN else None,
        label=headline(row),
        **more,
    )


def _status_of(against: Objection) -> int:
    """A missing reason is the form's fault, everything else a conflict with what others did or said."""
    is_missing = against.code in (Conflict.REASON_MISSING.value, Conflict.UNKNOWN_TEAM.value)
    return HTTPStatus.UNPROCESSABLE_ENTITY if is_missing else HTTPStatus.CONFLICT


def _more(screen: Screen, form: Form, verdict: ReviewVerdict) -> Mapping[str, Any] | Refusal:
    """The constraints or arguments of an act that has some."""
    if verdict is ReviewVerdict.CONSTRAIN:
        return _constraints(screen, form)
    if verdict is ReviewVerdict.MODIFY:
        return _arguments(screen, form)
    return {}


def _constraints(screen: Screen, form: Form) -> Mapping[str, Any] | Refusal:
    held = screen.detail.constraints
    given = written_constraints(form, held)
    if isinstance(given, Mistake):
        return _mistake(form, Conflict.CONSTRAINT_INVALID.value, str(given))
    problem = constraint_conflict(given, held, amount_usd=_amount(screen.detail.row))
    if problem is not None:
        return Refusal(objection(problem.conflict, problem.text), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return {"constraints": given}


def _amount(row: HoldRow) -> Decimal | None:
    try:
        return None if row.amount_usd is None else Decimal(row.amount_usd)
    except InvalidOperation:
        return None


def _arguments(screen: Screen, form: Form) -> Mapping[str, Any] | Refusal:
    arguments = written_arguments(form.get("arguments", ""))
    if isinstance(arguments, Mistake):
        return _mistake(form, NOT_JSON, str(arguments))
    edited = {**(screen.opened.action or {}), "arguments": arguments}
    if action_digest(edited) == screen.detail.row.digest:
        return Refusal(objection(Conflict.EDIT_UNCHANGED), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return {"arguments": arguments}


def _mistake(form: Form, code: str, text: str) -> Refusal:
    return Refusal(
        Objection(code, f"{text[0].upper()}{text[1:]}.", "Correct it; what you wrote is still there."),
        form,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def _refused(
    request: Request, screen: Screen, form: Form, against: Objection, *, status: int = HTTPStatus.CONFLICT
) -> Response:
    return hold_page(request, screen, Refusal(against, form, status=status))


def _next(request: Request, screen: Screen, verdict: ReviewVerdict) -> str:
    """Where the reader goes on: the next action of their list that they have not decided just now."""
    row, wanted = screen.detail.row, screen.wanted
    if verdict in _STAYING:
        return hold_link(row.hold_id, wanted)
    if wanted.tab.stage != "open":
        return list_link(wanted)
    decided, now_ms, behind = under_way(request), console_of(request).clock(), row.cursor
    with console_of(request).store.read() as db:
        for _ in range(_NEXT_LOOKS):
            found = next_hold(db, wanted, behind=behind, now_ms=now_ms)
            if found is None:
                break
            if found not in decided:
                return hold_link(found, wanted)
            detail = hold_detail(db, found, tenants=wanted.tenants)
            if detail is None:
                break
            behind = detail.row.cursor
    return list_link(wanted)


ROUTES: Final = (
    Route(f"{QUEUE}/{{hold_id}}", hold),
    Route(f"{QUEUE}/{{hold_id}}/act", decide, methods=["POST"]),
    # Where a refused act leaves the browser, so that the page can be fetched anew there.
    Route(f"{QUEUE}/{{hold_id}}/act", hold),
)
