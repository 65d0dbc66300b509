"""A webhook is told of urgent things; a file that is wrong tells nobody and says why."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from penstock.console.notify.targets import NoticeKind, WebhooksError, load_receivers

SECRET = base64.b64encode(bytes(range(32))).decode()


def file_of(folder: Path, text: str, *, secret: str = f"whsec_{SECRET}\n") -> Path:
    (folder / "secret").write_text(secret)
    path = folder / "webhooks.yaml"
    path.write_text(text.replace("SECRET", str(folder / "secret")))
    return path


def test_a_webhook_hears_of_high_risk_unless_told_otherwise(tmp_path: Path) -> None:
    text = "webhooks: [{name: on-call, url: 'https://hooks.example.com/x', secret_file: SECRET}]"
    (receiver,) = load_receivers(file_of(tmp_path, text))
    assert receiver.secret == bytes(range(32))
    assert receiver.webhook.risks == ("high",)
    assert receiver.webhook.events == tuple(NoticeKind)
    assert SECRET not in repr(receiver)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("webhooks: [{name: a, url: 'http://hooks.example.com', format: slack}]", "https"),
        ("webhooks: [{name: a, url: 'https://user:pw@hooks.example.com', format: slack}]", "no user"),
        ("webhooks: [{name: a, url: 'https://hooks.example.com'}]", "secret_file"),
        ("webhooks: [{name: a, url: 'https://h.example', format: slack, colour: red}]", "extra"),
        ("webhooks: [{name: a, url: 'https://h.example', format: pager}]", "format"),
        ("webhooks: [{name: a, url: 'https://h.example', format: slack, events: [lunch]}]", "events"),
        (
            (
                "webhooks: [{name: a, url: 'https://h.example', format: slack},"
                " {name: a, url: 'https://i.example', format: slack}]"
            ),
            "one name",
        ),
        ("webhooks: [", "not YAML"),
        ("- a", "the file"),
        ("{}", "webhooks"),
    ],
)
def test_a_wrong_file_is_an_error_that_says_where(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(WebhooksError) as caught:
        load_receivers(file_of(tmp_path, text))
    assert told in str(caught.value)
    assert "pw@" not in str(caught.value)


@pytest.mark.parametrize("secret", ["whsec_short", "whsec_c2hvcnQ=", "", "ä"])
def test_a_short_or_broken_secret_is_refused_and_not_quoted(secret: str, tmp_path: Path) -> None:
    text = "webhooks: [{name: a, url: 'https://h.example', secret_file: SECRET}]"
    with pytest.raises(WebhooksError) as caught:
        load_receivers(file_of(tmp_path, text, secret=secret))
    assert "c2hvcnQ" not in str(caught.value)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WebhooksError):
        load_receivers(tmp_path / "none")
