"""What the guards and pages of sign-in read from a request, and the cookies that they set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from penstock.console.people.sessions import Session
from penstock.console.person import Person

# `__Host-`: this host alone, every path, never over plain http. Browsers take 127.0.0.1 and localhost for secure, so
# that there is one name everywhere; Safari does not, and cannot be used over plain http on loopback.
# Source: draft-ietf-httpbis-rfc6265bis, 4.1.3.2; W3C Secure Contexts, 3.1.
SESSION_COOKIE: Final = "__Host-penstock"
# Of somebody who has not signed in yet: what the form of sign-in is bound to.
VISIT_COOKIE: Final = "__Host-penstock-visit"
# Comes back with the browser from the provider, which a strict cookie would not.
LOGIN_COOKIE: Final = "__Host-penstock-login"
LOGIN_LIFE_S: Final = 600
# The script's way to ask for a part of a page: it cannot show a form of sign-in there.
FRAGMENT_HEADER: Final = "penstock-fragment"
MOST_PATH_CHARS: Final = 1500
SIGN_IN: Final = "/sign-in"
AGAIN: Final = "/sign-in/again"
CALLBACK: Final = "/sign-in/callback"
# Pages that nobody is sent to after signing in.
_NOT_NEXT: Final = ("/sign-in", "/sign-out", "/live", "/static")


def person_of(request: Request) -> Person:
    """Who asks; there is somebody on every page that is not open to all."""
    person: Person = request.state.person
    return person


def session_of(request: Request) -> Session:
    """The session of who asks."""
    session: Session = request.state.session
    return session


def address_of(scope: Scope) -> str:
    """From where somebody asks; a proxy's word counts only where the server was told to believe it."""
    client = scope.get("client")
    return client[0] if client else "unknown"


def set_cookie(
    response: Response, name: str, value: str, *, is_strict: bool = True, max_age_s: int | None = None
) -> None:
    """Set one of our cookies."""
    response.set_cookie(
        name,
        value,
        path="/",
        secure=True,
        httponly=True,
        samesite="strict" if is_strict else "lax",
        max_age=max_age_s,
    )


def drop_cookie(response: Response, name: str) -> None:
    """Let the browser forget one of our cookies."""
    response.set_cookie(name, "", path="/", secure=True, httponly=True, samesite="strict", max_age=0)


def local_path(text: str | None) -> str:
    """A path of ours to go to, `/` for anything that could lead elsewhere.

    Browsers read a backslash as a slash and skip tabs and line breaks, so nothing of the kind is let through.
    Source: WHATWG URL, 4.4.
    """
    if not text or len(text) > MOST_PATH_CHARS or not text.startswith("/") or text.startswith("//"):
        return "/"
    if not text.isascii() or not text.isprintable() or "\\" in text or " " in text:
        return "/"
    path = urlsplit(text).path
    return "/" if path.startswith(_NOT_NEXT) or "//" in path else text


def next_of(request: Request) -> str:
    """Where somebody wants to go after this page of sign-in."""
    return local_path(request.query_params.get("next"))


def with_next(path: str, to: str) -> str:
    """A path of sign-in that leads on to `to`."""
    return path if to == "/" else f"{path}?next={quote(to, safe='')}"


def place_of(scope: Scope) -> str:
    """Where somebody is: the page that is asked for, or the one from which something was sent."""
    headers = Headers(scope=scope)
    if scope["method"] in ("GET", "HEAD"):
        query = scope.get("query_string", b"").decode("latin-1")
        return local_path(scope["path"] + (f"?{query}" if query else ""))
    came_from = urlsplit(headers.get("referer", ""))
    if came_from.netloc != headers.get("host"):
        return "/"
    return local_path(came_from.path + (f"?{came_from.query}" if came_from.query else ""))


def is_for_script(headers: Mapping[str, str]) -> bool:
    """Whether a script asks, which a form of sign-in would not help."""
    return FRAGMENT_HEADER in headers or "text/event-stream" in headers.get("accept", "")
