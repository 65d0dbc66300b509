"""AWS access key ids, and the secret key where it stands beside an id or its name.

An id begins with four letters that name its kind and is in base 32. A secret is 40 characters of base 64, which a
digest can be too, so it counts only near an id or a name.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from detectors.credentials.detector import CredentialDetector, Span, provider
from detectors.credentials.values import entropy_bits
from detectors.overlaps import Strength

_NAME = re.compile(r"(?i)(?:AKIA|ASIA)[A-Z2-7]{16}|aws.{0,20}?(?:secret|key)|secret.?access.?key")
_SECRET = re.compile(r"(?<![A-Za-z0-9/+=_\-.])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_\-])")
_HEX = re.compile(r"[0-9a-f]{40}|[0-9A-F]{40}")
# How far the secret stands from its id or name in credential files, CSV exports and JSON answers.
_REACH_CHARS = 160


@dataclass(frozen=True, slots=True)
class SecretAccessKey:
    """The 40-character secret beside an access key id or the word for it."""

    name: str = "aws_secret"
    type: str = "AWS_SECRET_KEY"
    keywords: tuple[str, ...] = ("akia", "asia", "aws", "secret")
    strength: Strength = Strength.PROVIDER
    score: float = 0.95

    def find(self, text: str) -> Iterator[Span]:
        """The spans of the secrets in `text`."""
        for match in _SECRET.finditer(text):
            value = match.group()
            if _HEX.fullmatch(value) or entropy_bits(value) < 4.0 or value.isalpha():
                continue
            around = (
                text[max(0, match.start() - _REACH_CHARS) : match.start()] + " " + text[match.end() :][:_REACH_CHARS]
            )
            if _NAME.search(around):
                yield match.span()


DETECTORS: tuple[CredentialDetector, ...] = (
    provider(
        "aws",
        "AWS_ACCESS_KEY",
        keywords=("akia", "asia", "abia", "acca"),
        pattern=r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
    ),
    SecretAccessKey(),
)
