"""HTTP authorization values: bearer tokens and basic credentials.

Source: RFC 6750 section 2.1 (bearer), RFC 7617 section 2 (basic: base64 of user-id ":" password)
"""

from __future__ import annotations

import binascii
import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.credentials.values import entropy_bits, is_stand_in
from detectors.overlaps import Strength

_BEARER = re.compile(r"(?i)\bbearer[ \t:=\"']{1,4}(?P<secret>[A-Za-z0-9_\-.~+/]{16,4096}={0,2})")
_BASIC = re.compile(r"(?i)\bbasic[ \t]{1,4}(?P<secret>[A-Za-z0-9+/]{8,2048}={0,2})(?![A-Za-z0-9+/=])")


def _is_token(match: re.Match[str]) -> bool:
    value = match.group("secret")
    return not is_stand_in(value) and any(c.isdigit() for c in value) and entropy_bits(value) >= 3.0


def _is_user_and_password(match: re.Match[str]) -> bool:
    value = match.group("secret")
    try:
        decoded = binascii.a2b_base64(value + "=" * (-len(value.rstrip("=")) % 4)).decode("utf-8")
    except ValueError:
        return False
    user, colon, password = decoded.partition(":")
    return bool(colon) and decoded.isprintable() and bool(user or password)


DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="bearer_header",
        type="BEARER_TOKEN",
        keywords=("bearer",),
        pattern=_BEARER,
        accept=_is_token,
        strength=Strength.CONTEXT,
        score=0.85,
    ),
    PatternDetector(
        name="basic_header",
        type="BASIC_AUTH",
        keywords=("basic",),
        pattern=_BASIC,
        accept=_is_user_and_password,
        strength=Strength.CONTEXT,
        score=0.9,
    ),
)
