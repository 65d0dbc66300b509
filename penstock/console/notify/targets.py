"""Whom to tell: the file of the webhooks, read strictly.

webhooks:
  - name: on-call
    url: https://hooks.example.com/penstock
    secret_file: /run/secrets/webhook        # signs; needed for the format `json`
  - name: chat
    url: https://chat.example.com/services/...
    format: slack
    events: [hold_opened, wait_breached]
    risks: [high, medium]
    teams: [finance]
"""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from detectors.errors import GateError
from streams.addresses import is_loopback

# Largest file, bytes.
MAX_FILE_BYTES: Final = 64 * 1024
# A signing secret has at least so many bytes. Source: Standard Webhooks specification, "signature scheme", 24 to 64.
MIN_SECRET_BYTES: Final = 24
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the mark of every secret, none itself


class NoticeKind(StrEnum):
    """What people are told."""

    HOLD_OPENED = "hold_opened"
    HOLD_ESCALATED = "hold_escalated"
    WAIT_BREACHED = "wait_breached"


class WebhookFormat(StrEnum):
    """What is sent: our own event, or what Slack and those who are compatible with it read."""

    JSON = "json"
    SLACK = "slack"


class WebhooksError(GateError):
    """The file of the webhooks cannot be used. The text quotes no value."""

    code = "WEBHOOKS_INVALID"


class Webhook(BaseModel):
    """One receiver. Without `teams` it hears of every team; `risks` narrows what is said of new holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    url: Annotated[str, Field(max_length=2048)]
    format: WebhookFormat = WebhookFormat.JSON
    events: tuple[NoticeKind, ...] = tuple(NoticeKind)
    risks: tuple[Literal["low", "medium", "high"], ...] = ("high",)
    teams: tuple[str, ...] = ()
    secret_file: Path | None = None

    @field_validator("url")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        parts = urlsplit(value)
        host = parts.hostname or ""
        if not host or parts.username is not None or parts.fragment:
            raise ValueError("a webhook's url has a host, no user and no fragment")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise ValueError("a webhook's url is https; http on loopback only")
        return value

    @model_validator(mode="after")
    def _is_signed(self) -> Webhook:
        if self.format is WebhookFormat.JSON and self.secret_file is None:
            raise ValueError("a webhook of the format json has a secret_file")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    webhooks: tuple[Webhook, ...]


class Receiver(BaseModel):
    """A webhook with its secret in hand."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    webhook: Webhook
    secret: bytes | None = Field(default=None, repr=False)


def load_receivers(path: Path) -> tuple[Receiver, ...]:
    """The receivers of a file, with their secrets.

    Raises:
        WebhooksError: file or secret cannot be read, a field is unknown or wrong, or two have one name.
    """
    try:
        raw = path.read_bytes()
        content = yaml.safe_load(raw[:MAX_FILE_BYTES]) if len(raw) <= MAX_FILE_BYTES else None
        found = _File.model_validate(content)
    except OSError:
        raise WebhooksError(f"{path} cannot be read", advice="check path and permissions") from None
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        where = "" if mark is None else f":{mark.line + 1}:{mark.column + 1}"
        raise WebhooksError(f"{path}{where}: not YAML") from None
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise WebhooksError(f"{path}: {where or 'the file'}: {first['msg'].lower()}") from None
    names = [webhook.name for webhook in found.webhooks]
    if len(set(names)) != len(names):
        raise WebhooksError(f"{path}: two webhooks have one name")
    return tuple(Receiver(webhook=webhook, secret=_secret(webhook)) for webhook in found.webhooks)


def _secret(webhook: Webhook) -> bytes | None:
    if webhook.secret_file is None:
        return None
    try:
        text = webhook.secret_file.read_text("ascii").strip()
        secret = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (OSError, UnicodeDecodeError, binascii.Error):
        raise WebhooksError(
            f"webhook {webhook.name}: its secret cannot be read",
            advice="the file holds whsec_ and base64, such as `openssl rand -base64 32` prints",
        ) from None
    if len(secret) < MIN_SECRET_BYTES:
        raise WebhooksError(f"webhook {webhook.name}: its secret has fewer than {MIN_SECRET_BYTES} bytes")
    return secret
