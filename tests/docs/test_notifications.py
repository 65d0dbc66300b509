"""What the documentation says of webhooks is what the console reads and sends."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

from penstock.console.notify.notices import Notice, body_of
from penstock.console.notify.targets import NoticeKind, Webhook, WebhookFormat, load_receivers
from tests.docs.pages import DOCS, cells, text_of

TEXT = text_of(DOCS / "reviewing.md").split("\n## Notifications\n")[1].split("\n## ")[0]


def block(language: str) -> str:
    """The one example in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


def test_the_example_of_the_file_is_read(tmp_path: Path) -> None:
    secret, file = tmp_path / "secret", tmp_path / "webhooks.yaml"
    secret.write_text("whsec_" + base64.b64encode(bytes(32)).decode())
    file.write_text(block("yaml").replace("/run/secrets/webhook", str(secret)))
    on_call, chat = load_receivers(file)
    assert (on_call.webhook.format, on_call.secret) == (WebhookFormat.JSON, bytes(32))
    assert (chat.webhook.format, chat.webhook.teams) == (WebhookFormat.SLACK, ("finance",))


def test_fields_and_events_are_all_described() -> None:
    told = {row[0].strip("`") for row in cells(TEXT)}
    assert told == set(Webhook.model_fields) | {kind.value for kind in NoticeKind}


def test_the_example_of_a_notice_is_what_is_sent() -> None:
    notice = Notice(
        NoticeKind.HOLD_OPENED,
        "7f3c",
        1_772_442_000_000,
        "finance",
        risk="high",
        agent_id="support-7",
        topic="job.support.refund",
        due_ms=1_772_445_600_000,
    )
    sent = body_of(notice, WebhookFormat.JSON, base_url="https://penstock.example.com", now_ms=0)
    assert json.loads(block("json")) == json.loads(sent)
