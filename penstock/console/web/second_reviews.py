"""Blind second reviews: a released action as the first reviewer saw it, decided once more by somebody else.

# INVARIANT: before there is an answer, no page here tells anything about the first decision.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.acts.act import Act
from penstock.console.person import Permission, Person
from penstock.console.readmodel.samples_queries import Place
from penstock.console.readmodel.second_review_queries import SecondDetail, second_review, second_reviews
from penstock.console.web.acting import (
    Form,
    Problem,
    back_to,
    missing,
    not_shown,
    outbox_of,
    reason_of,
    refused,
    rendered_ms,
    submit,
    with_form,
)
from penstock.console.web.action_view import ActionView, action_view, facts_of
from penstock.console.web.console_state import console_of
from penstock.console.web.forms import link as address
from penstock.console.web.forms import number_of, text_of
from penstock.console.web.render import page
from streams.events import ReviewVerdict, TargetKind
from streams.sealing import second_review_context

PATH: Final = "/second-reviews"
_VERDICTS: Final = {"approve": ReviewVerdict.APPROVE, "deny": ReviewVerdict.DENY}


def _after(query: QueryParams) -> Place | None:
    after_ms, after_id = number_of(query, "after_ms"), text_of(query, "after_id")
    return None if after_ms is None or after_id is None else Place(after_ms, after_id)


def second_list(request: Request) -> Response:
    """What the person can answer, or what is answered."""
    person: Person = request.state.person
    person.require(Permission.SEE)
    is_answered = request.query_params.get("tab") == "answered"
    with console_of(request).store.read() as db:
        found = second_reviews(
            db,
            person_id=person.id,
            teams=person.teams,
            tenants=person.tenants,
            is_answered=is_answered,
            after=_after(request.query_params),
        )
    tab = "answered" if is_answered else None
    later = None
    if found.after is not None:
        later = address(PATH, {"tab": tab, "after_ms": found.after.at_ms, "after_id": found.after.id})
    context = {"rows": found.rows, "is_answered": is_answered, "later": later}
    return page(request, "samples/second_list.html", context)


def _second(request: Request) -> SecondDetail:
    person: Person = request.state.person
    person.require(Permission.SEE)
    with console_of(request).store.read() as db:
        found = second_review(db, request.path_params["second_review_id"], person_id=person.id, tenants=person.tenants)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


def second_page(request: Request) -> Response:
    """One second review."""
    return _page(request, _second(request))


def _page(
    request: Request, found: SecondDetail, *, problem: Problem | None = None, form: Form | None = None
) -> Response:
    person: Person = request.state.person
    row = found.row
    context: dict[str, Any] = {
        "second": found,
        "row": row,
        "view": _view(request, found),
        "facts": facts_of(found.summary),
        "problem": problem,
        "form": form or {},
        "is_sent": _is_under_way(request, row.second_review_id),
        "hindrance": _not_theirs(found, person),
        "see_audit": person.may(Permission.SEE_AUDIT) and not person.tenants,
    }
    return page(request, "samples/second.html", context, status=problem.status if problem else HTTPStatus.OK)


def _view(request: Request, found: SecondDetail) -> ActionView:
    row = found.row
    facts = {"agent_id": row.agent_id, "topic": row.topic, "tool": row.tool, **found.summary}
    context = second_review_context(row.second_review_id)
    return action_view(request, found.payload, context=context, digest=row.digest, facts=facts)


def _not_theirs(found: SecondDetail, person: Person) -> str | None:
    """Why the person cannot answer, in words; None when they can."""
    team = found.row.team
    if not person.may(Permission.DECIDE):
        return "Your roles let you read this and not decide it."
    if found.is_excluded:
        return "You had a part in the first decision, so somebody else answers."
    if team is not None and team not in person.teams:
        return "It is another team's to answer."
    return None


def _is_under_way(request: Request, target_id: str) -> bool:
    person: Person = request.state.person
    return any(
        status.state.is_open and status.is_by(person.id)
        for status in outbox_of(request).of_target(target_id, kind=TargetKind.SECOND_REVIEW)
    )


async def answer(request: Request) -> Response:
    """What a person would have decided."""
    return await with_form(request, _answer)


def _answer(request: Request, form: Form) -> Response:
    person: Person = request.state.person
    person.require(Permission.DECIDE)
    found = _second(request)
    verdict = _VERDICTS.get(form.get("verdict", ""))
    if verdict is None:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    problem = _hindrance(found, person, form, verdict)
    if problem is None and verdict is ReviewVerdict.APPROVE and not _view(request, found).is_shown:
        problem = not_shown("tell an operator, or deny it")
    if problem is None:
        taken = submit(request, _act(request, found, form, verdict))
        problem = taken if isinstance(taken, Problem) else None
    if problem is not None:
        return _page(request, found, problem=problem, form=form)
    # It stays with the reader, because the comparison with the first decision comes here.
    return back_to(f"{PATH}/{found.row.second_review_id}")


def _hindrance(found: SecondDetail, person: Person, form: Form, verdict: ReviewVerdict) -> Problem | None:
    """Why the gate would refuse it, as far as this page knows; in the gate's order."""
    row = found.row
    if row.team is not None and row.team not in person.teams:
        return refused("wrong_team")
    if found.is_excluded:
        return refused("self_approval")
    if row.state == "answered":
        return refused("already_decided")
    if form.get("digest") != row.digest:
        return refused("digest_mismatch")
    if verdict is ReviewVerdict.DENY and reason_of(form) is None:
        return missing("a written reason is needed to deny")
    return None


def _act(request: Request, found: SecondDetail, form: Form, verdict: ReviewVerdict) -> Act:
    row = found.row
    return Act(
        person=request.state.person,
        target=TargetKind.SECOND_REVIEW,
        target_id=row.second_review_id,
        partition=row.partition,
        key=row.agent_id or row.second_review_id,
        verdict=verdict,
        digest=row.digest,
        snapshot=row.snapshot,
        rendered_at_ms=rendered_ms(request, form),
        reason=reason_of(form),
        trace=row.trace,
        label=f"the second look at {row.topic or 'an action'} by {row.agent_id}",
    )


ROUTES: Final = (
    Route(PATH, second_list),
    Route("/second-reviews/{second_review_id}", second_page),
    Route("/second-reviews/{second_review_id}/act", answer, methods=["POST"]),
)
