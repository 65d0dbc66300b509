"""What is told, and how it looks on the way. Pure.

A notice names what waits and where to look, never what the action holds: no arguments, no reasoning, no amounts. Its id
is made of what it is about, so that two consoles, or one that starts again, tell a receiver the same id twice and not
two things.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final

import orjson

from penstock.console.notify.targets import NoticeKind, Receiver, WebhookFormat
from penstock.console.web.words import is_hidden, iso, span

# Longest name that is told, characters; what is longer is cut.
MAX_NAME_CHARS: Final = 120
_TITLES: Final = {
    NoticeKind.HOLD_OPENED: "An action waits for a person",
    NoticeKind.HOLD_ESCALATED: "A held action was given to the next team",
    NoticeKind.WAIT_BREACHED: "Held actions wait longer than the target",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. `about` is a hold's id, or a team and the hour; `due_ms` is None for a breach."""

    kind: NoticeKind
    about: str
    at_ms: int
    team: str | None
    risk: str | None = None
    agent_id: str | None = None
    topic: str | None = None
    due_ms: int | None = None
    wait_ms: int | None = None
    target_ms: int | None = None

    @property
    def notice_id(self) -> str:
        """The same for the same thing, on every console and after every restart."""
        return hashlib.sha256(f"{self.kind.value}\0{self.about}".encode()).hexdigest()[:32]


def is_for(receiver: Receiver, notice: Notice) -> bool:
    """Whether the receiver wants to hear of it. An unknown risk counts as the highest."""
    webhook = receiver.webhook
    if notice.kind not in webhook.events or (webhook.teams and notice.team not in webhook.teams):
        return False
    return notice.kind is not NoticeKind.HOLD_OPENED or (notice.risk or "high") in webhook.risks


def link_of(notice: Notice, base_url: str) -> str:
    """Where a person goes to look."""
    root = base_url.rstrip("/")
    return f"{root}/health" if notice.kind is NoticeKind.WAIT_BREACHED else f"{root}/approvals/{notice.about}"


def body_of(notice: Notice, form: WebhookFormat, *, base_url: str, now_ms: int) -> bytes:
    """The body that is sent."""
    return orjson.dumps(_slack(notice, base_url, now_ms) if form is WebhookFormat.SLACK else _event(notice, base_url))


def _event(notice: Notice, base_url: str) -> dict[str, Any]:
    """Source: Standard Webhooks specification, "payload structure": type, timestamp, data."""
    about = {
        "hold_id": None if notice.kind is NoticeKind.WAIT_BREACHED else notice.about,
        "team": notice.team,
        "risk": notice.risk,
        "agent_id": notice.agent_id,
        "action_class": notice.topic,
        "due_at": None if notice.due_ms is None else iso(notice.due_ms),
        "wait_seconds": None if notice.wait_ms is None else notice.wait_ms // 1000,
        "target_seconds": None if notice.target_ms is None else notice.target_ms // 1000,
        "url": link_of(notice, base_url),
    }
    return {
        "type": f"penstock.{notice.kind.value}",
        "timestamp": iso(notice.at_ms),
        "data": {name: value for name, value in about.items() if value is not None},
    }


def _slack(notice: Notice, base_url: str, now_ms: int) -> dict[str, Any]:
    """Source: Slack, "Sending messages using incoming webhooks": text and blocks."""
    facts = [f"team {_plain(notice.team)}" if notice.team else None, f"risk {notice.risk}" if notice.risk else None]
    if notice.agent_id:
        facts.append(f"agent {_plain(notice.agent_id)}")
    if notice.topic:
        facts.append(_plain(notice.topic))
    if notice.due_ms is not None:
        facts.append(f"{span(notice.due_ms - now_ms)} left")
    if notice.wait_ms is not None and notice.target_ms is not None:
        facts.append(f"waits {span(notice.wait_ms)}, target {span(notice.target_ms)}")
    told = ", ".join(fact for fact in facts if fact)
    text = f"{_TITLES[notice.kind]}: {told}"
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"{text}\n<{link_of(notice, base_url)}|Look>"}}
    return {"text": text, "blocks": [section]}


def _plain(name: str) -> str:
    """A name without anything that Slack reads as markup, link or mention, and without what nobody sees.

    Source: Slack, "Formatting text for app surfaces": `&`, `<` and `>` are control characters.
    """
    shown = "".join("?" if is_hidden(c) or c in "\n\t" else c for c in name[:MAX_NAME_CHARS])
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").translate(_MARKUP)


_MARKUP: Final = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼", "_": "＿"})


def headers_of(receiver: Receiver, notice: Notice, body: bytes, *, at_s: int) -> dict[str, str]:
    """Headers of the request; the signature is over id, time and body.

    Source: Standard Webhooks specification, "webhook headers" and "signature scheme": `v1,` and the base64 of an
    HMAC-SHA256 over `id.timestamp.body`.
    """
    headers = {
        "content-type": "application/json",
        "user-agent": "penstock",
        "webhook-id": notice.notice_id,
        "webhook-timestamp": str(at_s),
    }
    if receiver.secret is not None:
        signed = f"{notice.notice_id}.{at_s}.".encode() + body
        digest = hmac.new(receiver.secret, signed, hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers
