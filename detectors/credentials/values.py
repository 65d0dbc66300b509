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
    r"|pass|passw(?:or)?d|token|string|str|int|bool|base64|optional|required|default|value|user|username|key|api[-_]?key"
    r"|bearer|basic|foo|bar|foobar|test|testing)$"
)
# Template and code forms: the value is a reference to a secret, not the secret.
_REFERENCE = re.compile(
    r"\$\{|\$\(|^\$[A-Za-z_]|\{\{|\}\}|<[A-Za-z_][^<>]*>|^%[({A-Za-z]|^@|^&|\(\)|\w\(|\)$|^\[|^\{|%s|\[REDACTED|\*{4}"
    r"|^(?:os|process|env|self|this|config|settings|secrets|vault|var|local|module|data|args|opts|options|params"
    r"|request|req|ctx|props|state)[.\[]"
)
_PATH = re.compile(
    r"^(?:\.{0,2}/|~/|[A-Za-z]:\\|[A-Za-z][A-Za-z0-9+.\-]*://)[\w./\\~:\-]*$|^[a-z_\-]+(?:/[a-z_\-#]+)+$"
)
# One character over and over fills the place of a secret.
_RUN = re.compile(r"(.)\1{7}")
# Words that describe a secret: a value made of words with one of these is its name.
_DESCRIPTION = re.compile(
    r"(?i)^(?=.*(?:passw|secret|token|key|credential|verifier|fake|mock|dummy))[a-z]+(?:[\-_. ][a-z]+)*$"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_WORDS = re.compile(
    r"[a-z]+(?:[-_. ][a-z]+)*|[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]+(?:_[A-Z]+)*|[A-Z][A-Z0-9]{0,11}(?:_[A-Z0-9]{1,12})+"
)
_HEX_NUMBER = re.compile(r"0x[0-9a-fA-F]+")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
# The pairs of letters that make up most of English; a text with few of them is no word.
_PAIRS = (
    "thheineranreonatenndtiesorteofedisitalarsttontngsehaasouiolevecomedehiriroicneearacelichllbemasiomur"
    "prusamabacadagaiapemeletefexevfafefifogegigohoidieifilimirivkekilalolymimonaninoobocodoloposowpapepl"
    "poqurdrsrtsascshsospsssutatrtstttutyueulumunuputvaviwawewiwoysayckdadidocactclcrcicubablbobrbufrgagr"
    "eiee"
)
_COMMON_PAIRS = frozenset(_PAIRS[place : place + 2] for place in range(0, len(_PAIRS), 2))
# Below this share of common pairs letters read as scrambled; English words lie above one half.
_SCRAMBLED_SHARE = 0.42
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
    if _STAND_IN.match(value) or _REFERENCE.search(value) or _DESCRIPTION.match(value) or _PATH.match(value):
        return True
    return (
        _RUN.search(value) is not None
        or len(set(value)) <= 2
        or "EXAMPLE" in value
        or _CODE_NAME.fullmatch(value) is not None
    )


def is_random_looking(value: str) -> bool:
    """Whether a value beside a word such as `token` reads as random: not words, a path, an identifier or a UUID.

    >>> [is_random_looking(value) for value in ("q8Zr1LmT4vXc9", "refresh_token_value", "src/app/main.py")]
    [True, False, False]
    """
    if is_stand_in(value) or _UUID.fullmatch(value) or _HEX_NUMBER.fullmatch(value):
        return False
    if _WORDS.fullmatch(value):
        return len(value) >= 16 and is_scrambled(value)
    if value.isdigit():
        return False
    if not any(character.isdigit() for character in value):
        # Letters alone: only a long mix of both cases that no naming style explains.
        return len(value) >= 20 and not value.islower() and not value.isupper() and entropy_bits(value) >= 3.7
    return entropy_bits(value) >= (2.5 if len(value) < 16 else 3.0)


def is_scrambled(value: str) -> bool:
    """Whether the letters of a value make no words: few of the pairs that English is made of.

    >>> is_scrambled("zwlmavsfwufnzl"), is_scrambled("production")
    (True, False)
    """
    letters = value.lower()
    pairs = [letters[place : place + 2] for place in range(len(letters) - 1)]
    return len(pairs) >= 4 and sum(pair in _COMMON_PAIRS for pair in pairs) < _SCRAMBLED_SHARE * len(pairs)


def is_password(value: str) -> bool:
    """Whether a bare value beside the word password reads as one and not as prose or code.

    >>> is_password("hunter2!"), is_password("tmsyxbhw"), is_password("required")
    (True, True, False)
    """
    if is_stand_in(value) or _HEX_NUMBER.fullmatch(value):
        return False
    if value.isalpha() and not is_scrambled(value):
        return False
    return not _WORDS.fullmatch(value) or is_scrambled(value)


def is_uuid(value: str) -> bool:
    """Whether the value is a UUID, which some vendors give out as keys."""
    return _UUID.fullmatch(value) is not None


def is_key_material(value: str) -> bool:
    """Whether a value is so long and mixed that a weak name beside it is enough.

    >>> is_key_material("q8Zr1LmT4vXc9wPb72nK"), is_key_material("release-2024-candidate")
    (True, False)
    """
    if len(value) < 20 or not is_random_looking(value) or not re.fullmatch(r"[A-Za-z0-9+/=_\-.~]+", value):
        return False
    digits = sum(character.isdigit() for character in value)
    if _HEX.fullmatch(value):
        return len(value) >= 32 and digits < len(value)
    mixed = not value.islower() and not value.isupper()
    return digits >= 2 and entropy_bits(value) >= (3.5 if mixed else 3.3) and not re.search(r"[a-z]{4,}[-_.]", value)


def is_hex(value: str) -> bool:
    """Whether the value is hexadecimal digits in one case, as digests are."""
    return _HEX.fullmatch(value) is not None
