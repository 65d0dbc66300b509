"""Every credential detector, by module: adding one is a row or a module, a line here, and its examples."""

from __future__ import annotations

from detectors.credentials import (
    ai,
    assigned_secret,
    authorization_header,
    aws,
    business,
    chat,
    checksummed,
    ci,
    cloud,
    command_line,
    config_secrets,
    connection_url,
    databases,
    identity,
    json_web_key,
    json_web_token,
    lookups,
    mail,
    observability,
    password_hash,
    payment,
    private_key,
    registries,
    saas,
    signed_url,
    social,
    source_control,
    web_services,
)
from detectors.credentials.detector import CredentialDetector

#: The examples of `name` are in tests/detectors/examples/`name`.py.
MODULES: dict[str, tuple[CredentialDetector, ...]] = {
    "ai": ai.DETECTORS,
    "assigned_secret": assigned_secret.DETECTORS,
    "authorization_header": authorization_header.DETECTORS,
    "aws": aws.DETECTORS,
    "business": business.DETECTORS,
    "chat": chat.DETECTORS,
    "checksummed": checksummed.DETECTORS,
    "ci": ci.DETECTORS,
    "cloud": cloud.DETECTORS,
    "command_line": command_line.DETECTORS,
    "config_secrets": config_secrets.DETECTORS,
    "connection_url": connection_url.DETECTORS,
    "databases": databases.DETECTORS,
    "identity": identity.DETECTORS,
    "json_web_key": json_web_key.DETECTORS,
    "json_web_token": json_web_token.DETECTORS,
    "lookups": lookups.DETECTORS,
    "mail": mail.DETECTORS,
    "observability": observability.DETECTORS,
    "password_hash": password_hash.DETECTORS,
    "payment": payment.DETECTORS,
    "private_key": private_key.DETECTORS,
    "registries": registries.DETECTORS,
    "saas": saas.DETECTORS,
    "signed_url": signed_url.DETECTORS,
    "social": social.DETECTORS,
    "source_control": source_control.DETECTORS,
    "web_services": web_services.DETECTORS,
}

DETECTORS: tuple[CredentialDetector, ...] = tuple(detector for module in MODULES.values() for detector in module)
