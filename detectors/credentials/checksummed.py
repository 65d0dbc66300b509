"""Tokens that carry a checksum: one that fits makes a finding certain; one that does not is found all the same.

The last six of the characters behind the prefix are the CRC-32 of those before them, in base 62. Tokens in old texts
and in tests often fail it, and a token that was mistyped in a log is still worth hiding, so it is no veto.
Source: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/,
https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from detectors.credentials.detector import CredentialDetector, Span
from detectors.declaration import TOKEN, Reach, Trigger, matches_within, regex
from detectors.overlaps import Strength

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def checksum(random: str) -> str:
    """The six characters that belong behind the random part of a token.

    >>> checksum("A" * 30)
    '0uCPlr'
    """
    rest, characters = crc32(random.encode()), []
    for _ in range(6):
        rest, digit = divmod(rest, len(_BASE62))
        characters.append(_BASE62[digit])
    return "".join(reversed(characters))


@dataclass(frozen=True, slots=True)
class ChecksummedToken:
    """Tokens of one vendor whose checksum fits."""

    name: str
    type: str
    keywords: tuple[str, ...]
    pattern: re.Pattern[str]
    triggers: tuple[Trigger, ...]
    reach: Reach = TOKEN
    strength: Strength = Strength.PROVIDER
    score: float = 1.0

    def find(self, text: str) -> Iterator[Span]:
        """The spans of the tokens in `text`."""
        return self.find_within(text, 0, len(text))

    def find_within(self, text: str, start: int, end: int) -> Iterator[Span]:
        """The spans of the tokens that begin in a part of `text`."""
        for match in matches_within(self.pattern, text, start, end):
            if checksum(match.group("random")) == match.group("checksum"):
                yield match.span()


def _checksummed(name: str, type: str, keywords: tuple[str, ...], prefix: str) -> ChecksummedToken:  # noqa: A002
    pattern = rf"(?<![A-Za-z0-9_]){prefix}(?P<random>[A-Za-z0-9]{{30}})(?P<checksum>[A-Za-z0-9]{{6}})(?![A-Za-z0-9])"
    trigger = regex(rf"{prefix}[A-Za-z0-9]{{36}}", caseless=False)
    return ChecksummedToken(name, type, keywords, re.compile(pattern), (trigger,))


DETECTORS: tuple[CredentialDetector, ...] = (
    _checksummed("github_checksum", "GITHUB_TOKEN", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), "gh[opsur]_"),
    _checksummed("npm_checksum", "NPM_TOKEN", ("npm_",), "npm_"),
)
