"""The approvals pages over the real gate: what is clicked becomes a review that a lane takes, and the pages follow."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from penstock.console.acts.act import Outgoing
from penstock.console.acts.answers import answers_in
from penstock.console.acts.channel import ChannelError
from penstock.console.acts.ledger import ActStatus, Answer, Followed
from penstock.console.acts.outbox import Outbox, OutboxLimits
from penstock.console.person import ForbiddenError, Person
from penstock.console.readmodel.ingest import changes_of
from penstock.console.readmodel.record import Record
from penstock.console.readmodel.store import Store
from penstock.console.web import acts, approvals, batch, hold_act
from penstock.console.web.app import create_app, error_page
from penstock.console.web.contents import Contents
from policies.approval_documents import Role
from policies.bundle import Bundle
from streams.intake import Headers
from streams.policy_feed import activation_records
from streams.sealing import Sealer
from streams.topics import POLICIES, REVIEWS
from tests.penstock.console.acts.samples import SCANNER
from tests.penstock.console.fakes import FakeFeed, a_console
from tests.penstock.console.readmodel.logs import WitnessedLane, records_of, records_of_lane
from tests.streams.approval_samples import Desk
from tests.streams.samples import PAYLOAD_KEY

ROUTES = (*acts.ROUTES, *batch.ROUTES, *approvals.ROUTES, *hold_act.ROUTES)
WAIT_S = 20.0
HIDDEN = re.compile(r'name="(digest|snapshot|rendered_at)" value="([^"]*)"')


def a_reviewer(name: str = "ana", *roles: Role, teams: Sequence[str] = ("finance",), **more: Any) -> Person:
    """Somebody whom the desk's policy knows by the same name."""
    return Person(name, name.title(), ("local", name), frozenset(roles or (Role.REVIEWER,)), tuple(teams), **more)


@dataclass(frozen=True)
class Vouched:
    """Of a session, when somebody last vouched for the person."""

    fresh_ms: int


@dataclass
class Office:
    """A desk, its read model, and an outbox whose channel is the desk's own lane."""

    path: Path
    desk: Desk = field(default_factory=Desk)
    limits: OutboxLimits = field(default_factory=lambda: OutboxLimits(undo_ms=0, batch_undo_ms=0))
    has_key: bool = True
    is_kafka_away: bool = False
    _read_reviews: int = 0
    _read_records: int = 0

    def __post_init__(self) -> None:
        self.lane = WitnessedLane(self.desk.lane.gate, now_ms=self.desk.lane.now_ms)
        self.desk.lane = self.lane
        self.store = Store(self.path / "model.sqlite")
        self.sent: list[dict[str, Any]] = []
        self.feed = FakeFeed()
        self._lock = threading.Lock()
        self._policies = 0
        self.activate(self.lane.gate.terms.bundle)
        sealer = Sealer(PAYLOAD_KEY) if self.has_key else None
        self.outbox = Outbox(
            channel=lambda: self,
            answers=self.answers,
            signer=None,
            scanner=SCANNER,
            clock=lambda: self.lane.now_ms,
            limits=self.limits,
        )
        self.console = a_console(
            self.store,
            feed=self.feed,
            acts=self.outbox,
            sealer=sealer,
            clock=lambda: self.lane.now_ms,
            contents=Contents(sealer, SCANNER),
        )

    def activate(self, bundle: Bundle) -> None:
        """Put a policy in force, where the console reads of it too."""
        self.desk.activate(bundle)
        at = "2027-01-15T08:00:00Z"
        written = activation_records(bundle, previous=None, reason="because", activated_by="pat", activated_at=at)
        for key, value in written:
            self._policies += 1
            record = Record(POLICIES.name, 0, self._policies, key.encode(), value, (), self.lane.now_ms)
            self.store.write(changes_of(record))

    async def send(self, outgoing: Outgoing) -> int:
        """A review's way to the gate."""
        if self.is_kafka_away:
            raise ChannelError("away")
        offset = self.lane.offset
        with self._lock:
            self.sent.append(orjson.loads(outgoing.value))
            headers: Headers = []
            self.lane.step(self.lane.read(outgoing.value, topic=REVIEWS.name, key=outgoing.key, headers=headers))
        return offset

    async def close(self) -> None:
        """Nothing is held open."""

    def answers(self, reviews: Sequence[Followed]) -> dict[str, Answer]:
        """What the audit says."""
        self.follow()
        with self.store.read() as db:
            return dict(answers_in(db, reviews))

    def follow(self) -> None:
        """Take what the lane has written and read into the read model."""
        with self._lock:
            reviews = records_of([], self.lane.reviews)
            records = records_of_lane(self.lane)[len(reviews) :]
            fresh = [*reviews[self._read_reviews :], *records[self._read_records :]]
            self._read_reviews, self._read_records = len(reviews), len(records)
            self.store.write(statement for record in fresh for statement in changes_of(record))

    def held(self, action_id: str = "a1", **more: Any) -> str:
        """A held action that the pages know of."""
        hold_id = self.desk.hold(action_id, **more)
        self.follow()
        return hold_id

    def browser(self, person: Person, *, is_fresh: bool = True) -> TestClient:
        """A browser of somebody signed in."""
        now_ms = self.lane.now_ms
        session = Vouched(now_ms if is_fresh else 0)

        class SignedIn(BaseHTTPMiddleware):
            async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
                request.state.person, request.state.session = person, session
                request.state.csrf, request.state.now_ms, request.state.fresh_for_ms = "csrf-token", now_ms, 300_000
                try:
                    return await call_next(request)
                except ForbiddenError:
                    return error_page(request, HTTPStatus.FORBIDDEN)

        app = create_app(self.console, routes=ROUTES, middleware=[Middleware(SignedIn)])
        return TestClient(app, follow_redirects=False, raise_server_exceptions=True)

    def act(self, browser: TestClient, hold_id: str, verdict: str, **form: str) -> Any:
        """Open a held action and send one of its forms."""
        return browser.post(f"/approvals/{hold_id}/act", data=self.form(browser, hold_id, verdict, **form))

    def form(self, browser: TestClient, hold_id: str, verdict: str, **form: str) -> dict[str, str]:
        """What one of the forms of a held action sends."""
        shown = dict(HIDDEN.findall(browser.get(f"/approvals/{hold_id}").text))
        return {"csrf": "csrf-token", "verdict": verdict, **shown, **form}

    def settled(self, person_id: str = "ana") -> list[ActStatus]:
        """The acts of a person, as they ended."""
        found = self.outbox.of_person(person_id)
        done = [self.outbox.wait(status.act_id, timeout_s=WAIT_S) for status in found]
        return [status for status in done if status is not None]


@contextmanager
def an_office(path: Path, **more: Any) -> Iterator[Office]:
    """An office that works until the end."""
    office = Office(path, **more)
    office.outbox.start()
    try:
        yield office
    finally:
        office.outbox.stop()
        office.store.close()
