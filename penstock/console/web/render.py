"""Pages from templates: one environment that escapes everything, and what every page has around its own part."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from penstock.console.person import Permission, Person
from penstock.console.web import words
from penstock.console.web.console_state import console_of

TEMPLATES: Final = Path(__file__).parent / "templates"
STATIC: Final = Path(__file__).parent / "static"


class NavigationItem(NamedTuple):
    """One entry of the top navigation."""

    path: str
    name: str
    is_current: bool


# Path, name and what one has to be allowed to.
NAVIGATION: Final = (
    ("/approvals", "Approvals", Permission.SEE),
    ("/quarantine", "Quarantine", Permission.SEE),
    ("/samples", "Samples", Permission.JUDGE_SAMPLES),
    ("/agents", "Agents", Permission.SEE),
    ("/audit", "Audit", Permission.SEE_AUDIT),
    ("/policy", "Policy", Permission.SEE_POLICY),
    ("/health", "Health", Permission.SEE_HEALTH),
    ("/people", "People", Permission.MANAGE_PEOPLE),
)


# Pages that somebody sees who may not see the others yet.
_STILL: Final = frozenset({"/password"})


@cache
def asset(name: str) -> str:
    """The path of a static file, with a digest so that a browser never mixes versions."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def environment(clock: Callable[[], int]) -> Environment:
    """The templates' environment. Everything is escaped, whatever a template's file is called."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    plain: tuple[Callable[..., Any], ...] = (
        words.visible,
        words.iso,
        words.clock_time,
        words.span,
        words.thousands,
        words.amount,
        words.percent,
        words.short_id,
    )
    made.filters |= {function.__name__: function for function in plain}
    made.filters["pretty"] = pretty
    made.filters["ago"] = lambda at_ms: words.ago(at_ms, clock())
    made.filters["left"] = lambda due_ms: words.left(due_ms, clock())
    made.filters["urgency"] = lambda due_ms, total_ms=None: words.urgency(due_ms, clock(), total_ms)
    return made


def pretty(value: object) -> str:
    """JSON as people read it."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode()


def navigation(person: Person, path: str) -> list[NavigationItem]:
    """The pages that the person may see."""
    return [
        NavigationItem(to, name, path == to or path.startswith(f"{to}/"))
        for to, name, permission in NAVIGATION
        if person.may(permission)
    ]


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    """The page that a template gives.

    `context` is the page's own. Around it stand `person`, `csrf`, `navigation`, `as_of`, `recent_acts`, `path`,
    `banner`, `is_live` and `now_ms`. A page of nobody signed in has no read model to speak of.
    """
    console = console_of(request)
    person: Person | None = getattr(request.state, "person", None)
    path = request.url.path
    around: dict[str, Any] = {
        "person": person,
        "csrf": getattr(request.state, "csrf", ""),
        "path": path if not request.url.query else f"{path}?{request.url.query}",
        "banner": console.banner,
        "now_ms": console.clock(),
        "navigation": [] if person is None else navigation(person, path),
        # A page that answers a form has no address of its own to be asked for anew.
        "is_live": person is not None and request.method == "GET" and path not in _STILL,
        "as_of": None if person is None else console.feed.as_of(),
        "recent_acts": [] if person is None else console.acts.recent(person.id),
    }
    text = console.templates.get_template(template).render({**around, **(context or {})})
    return HTMLResponse(text, status_code=status)
