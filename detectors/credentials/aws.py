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
from detectors.declaration import Reach, Trigger, matches_within, regex
from detectors.overlaps import Strength

_NAME = re.compile(r"(?i)(?:AKIA|ASIA)[A-Z0-9]{16}|aws.{0,20}?(?:secret|key)|secret.?access.?key")
_SECRET = re.compile(r"(?<![A-Za-z0-9/+=_\-.])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_\-])")
_HEX = re.compile(r"[0-9a-f]{40}|[0-9A-F]{40}")
# How far the secret stands from its id or name in credential files, CSV exports and JSON answers.
_REACH_CHARS = 160
_REACH = Reach(_REACH_CHARS + 64, _REACH_CHARS + 64)
_TRIGGERS: tuple[Trigger | str, ...] = (
    regex(r"(?:AKIA|ASIA)[A-Z0-9]{16}", caseless=False),
    regex(r"aws.{0,20}(?:secret|key)"),
    regex(r"secret.?access.?key"),
)


@dataclass(frozen=True, slots=True)
class SecretAccessKey:
    """The 40-character secret beside an access key id or the word for it."""

    name: str = "aws_secret"
    type: str = "AWS_SECRET_KEY"
    keywords: tuple[str, ...] = ("akia", "asia", "aws", "secret")
    triggers: tuple[Trigger | str, ...] = _TRIGGERS
    reach: Reach = _REACH
    strength: Strength = Strength.PROVIDER
    score: float = 0.95

    def find(self, text: str) -> Iterator[Span]:
        """The spans of the secrets in `text`."""
        return self.find_within(text, 0, len(text))

    def find_within(self, text: str, start: int, end: int) -> Iterator[Span]:
        """The spans of the secrets that begin in a part of `text`."""
        for match in matches_within(_SECRET, text, start, end):
            value = match.group()
            if _HEX.fullmatch(value) or entropy_bits(value) < 4.0 or value.isalpha():
                continue
            before = text[max(0, match.start() - _REACH_CHARS) : match.start()]
            if _NAME.search(f"{before} {text[match.end() : match.end() + _REACH_CHARS]}"):
                yield match.span()


DETECTORS: tuple[CredentialDetector, ...] = (
    provider(
        "aws",
        "AWS_ACCESS_KEY",
        keywords=("akia", "asia", "abia", "acca"),
        # Ids are in base 32 today; the other digits stand in older ones and are taken as well, when there is any digit.
        pattern=r"(?:AKIA|ASIA|ABIA|ACCA)(?:[A-Z2-7]{16}|(?=[A-Z]{0,15}[0-9])[A-Z0-9]{16})",
        triggers=(regex(r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}", caseless=False),),
    ),
    SecretAccessKey(),
)
