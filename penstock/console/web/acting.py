"""From a form to an act, on the pages about quarantine, samples and agents: what arrives, and what keeps it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from detectors.errors import GateError
from detectors.scanner import Scanner
from penstock.console.acts.act import Act, ActInvalidError
from penstock.console.acts.conflict_words import words_of
from penstock.console.acts.ledger import ActWaitsError, OutboxFullError
from penstock.console.acts.outbox import Outbox, OutboxClosedError
from penstock.console.policy_in_force import bundle_in_force
from penstock.console.web.console_state import console_of

# A page may stand open overnight, milliseconds; a time of rendering beyond that is not believed.
MAX_SHOWN_MS: Final = 24 * 3600 * 1000
# The code of what is not taken because nobody could see what it is about.
NOT_SHOWN: Final = "not_shown"
Form = Mapping[str, str]
Step = Callable[[Request, Form], Response]


class Problem(NamedTuple):
    """Why nothing was changed, for the person who tried; `status` is that of the answer."""

    text: str
    code: str
    advice: str
    status: int = HTTPStatus.CONFLICT


# What can keep an act from being taken, with the status of the answer; everything else is a fault of ours.
_REFUSALS: Final[tuple[tuple[type[GateError], int], ...]] = (
    (ActInvalidError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ActWaitsError, HTTPStatus.CONFLICT),
    (OutboxFullError, HTTPStatus.SERVICE_UNAVAILABLE),
    (OutboxClosedError, HTTPStatus.SERVICE_UNAVAILABLE),
)


def outbox_of(request: Request) -> Outbox:
    """Where acts go."""
    return cast(Outbox, console_of(request).acts)


def scanner_of(request: Request) -> Scanner | None:
    """The gate's own detectors, with which payloads are searched; None for a console that was made without."""
    contents = (console_of(request).parts or {}).get("contents")
    return None if contents is None else cast(Scanner, contents.scanner)


def scanner_for(request: Request, tenant: str | None) -> Scanner | None:
    """The same with the words that the policy in force names, for what belongs to `tenant`."""
    contents = (console_of(request).parts or {}).get("contents")
    if contents is None:
        return None
    with console_of(request).store.read() as db:
        return cast(Scanner, contents.scanner_for(bundle_in_force(db), tenant))


async def with_form(request: Request, step: Step) -> Response:
    """Read the form and go on in a thread, because everything behind it may wait."""
    form = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(step, request, fields)


def submit(request: Request, act: Act) -> str | Problem:
    """The act's id, or why it was not taken."""
    try:
        return outbox_of(request).submit(act)
    except GateError as error:
        for kind, status in _REFUSALS:
            if isinstance(error, kind):
                return Problem(str(error.args[0]), error.code, error.advice or "", status)
        raise


def refused(code: str) -> Problem:
    """A conflict that the gate, or this page before it, answers with."""
    known = words_of(code)
    return Problem(known.text, known.code, known.advice)


def missing(text: str, advice: str = "fill it in and send again") -> Problem:
    """Something that the form has to have."""
    return Problem(text, "incomplete", advice, HTTPStatus.UNPROCESSABLE_ENTITY)


def not_shown(advice: str) -> Problem:
    """An act that takes having seen the contents, which this console cannot show."""
    return Problem("this console cannot show what the action holds", NOT_SHOWN, advice)


def reason_of(form: Form) -> str | None:
    """The written reason; None for blanks."""
    return form.get("reason", "").strip() or None


def rendered_ms(request: Request, form: Form) -> int:
    """When the page of the form was made; now where the form says nothing that can be true."""
    now_ms = console_of(request).clock()
    text = form.get("rendered_at", "")
    at_ms = int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else now_ms
    return at_ms if now_ms - MAX_SHOWN_MS <= at_ms <= now_ms else now_ms


def back_to(path: str) -> Response:
    """On to a page after an act was taken."""
    return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER)
