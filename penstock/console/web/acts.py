"""Taking an act back while it waits to be sent; the strip on every page has the button."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.people.web_parts import local_path
from penstock.console.person import Person
from penstock.console.web.acting import Form, back_to, outbox_of, with_form


async def undo(request: Request) -> Response:
    """Take an act, or what waits of a batch, back; too late is no error, the strip says where it stands."""
    return await with_form(request, _undo)


def _undo(request: Request, form: Form) -> Response:
    person: Person = request.state.person
    act_id: str = request.path_params["act_id"]
    outbox = outbox_of(request)
    batch = [status for status in outbox.of_batch(act_id) if status.is_by(person.id)]
    status = outbox.status(act_id)
    # Somebody else's act is as unknown as one that never was.
    if batch:
        outbox.undo_batch(act_id, person)
    elif status is not None and status.is_by(person.id):
        outbox.undo(act_id, person)
    else:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return back_to(local_path(form.get("back")))


ROUTES: Final = (Route("/acts/{act_id}/undo", undo, methods=["POST"]),)
