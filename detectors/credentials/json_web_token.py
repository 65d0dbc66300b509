"""JSON web tokens: three base64url parts, the first of which decodes to a JSON object with `alg`.

Source: RFC 7519, RFC 7515 section 4.1.1; RFC 7516 for the five-part encrypted form
"""

from __future__ import annotations

import binascii
import json
import re

from detectors.credentials.detector import CredentialDetector, PatternDetector

# Every JSON object in base64 begins with "ey" ('{"'), and the longest header in practice is far below the bound.
_PATTERN = re.compile(
    r"(?<![A-Za-z0-9_\-.])(?P<header>ey[A-Za-z0-9_\-]{8,4096})\.[A-Za-z0-9_\-]{2,65536}(?:\.[A-Za-z0-9_\-]*){1,3}"
)


def _has_algorithm(match: re.Match[str]) -> bool:
    header = match.group("header")
    try:
        decoded = json.loads(binascii.a2b_base64(header.replace("-", "+").replace("_", "/") + "=" * (-len(header) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(decoded, dict) and isinstance(decoded.get("alg"), str)


DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="json_web_token", type="JSON_WEB_TOKEN", keywords=("ey",), pattern=_PATTERN, accept=_has_algorithm
    ),
)
