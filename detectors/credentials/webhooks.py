"""Webhook addresses that anyone who knows them can post to.

Source: https://discord.com/developers/docs/resources/webhook and
https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider(
        "discord_webhook",
        "DISCORD_WEBHOOK",
        keywords=("/api/webhooks/",),
        pattern=r"https://(?:\w{2,10}\.)?discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_\-]{60,80}",
    ),
    provider(
        "teams_webhook",
        "TEAMS_WEBHOOK",
        keywords=("webhook",),
        pattern=(
            r"https://[a-z0-9.\-]{1,63}\.office(?:365)?\.com/webhook(?:b2)?/[0-9a-f\-]{36}@[0-9a-f\-]{36}"
            r"/IncomingWebhook/[0-9a-f]{32}/[0-9a-f\-]{36}(?:/[A-Za-z0-9_\-]{20,60})?"
        ),
    ),
)
