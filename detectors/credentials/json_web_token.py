"""JSON web tokens: three base64url parts, the first of which decodes to a JSON object with `alg`; also in base64.

A header without `alg` counts where every other sign is there: a parameter registered for headers, and a second part
that is a JSON object. Such a token breaks the standard, but what it claims may be as private.

Source: RFC 7519 (section 5.3: claims that are copied into the header), RFC 7515 section 4.1.1; RFC 7516 for the
five-part encrypted form; IANA, "JSON Web Signature and Encryption Header Parameters"
"""

from __future__ import annotations

import binascii
import json
import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.declaration import regex

# Every JSON object in base64 begins with "ey" ('{"'), and the longest header in practice is far below the bound.
_PATTERN = re.compile(
    r"(?<![A-Za-z0-9_\-.])(?P<header>ey[A-Za-z0-9_\-]{8,4096})\.(?P<claims>[A-Za-z0-9_\-]{2,65536})(?:\.[A-Za-z0-9_\-]*){1,3}"
)
# The parameters that are registered for headers, and the claims that may be copied into one.
_REGISTERED = frozenset(
    (
        *("apu", "apv", "aud", "b64", "crit", "cty", "enc", "epk", "iss", "iv", "jku", "jwk", "kid", "nonce", "p2c"),
        *("p2s", "sub", "svt", "tag", "typ", "url", "x5c", "x5t", "x5t#S256", "x5u", "zip"),
    )
)
# The base64 of "eyJ", the beginning of every token.
_ENCODED = re.compile(r"(?<![A-Za-z0-9_\-.+/])ZXlK[A-Za-z0-9+/_\-]{40,65536}={0,2}")


def _is_encoded_token(match: re.Match[str]) -> bool:
    value = match.group().rstrip("=").replace("-", "+").replace("_", "/")
    inner = binascii.a2b_base64(value[: len(value) // 4 * 4])
    # A token that is cut off is one still: the header and its dot are enough.
    token = re.match(rb"(ey[A-Za-z0-9_\-]{8,4096})\.([A-Za-z0-9_\-]*)", inner)
    return token is not None and _is_token(token[1].decode(), token[2].decode())


def _is_real(match: re.Match[str]) -> bool:
    # A signature that says so is an example.
    return "example" not in match.group()[-40:].lower() and _is_token(match.group("header"), match.group("claims"))


def _is_token(header: str, claims: str) -> bool:
    parameters = _json_object(header)
    if parameters is None:
        return False
    if isinstance(parameters.get("alg"), str):
        return True
    return not _REGISTERED.isdisjoint(parameters) and _json_object(claims) is not None


def _json_object(part: str) -> dict[str, object] | None:
    """The JSON object that a part of a token encodes; None when it is none."""
    try:
        decoded = json.loads(binascii.a2b_base64(part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None


DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="json_web_token",
        type="JSON_WEB_TOKEN",
        keywords=("ey",),
        pattern=_PATTERN,
        accept=_is_real,
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
