"""Private keys in PEM and OpenPGP armour: whole, cut off in the middle, or with escaped newlines.

A block whose END line is missing runs to the last line that still looks like key material, so that a truncated log
line leaks nothing. Public keys and certificates are no secret.
Source: RFC 7468 (PEM), RFC 5958 (PKCS #8), RFC 9580 section 6.2 (OpenPGP armour)
"""

from __future__ import annotations

import re

from detectors.credentials.detector import CredentialDetector, PatternDetector

_BREAK = r"(?:\s|\\+[nrt]|[\"'+,])"
_PATTERN = re.compile(
    r"-{5}BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-{0,5}"
    # Header lines such as "Proc-Type: 4,ENCRYPTED", then base64; possessive, so the work is linear.
    rf"(?:{_BREAK}|(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ?[^\n\\]{{0,120}}|[A-Za-z0-9+/=])*+"
    r"(?:-{5}END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-{5})?"
)
_BODY = re.compile(r"[A-Za-z0-9+/=]{16}")


def _has_body(match: re.Match[str]) -> bool:
    after_marker = match.group().split("KEY", 1)[1]
    return _BODY.search(after_marker) is not None


DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="private_key",
        type="PRIVATE_KEY",
        keywords=("private key",),
        pattern=_PATTERN,
        accept=_has_body,
        score=0.99,
    ),
)
