"""Sends notices: one thread that looks at the read model, tells receivers, and tries again when they do not answer.

# INVARIANT: nothing that happens here can keep the console or the gate from working; a receiver that fails is logged by
# its name and told again later, at most until its notice is a day old.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx2
import structlog

from penstock.console.notify.notices import Notice, body_of, headers_of, is_for
from penstock.console.notify.targets import Receiver
from penstock.console.notify.told import Told
from penstock.console.notify.watch import notices
from penstock.console.policy_in_force import bundle_in_force
from penstock.console.web.console_state import FeedView, StoreView
from policies.approval_documents import QueuePolicy

LOOK_EVERY_S: Final = 2.0
# How long a receiver may take, seconds.
TIMEOUT_S: Final = 10.0
# Waits before the second, third, ... try of a receiver that failed, seconds; then the last one again.
RETRY_AFTER_S: Final = (2.0, 10.0, 60.0, 300.0)
# What is sent to one receiver within one look, at most.
BURST: Final = 20

log = structlog.get_logger()


@dataclass(slots=True)
class Backoff:
    """When a receiver that failed is tried again."""

    failures: int = 0
    until_ms: int = 0

    def failed(self, now_ms: int) -> None:
        """One more failure."""
        wait_s = RETRY_AFTER_S[min(self.failures, len(RETRY_AFTER_S) - 1)]
        self.failures += 1
        self.until_ms = now_ms + round(wait_s * 1000)

    def succeeded(self) -> None:
        """It answers."""
        self.failures, self.until_ms = 0, 0


@dataclass(slots=True)
class Notifier:
    """Tells receivers what waits. `send_ready` sends once; `start` does so until `stop`."""

    receivers: Sequence[Receiver]
    store: StoreView
    feed: FeedView
    told: Told
    base_url: str
    clock: Callable[[], int]
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=TIMEOUT_S, trust_env=False))
    _backoff: dict[str, Backoff] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; what was not told yet is told by the next console."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(TIMEOUT_S + LOOK_EVERY_S)
        self.http.close()
        self.told.close()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self.send_ready()
            except sqlite3.Error as exc:
                log.warning("notices_unreadable", error=type(exc).__name__)

    def send_ready(self) -> int:
        """Tell each receiver what it was not told yet; gives how many notices arrived."""
        if not self.feed.as_of().is_caught_up:
            # What looks open may have been decided long ago.
            return 0
        now_ms = self.clock()
        with self.store.read() as connection:
            bundle = bundle_in_force(connection)
            queue = QueuePolicy() if bundle is None else bundle.approvals.queue
            found = list(notices(connection, queue=queue, now_ms=now_ms))
        return sum(self._tell(receiver, found, now_ms) for receiver in self.receivers)

    def _tell(self, receiver: Receiver, found: Sequence[Notice], now_ms: int) -> int:
        name = receiver.webhook.name
        backoff = self._backoff.setdefault(name, Backoff())
        if now_ms < backoff.until_ms:
            return 0
        sent = 0
        for notice in found:
            if sent == BURST or self._stop.is_set():
                break
            if not is_for(receiver, notice) or self.told.knows(name, notice.notice_id):
                continue
            if not self._send(receiver, notice, now_ms):
                backoff.failed(now_ms)
                break
            backoff.succeeded()
            self.told.note(name, notice.notice_id, at_ms=now_ms)
            sent += 1
        return sent

    def _send(self, receiver: Receiver, notice: Notice, now_ms: int) -> bool:
        body = body_of(notice, receiver.webhook.format, base_url=self.base_url, now_ms=now_ms)
        headers = headers_of(receiver, notice, body, at_s=now_ms // 1000)
        try:
            # Redirects are not followed: the body would go where nobody decided it may.
            answer = self.http.post(receiver.webhook.url, content=body, headers=headers, follow_redirects=False)
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            log.warning("webhook_failed", receiver=receiver.webhook.name, error=type(exc).__name__)
            return False
        if not answer.is_success:
            log.warning("webhook_refused", receiver=receiver.webhook.name, status=answer.status_code)
        return bool(answer.is_success)
