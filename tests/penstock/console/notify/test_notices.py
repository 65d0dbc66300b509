"""What is told says where to look and nothing of what is held; a receiver can check who told it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.notify.notices import Notice, body_of, headers_of, is_for
from penstock.console.notify.targets import NoticeKind, Receiver, Webhook, WebhookFormat

NOW_MS = 1_772_442_000_000
SECRET = bytes(range(32))
BASE = "https://gate.example.com/"


def notice(**more: Any) -> Notice:
    given_fields: dict[str, Any] = {
        "kind": NoticeKind.HOLD_OPENED,
        "about": "ab" * 16,
        "at_ms": NOW_MS,
        "team": "finance",
        "risk": "high",
        "agent_id": "support-7",
        "topic": "job.support.refund",
        "due_ms": NOW_MS + 3_600_000,
    }
    return Notice(**{**given_fields, **more})


def receiver(**more: Any) -> Receiver:
    fields: dict[str, Any] = {"name": "chat", "url": "https://chat.example.com", "format": "slack"}
    return Receiver(webhook=Webhook.model_validate({**fields, **more}), secret=SECRET)


def test_the_event_names_the_hold_and_the_page_to_look_at() -> None:
    event = json.loads(body_of(notice(), WebhookFormat.JSON, base_url=BASE, now_ms=NOW_MS))
    assert event == {
        "type": "penstock.hold_opened",
        "timestamp": "2026-03-02T09:00:00Z",
        "data": {
            "hold_id": "ab" * 16,
            "team": "finance",
            "risk": "high",
            "agent_id": "support-7",
            "action_class": "job.support.refund",
            "due_at": "2026-03-02T10:00:00Z",
            "url": f"https://gate.example.com/approvals/{'ab' * 16}",
        },
    }


def test_a_breach_leads_to_the_health_page_and_says_by_how_much() -> None:
    breach = notice(
        kind=NoticeKind.WAIT_BREACHED,
        about="finance in hour 3",
        risk=None,
        agent_id=None,
        topic=None,
        due_ms=None,
        wait_ms=7_200_000,
        target_ms=1_800_000,
    )
    told = json.loads(body_of(breach, WebhookFormat.SLACK, base_url=BASE, now_ms=NOW_MS))
    assert told["text"] == "Held actions wait longer than the target: team finance, waits 2 h 0 min, target 30 min"
    assert "https://gate.example.com/health" in told["blocks"][0]["text"]["text"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_names_cannot_write_links_or_mentions(agent: str, topic: str) -> None:
    text = json.loads(body_of(notice(agent_id=agent, topic=topic), WebhookFormat.SLACK, base_url=BASE, now_ms=NOW_MS))[
        "blocks"
    ][0]["text"]["text"]
    assert text.count("<") == 1
    assert text.count(">") == 1


def test_the_signature_is_over_id_time_and_body() -> None:
    body = body_of(notice(), WebhookFormat.JSON, base_url=BASE, now_ms=NOW_MS)
    headers = headers_of(receiver(), notice(), body, at_s=1_772_442_000)
    signed = f"{headers['webhook-id']}.1772442000.".encode() + body
    expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_the_same_thing_has_the_same_id_on_every_console() -> None:
    assert notice().notice_id == notice(at_ms=1, team=None).notice_id
    assert notice().notice_id != notice(kind=NoticeKind.HOLD_ESCALATED).notice_id


@pytest.mark.parametrize(
    ("fields", "told", "is_told"),
    [
        ({}, {}, True),
        ({}, {"risk": "medium"}, False),
        ({}, {"risk": None}, True),
        ({"risks": ["medium"]}, {"risk": "medium"}, True),
        ({"teams": ["security"]}, {}, False),
        ({"teams": ["finance"]}, {}, True),
        ({"events": ["wait_breached"]}, {}, False),
        ({}, {"kind": NoticeKind.HOLD_ESCALATED, "risk": "low"}, True),
    ],
)
def test_a_receiver_hears_what_it_asked_for(fields: dict[str, Any], told: dict[str, Any], is_told: bool) -> None:
    assert is_for(receiver(**fields), notice(**told)) is is_told
