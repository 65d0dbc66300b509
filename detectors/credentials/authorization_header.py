"""HTTP authorization values: bearer tokens, basic credentials and the schemes of vendors.

Source: RFC 6750 section 2.1 (bearer), RFC 7617 section 2 (basic: base64 of user-id ":" password),
RFC 9110 section 11.6.2 (Authorization: a scheme and a token or parameters)
"""

from __future__ import annotations

import binascii
import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.credentials.values import entropy_bits, is_stand_in
from detectors.declaration import Reach, regex
from detectors.overlaps import Strength

_BEARER = re.compile(r"(?i)\bbearer[ \t:=\"']{1,4}(?P<secret>[A-Za-z0-9_\-.~+/]{16,4096}={0,2})")
_BASIC = re.compile(r"(?i)\bbasic[ \t]{1,4}(?P<secret>[A-Za-z0-9+/]{8,2048}={0,2})(?![A-Za-z0-9+/=])")
_HEADER = re.compile(
    r"(?i)\bauthorization\\?[\"']?\s{0,3}(?:[:=,]|=>)\s{0,3}\\?[\"'`]?"
    r"(?:basic|bearer|token|api-?key|ntlm|negotiate|apikey|key|ssws|geniekey|splunk|zoho-oauthtoken|oauth|discogs|bot)"
    r"[ \t]{1,4}(?:token=)?[\"']?(?P<secret>[A-Za-z0-9_\-.~+/|]{8,4096}={0,2})(?![A-Za-z0-9])"
)


def _is_token(match: re.Match[str]) -> bool:
    value = match.group("secret")
    return not is_stand_in(value) and any(c.isdigit() for c in value) and entropy_bits(value) >= 3.0


def _is_value(match: re.Match[str]) -> bool:
    # Behind the header's name and a scheme little is asked of the value: no word, no stand-in.
    value = match.group("secret")
    return not is_stand_in(value) and any(c.isdigit() for c in value) and entropy_bits(value) >= 2.5


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
        triggers=(regex(r"bearer[ \t:=\"']{1,4}[a-z0-9_\-.~+/]{16}"),),
        reach=Reach(64, 64),
        strength=Strength.CONTEXT,
        score=0.85,
    ),
    PatternDetector(
        name="basic_header",
        type="BASIC_AUTH",
        keywords=("basic",),
        pattern=_BASIC,
        accept=_is_user_and_password,
        triggers=(regex(r"basic[ \t]{1,4}[a-z0-9+/]{8}"),),
        reach=Reach(64, 64),
        strength=Strength.CONTEXT,
        score=0.9,
    ),
    PatternDetector(
        name="authorization_header",
        type="AUTHORIZATION_HEADER",
        keywords=("authorization",),
        pattern=_HEADER,
        accept=_is_value,
        reach=Reach(32, 128),
        strength=Strength.FORMAT,
        score=0.85,
    ),
)
