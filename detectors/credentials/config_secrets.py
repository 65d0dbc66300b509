"""Secrets in the files of tools: Kubernetes Secrets, the logins of Docker and npm.

Source: https://kubernetes.io/docs/concepts/configuration/secret/,
https://docs.docker.com/reference/cli/docker/login/#credential-stores, npm Docs, "npmrc", "Auth related configuration"
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from detectors.credentials.detector import CredentialDetector, PatternDetector, Span
from detectors.credentials.values import is_stand_in
from detectors.declaration import Reach, Trigger, regex
from detectors.overlaps import Strength

_KIND = re.compile(r"(?im)^[ \t]{0,16}[\"']?kind[\"']?\s?:\s{0,4}[\"']?Secret\b")
# The data of a Secret, as a block of YAML or an object of JSON, and its members. Values are base64 under `data`.
_DATA = re.compile(
    r"(?m)^(?P<indent>[ \t]{0,16})[\"']?(?P<plain>string)?[dD]ata[\"']?[ \t]?:[ \t]?(?:\{[ \t]?)?\n"
    r"(?P<body>(?:(?P=indent)[ \t]{1,8}[^\n]{1,20000}(?:\n|$)){1,200})"
)
_MEMBER = re.compile(
    r"(?m)^[ \t]{1,24}[\"']?[\w.\-/]{1,253}[\"']?[ \t]?:[ \t]{1,4}[\"']?(?P<value>[^\s\"',]{4,20000})[\"']?,?[ \t]?$"
)
_AUTH = re.compile(
    r"(?:\\?\"auth\\?\"\s{0,4}:\s{0,4}\\?\"|(?m:^|:)_auth\s?=\s?\"?)(?P<secret>[A-Za-z0-9+/]{8,2048}={0,2})"
)
# The data of a Kubernetes Secret stands before or after its kind.
_MANIFEST = Reach(8_192, 16_384)


def decoded(value: str) -> str | None:
    """The text that a value is the base64 of; None when it is none.

    >>> decoded("aHVudGVyMjp4"), decoded("not base64")
    ('hunter2:x', None)
    """
    bare = value.rstrip("=")
    try:
        text = binascii.a2b_base64(bare + "=" * (-len(bare) % 4), strict_mode=True).decode("utf-8")
    except ValueError:
        return None
    return text if text.replace("\n", "").isprintable() else None


@dataclass(frozen=True, slots=True)
class KubernetesSecret:
    """The values of a Kubernetes Secret."""

    name: str = "kubernetes_secret"
    type: str = "KUBERNETES_SECRET"
    keywords: tuple[str, ...] = ("kind",)
    triggers: tuple[Trigger, ...] = (regex(r"kind[\"']?\s?:\s{0,4}[\"']?secret\b"),)
    reach: Reach = _MANIFEST
    strength: Strength = Strength.CONTEXT
    score: float = 0.9

    def find(self, text: str) -> Iterator[Span]:
        """The spans of the values in `text`."""
        return self.find_within(text, 0, len(text))

    def find_within(self, text: str, start: int, end: int) -> Iterator[Span]:
        """The spans of the values in a part of `text`."""
        if _KIND.search(text, start, end) is None:
            return
        for data in _DATA.finditer(text, start, end):
            for member in _MEMBER.finditer(text, data.start("body"), data.end("body")):
                value = member.group("value")
                if is_stand_in(value) or (data.group("plain") is None and not _is_base64(value)):
                    continue
                yield member.span("value")


def _is_base64(value: str) -> bool:
    try:
        return bool(binascii.a2b_base64(value, strict_mode=True))
    except ValueError:
        return False


def _is_login(match: re.Match[str]) -> bool:
    user, colon, password = (decoded(match.group("secret")) or "").partition(":")
    return bool(user and colon and password)


DETECTORS: tuple[CredentialDetector, ...] = (
    KubernetesSecret(),
    PatternDetector(
        name="registry_login",
        type="REGISTRY_LOGIN",
        keywords=('"auth', "_auth"),
        pattern=_AUTH,
        accept=_is_login,
        triggers=(regex(r"\"auth\\?\"\s{0,4}:\s{0,4}\\?\"[a-z0-9+/]{8}"), regex(r"_auth\s?=\s?\"?[a-z0-9+/]{8}")),
        strength=Strength.CONTEXT,
        score=0.95,
    ),
)
