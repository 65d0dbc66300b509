"""Slack tokens and incoming webhooks.

Source: https://docs.slack.dev/authentication/tokens and https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider(
        "slack",
        "SLACK_TOKEN",
        keywords=("xox", "xapp-"),
        pattern=r"(?:xox[abeoprs](?:\.xox[bp])?|xapp)-(?=[A-Za-z]{0,20}[0-9])[0-9A-Za-z\-]{10,250}",
    ),
    provider(
        "slack_webhook",
        "SLACK_WEBHOOK",
        keywords=("hooks.slack.com",),
        pattern=(
            r"(?:https?://)?hooks\.slack\.com/"
            r"(?:services/T[A-Za-z0-9_]{6,14}/B[A-Za-z0-9_]{6,14}/[A-Za-z0-9_]{20,30}"
            r"|(?:workflows|triggers)/[A-Za-z0-9_/\-]{30,120})"
        ),
    ),
)
