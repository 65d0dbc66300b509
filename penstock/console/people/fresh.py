"""What needs a sign-in of the last minutes: revealing, releasing as is, approving what is explicit.

A page asks `is_fresh` and offers `link` in place of its button; an act calls `require_fresh`, and who is not fresh is
sent to confirm and back to the page. What was typed is not carried along.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

from detectors.errors import GateError
from penstock.console.people.web_parts import AGAIN, local_path, place_of, session_of, with_next

# A clock that differs from a provider's by so much does not matter, milliseconds.
SKEW_MS: Final = 60_000


class NotFreshError(GateError):
    """The person signed in too long ago for this."""

    code = "NOT_FRESH"
    advice = "sign in again"


def is_fresh(request: Request) -> bool:
    """Whether somebody has vouched for the person in the last minutes."""
    now_ms: int = request.state.now_ms
    fresh_for_ms: int = request.state.fresh_for_ms
    return -SKEW_MS <= now_ms - session_of(request).fresh_ms < fresh_for_ms


def require_fresh(request: Request) -> None:
    """Nothing, when the person has just signed in.

    Raises:
        NotFreshError: they have not; the guards send them to confirm, and back.
    """
    if not is_fresh(request):
        raise NotFreshError("this needs a sign-in of the last minutes")


def link(request: Request, to: str | None = None) -> str:
    """Where to confirm, and come back to `to` or else to this page."""
    return with_next(AGAIN, place_of(request.scope) if to is None else local_path(to))
