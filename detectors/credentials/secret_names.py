"""The names that stand for a secret in code, configuration and prose: `DB_PASSWORD`, `apiKey`, `auth-token`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum


class Weight(IntEnum):
    """How much a name says: `key` may be anything, `token` mostly is one, `password` always is."""

    WEAK = 0
    STRONG = 1
    LOGIN = 2


@dataclass(frozen=True, slots=True)
class SecretName:
    """A name in a text: where the word begins and ends, and where the whole name does (`_PROD` of `PASSWORD_PROD`)."""

    start: int
    end: int
    end_of_name: int
    weight: Weight


# Every alternative begins with a letter as it stands, in a text in lower case: so the engine can skip whatever begins
# with another one, which is most of a text.
_LOGIN = (
    "password",
    "passwd",
    "passwrd",
    "passphrase",
    "passcode",
    "pasword",
    "paswd",
    "psswd",
    "psword",
    "pswrd",
    "pwd",
)
_SHORT_LOGIN = ("pass", "pswd", "psw", "pw")
_OWNERS = (
    *(
        "access",
        "account",
        "activation",
        "admin",
        "app",
        "application",
        "auth",
        "authentication",
        "client",
        "consumer",
        "deploy",
    ),
    *("encryption", "integration", "license", "master", "oauth", "private", "product", "secret", "service", "session"),
    *("shared", "signing", "storage", "subscription", "write", "xkey"),
)
_STRONG = (
    *(owner + r"[ _\-]?key" for owner in _OWNERS),
    *("secret", "token", r"api[ _\-]?key", "credential"),
    *(r"oauth[ _\-]?signature", r"oauth[ _\-]?verifier", r"oauth[ _\-]?nonce", r"auth[ _\-]?code"),
)
_WEAK = ("key", "auth", "login", "pat", "access", "private")
_NAME = re.compile("|".join((*_LOGIN, *_STRONG, *(f"{word}(?![a-z])" for word in (*_SHORT_LOGIN, *_WEAK)))))
# What may follow the word inside the name; a name that goes on like this is a description of the secret, not it.
_TAIL = re.compile(r"[A-Za-z0-9_\-.]{1,32}(?<![\-.])")
_DESCRIPTION = re.compile(
    r"(?i)s?[_\-.]?(?:type|name|ids?|url|uri|path|file|length|size|count|limit|expir\w*|ttl|age|policy|hash\w*|field|label"
    r"|prefix|suffix|format|method|endpoint|regex|pattern|provider|version|algorithm|header|param\w*|required|enabled"
    r"|min\w*|max\w*|usage|within|class|handler|store|manager|ref|reset\w*|hint|s|ed|ing|ization|mask\w*|arn|code|info|form)$"
)
# Words before the name that make it another thing: a count, a place in a list, a public or technical key.
_OTHER_THING = (
    *("total", "count", "prompt", "completion", "input", "output", "next", "page", "csrf", "pagination", "idempotency"),
    *("request", "correlation", "continuation", "sync", "cursor", "cancel", "cancellation", "public", "primary"),
    *("foreign", "partition", "sort", "range", "cache", "object", "row", "index", "map", "dict", "hash", "lookup"),
    *("routing", "group", "bucket", "translation", "target", "kms", "composite", "unique", "natural", "surrogate"),
    *("dedup", "dedupe", "deduplication", "etag", "non-matching", "nonmatching", "encrypted"),
)
# As `_OTHER_THING`, where the word is no end of a longer one: "min" and "admin".
_OTHER_SHORT_THING = frozenset({"n", "max", "min", "num"})
# Constants such as MYSQLPASS, and the words that end so without naming a password.
_CAPITALS = re.compile(r"(?<![A-Za-z])[A-Z]{2,16}$")
_OTHER_PASSES = frozenset({"BY", "COM", "OVER", "SUR", "TRANS", "TRES", "UNDER"})
_LAST_WORD = re.compile(r"[A-Z]?[a-z]{0,24}$|[A-Z]{1,24}$")


def names_in(text: str, start: int, end: int) -> Iterator[SecretName]:
    """The names that begin in a part of a text, without those that say they are another thing.

    >>> [(name.start, name.end_of_name, name.weight.name) for name in names_in("DB_PASSWORD_PROD=x", 0, 18)]
    [(3, 16, 'LOGIN')]
    >>> [*names_in("max_tokens: 4096, public key, password_policy: strict", 0, 53)]
    []
    """
    part = text[start:end]
    lowered = part.lower()
    if len(lowered) != len(part):
        lowered = "".join(character.lower() if character.isascii() else character for character in part)
    for match in _NAME.finditer(lowered):
        first, last = match.start() + start, match.end() + start
        word = match.group()
        weight = Weight.LOGIN if word in _LOGIN_WORDS else Weight.WEAK if word in _WEAK else Weight.STRONG
        if (word in _SHORT_LOGIN and not _is_own_word(text, first)) or _is_other_thing(text, first):
            continue
        tail = _TAIL.match(text, last)
        end_of_name = last if tail is None else tail.end()
        if end_of_name > last and _DESCRIPTION.match(text[last:end_of_name]):
            continue
        yield SecretName(first, last, end_of_name, weight)


_LOGIN_WORDS = frozenset((*_LOGIN, *_SHORT_LOGIN))


def _is_own_word(text: str, start: int) -> bool:
    """Whether a short word begins one: after no letter, as a capital after a small one (`proxyPass`), in capitals."""
    before = text[start - 1 : start]
    if not before.isalpha() or (before.islower() and text[start].isupper()):
        return True
    capitals = _CAPITALS.search(text, max(0, start - 16), start)
    return capitals is not None and text[start].isupper() and capitals.group() not in _OTHER_PASSES


def _is_other_thing(text: str, start: int) -> bool:
    before = text[max(0, start - 26) : start]
    if before[-1:] in ("_", "-", " "):
        before = before[:-1]
    if before.lower().endswith(_OTHER_THING):
        return True
    word = _LAST_WORD.search(before)
    return word is not None and word.group().lower() in _OTHER_SHORT_THING
