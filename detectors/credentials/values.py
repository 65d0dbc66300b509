"""Whether a value that stands where a secret would stand is a secret: entropy, and a veto on stand-ins."""

from __future__ import annotations

import math
import re
from collections import Counter

# Words that documentation puts where the secret goes.
_STAND_IN = re.compile(
    r"(?i)^(?:x{3,}.*|\*{2,}.*|\.{3,}|-{3,}|_{3,}|null|none|nil|true|false|undefined|void|empty|n/?a|tbd"
    r"|redacted|changeit|change[-_ ]?me.*|replace[-_ ]?(?:me|with).*|(?:your|enter|insert|some|the)[-_ ].*"
    r"|my[-_ ]?(?:password|secret|token|key)|(?:example|sample|placeholder|dummy|fake).*|hidden|masked|removed|secret"
    r"|password|passwd|token|string|str|int|bool|optional|required|default|value|user|username|key|api[-_]?key"
    r"|bearer|basic|foo|bar|foobar|test|testing)$"
)
# Template and code forms: the value is a reference to a secret, not the secret.
_REFERENCE = re.compile(
    r"\$\{|\$\(|^\$[A-Za-z_]|\{\{|\}\}|<[A-Za-z_][^<>]*>|^%[({A-Za-z]|^@|^&|\(\)|\w\(|\)$|^\[|^\{|%s|\[REDACTED|\*{4}"
    r"|^(?:os|process|env|self|this|config|settings|secrets|vault|var|local|module|data|args|opts|options|params"
    r"|request|req|ctx|props|state)[.\[]"
)
_PATH = re.compile(r"^(?:\.{0,2}/|~/|[A-Za-z]:\\|[A-Za-z][A-Za-z0-9+.\-]*://)[\w./\\~:\-]*$")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_WORDS = re.compile(r"[a-z]+(?:[-_. ][a-z]+)*|[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]+(?:_[A-Z]+)*")
_CODE_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


def entropy_bits(value: str) -> float:
    """Shannon entropy per character, in bits (Shannon 1948).

    >>> entropy_bits("aaaa"), entropy_bits("abcd")
    (0.0, 2.0)
    """
    length = len(value)
    entropy = -sum(count / length * math.log2(count / length) for count in Counter(value).values())
    return entropy + 0.0


def is_stand_in(value: str) -> bool:
    """Whether the value only shows where a secret goes, or refers to one.

    >>> is_stand_in("${DB_PASSWORD}"), is_stand_in("changeme"), is_stand_in("h7Kp2x")
    (True, True, False)
    """
    return bool(_STAND_IN.match(value) or _REFERENCE.search(value)) or len(set(value)) <= 2


def is_random_looking(value: str) -> bool:
    """Whether a value beside a word such as `token` reads as random: not words, a path, an identifier or a UUID.

    >>> [is_random_looking(value) for value in ("q8Zr1LmT4vXc9", "refresh_token_value", "src/app/main.py")]
    [True, False, False]
    """
    if is_stand_in(value) or _PATH.match(value) or _WORDS.fullmatch(value) or _CODE_NAME.fullmatch(value):
        return False
    if _UUID.fullmatch(value):
        return False
    if value.isdigit():
        return False
    if not any(character.isdigit() for character in value):
        # Letters alone: only a long mix of both cases that no naming style explains.
        return len(value) >= 20 and not value.islower() and not value.isupper() and entropy_bits(value) >= 3.7
    return entropy_bits(value) >= (2.5 if len(value) < 16 else 3.0)
