"""npm access tokens.

Source: npm Docs, "About access tokens".
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider("npm", "NPM_TOKEN", keywords=("npm_",), pattern=r"npm_[A-Za-z0-9]{36}"),
)
