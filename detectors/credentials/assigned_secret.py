"""A secret that is assigned to a name which says so: `password = ...`, `api_key: ...`, `"client_secret": "..."`.

The name is the evidence, and the value must pass a veto: not a stand-in, not code, not a path, not words. How much the
value must show depends on the name: least after `password`, more after `token` or `api_key`, most after a mere `key`.
The name may be part of a longer one (`DB_PASSWORD_PROD`), of a flag (`--password x`) or of XML; between the two stands
an operator of a language or configuration format, or, for values that can be nothing but key material, a space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from detectors.credentials.detector import CredentialDetector, Span
from detectors.credentials.values import (
    is_hex,
    is_key_material,
    is_password,
    is_random_looking,
    is_stand_in,
    is_uuid,
)
from detectors.overlaps import Strength

_LOGIN_NAMES = (
    r"pass(?:w(?:or)?d|phrase|code)|pasw(?:or)?d|ps(?:w|wo)rd|pwd|(?<![A-Za-z])(?:pass|pw|psw)(?![A-Za-z])|(?<=_)pass"
)
_KEY_NAMES = (
    r"secret|token|api[ _\-]?key|credential|oauth[_\-]?(?:signature|verifier)|auth[_\-]?code"
    r"|(?:access|account|activation|admin|app|application|auth|client|consumer|deploy|encryption|integration|license"
    r"|master|oauth|private|secret|service|session|shared|signing|storage|subscription|write|xkey)[ _\-]?key"
)
_NAME = re.compile(rf"(?i)(?:(?P<login>{_LOGIN_NAMES})|(?P<strong>{_KEY_NAMES})|(?P<weak>key|auth|login|pat)(?![a-z]))")
# What may follow the word inside the name; a name that goes on like this is a description of the secret, not it.
_TAIL = re.compile(r"[A-Za-z0-9_\-.]{0,32}(?<![\-.])")
_DESCRIPTION = re.compile(
    r"(?i)[_\-.]?(?:type|name|ids?|url|uri|path|file|length|size|count|limit|expir\w*|ttl|age|policy|hash\w*|field|label"
    r"|prefix|suffix|format|method|endpoint|regex|pattern|provider|version|algorithm|header|param\w*|required|enabled"
    r"|min\w*|max\w*|usage|within|class|handler|store|manager|ref|reset\w*|hint|s|ed|ization|mask\w*|arn|code|info|form)$"
)
# Words before the name that make it another thing: a count, a place in a list, a public or technical key.
_OTHER_THING = re.compile(
    r"(?i)(?:max|min|num|n|total|count|prompt|completion|input|output|next|page|csrf|pagination|idempotency|request"
    r"|correlation|continuation|sync|cursor|cancel|cancellation|public|primary|foreign|partition|sort|range|cache"
    r"|object|row|index|map|dict|hash|lookup|routing|group|bucket|translation|target|kms|composite|unique|natural"
    r"|surrogate|dedup\w*|etag|non-?matching)[_\- ]?$"
)
_OPERATOR = re.compile(
    r"[\"'`]?[\])]?[ \t]{0,8}"
    r"(?::?[ \t]?(?:string|str|String)[ \t]?=|[:?.|!+]{0,4}={1,3}>?|:{1,2}|->|>[ \t\r\n]{0,32}"
    r"|(?<=[\"'`]),(?=[ \t]?[\"'])"
    r"|value[ \t]?=|(?:is|was)[ \t]:?)[ \t]{0,8}"
)
_FLAG = re.compile(r"(?:^|[\s\"'])-{1,2}[A-Za-z\-]{0,32}$")
_SPACE = re.compile(r"[ \t]{1,2}")
_QUOTED = re.compile(r"(?:[rbuf@$]{0,2})(?P<quote>\\?[\"'`])(?P<value>[^\n\"'`\\]{5,512})(?P=quote)")
_BARE = re.compile(r"(?P<value>(?:(?!&\w{1,40}=)[^\s\"'`,;<>(){}\[\]\\]){5,512})(?P<after>[(\[{]?)")
# What ends a value in running text and hardly ever a secret; other marks may be part of a password.
_SENTENCE_END = ".:"


@dataclass(frozen=True, slots=True)
class AssignedSecret:
    """The value beside a name such as `password` or `api_key`."""

    name: str = "assigned_secret"
    type: str = "ASSIGNED_SECRET"
    keywords: tuple[str, ...] = (
        *("pass", "pasw", "pwd", "psw", "pw", "secret", "token", "key", "credential", "oauth", "auth", "login", "pat"),
    )
    strength: Strength = Strength.GENERIC
    score: float = 0.75

    def find(self, text: str) -> Iterator[Span]:
        """The spans of the values in `text`."""
        reach = 0
        for match in _NAME.finditer(text):
            if match.start() < reach:
                continue
            before = text[max(0, match.start() - 40) : match.start()]
            if _OTHER_THING.search(before):
                continue
            tail = _TAIL.match(text, match.end())
            end_of_name = tail.end() if tail else match.end()
            if _DESCRIPTION.match(text[match.end() : end_of_name]):
                continue
            span = _assigned(text, match, end_of_name, is_flag=_FLAG.search(before) is not None)
            if span is not None:
                reach = span[1]
                yield span


def _assigned(text: str, name: re.Match[str], end_of_name: int, *, is_flag: bool) -> Span | None:
    """The value that follows a name, by whichever sign binds them."""
    operator = _OPERATOR.match(text, end_of_name)
    if operator is not None:
        span = _value(text, operator.end(), _tests(text, name))
        if span is not None:
            return span
    space = _SPACE.match(text, end_of_name)
    if space is None:
        return None
    if is_flag and name.group("weak") is None:
        return _value(text, space.end(), _tests(text, name))
    return _value(text, space.end(), (is_key_material, is_key_material))


_Test = Callable[[str], bool]


def _tests(text: str, name: re.Match[str]) -> tuple[_Test, _Test]:
    """What a quoted and what a bare value must show after this name."""
    if name.group("login") is not None:
        return _is_quoted_password, is_password
    if name.group("strong") is not None:
        return _is_token, _is_token
    has_owner = text[max(0, name.start() - 1) : name.start()].strip("\"'`-. ") != ""
    return (is_key_material, is_key_material) if has_owner else (_is_no_digest, _is_no_digest)


def _is_quoted_password(value: str) -> bool:
    return not is_stand_in(value)


def _is_token(value: str) -> bool:
    return len(value) >= 6 and (is_random_looking(value) or is_uuid(value))


def _is_no_digest(value: str) -> bool:
    # Beside a lone `key` a digest is more likely a cache or object key than a secret.
    return is_key_material(value) and not is_hex(value)


def _value(text: str, start: int, tests: tuple[_Test, _Test]) -> Span | None:
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        value = quoted.group("value")
        return quoted.span("value") if " " not in value and tests[0](value) else None
    bare = _BARE.match(text, start)
    if bare is None or bare.group("after"):
        return None
    value = bare.group("value").rstrip(_SENTENCE_END)
    if len(value) < 5 or not tests[1](value):
        return None
    return bare.start("value"), bare.start("value") + len(value)


DETECTORS: tuple[CredentialDetector, ...] = (AssignedSecret(),)
