"""SendGrid API keys: `SG.`, an id of 22 and a secret of 43 characters.

Source: https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider("sendgrid", "SENDGRID_API_KEY", keywords=("sg.",), pattern=r"SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}"),
)
