"""JSON web tokens: three base64url parts, the first of which decodes to a JSON object with `alg`; also in base64.

Source: RFC 7519, RFC 7515 section 4.1.1; RFC 7516 for the five-part encrypted form
"""

from __future__ import annotations

import binascii
import json
import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.declaration import regex

# Every JSON object in base64 begins with "ey" ('{"'), and the longest header in practice is far below the bound.
_PATTERN = re.compile(
    r"(?<![A-Za-z0-9_\-.])(?P<header>ey[A-Za-z0-9_\-]{8,4096})\.[A-Za-z0-9_\-]{2,65536}(?:\.[A-Za-z0-9_\-]*){1,3}"
)


# The base64 of "eyJ", the beginning of every token.
_ENCODED = re.compile(r"(?<![A-Za-z0-9_\-.+/])ZXlK[A-Za-z0-9+/_\-]{40,65536}={0,2}")


def _is_encoded_token(match: re.Match[str]) -> bool:
    value = match.group().rstrip("=").replace("-", "+").replace("_", "/")
    inner = binascii.a2b_base64(value[: len(value) // 4 * 4])
    # A token that is cut off is one still: the header and its dot are enough.
    token = re.match(rb"(ey[A-Za-z0-9_\-]{8,4096})\.", inner)
    return token is not None and _is_header(token[1].decode())


def _has_algorithm(match: re.Match[str]) -> bool:
    # A signature that says so is an example.
    return "example" not in match.group()[-40:].lower() and _is_header(match.group("header"))


def _is_header(header: str) -> bool:
    try:
        decoded = json.loads(binascii.a2b_base64(header.replace("-", "+").replace("_", "/") + "=" * (-len(header) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(decoded, dict) and isinstance(decoded.get("alg"), str)


DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="json_web_token",
        type="JSON_WEB_TOKEN",
        keywords=("ey",),
        pattern=_PATTERN,
        accept=_has_algorithm,
        triggers=(regex(r"\bey[A-Za-z0-9_\-]{14}", caseless=False),),
    ),
    PatternDetector(
        name="encoded_json_web_token",
        type="ENCODED_JSON_WEB_TOKEN",
        keywords=("zxlk",),
        pattern=_ENCODED,
        accept=_is_encoded_token,
        triggers=(regex(r"ZXlK[A-Za-z0-9+/_\-]{40}", caseless=False),),
    ),
)
