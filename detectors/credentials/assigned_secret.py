"""A secret that is assigned to a name which says so: `password = ...`, `api_key: ...`, `"client_secret": "..."`.

The name is the evidence, and the value must pass a veto: not a stand-in, not code, not a path, not words. How much the
value must show depends on the name: least after `password`, more after `token` or `api_key`, most after a mere `key`.
The name may be part of a longer one (`DB_PASSWORD_PROD`), of a flag (`--password x`) or of XML. What binds the two is
an operator of a language or configuration format, a definition (`#define`, `\\set`, `export`), words ("the password for
the console is ..."), or, for values that can be nothing but key material, a space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from detectors.credentials.detector import CredentialDetector, Span
from detectors.credentials.secret_names import SecretName, Weight, names_in
from detectors.credentials.values import (
    is_generated_with_marks,
    is_hex,
    is_key_material,
    is_mixed_password,
    is_password,
    is_random_looking,
    is_scrambled,
    is_specimen,
    is_stand_in,
    is_tangled,
    is_typed_in_order,
    is_uuid,
    looks_generated,
)
from detectors.declaration import LINE, Reach, Trigger, regex
from detectors.overlaps import Strength

_OPERATOR = re.compile(
    r"[\"'`]?[\])]?[ \t]{0,8}"
    r"(?::?[ \t]?(?:string|str|String)[ \t]?=|[:?.|!+]{0,4}={1,3}>?|:{1,2}|->|>[ \t\r\n]{0,32}"
    r"|(?<=[\"'`]),(?=[ \t]?[\"'])"
    r"|value[ \t]?=|(?:is|was)[ \t]:?)[ \t]{0,8}"
)
# A value that is made by a call (`new Secret("...")`) or handed to one (`.password("...")`).
_CALL = re.compile(r"(?:(?:new[ \t])?[A-Za-z_][\w.:]{0,48})?\([ \t]?(?=[\"'])")
# What fetches a value takes its name.
_GETTER = re.compile(
    r"(?i)get|env|find|load|read|fetch|look|prompt|input|resolve|param|config|setting|property|require"
)
_END_OF_CALL = re.compile(r"[ \t]{0,4}\)")
# "The password for the user "x" is y": words between a login name and its value.
_PROSE = re.compile(r"(?i)[ \t](?:for|of|to|on|at|in)[ \t][^\n.;:=]{1,48}?[ \t](?:is|was)[ \t](?:now[ \t])?")
_FLAG = re.compile(r"(?:^|[\s\"'])-{1,2}[A-Za-z\-]{0,32}$")
# Before a name that is defined: C, RPM and shell, SQL clients, containers.
_DEFINITION = re.compile(
    r"(?i)(?:^|[\s\\#%])(?:define|global|set|setx|setenv|export|env|arg|declare|pass)[ \t]{1,8}[\w.\-]{0,40}$"
)
_SPACE = re.compile(r"[ \t]{1,2}")
_SPACES = re.compile(r"[ \t]{1,24}")
_QUOTED = re.compile(r"(?:[rbuf@$]{0,2})(?P<quote>\\?[\"'`])(?P<value>[^\n\"'`\\]{4,512})(?P=quote)")
# Other quotes and backslashes inside, where the line ends with the value: what a generator of passwords made.
_MARKED = re.compile(
    r"(?P<quote>[\"'])(?P<value>(?:(?!(?P=quote))[^\s]){8,512})(?P=quote)(?=[ \t]{0,4}[,;]?[ \t]{0,4}(?:[\r\n]|\Z))"
)
# Brackets in a bare value are code, unless they close what is not open.
_TANGLED = re.compile(r"(?P<value>[^\s\"'`]{12,128})(?=[\s\"'`]|\Z)")
_BARE = re.compile(r"(?P<value>(?:[^\s\"'`,;<>(){}\[\]\\&]|&(?!\w{1,40}=)){5,512})(?P<after>[(\[{]?)")
# What ends a value in running text and hardly ever a secret; other marks may be part of a password.
_SENTENCE_END = ".:"
# `NAME=value` with nothing else on the line, as in the environment, shell and .env files.
_ENVIRONMENT = re.compile(r"(?:^|[\n;&\"']|(?:-e|export|ENV|set)[ \t])[ \t\-]{0,8}[A-Za-z_.\-]{0,40}$")
# `"value" == password`: the name behind the value.
_COMPARED = re.compile(
    r"(?P<quote>[\"'])(?P<value>[^\n\"']{5,128})(?P=quote)[ \t]{0,2}[!=]={1,2}[ \t]{0,2}[\w.$>\-]{0,40}$"
)
# A value that a mere dash or dot joins to the name.
_JOINED = re.compile(
    r"[\-_.](?P<value>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[A-Za-z0-9]{20,128})(?![A-Za-z0-9\-_.])"
)
_LICENSE_KEY = re.compile(r"[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){3,7}")

_WORDS = "pass|pasw|psw|pwd|pw|secret|token|key|credential|oauth|auth|login|pat|access|private"
_TRIGGERS: tuple[Trigger, ...] = (
    # Operator and the beginning of a value.
    regex(
        rf"(?:{_WORDS})[a-z0-9_.\-]{{0,32}}[\"'`\]) \t]{{0,8}}(?:str(?:ing)?[ \t]?)?"
        r"(?:[:=>,|?+!.]|->|value|is|was)[:=>]{0,3}"
        r"[\s\"'`\\]{0,8}[^\s\"'`]{4}"
    ),
    # A space and key material, a quoted value or a call.
    regex(r"(?:pass|pwd|secret|token|key|credential)[\-_.][a-z0-9]{8}(?:-[a-z0-9]{4}|[a-z0-9]{12})"),
    regex(rf"(?:{_WORDS})[a-z0-9_.\-]{{0,32}}[ \t]{{1,2}}[a-z0-9+/=_\-.~]{{16}}"),
    regex(rf"(?:{_WORDS})[a-z0-9_.\-]{{0,32}}[^\n\"']{{0,56}}\([ \t]?[\"'][^\s\"']{{4}}"),
    regex(
        r"(?:define|global|set|setx|setenv|export|env|arg|declare|pass)[ \t]{1,8}[\w.\-]{0,40}"
        r"(?:pass|pwd|secret|token|key)"
    ),
    regex(r"-[a-z\-]{0,32}(?:pass|pwd|secret|token|key)[a-z\-]{0,16}[ \t][^\s]{5}"),
    regex(r"(?:pass(?:word|phrase|code)|pwd|login)[ \t](?:for|of|to|on|at|in)[ \t][^\n.;:=]{1,48}[ \t](?:is|was)[ \t]"),
    regex(r"[\"'][ \t]{0,2}[!=]={1,2}[ \t]{0,2}[\w.$>\-]{0,40}(?:pass|pwd|secret)"),
)


@dataclass(frozen=True, slots=True)
class AssignedSecret:
    """The value beside a name such as `password` or `api_key`."""

    name: str = "assigned_secret"
    type: str = "ASSIGNED_SECRET"
    keywords: tuple[str, ...] = tuple(_WORDS.split("|"))
    triggers: tuple[Trigger, ...] = _TRIGGERS
    reach: Reach = LINE
    strength: Strength = Strength.GENERIC
    score: float = 0.75

    def find(self, text: str) -> Iterator[Span]:
        """The spans of the values in `text`."""
        return self.find_within(text, 0, len(text))

    def find_within(self, text: str, start: int, end: int) -> Iterator[Span]:
        """The spans of the values whose names stand in a part of `text`."""
        reach = start
        for name in names_in(text, start, end):
            if name.start < reach:
                continue
            span = _joined(text, name) or _assigned(text, name)
            if span is not None:
                reach = span[1]
                yield span


_Test = Callable[[str], bool]


def _joined(text: str, name: SecretName) -> Span | None:
    joined = _JOINED.match(text, name.end) if name.weight is not Weight.WEAK else None
    if joined is None or not looks_generated(joined.group("value")):
        return None
    # "api-key-..." begins tokens of vendors, which their own detectors judge.
    is_key = text[name.end - 3 : name.end].lower() == "key"
    return joined.span("value") if not is_key or is_uuid(joined.group("value")) else None


def _assigned(text: str, name: SecretName) -> Span | None:
    """The value that belongs to a name, by whichever sign binds them."""
    tests = _tests(text, name)
    operator = _OPERATOR.match(text, name.end_of_name)
    if operator is not None:
        span = _value(text, operator.end(), tests) or _called(text, operator.end(), name, tests[0])
        if span is None and name.weight is Weight.LOGIN and _ENVIRONMENT.search(_before(text, name)):
            span = _environment_value(text, name.end_of_name)
        if span is not None:
            return span
    if name.weight is not Weight.WEAK:
        return _bound_otherwise(text, name, tests)
    space = _SPACE.match(text, name.end_of_name)
    return None if space is None else _value(text, space.end(), (is_key_material, is_key_material))


def _before(text: str, name: SecretName) -> str:
    return text[max(0, name.start - 48) : name.start]


def _bound_otherwise(text: str, name: SecretName, tests: tuple[_Test, _Test]) -> Span | None:
    """The value of a name without an operator: a call, a definition, a flag, words, a space, a comparison."""
    span = _called(text, name.end_of_name, name, tests[0])
    spaces = _SPACES.match(text, name.end_of_name)
    if span is None and spaces is not None:
        before = _before(text, name)
        if _FLAG.search(before) or _DEFINITION.search(before):
            span = _value(text, spaces.end(), tests)
        elif name.weight is Weight.LOGIN and text[spaces.end()] in "\"'":
            span = _value(text, spaces.end(), (is_mixed_password, is_mixed_password))
        else:
            strict = (looks_generated, looks_generated)
            span = _value(text, spaces.end(), strict) if spaces.end() - spaces.start() <= 2 else None
    if span is None and name.weight is Weight.LOGIN:
        prose = _PROSE.match(text, name.end_of_name)
        span = None if prose is None else _value(text, prose.end(), (_is_quoted_password, is_password))
    return span or _compared(text, name)


def _compared(text: str, name: SecretName) -> Span | None:
    shift = max(0, name.start - 176)
    before = text[shift : name.start]
    compared = _COMPARED.search(before) if "=" in before[-48:] else None
    if compared is None or " " in compared.group("value") or is_stand_in(compared.group("value")):
        return None
    return compared.start("value") + shift, compared.end("value") + shift


def _called(text: str, start: int, name: SecretName, test: _Test) -> Span | None:
    call = _CALL.match(text, start) if name.weight is not Weight.WEAK else None
    if call is None or _GETTER.search(call.group()):
        return None
    quoted = _QUOTED.match(text, call.end())
    if quoted is None or " " in quoted.group("value") or not test(quoted.group("value")):
        return None
    # Of several arguments none is known to be the secret.
    if _END_OF_CALL.match(text, quoted.end()) is None:
        return None
    # A name that asks for a value by its key holds words; only what cannot be words counts.
    return quoted.span("value") if is_password(quoted.group("value")) else None


def _environment_value(text: str, end_of_name: int) -> Span | None:
    """A password that may be a word, where `NAME=value` is all that stands on the line."""
    bare = _BARE.match(text, end_of_name + 1) if text[end_of_name : end_of_name + 1] == "=" else None
    if bare is None or bare.group("after"):
        return None
    is_at_end = text[bare.end() : bare.end() + 1] in ("", "\n", "\r", " ", ";", "&", '"', "'")
    return bare.span("value") if is_at_end and not is_stand_in(bare.group("value")) else None


def _tests(text: str, name: SecretName) -> tuple[_Test, _Test]:
    """What a quoted and what a bare value must show after this name."""
    if name.weight is Weight.LOGIN:
        return _is_quoted_password, is_password
    if name.weight is Weight.STRONG:
        return _is_quoted_token, _is_token
    has_owner = text[max(0, name.start - 1) : name.start].strip("\"'`-. ") != ""
    return (is_key_material, is_key_material) if has_owner else (_is_no_digest, _is_no_digest)


def _is_quoted_password(value: str) -> bool:
    return not (is_stand_in(value) or is_specimen(value)) and (
        len(value) > 4 or not value.isalpha() or is_scrambled(value)
    )


def _is_token(value: str) -> bool:
    if is_specimen(value) or is_typed_in_order(value):
        return False
    if _LICENSE_KEY.fullmatch(value):
        return True
    return len(value) >= 6 and (is_random_looking(value) or is_uuid(value))


def _is_quoted_token(value: str) -> bool:
    return _is_token(value) or (len(value) >= 7 and value.isalpha() and value.islower() and is_scrambled(value))


def _is_no_digest(value: str) -> bool:
    # Beside a lone `key` a digest is more likely a cache or object key than a secret.
    return is_key_material(value) and not is_hex(value)


def _value(text: str, start: int, tests: tuple[_Test, _Test]) -> Span | None:
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        value = quoted.group("value")
        return quoted.span("value") if " " not in value and (tests[0](value) or is_tangled(value)) else None
    tangled = _TANGLED.match(text, start)
    if tangled is not None and is_tangled(tangled.group("value")):
        return tangled.span("value")
    marked = _MARKED.match(text, start)
    if marked is not None:
        return marked.span("value") if is_generated_with_marks(marked.group("value")) else None
    bare = _BARE.match(text, start)
    if bare is None or bare.group("after"):
        return None
    value = bare.group("value").rstrip(_SENTENCE_END)
    if len(value) < 5 or not tests[1](value):
        return None
    return bare.start("value"), bare.start("value") + len(value)


DETECTORS: tuple[CredentialDetector, ...] = (AssignedSecret(),)
