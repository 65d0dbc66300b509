"""Private keys: PEM and OpenPGP armour, whole, cut off in the middle or with escaped newlines; PuTTY; PEM in base64.

A block whose END line is missing runs to the last line that still looks like key material, so that a truncated log
line leaks nothing. Public keys and certificates are no secret.
Source: RFC 7468 (PEM), RFC 5958 (PKCS #8), RFC 9580 section 6.2 (OpenPGP armour),
https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html (PPK files)
"""

from __future__ import annotations

import binascii
import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.declaration import WHOLE, regex

_BREAK = r"(?:\s|\\+[nrt]|[\"'+,])"
_PATTERN = re.compile(
    r"-{5}BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-{0,5}"
    # Header lines such as "Proc-Type: 4,ENCRYPTED", then base64; possessive, so the work is linear.
    rf"(?:{_BREAK}|(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ?[^\n\\]{{0,120}}|[A-Za-z0-9+/=])*+"
    r"(?:-{5}END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-{5})?"
)
_BODY = re.compile(r"[A-Za-z0-9+/=]{16}")
_PUTTY = re.compile(
    r"PuTTY-User-Key-File-[0-9]: ?[^\n\\]{1,64}(?:\s|\\[nr])"
    r"(?:(?:\s|\\[nrt])|[A-Z][A-Za-z0-9\-]{1,24}: ?[^\n\\]{0,256}|[A-Za-z0-9+/=])*+"
)
# "-----BEGIN" in base64.
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/])LS0tLS1CRUdJT[A-Za-z0-9+/]{40,65536}={0,2}")


def _has_body(match: re.Match[str]) -> bool:
    after_marker = match.group().split("KEY", 1)[1]
    return _BODY.search(after_marker) is not None


def _has_private_lines(match: re.Match[str]) -> bool:
    return "Private-Lines" in match.group()


def _is_private(match: re.Match[str]) -> bool:
    beginning = match.group()[:64]
    return b"PRIVATE KEY" in binascii.a2b_base64(beginning[: len(beginning) // 4 * 4])


DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="private_key",
        type="PRIVATE_KEY",
        keywords=("private key",),
        pattern=_PATTERN,
        accept=_has_body,
        triggers=(regex(r"-----BEGIN [A-Z0-9 ]{0,39}PRIVATE KEY", caseless=False),),
        reach=WHOLE,
        score=0.99,
    ),
    PatternDetector(
        name="putty_key",
        type="PUTTY_PRIVATE_KEY",
        keywords=("putty-user-key-file",),
        pattern=_PUTTY,
        accept=_has_private_lines,
        triggers=("putty-user-key-file-",),
        reach=WHOLE,
        score=0.99,
    ),
    PatternDetector(
        name="encoded_private_key",
        type="ENCODED_PRIVATE_KEY",
        keywords=("ls0tls1crudjt",),
        pattern=_ENCODED,
        accept=_is_private,
        triggers=(regex(r"LS0tLS1CRUdJT[A-Za-z0-9+/]{40}", caseless=False),),
        score=0.99,
    ),
)
