"""A console without Kafka: the real pages over an empty or given read model, with fakes that implement the ports."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from penstock.console.person import ForbiddenError, Person
from penstock.console.web.app import create_app, error_page
from penstock.console.web.console_state import ActView, Console, StoreView
from penstock.console.web.render import environment
from policies.approval_documents import Role
from streams.sealing import Sealer
from streams.settings import load_settings

NOW_MS = 1_772_442_000_000


@dataclass(frozen=True, slots=True)
class FakeAsOf:
    """How current a fake feed says that it is."""

    at_ms: int | None = NOW_MS
    records_behind: int = 0
    is_caught_up: bool = True
    is_live: bool = True


@dataclass(slots=True)
class FakeFeed:
    """A feed that says what it is told."""

    state: FakeAsOf = field(default_factory=FakeAsOf)
    counters: dict[str, int] = field(default_factory=dict)

    def as_of(self) -> FakeAsOf:
        """What it was told."""
        return self.state

    def versions(self) -> Mapping[str, int]:
        """What it was told."""
        return dict(self.counters)


@dataclass(slots=True)
class NoActs:
    """An outbox in which nothing was ever put."""

    def recent(self, person_id: str) -> Sequence[ActView]:
        """Nothing."""
        return ()

    def version(self) -> int:
        """Always the first."""
        return 0


@dataclass(slots=True)
class FileStore:
    """A read model in a SQLite file that a test has filled."""

    path: Path

    def read(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection of its own, closed at the end."""
        return self._read()

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()


def a_person(*roles: Role, name: str = "Ada Reviewer", **more: Any) -> Person:
    """Somebody with these roles, signed in just now."""
    return Person(
        id=more.pop("id", "ada"),
        name=name,
        subject=more.pop("subject", ("local", "ada")),
        roles=frozenset(roles),
        signed_in_ms=more.pop("signed_in_ms", NOW_MS),
        **more,
    )


def a_console(
    store: StoreView,
    *,
    feed: FakeFeed | None = None,
    acts: Any = None,
    sealer: Sealer | None = None,
    clock: Callable[[], int] = lambda: NOW_MS,
    **parts: Any,
) -> Console:
    """A console of one process; `parts` are what pages find under their names."""
    return Console(
        settings=load_settings({}),
        store=store,
        feed=feed or FakeFeed(),
        acts=acts or NoActs(),
        templates=environment(clock),
        clock=clock,
        sealer=sealer,
        parts=parts,
    )


def client_of(console: Console, person: Person | None, *, routes: Sequence[BaseRoute] = ()) -> TestClient:
    """A browser of `person` at the console; sign-in and CSRF are tested where they are built."""

    class SignedIn(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
            request.state.person = person
            request.state.csrf = "csrf-token"
            try:
                return await call_next(request)
            except ForbiddenError:
                return error_page(request, HTTPStatus.FORBIDDEN)

    app = create_app(console, routes=routes, middleware=[Middleware(SignedIn)])
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)
