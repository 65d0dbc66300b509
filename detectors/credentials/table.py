"""Every credential detector, by name: adding one is a module, a line here and its examples."""

from __future__ import annotations

from detectors.credentials import (
    anthropic,
    assigned_secret,
    authorization_header,
    aws,
    command_line,
    connection_url,
    github,
    gitlab,
    google,
    json_web_token,
    npm,
    openai,
    private_key,
    pypi,
    sendgrid,
    slack,
    stripe,
    vendor_tokens,
    webhooks,
)
from detectors.credentials.detector import CredentialDetector

#: The examples of `name` are in tests/detectors/examples/`name`.py.
MODULES: dict[str, tuple[CredentialDetector, ...]] = {
    "anthropic": anthropic.DETECTORS,
    "assigned_secret": assigned_secret.DETECTORS,
    "authorization_header": authorization_header.DETECTORS,
    "aws": aws.DETECTORS,
    "command_line": command_line.DETECTORS,
    "connection_url": connection_url.DETECTORS,
    "github": github.DETECTORS,
    "gitlab": gitlab.DETECTORS,
    "google": google.DETECTORS,
    "json_web_token": json_web_token.DETECTORS,
    "npm": npm.DETECTORS,
    "openai": openai.DETECTORS,
    "private_key": private_key.DETECTORS,
    "pypi": pypi.DETECTORS,
    "sendgrid": sendgrid.DETECTORS,
    "slack": slack.DETECTORS,
    "stripe": stripe.DETECTORS,
    "vendor_tokens": vendor_tokens.DETECTORS,
    "webhooks": webhooks.DETECTORS,
}

DETECTORS: tuple[CredentialDetector, ...] = tuple(detector for module in MODULES.values() for detector in module)
