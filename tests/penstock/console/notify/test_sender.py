"""A receiver is told once, also across restarts, again when it failed, and never of what may be decided by now."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from penstock.console.notify.sender import RETRY_AFTER_S, Notifier
from penstock.console.notify.targets import Receiver, Webhook
from penstock.console.notify.told import Told
from penstock.console.readmodel.statements import Statement
from penstock.console.readmodel.store import Store
from tests.penstock.console.fakes import NOW_MS, FakeAsOf, FakeFeed

INSERT = (
    "INSERT INTO holds (hold_id, partition, agent_id, topic, risk, asked_team, opened_ms, asked_ms, due_ms, cause)"
    " VALUES (?, 0, 'agent-1', 'job.pay', ?, 'finance', ?, ?, ?, ?)"
)


class Hooks:
    """What a real HTTP server on loopback was told, and what it answers."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                hooks.requests.append((dict(self.headers.items()), body))
                self.send_response(hooks.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    @property
    def told(self) -> list[str]:
        return [json.loads(body)["data"].get("hold_id", "") for _, body in self.requests]


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    made = Hooks()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@contextmanager
def a_notifier(tmp_path: Path, hooks: Hooks, *, feed: FakeFeed | None = None) -> Iterator[tuple[Notifier, list[int]]]:
    now = [NOW_MS]
    store = Store(tmp_path / "model.sqlite")
    webhook = Webhook.model_validate({"name": "on-call", "url": hooks.url, "secret_file": str(tmp_path / "unused")})
    notifier = Notifier(
        receivers=[Receiver(webhook=webhook, secret=bytes(32))],
        store=store,
        feed=feed or FakeFeed(),
        told=Told(tmp_path / "told.sqlite"),
        base_url="http://127.0.0.1:9480",
        clock=lambda: now[0],
    )
    try:
        yield notifier, now
    finally:
        notifier.stop()
        store.close()


def hold(store: Any, hold_id: str, *, risk: str = "high", opened_ms: int = NOW_MS, cause: str = "requested") -> None:
    store.write([Statement(INSERT, (hold_id, risk, opened_ms, opened_ms, opened_ms + 3_600_000, cause))])


def test_a_new_hold_of_high_risk_is_told_once(tmp_path: Path, hooks: Hooks) -> None:
    with a_notifier(tmp_path, hooks) as (notifier, _):
        hold(notifier.store, "h1")
        hold(notifier.store, "h2", risk="low")
        assert notifier.send_ready() == 1
        assert notifier.send_ready() == 0
    assert hooks.told == ["h1"]
    assert "webhook-signature" in {name.lower() for name in hooks.requests[0][0]}
    with a_notifier(tmp_path, hooks) as (again, _):
        assert again.send_ready() == 0


def test_a_receiver_that_fails_is_told_again_later_and_not_at_once(tmp_path: Path, hooks: Hooks) -> None:
    with a_notifier(tmp_path, hooks) as (notifier, now):
        hold(notifier.store, "h1")
        hooks.status = 500
        assert notifier.send_ready() == 0
        assert notifier.send_ready() == 0
        assert len(hooks.requests) == 1
        hooks.status = 200
        now[0] += round(RETRY_AFTER_S[0] * 1000)
        assert notifier.send_ready() == 1


def test_a_redirect_is_a_failure_and_is_not_followed(tmp_path: Path, hooks: Hooks) -> None:
    with a_notifier(tmp_path, hooks) as (notifier, _):
        hold(notifier.store, "h1")
        hooks.status = 307
        assert notifier.send_ready() == 0
    assert len(hooks.requests) == 1


def test_nothing_is_told_while_the_read_model_lags(tmp_path: Path, hooks: Hooks) -> None:
    behind = FakeFeed(FakeAsOf(is_caught_up=False, records_behind=5))
    with a_notifier(tmp_path, hooks, feed=behind) as (notifier, _):
        hold(notifier.store, "h1")
        assert notifier.send_ready() == 0


def test_old_holds_raise_no_alarm(tmp_path: Path, hooks: Hooks) -> None:
    with a_notifier(tmp_path, hooks) as (notifier, _):
        hold(notifier.store, "h1", opened_ms=NOW_MS - 2 * 86_400_000)
        assert notifier.send_ready() == 0


def test_an_escalation_is_told_beside_the_hold(tmp_path: Path, hooks: Hooks) -> None:
    with a_notifier(tmp_path, hooks) as (notifier, _):
        hold(notifier.store, "h1", cause="escalated")
        assert notifier.send_ready() == 2
    assert {json.loads(body)["type"] for _, body in hooks.requests} == {
        "penstock.hold_opened",
        "penstock.hold_escalated",
    }


def test_an_unreachable_receiver_keeps_nothing_from_working(tmp_path: Path, hooks: Hooks) -> None:
    with a_notifier(tmp_path, hooks) as (notifier, _):
        hold(notifier.store, "h1")
        hooks.server.server_close()
        assert notifier.send_ready() == 0


def test_a_damaged_memory_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "told.sqlite").write_bytes(b"not a database, and long enough to be looked at" * 50)
    told = Told(tmp_path / "told.sqlite")
    assert not told.knows("a", "b")
    told.note("a", "b", at_ms=NOW_MS)
    assert told.knows("a", "b")
    told.close()
