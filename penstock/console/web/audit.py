"""The audit pages: search by agent, action, person and time; one record with its place in the chain."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.person import ForbiddenError, Permission
from penstock.console.readmodel.audit_queries import PAGE_ROWS, AuditFilter, AuditRecord, kinds, record, search
from penstock.console.web.console_state import console_of
from penstock.console.web.forms import link, number_of, text_of, time_of
from penstock.console.web.render import page

PATH: Final = "/audit"


def _require(request: Request) -> None:
    """Records of all tenants stand in one log, so whoever is bound to some sees none of it."""
    person = request.state.person
    person.require(Permission.SEE_AUDIT)
    if person.tenants:
        raise ForbiddenError("the audit log is not divided by tenants")


def audit_list(request: Request) -> Response:
    """The newest records that the filters in the URL ask for."""
    _require(request)
    query = request.query_params
    before_ms, before_id = number_of(query, "before_ms"), number_of(query, "before_id")
    wanted = AuditFilter(
        agent=text_of(query, "agent"),
        subject=text_of(query, "subject"),
        person=text_of(query, "person"),
        kind=text_of(query, "kind"),
        text=text_of(query, "q"),
        since_ms=time_of(query, "since"),
        until_ms=time_of(query, "until"),
        before=None if before_ms is None or before_id is None else (before_ms, before_id),
    )
    with console_of(request).store.read() as connection:
        rows, known = search(connection, wanted, rows=PAGE_ROWS + 1), kinds(connection)
    shown = rows[:PAGE_ROWS]
    later = None
    if len(rows) > PAGE_ROWS:
        later = link(PATH, {**query, "before_ms": shown[-1].at_ms, "before_id": shown[-1].id})
    context = {"rows": shown, "kinds": known, "query": dict(query), "later": later}
    return page(request, "audit/list.html", context)


def _record(request: Request) -> AuditRecord:
    _require(request)
    partition, seq = request.path_params["partition"], request.path_params["seq"]
    with console_of(request).store.read() as connection:
        found = record(connection, partition, seq)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


def audit_record(request: Request) -> Response:
    """One record."""
    found = _record(request)
    return page(request, "audit/record.html", {"record": found, "fields": orjson.loads(found.value)})


def audit_value(request: Request) -> Response:
    """The exact bytes of a record, for whoever wants to check the digest without us."""
    found = _record(request)
    name = f"audit-{found.row.partition}-{found.row.seq}.json"
    return Response(
        found.value,
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Penstock-Prev": found.prev},
    )


ROUTES: Final = (
    Route(PATH, audit_list),
    Route("/audit/{partition:int}/{seq:int}", audit_record),
    Route("/audit/{partition:int}/{seq:int}/value", audit_value),
)
