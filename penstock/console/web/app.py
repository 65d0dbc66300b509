"""The console as an ASGI application: pages, static files, live updates and error pages."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from penstock.console.web import live
from penstock.console.web.console_state import Console
from penstock.console.web.render import STATIC, navigation, page

# How long a browser keeps a static file, seconds: its address changes with its content.
STATIC_LIFE_S: Final = 365 * 86400
_TEXTS: Final = {
    HTTPStatus.BAD_REQUEST: "The request could not be understood.",
    HTTPStatus.FORBIDDEN: "This is not among what your roles allow, or it does not exist.",
    HTTPStatus.NOT_FOUND: "There is nothing here, or it is not for you to see.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This page cannot be used in this way.",
    HTTPStatus.CONFLICT: "This page is older than your sign-in; nothing was changed. Load it anew and try again.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "That was too large; nothing was decided.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many attempts; wait a little.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something failed; nothing was decided. The log of the console says where.",
    HTTPStatus.SERVICE_UNAVAILABLE: "This cannot be done at the moment; nothing was decided.",
}

log = structlog.get_logger()


class Static(StaticFiles):
    """Our own files, kept by browsers for as long as they stay the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404."""
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = f"public, max-age={STATIC_LIFE_S}, immutable"
        return answer


def create_app(
    console: Console, *, routes: Sequence[BaseRoute] = (), middleware: Sequence[Middleware] = ()
) -> Starlette:
    """The application; `routes` are those of the pages, `middleware` guards everything, the outermost first.

    What a page forbids, and whatever else it raises, is for the guards to answer and to write down.
    """
    app = Starlette(
        routes=[Mount("/static", Static(directory=STATIC)), Route("/", _home), *live.ROUTES, *routes],
        middleware=middleware,
        exception_handlers={HTTPException: _http_error, Exception: _failure},
    )
    app.state.console = console
    return app


def error_page(request: Request, status: HTTPStatus) -> HTMLResponse:
    """A page that says what happened in general terms; it tells nothing of what was asked for."""
    text = _TEXTS.get(status, _TEXTS[HTTPStatus.INTERNAL_SERVER_ERROR])
    return page(request, "error.html", {"title": status.phrase, "text": text}, status=status)


def _home(request: Request) -> Response:
    items = navigation(request.state.person, "/")
    return RedirectResponse(items[0].path if items else "/me", status_code=HTTPStatus.SEE_OTHER)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's signature says less than it does
    answer = error_page(request, HTTPStatus(error.status_code))
    answer.headers.update(error.headers or {})
    return answer


def _failure(request: Request, error: Exception) -> Response:
    # The type only: an exception's text could quote payload.
    endpoint = request.scope.get("endpoint")
    log.error("page_failed", error=type(error).__name__, page=getattr(endpoint, "__name__", "unknown"))
    return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)
