"""Google API keys, OAuth client secrets and access tokens.

Source: https://cloud.google.com/docs/authentication/api-keys and
https://developers.google.com/identity/protocols/oauth2
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider("google", "GOOGLE_API_KEY", keywords=("aiza",), pattern=r"AIza[0-9A-Za-z_\-]{35}"),
    provider("google_client", "GOOGLE_CLIENT_SECRET", keywords=("gocspx-",), pattern=r"GOCSPX-[0-9A-Za-z_\-]{28}"),
    provider("google_access", "GOOGLE_ACCESS_TOKEN", keywords=("ya29.",), pattern=r"ya29\.[0-9A-Za-z_\-.]{20,400}"),
)
