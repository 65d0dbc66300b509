"""Anthropic API and admin keys.

Source: https://docs.claude.com/en/api/overview and https://docs.claude.com/en/api/administration-api
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider(
        "anthropic",
        "ANTHROPIC_API_KEY",
        keywords=("sk-ant-",),
        pattern=r"sk-ant-(?:[a-z]{2,10}[0-9]{2}-)?[A-Za-z0-9_\-]{24,120}",
    ),
)
