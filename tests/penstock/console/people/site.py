"""A console with its real guards and pages of sign-in, over real files, a clock that stands still, and a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from argon2 import PasswordHasher
from httpx2 import Response as Answer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from penstock.console.people.fresh import is_fresh, require_fresh
from penstock.console.people.guards import guards
from penstock.console.people.journal import Entry, entries
from penstock.console.people.pages import SignInPages
from penstock.console.people.passwords import Hasher
from penstock.console.people.people import People
from penstock.console.people.web_parts import person_of
from penstock.console.person import Permission
from penstock.console.web.app import create_app, error_page
from penstock.console.web.render import page
from policies.approval_documents import Role
from streams.settings import load_settings
from tests.penstock.console.fakes import NOW_MS, FileStore, a_console

HOST = "127.0.0.1:9480"
URL = f"https://{HOST}"
ADDRESS = "testclient"
PASSWORD = "the heron waits for low tide"
OTHER_PASSWORD = "nine lamps on a wet street"
CANARY = "canary-9d1c"
# Argon2id all the same, with parameters that take no time.
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# What a browser says with a form of our own.
OWN = {"origin": URL, "sec-fetch-site": "same-origin"}


class Clock:
    """Milliseconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms

    def pass_s(self, seconds: float) -> None:
        """Let so long pass."""
        self.now_ms += round(seconds * 1000)


@dataclass(slots=True)
class Site:
    """One console; `people` and its file are the real ones."""

    people: People
    clock: Clock
    app: Starlette
    seen: list[str] = field(default_factory=list)

    def journal(self) -> list[Entry]:
        """What was written down, oldest first."""
        with self.people.file.read() as db:
            return list(entries(db))[::-1]

    def events(self) -> list[str]:
        """The kinds of what was written down."""
        return [entry.event.value for entry in self.journal()]

    def user(self, person_id: str = "ana", *roles: Role, password: str = PASSWORD) -> None:
        """A local user with a password of their own."""
        self.people.users.add(person_id, roles=roles, teams=("support",), by="test")
        self.people.users.set_password(person_id, password, address=None)

    def browser(self, *, base_url: str = URL) -> Browser:
        """A browser without cookies."""
        return Browser(TestClient(self.app, base_url=base_url, follow_redirects=False, raise_server_exceptions=False))


def a_site(folder: Path, clock: Clock | None = None, **settings: Any) -> Site:
    """A console whose files are in `folder`."""
    clock = clock or Clock()
    given = {"console_url": URL, "console_local_users": True, "data_dir": folder, **settings}
    people = People(load_settings({}, **given), clock=clock, hasher=Hasher(HASHER))
    site = Site(people, clock, Starlette())
    routes = [
        *SignInPages(people, page).routes(),
        Route("/approvals", _approvals, methods=["GET"]),
        Route("/approvals/act", site_act(site), methods=["POST"]),
        Route("/fresh", _fresh, methods=["GET", "POST"]),
        Route("/secret", _secret),
        Route("/failing", _failing),
        Route("/live", _approvals),
    ]
    site.app = create_app(
        a_console(FileStore(folder / "none"), clock=clock), routes=routes, middleware=guards(people, error_page)
    )
    return site


def _approvals(request: Request) -> Response:
    return page(request, "error.html", {"title": "Approvals", "text": f"of {person_of(request).id}"})


def _fresh(request: Request) -> Response:
    if request.method == "POST":
        require_fresh(request)
    return PlainTextResponse("fresh" if is_fresh(request) else "stale")


def _secret(request: Request) -> Response:
    person_of(request).require(Permission.RELEASE_AS_IS)
    return PlainTextResponse(CANARY)


def _failing(_: Request) -> Response:
    raise RuntimeError(CANARY)


def site_act(site: Site) -> Any:
    """An endpoint that keeps what it was asked to do."""

    async def act(request: Request) -> Response:
        form = await request.form()
        site.seen.append(str(form.get("verdict")))
        return PlainTextResponse("done")

    return act


@dataclass(slots=True)
class Browser:
    """Keeps cookies, follows no redirect by itself, and sends forms as a browser does."""

    client: TestClient
    last: Answer | None = None

    def get(self, path: str, **headers: str) -> Answer:
        """Open a page."""
        self.last = self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return self.last

    @property
    def csrf(self) -> str:
        """The token of the form that is open."""
        assert self.last is not None
        found = re.search(r'name="csrf" value="([0-9a-f]*)"', self.last.text)
        return found.group(1) if found else ""

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Answer:
        """Send the form that is open."""
        return self.send(path, {"csrf": self.csrf, **(fields or {})}, **headers)

    def send(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """Send any form."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = {"content-type": "application/x-www-form-urlencoded"}
        return self.client.post(path, content=urlencode(fields), headers={**OWN, **content, **named})

    def sign_in(self, person_id: str = "ana", password: str = PASSWORD, *, to: str = "/") -> Answer:
        """Sign in by the form."""
        self.get("/sign-in")
        return self.post("/sign-in", {"id": person_id, "password": password, "next": to})

    @property
    def session(self) -> str | None:
        """The session's cookie."""
        return self.client.cookies.get("__Host-penstock")
