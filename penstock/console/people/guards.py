"""What stands before every page, the outermost first: headers, address, failures, host, size, session, own request.

A page behind them is reached only by somebody signed in, with `request.state.person`, `.session` and `.csrf`; the pages
of sign-in and static files are open to all.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penstock.console.people.csrf import SAFE_METHODS, Distrust, distrust_of_form, distrust_of_headers
from penstock.console.people.fresh import NotFreshError
from penstock.console.people.headers import SecurityHeaders
from penstock.console.people.journal import Event
from penstock.console.people.people import People
from penstock.console.people.proxies import ClientAddress
from penstock.console.people.sessions import csrf_of, is_token
from penstock.console.people.web_parts import (
    AGAIN,
    SESSION_COOKIE,
    SIGN_IN,
    VISIT_COOKIE,
    address_of,
    is_for_script,
    place_of,
    with_next,
)
from penstock.console.person import ForbiddenError

# The largest body of a request, bytes: an edit of arguments of the largest event, each byte written as %XX.
BODY_BYTES: Final = 2 * 1024 * 1024
# Open to everybody; what begins with one of these.
STATIC: Final = "/static/"
OPEN: Final = ("/sign-in", STATIC)
# What somebody with a one-time password can do before they have another.
BEFORE_PASSWORD: Final = ("/password", "/sign-out")

# The same refusal to the same person is written down once in so long, milliseconds, so that nobody fills the journal.
NOTE_EVERY_MS: Final = 60_000
MOST_NOTED: Final = 1000
_STATUS: Final = {
    **dict.fromkeys(Distrust, HTTPStatus.FORBIDDEN),
    Distrust.METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    # The page is older than the session.
    Distrust.OTHER_TOKEN: HTTPStatus.CONFLICT,
}
# What answers with an error: the request and the status in, a page out.
ErrorPage = Callable[[Request, HTTPStatus], Response]

log = structlog.get_logger()


def guards(people: People, error_page: ErrorPage) -> list[Middleware]:
    """The middleware of the console, the outermost first."""
    return [
        Middleware(SecurityHeaders, is_https=people.is_https),
        Middleware(ClientAddress, proxies=people.proxies),
        Middleware(Failures, people=people, error_page=error_page),
        Middleware(TrustedHostMiddleware, allowed_hosts=people.hosts, www_redirect=False),
        Middleware(BodyLimit, error_page=error_page),
        Middleware(SignedIn, people=people),
        Middleware(OwnRequests, people=people, error_page=error_page),
    ]


class Failures:
    """Answers for whatever raised: inside the headers, and without a text that could quote payload.

    Who is signed in and was refused a page or an act stands in the journal.
    """

    def __init__(self, app: ASGIApp, *, people: People, error_page: ErrorPage) -> None:
        self._app = app
        self._people = people
        self._error_page = error_page
        self._noted: dict[tuple[str, str], int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return
        except Exception as exc:
            if status:
                _log_failure(scope, exc)
                raise BrokenAnswerError("an answer broke off") from None
            answer = await run_in_threadpool(self._answer, Request(scope, receive), exc)
            status = answer.status_code
            await answer(scope, receive, send)
        if status == HTTPStatus.FORBIDDEN:
            await run_in_threadpool(self._note, scope)

    def _answer(self, request: Request, error: Exception) -> Response:
        if isinstance(error, NotFreshError):
            return _sent_to(request.scope, AGAIN)
        if isinstance(error, ForbiddenError):
            return self._error_page(request, HTTPStatus.FORBIDDEN)
        _log_failure(request.scope, error)
        return self._error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _note(self, scope: Scope) -> None:
        person = scope.get("state", {}).get("person")
        if person is None:
            return
        about, now_ms = (person.id, _page_of(scope)), self._people.clock()
        if now_ms - self._noted.get(about, -NOTE_EVERY_MS) < NOTE_EVERY_MS:
            return
        if len(self._noted) >= MOST_NOTED:
            self._noted.clear()
        self._noted[about] = now_ms
        self._people.note(Event.FORBIDDEN, person=person.id, address=address_of(scope), detail=about[1])


class BrokenAnswerError(RuntimeError):
    """An answer had begun when something raised; the connection is closed, without the cause's text in any log."""


def _page_of(scope: Scope) -> str:
    return str(getattr(scope.get("endpoint"), "__name__", "unknown"))


def _log_failure(scope: Scope, error: Exception) -> None:
    log.error("page_failed", error=type(error).__name__, page=_page_of(scope), place=_last_place(error))


def _last_place(error: Exception) -> str:
    """Module and line where it was raised; never a text of it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "unknown" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"


def _sent_to(scope: Scope, path: str) -> Response:
    """Somebody is sent to a page of sign-in and back: a script by 401 and `Location`, a browser by 303."""
    to = with_next(path, place_of(scope))
    if is_for_script(Headers(scope=scope)):
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"location": to})
    return RedirectResponse(to, status_code=HTTPStatus.SEE_OTHER)


class _TooLargeError(Exception):
    """The body went past the limit."""


class BodyLimit:
    """Refuses a body that is too large before anything reads it whole."""

    def __init__(self, app: ASGIApp, *, error_page: ErrorPage) -> None:
        self._app = app
        self._error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_BYTES:
                raise _TooLargeError
            return message

        try:
            if not length.isdecimal() or int(length) > BODY_BYTES:
                raise _TooLargeError
            await self._app(scope, limited, send)
        except _TooLargeError:
            request = Request(scope, receive)
            answer = await run_in_threadpool(self._error_page, request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            await answer(scope, receive, send)


class SignedIn:
    """Finds who asks, and sends everybody else to sign in."""

    def __init__(self, app: ASGIApp, *, people: People) -> None:
        self._app = app
        self._people = people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # No page of ours speaks another protocol, and nobody is asked there who they are.
            await send({"type": "websocket.close", "code": 1008})
            return
        cookies = Request(scope).cookies
        # A dictionary of this request alone, whatever the server hands out: nobody may find another's person in it.
        state = scope["state"] = dict(scope.get("state") or {})
        state.pop("person", None)
        state.pop("session", None)
        state["now_ms"], state["fresh_for_ms"] = self._people.clock(), self._people.fresh_ms
        token, visit = cookies.get(SESSION_COOKIE), cookies.get(VISIT_COOKIE)
        is_asked = token is not None and not scope["path"].startswith(STATIC)
        found = await run_in_threadpool(self._people.identify, token) if is_asked else None
        state["csrf"] = ""
        state["visit"] = visit if is_token(visit) else None
        if found is not None:
            state["person"], state["session"] = found.person, found.session
            state["csrf"] = csrf_of(found.session.form_key)
        elif state["visit"] is not None:
            state["csrf"] = csrf_of(state["visit"])
        answer = self._refusal(scope, found is not None, found is not None and found.must_change_password)
        await (answer or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope, is_signed_in: bool, must_change_password: bool) -> Response | None:
        path: str = scope["path"]
        if path.startswith(STATIC):
            return None
        if not is_signed_in:
            return None if path == SIGN_IN or path.startswith(OPEN) else _sent_to(scope, SIGN_IN)
        if must_change_password and path not in BEFORE_PASSWORD:
            return _sent_to(scope, "/password")
        return None


class OwnRequests:
    """Lets only a person's own requests change anything; the form is read here, and handed on unchanged."""

    def __init__(self, app: ASGIApp, *, people: People, error_page: ErrorPage) -> None:
        self._app = app
        self._people = people
        self._error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origins = self._people.origins(headers.get("host", ""))
        distrust = distrust_of_headers(scope["method"], headers, origins)
        body = b""
        if distrust is None:
            body = await _body(receive)
            distrust = distrust_of_form(body, scope["state"]["csrf"] or None)
        if distrust is None:
            await self._app(scope, _replayed(body, receive), send)
            return
        person = scope["state"].get("person")
        log.warning("request_distrusted", why=distrust.value, person=None if person is None else person.id)
        if distrust is Distrust.OTHER_TOKEN and scope["path"] == SIGN_IN:
            # Somebody has signed in in another tab meanwhile, or the form is old: they get a new one.
            answer: Response = RedirectResponse(SIGN_IN, status_code=HTTPStatus.SEE_OTHER)
        else:
            answer = await run_in_threadpool(self._error_page, Request(scope, receive), _STATUS[distrust])
        await answer(scope, receive, send)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    is_handed_on = False

    async def replay() -> Message:
        nonlocal is_handed_on
        if is_handed_on:
            return await receive()
        is_handed_on = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
