"""GitHub tokens.

Source: https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
and https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider(
        "github",
        "GITHUB_TOKEN",
        keywords=("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        pattern=r"gh[opsur]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{36,255}",
    ),
)
