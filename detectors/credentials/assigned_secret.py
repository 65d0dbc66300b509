"""A secret that is assigned to a name which says so: `password = ...`, `api_key: ...`, `"client_secret": "..."`.

The name is the evidence and the value must pass a veto: not a stand-in, not code, not a path. A password may be any
text of six characters when it stands in quotes or in a `NAME=value` line; a token or key must look random.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from detectors.credentials.detector import CredentialDetector, Span
from detectors.credentials.values import is_random_looking, is_stand_in
from detectors.overlaps import Strength

_LOGIN_NAMES = r"pass(?:word|wd|phrase|code)|pwd|(?<![A-Za-z])pass(?![A-Za-z])"
_KEY_NAMES = (
    r"secret|token|api[ _\-]?key|apikey|access[_\-]?key|auth[_\-]?key|private[_\-]?key|signing[_\-]?key"
    r"|encryption[_\-]?key|account[_\-]?key|credential|oauth[_\-]?(?:signature|verifier)|auth[_\-]?code"
)
_NAME = re.compile(rf"(?i)(?:(?P<password>{_LOGIN_NAMES})|{_KEY_NAMES})")
# What may follow the word inside the name; a name that goes on like this is a description of the secret, not it.
_TAIL = re.compile(r"[A-Za-z0-9_\-.]{0,32}")
_DESCRIPTION = re.compile(
    r"(?i)(?:[_\-.]?(?:type|name|id|ids|url|uri|path|file|length|size|count|limit|expir\w*|ttl|age|policy|hash\w*|field"
    r"|label|prefix|suffix|format|method|endpoint|regex|pattern|provider|version|algorithm|header|param\w*|required"
    r"|enabled|min\w*|max\w*|usage|within|class|handler|store|manager|ref|reset\w*|hint|s|ed|ization))$"
)
_COUNTED = re.compile(
    r"(?i)(?:max|min|num|n|total|count|prompt|completion|input|output|next|page|csrf|pagination)[_\-]?$"
)
_OPERATOR = re.compile(r"[\"'`]?\]?[ \t]{0,8}(?:\?=|:=|=>|={1,3}|:|,(?=[ \t]?[\"']))[ \t]{0,8}")
_QUOTED = re.compile(r"(?:[rbuf]{0,2})(?P<quote>\\?[\"'`])(?P<value>[^\n\"'`\\]{6,512})(?P=quote)")
_BARE = re.compile(r"(?P<value>[^\s\"'`,;<>(){}\[\]\\]{6,512})(?P<after>[(\[.]?)")


@dataclass(frozen=True, slots=True)
class AssignedSecret:
    """The value beside a name such as `password` or `api_key`."""

    name: str = "assigned_secret"
    type: str = "ASSIGNED_SECRET"
    keywords: tuple[str, ...] = (
        "pass",
        "pwd",
        "secret",
        "token",
        "key",
        "credential",
        "oauth",
        "authcode",
        "auth_code",
    )
    strength: Strength = Strength.GENERIC
    score: float = 0.75

    def find(self, text: str) -> Iterator[Span]:
        """The spans of the values in `text`."""
        reach = 0
        for match in _NAME.finditer(text):
            if match.start() < reach or _COUNTED.search(text, max(0, match.start() - 16), match.start()):
                continue
            tail = _TAIL.match(text, match.end())
            end_of_name = tail.end() if tail else match.end()
            if _DESCRIPTION.match(text[match.end() : end_of_name]):
                continue
            operator = _OPERATOR.match(text, end_of_name)
            if operator is None:
                continue
            span = _value(text, operator.end(), is_password=match.group("password") is not None)
            if span is not None:
                reach = span[1]
                yield span


def _value(text: str, start: int, *, is_password: bool) -> Span | None:
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        value = quoted.group("value")
        if is_password:
            is_secret = not is_stand_in(value) and " " not in value
        else:
            is_secret = " " not in value and is_random_looking(value)
        return quoted.span("value") if is_secret else None
    bare = _BARE.match(text, start)
    if bare is None or bare.group("after"):
        return None
    value = bare.group("value").rstrip(".:")
    if len(value) < 6 or not is_random_looking(value):
        return None
    return bare.start("value"), bare.start("value") + len(value)


DETECTORS: tuple[CredentialDetector, ...] = (AssignedSecret(),)
