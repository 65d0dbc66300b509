"""A gate, a read model and an outbox in one process: what somebody does in a page is decided and recorded at once.

Everything is real but Kafka: reviews go from the outbox straight to a lane, and what the lane writes is folded into the
SQLite file.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from detectors.scanner import Scanner
from penstock.console.acts.act import Outgoing
from penstock.console.acts.answers import answers_in
from penstock.console.acts.channel import ChannelError
from penstock.console.acts.ledger import Answer, Followed
from penstock.console.acts.outbox import Outbox, OutboxLimits
from penstock.console.acts.reasons import REASON_PROFILE
from penstock.console.people.guards import Failures
from penstock.console.people.people import People
from penstock.console.person import Person
from penstock.console.readmodel.ingest import changes_of
from penstock.console.readmodel.record import Record
from penstock.console.readmodel.statements import Statement
from penstock.console.readmodel.store import Store
from penstock.console.web.app import create_app, error_page
from penstock.console.web.console_state import Console
from penstock.console.web.contents import Contents
from policies.bundle import Bundle
from streams.gate import Gate
from streams.sealing import Sealer
from streams.topics import REVIEWS
from tests.penstock.console.fakes import a_console
from tests.penstock.console.readmodel.logs import READ, WitnessedLane
from tests.streams.samples import NOW_MS, PAYLOAD_KEY, SCANNER, gate_of

REASONS = Scanner(REASON_PROFILE)
MINUTE_MS = 60_000


class LiveGate:
    """One lane with its console. `is_away` keeps reviews from being confirmed, `is_behind` what came of them unread."""

    def __init__(self, folder: Path, *, gate: Gate | None = None, undo_ms: int = 0) -> None:
        self.lane = WitnessedLane(gate or gate_of())
        self.store = Store(folder / "model.sqlite")
        self.is_away = self.is_behind = False
        self._ends: dict[tuple[str, int], int] = {}
        self._taken = self._reviews = 0
        self._lock = threading.Lock()
        self.outbox = Outbox(
            channel=lambda: _Wire(self),
            answers=self._answers,
            signer=None,
            scanner=REASONS,
            clock=lambda: self.lane.now_ms,
            limits=OutboxLimits(undo_ms=undo_ms, give_up_s=0.5, stop_grace_s=0.5),
        )

    def give(self, *events: Mapping[str, Any]) -> None:
        """Events come, and the console reads what the gate made of them."""
        for event in events:
            self.lane.give(dict(event))
        self.take()

    def activate(self, bundle: Bundle) -> None:
        """The policy topic and the lane say which policy is in force."""
        self.store.write(
            [
                Statement(
                    "INSERT OR REPLACE INTO bundles VALUES (?, ?, ?)",
                    (bundle.snapshot, bundle.canonical(), self.lane.now_ms),
                ),
                Statement(
                    "INSERT INTO lane_policies VALUES (0, ?, ?, ?, NULL, 'pat')",
                    (len(self.lane.written), self.lane.now_ms, bundle.snapshot),
                ),
            ]
        )

    def take(self) -> None:
        """The console reads on."""
        with self._lock:
            records = [*self._of_reviews(), *self._of_gate()]
            self.store.write([statement for record in records for statement in changes_of(record)])

    def _of_reviews(self) -> Iterator[Record]:
        yield from self.lane.reviews[self._reviews :]
        self._reviews = len(self.lane.reviews)

    def _of_gate(self) -> Iterator[Record]:
        for emit in self.lane.written[self._taken :]:
            if emit.topic in READ and emit.topic != REVIEWS.name:
                place = (emit.topic, emit.partition)
                self._ends[place] = self._ends.get(place, 0) + 2
                yield Record(*place, self._ends[place], emit.key, emit.value, emit.headers, self.lane.now_ms)
        self._taken = len(self.lane.written)

    def review(self, outgoing: Outgoing) -> int:
        """A review stands on its topic, and the gate decides it."""
        if self.is_away:
            raise ChannelError("away")
        offset = self.lane.offset
        self.lane.step(self.lane.read(outgoing.value, topic=REVIEWS.name, key=outgoing.key))
        if not self.is_behind:
            self.take()
        return offset

    def _answers(self, reviews: Sequence[Followed]) -> Mapping[str, Answer]:
        with self.store.read() as db:
            return answers_in(db, reviews)

    def console(self, *, sealer: Sealer | None = Sealer(PAYLOAD_KEY), **parts: Any) -> Console:  # noqa: B008 - frozen
        """The console of this gate; without a sealer it has no payload key."""
        return a_console(
            self.store,
            acts=self.outbox,
            sealer=sealer,
            clock=lambda: self.lane.now_ms,
            **{"contents": Contents(sealer, SCANNER), **parts},
        )

    @cached_property
    def _own_console(self) -> Console:
        # One for all browsers: templates are compiled once per console.
        return self.console()

    def client(
        self, person: Person, routes: Sequence[BaseRoute], *, is_fresh: bool = True, console: Console | None = None
    ) -> TestClient:
        """A browser of `person`, who signed in just now unless told."""
        fresh_ms = self.lane.now_ms - (0 if is_fresh else 60 * MINUTE_MS)
        session = _Session(fresh_ms)
        lane = self.lane

        class SignedIn(BaseHTTPMiddleware):
            async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
                state = request.state
                state.person, state.csrf, state.session = person, "csrf-token", session
                state.now_ms, state.fresh_for_ms = lane.now_ms, 5 * MINUTE_MS
                return await call_next(request)

        guards = [
            Middleware(Failures, people=cast(People, _Journal()), error_page=error_page),
            Middleware(SignedIn),
        ]
        app = create_app(console or self._own_console, routes=routes, middleware=guards)
        return TestClient(app, follow_redirects=False, raise_server_exceptions=False)

    def audited(self) -> list[dict[str, Any]]:
        """All audit records."""
        return self.lane.values("gate.audit.v1")


@contextmanager
def running(gate: LiveGate) -> Iterator[LiveGate]:
    """The gate with its outbox sending."""
    gate.outbox.start()
    try:
        yield gate
    finally:
        gate.outbox.stop()
        gate.store.close()


class _Wire:
    """A channel that ends in the lane."""

    def __init__(self, gate: LiveGate) -> None:
        self._gate = gate

    async def send(self, outgoing: Outgoing) -> int:
        return self._gate.review(outgoing)

    async def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True, slots=True)
class _Session:
    """What pages ask of a session: when somebody vouched for the person."""

    fresh_ms: int


class _Journal:
    """Notes nothing; the journal of people is tested where it is kept."""

    def note(self, event: object, **more: object) -> None:
        """Nothing."""


__all__ = ["NOW_MS", "LiveGate", "running"]
