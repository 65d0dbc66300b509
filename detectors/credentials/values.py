"""Whether a value that stands where a secret would stand is a secret: entropy, and a veto on stand-ins."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

from detectors.credentials.letter_pairs import wordiness

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
    r"\$\{[\w.:\-?!/ ]{1,80}\}|\$\([^()]{1,80}\)|^\$[A-Za-z_]|\{\{[^{}]{0,80}\}\}|^\{\{"
    r"|<[A-Za-z_][^<>]*>|^%[({A-Za-z]|^@[\w./]+$|^&"
    r"|\(\)|^[\w.$>\-]{1,60}\(|\w\([^()]{0,80}\)|^\[|^\{|%s|\[REDACTED|\*{4}"
)
# Without any of these no form of `_REFERENCE` is there.
_REFERENCE_MARKS = frozenset("$<{%@&([*")
_MEMBER_OF_CODE = re.compile(
    r"(?:os|process|env|self|this|config|settings|secrets|vault|var|local|module|data|args|opts|options|params"
    r"|request|req|ctx|props|state)[.\[]"
)
# How a vendor's token begins whose format leaves no room: cut or changed it opens nothing, and the vendor's own
# detector has already judged it.
_JUDGED_BY_FORMAT = re.compile(
    r"xox[abeoprs]-|xapp-|gh[oprsu]_|github_pat_|glpat-|sk-ant-|hv[bs]\.|hvr\.|dapi[0-9a-f]{8}|sq[apu]_|npm_|px-(?:api|dep)-"
    r"|rubygems_|xkeysib-|[0-9]{4,20}:A[A-Za-z0-9_\-]{8}|AKCp"
)
_PATH = re.compile(
    r"^(?:\.{0,2}/|~/|[A-Za-z]:\\|[A-Za-z][A-Za-z0-9+.\-]*://)[\w./\\~:\-]*$|^[a-z_\-]+(?:/[a-z_\-#]+)+$"
)
# One character over and over fills the place of a secret.
_RUN = re.compile(r"(.)\1{7}")
# Words that describe a secret: a value made of words with one of these is its name.
_WORDS_ONLY = re.compile(r"(?i)^[a-z]+(?:[\-_. ][a-z]+)*$")
_DESCRIBING = re.compile(r"(?i)passw|secret|token|key|credential|verifier|fake|mock|dummy")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_WORDS = re.compile(
    r"[a-z]+(?:[-_. ][a-z]+)*|[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]+(?:_[A-Z]+)*|[A-Z][A-Z0-9]{0,11}(?:_[A-Z0-9]{1,12})+"
)
_HEX_NUMBER = re.compile(r"0x[0-9a-fA-F]+")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
# Below this letters read as scrambled: 1 word in 14 of program text lies there, and 8 of 9 random strings.
_SCRAMBLED = -0.7
_SPECIMEN = re.compile(
    r"(?i)(?:(?:passw(?:or)?d|passwd|pass|secret|token|key|letmein|let_me_in|test(?:ing)?|foo|bar|baz|example|dummy|fake|mock"
    r"|sample|wrong|bad|invalid|my|new|old|some|super|the|your|user|string|value)[-_. ]?){1,5}[0-9]{0,3}[!?]?"
)
# What documentation types where a key would be: the keyboard or the alphabet from left to right.
_RUNS = ("abcdefghijklmnopqrstuvwxyz0123456789", "0123456789abcdefghijklmnopqrstuvwxyz", "1234567890abcdefghijklmnop")
_WORD_INSIDE = re.compile(r"[a-z]{5}|\$\{|\{\{|%[sd(]|\w\(")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
# What code without spaces has and a password hardly ever.
_STATEMENT = re.compile(r"[;,]|&&|\|\||=>|![0-9]|[A-Za-z]{3}[.:=][A-Za-z]")
_CALL_OR_ITEM = re.compile(r"[A-Za-z_$][\w.:]{2,}[(\[]")
_LETTERS_THEN_DIGITS = re.compile(r"([a-z]{3,8})[_-]?([0-9]{3,8})")
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
    if _STAND_IN.match(value) or _MEMBER_OF_CODE.match(value) or _PATH.match(value):
        return True
    if not _REFERENCE_MARKS.isdisjoint(value) and _REFERENCE.search(value):
        return True
    if _WORDS_ONLY.match(value) and _DESCRIBING.search(value):
        return True
    return (
        _RUN.search(value) is not None
        or _JUDGED_BY_FORMAT.match(value) is not None
        or is_sequence(value)
        or len(set(value)) <= 2
        or "EXAMPLE" in value
        or _CODE_NAME.fullmatch(value) is not None
    )


def is_specimen(value: str) -> bool:
    """Whether a value in quotes is one that programs use in their tests: words for a secret or a test, and a number.

    >>> is_specimen("password1"), is_specimen("LET_ME_IN-1"), is_specimen("rosebud7")
    (True, True, False)
    """
    return _SPECIMEN.fullmatch(value) is not None


def is_sequence(value: str) -> bool:
    """Whether a value runs through the alphabet or the digits, as keys in documentation do.

    >>> is_sequence("0123456789abcdef"), is_sequence("abc7defq81x0")
    (True, False)
    """
    return len(value) >= 6 and any(value.lower() in run for run in _RUNS)


def is_typed_in_order(value: str) -> bool:
    """Whether the letters and then the digits of a short value only ever rise, as what a person types for a key does.

    Of random values of this length one in some ten thousand does.

    >>> is_typed_in_order("abCD1234"), is_typed_in_order("AbDfG135"), is_typed_in_order("k4Tq9zLm")
    (True, True, False)
    """
    typed = _LETTERS_THEN_DIGITS.fullmatch(value.lower())
    return typed is not None and all(all(first < second for first, second in pairwise(part)) for part in typed.groups())


def looks_generated(value: str) -> bool:
    """Whether a value behind a name and a mere space is no word of a sentence: long, letters and digits mixed.

    >>> looks_generated("xy12za34vb56ui78"), looks_generated("refresh-2024-policy"), looks_generated("expires")
    (True, False, False)
    """
    if is_uuid(value) or is_key_material(value):
        return True
    if len(value) < 16 or is_stand_in(value) or not re.fullmatch(r"[A-Za-z0-9+/=_\-.~]+", value):
        return False
    digits = sum(character.isdigit() for character in value)
    return (
        3 <= digits < len(value)
        and entropy_bits(value) >= 3.0
        and not re.search(r"[A-Za-z]{5}[-_.]|[-_.][a-z]{5}", value)
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
    """Whether the letters of a value make no words.

    >>> is_scrambled("zwlmavsfwufnzl"), is_scrambled("production")
    (True, False)
    """
    return len(value) >= 4 and wordiness(value) < _SCRAMBLED


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


def is_mixed_password(value: str) -> bool:
    """Whether a quoted value right behind the word password reads as one: letters and digits mixed, and no words.

    >>> is_mixed_password("h7Kp2xQe91"), is_mixed_password("reset"), is_mixed_password("step-2")
    (True, False, False)
    """
    digits = sum(character.isdigit() for character in value)
    return len(value) >= 8 and 2 <= digits < len(value) and is_password(value) and not is_specimen(value)


def is_generated_with_marks(value: str) -> bool:
    """Whether a value full of punctuation is what a generator of passwords makes: every kind of character, no order.

    >>> is_generated_with_marks("7`D}/vYR)T;W8]EBrf;_&k>q"), is_generated_with_marks("it's (almost) 9 o'clock")
    (True, False)
    """
    kinds = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
    counts = [sum(map(kind, value)) for kind in kinds]
    return len(value) >= 16 and min(counts) >= 2 and entropy_bits(value) >= 4.0 and _WORD_INSIDE.search(value) is None


def is_tangled(value: str) -> bool:
    """Whether brackets in a value close what is not open, as in a generated password and in no code or template.

    >>> is_tangled("k{{9}o)p${e]w(f[z>-_$#t}}"), is_tangled("${vault.get(name)[0]}"), is_tangled("values[0])")
    (True, False, False)
    """
    bare = value.rstrip(")]}>;,")
    marks = {character for character in bare if not character.isalnum()}
    if len(bare) < 12 or len(marks) < 5 or _CALL_OR_ITEM.match(bare) or _STATEMENT.search(bare):
        return False
    opened: list[str] = []
    for character in bare:
        if character in _PAIRS:
            opened.append(_PAIRS[character])
        elif character in ")]}" and (not opened or opened.pop() != character):
            return True
    return False


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
