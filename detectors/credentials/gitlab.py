"""GitLab tokens: personal, deploy, runner, trigger, OAuth, feed, and the routable forms with dots.

Source: https://docs.gitlab.com/security/tokens/#token-prefixes
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider(
        "gitlab",
        "GITLAB_TOKEN",
        keywords=("gl", "gr1348941", "_gitlab_session="),
        pattern=(
            r"gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt)-(?:[A-Za-z0-9]_)?[A-Za-z0-9_\-]{20,300}"
            r"(?:\.[A-Za-z0-9_\-.]{2,40})?"
            r"|GR1348941[A-Za-z0-9_\-]{20}|_gitlab_session=[0-9a-z]{32}"
        ),
    ),
)
