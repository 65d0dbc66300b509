"""OpenAI keys: all generations carry the base64 of "OpenAI" in the middle.

Source: https://platform.openai.com/docs/api-reference/authentication
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider(
        "openai",
        "OPENAI_API_KEY",
        keywords=("t3blbkfj",),
        pattern=r"sk-(?:(?:proj|svcacct|admin|None)-)?[A-Za-z0-9_\-]{20,90}?T3BlbkFJ[A-Za-z0-9_\-]{20,90}",
    ),
)
