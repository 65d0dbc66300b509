"""The quarantine pages: lists of what was held back, and what becomes of an output."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.people.fresh import require_fresh
from penstock.console.person import Permission, Person
from penstock.console.readmodel.quarantine_queries import (
    FORGOTTEN,
    Place,
    QuarantineFilter,
    QuarantineItem,
    choices,
    counts,
    following,
    listed,
)
from penstock.console.web.acting import Form, Problem, back_to, missing, reason_of, refused, submit, with_form
from penstock.console.web.console_state import console_of
from penstock.console.web.forms import link as address
from penstock.console.web.forms import number_of, text_of
from penstock.console.web.quarantine_item import (
    PATH,
    act_of,
    is_chunk,
    item_of,
    item_page,
    kept_filters,
    opened_of,
    quarantine_item,
    quarantine_preview,
    under_way,
)
from penstock.console.web.quarantine_reveal import reveal
from penstock.console.web.quarantine_time import kept_of, retention_ms
from penstock.console.web.render import page
from streams.events import ReviewVerdict

STATES: Final = ("held", "released", "redacted", "rejected", FORGOTTEN)


def _filter(request: Request, person: Person) -> QuarantineFilter:
    query = request.query_params
    state = text_of(query, "state") or "held"
    return QuarantineFilter(
        state=None if state == "all" else state if state in STATES else "held",
        since_ms=console_of(request).clock() - retention_ms(request),
        audience=text_of(query, "audience"),
        topic=text_of(query, "topic"),
        agent_id=text_of(query, "agent"),
        finding=text_of(query, "finding"),
        tenant_id=text_of(query, "tenant"),
        tenants=person.tenants,
    )


def quarantine_list(request: Request) -> Response:
    """What the filters in the URL ask for."""
    person: Person = request.state.person
    person.require(Permission.SEE)
    query = request.query_params
    after_ms, after_id = number_of(query, "after_ms"), text_of(query, "after_id")
    wanted = _filter(request, person)
    with console_of(request).store.read() as db:
        after = None if after_ms is None or after_id is None else Place(after_ms, after_id)
        found, known, numbers = (
            listed(db, wanted, after=after),
            choices(db),
            counts(db, person.tenants, since_ms=wanted.since_ms),
        )
    kept = kept_filters(query)
    later = None
    if found.after is not None:
        later = address(PATH, {**kept, "after_ms": found.after.at_ms, "after_id": found.after.quarantine_id})
    context = {
        "rows": found.rows,
        "choices": known,
        "counts": numbers,
        "state": wanted.state or "all",
        "states": (*STATES, "all"),
        "query": kept,
        "links": {state: address(PATH, {**kept, "state": state}) for state in (*STATES, "all")},
        "paths": {row.quarantine_id: address(f"{PATH}/{row.quarantine_id}", kept) for row in found.rows},
        "later": later,
        "retention_ms": retention_ms(request),
        "since_ms": wanted.since_ms,
    }
    return page(request, "quarantine/list.html", context)


async def quarantine_act(request: Request) -> Response:
    """What a person does with an output."""
    return await with_form(request, _act)


_ACTS: Final = {
    "redact": (ReviewVerdict.REDACT, Permission.RELEASE_REDACTED),
    "release": (ReviewVerdict.RELEASE, Permission.RELEASE_AS_IS),
    "reject": (ReviewVerdict.REJECT, Permission.RELEASE_REDACTED),
}


def _act(request: Request, form: Form) -> Response:
    name = form.get("act", "")
    if name == "reveal":
        return reveal(request, form)
    if name not in _ACTS:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    verdict, permission = _ACTS[name]
    person: Person = request.state.person
    person.require(permission)
    found = item_of(request)
    if verdict is ReviewVerdict.RELEASE:
        require_fresh(request)
    problem = _hindrance(found, form, verdict, is_piece=is_chunk(found, opened_of(request, found)))
    if kept_of(request, found.row).is_over:
        problem = refused("unknown_quarantine")
    if problem is None:
        taken = submit(request, act_of(request, found, form, verdict=verdict, reason=reason_of(form)))
        problem = taken if isinstance(taken, Problem) else None
    if problem is not None:
        return item_page(request, found, problem=problem, form=form)
    after = _next(request, person, found)
    return back_to(address(PATH if after is None else f"{PATH}/{after}", kept_filters(request.query_params)))


def _next(request: Request, person: Person, found: QuarantineItem) -> str | None:
    """The output that follows in the list that the page came from, and that the person has not just decided."""
    wanted, decided, behind = _filter(request, person), under_way(request), found.row.place
    with console_of(request).store.read() as db:
        for _ in range(len(decided) + 1):
            after = following(db, wanted, behind=behind)
            if after is None or after.quarantine_id not in decided:
                return None if after is None else after.quarantine_id
            behind = after.place
    return None


def _hindrance(found: QuarantineItem, form: Form, verdict: ReviewVerdict, *, is_piece: bool) -> Problem | None:
    """Why the gate would refuse it, as far as this page knows; the gate decides."""
    row = found.row
    if row.state != "held":
        return refused("already_decided")
    if form.get("digest") != row.digest:
        return refused("digest_mismatch")
    is_release = verdict is not ReviewVerdict.REJECT
    if is_release and is_piece:
        return refused("chunk_of_stream")
    if is_release and found.box is None:
        return refused("payload_unreadable")
    if verdict is not ReviewVerdict.REDACT and reason_of(form) is None:
        return missing("a written reason is needed")
    return None


ROUTES: Final = (
    Route(PATH, quarantine_list),
    Route("/quarantine/{quarantine_id}", quarantine_item),
    Route("/quarantine/{quarantine_id}/redacted", quarantine_preview),
    # A page that shows what was revealed has this address: asked for anew, it is the masked page.
    Route("/quarantine/{quarantine_id}/act", quarantine_item, methods=["GET"]),
    Route("/quarantine/{quarantine_id}/act", quarantine_act, methods=["POST"]),
)
