"""Detectors from tables: a vendor's token by its format alone, or by the vendor's name beside a shape.

Three kinds of rows, each `(type, keyword or names, pattern, source)`:

- `prefixed`: the token begins with a literal that only this vendor uses; the pattern is what follows it.
- `shaped`: the literal stands elsewhere in the token; the pattern is the whole token.
- `beside`: the shape alone says nothing (32 hexadecimal digits, a UUID), so the vendor's name must stand at most
  `NAME_REACH_CHARS` before it, together with a word for a credential or with nothing but an operator between.

Names are separated by spaces; `_` in a name stands for nothing or one of `_`, `-`, `.` and space.

The source of a row is the vendor's page on that credential: its name, where it comes from, what it opens. Where the
page does not print prefix, alphabet and length, they are those of the keys that the vendor gives out.
"""

from __future__ import annotations

import re
from collections import Counter

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.credentials.values import is_scrambled
from detectors.declaration import Reach, regex
from detectors.late import LatePattern
from detectors.overlaps import Strength

#: A row of a table: type, keyword or names, pattern, source.
Row = tuple[str, str, str, str]

#: How far a value may stand from the end of the vendor's name, characters: an environment variable's or field's name,
#: an operator, a line break with its indent.
NAME_REACH_CHARS = 72

HEX32 = r"(?:[0-9a-f]{32}|[0-9A-F]{32})"
HEX40 = r"(?:[0-9a-f]{40}|[0-9A-F]{40})"
HEX64 = r"(?:[0-9a-f]{64}|[0-9A-F]{64})"
UUID = r"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12})"

# Words that make a value beside a vendor's name a credential of that vendor ...
_CREDENTIAL_WORD = re.compile(
    r"(?i)api|key|token|secret|auth|pass|pwd|access|private|pat(?![a-z])|cred|bearer|login|licen[cs]e|webhook|sign|dsn"
    r"|client|oauth|sid(?![a-z])|account|id(?![a-z])"
)
# ... and words right before the value that make it something else.
_OTHER_WORD = re.compile(
    r"(?i)(?:hash|commit|sha-?\d{0,3}|md5|digest|checksum|e?tag|rev(?:ision)?|trace|span|request|build|version|image"
    r"|session|project|workspace|user|tenant|job|event|message|order|ticket|issue|page|file|run)"
    r"(?:[_ \-]?id)?[\"'`\s:=#(@]{0,6}$"
)
# A value with at most so many digits and no more characters may be a name of code whose length fits by chance.
_NAME_DIGITS, _NAME_CHARS = 2, 26
_OPERATOR_ONLY = re.compile(r"[\"'`\])]{0,3}[ \t]{0,8}[=:>|,\-]{0,3}[ \t]{0,8}[\"'`(\[]{0,2}")
# One character or class of a pattern with its count.
_UNIT = re.compile(
    r"(?P<one>\[(?:\\.|[^\]\\])+\]|\\.|[^()\[\]{}?*+|\\.^$])"
    r"(?:\{(?P<least>\d+)(?P<most>,\d*)?\}|(?P<open>[?*+]))?"
)
_CLASS = re.compile(r"\[(?:\\.|[^\]\\])+\]")
_NO_QUANTIFIER = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]|\(\?:")
_BRACKET = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]|[()|]")
_LOOSE = re.compile(r"[?*+]|\{\d*,")
_QUANTIFIERS = ("?", "*", "+", "{")
# A trigger needs no more of a token than this to be rare; longer repeats only cost compile time.
_LONGEST_REPEAT = 24
# A token begins at most so far before the end of its trigger ...
_TOKEN_REACH = Reach(160, 64)
# ... and a value ends at most so far behind its vendor's name.
_BESIDE_REACH = Reach(64, NAME_REACH_CHARS + 200)
_HEX = re.compile(r"[0-9a-fA-F:\-]+")
_RUN = re.compile(r"(.)\1{7}")
# What tells the reader to put the secret here; letters of one case this long are rare in what a machine made.
_CAPITALS_AT_END = re.compile(r"(?<![A-Za-z0-9])[A-Z]{12,}$")
# Characters of which a value must have so many different ones; a stand-in such as xxxx-xxxx has fewer.
_LEAST_DISTINCT = 5


def is_varied(value: str) -> bool:
    """Whether a token is no stand-in: enough different characters, no long run of one, no words in capitals.

    >>> is_varied("9f86d081884c7d65"), is_varied("x" * 32), is_varied("AKIAIOSFODNN7EXAMPLE")
    (True, False, False)
    >>> is_varied("acme_YOURSECRETHERE"), is_varied("acme_ZQKXJWVPHGTB")
    (False, True)
    """
    tail = value[-24:]
    if len(set(tail)) < _LEAST_DISTINCT or _RUN.search(tail) or "example" in value.lower():
        return False
    words = _CAPITALS_AT_END.search(value)
    return words is None or is_scrambled(words.group())


def prefixed(*rows: Row) -> tuple[CredentialDetector, ...]:
    """Detectors of tokens that begin with a literal of their vendor.

    >>> [detector] = prefixed(("ACME_KEY", "acme_", "[a-z0-9]{8}", "https://acme.invalid/keys"))
    >>> list(detector.find("use acme_4fj29dk3 here")), list(detector.find("acme_4fj29dk3x"))
    ([(4, 17)], [])
    """
    return tuple(
        _token(name, row, re.escape(row[1]) + f"(?P<body>{row[2]})", re.escape(row[1]) + beginning_of(row[2]))
        for name, row in _named(rows)
    )


def shaped(*rows: Row) -> tuple[CredentialDetector, ...]:
    """Detectors of tokens that hold a literal of their vendor, which is the keyword.

    >>> [detector] = shaped(("ACME_KEY", ".acme.", "[a-z]{3}[.]acme[.][0-9]{9}", "https://acme.invalid/keys"))
    >>> list(detector.find("use abc.acme.123456789"))
    [(4, 22)]
    """
    return tuple(_token(name, row, f"(?P<body>{row[2]})", _around(row[1], row[2])) for name, row in _named(rows))


def beside(*rows: Row) -> tuple[CredentialDetector, ...]:
    """Detectors of values that only the vendor's name before them makes a credential.

    >>> [detector] = beside(("ACME_KEY", "acme", "[0-9a-f]{8}", "https://acme.invalid/keys"))
    >>> list(detector.find("ACME_API_KEY=4f129d0b")), list(detector.find("acme commit 4f129d0b"))
    ([(13, 21)], [])
    """
    return tuple(
        PatternDetector(
            name=name,
            type=kind,
            keywords=tuple(keyword for word in names.split() for keyword in _spellings(word.lower())),
            pattern=_beside(names.split(), shape),
            accept=_is_credential_of_vendor,
            strength=Strength.CONTEXT,
            score=0.9,
            reach=_BESIDE_REACH,
        )
        for name, (kind, names, shape, _) in _named(rows)
    )


def _token(name: str, row: Row, token: str, trigger: str) -> PatternDetector:
    kind, keyword, pattern, _ = row
    return PatternDetector(
        name=name,
        type=kind,
        keywords=(keyword.lower(),),
        pattern=LatePattern(_bounded(token, pattern)),
        accept=_is_varied_match,
        triggers=(regex(trigger, caseless=False),),
        reach=_TOKEN_REACH,
    )


def beginning_of(pattern: str) -> str:
    """The part of a pattern before its first loose end, as a trigger: whatever the pattern matches begins like this.

    >>> beginning_of("[a-f0-9]{8}-[A-Z]{20,40}x"), beginning_of("(?:live|test)_[0-9]{9}z?")
    ('[a-f0-9]{8}-[A-Z]{20}', '(?:live|test)_[0-9]{9}')
    >>> beginning_of("a[0-9]+|b"), beginning_of("(?=x)[a-z]{2}x?y"), beginning_of("x?|y")
    ('(?:a[0-9]|b)', '[a-z]{2}', '')
    """
    alternatives = [_beginning(alternative) for alternative in _alternatives(pattern)]
    if not all(alternatives):
        return ""
    return alternatives[0] if len(alternatives) == 1 else f"(?:{'|'.join(alternatives)})"


def _around(keyword: str, pattern: str) -> str:
    """A trigger that holds the literal: with what stands before it where that is fixed, else with what follows.

    Without a literal every character of a long run would be a hit.
    """
    # Classes are blanked, so that no dash of a range is taken for the literal.
    bare = _CLASS.sub(lambda match: " " * len(match.group()), pattern)
    place = next((at for form in (re.escape(keyword), keyword) if (at := bare.find(form)) >= 0), -1)
    if place < 0 or len(_alternatives(pattern)) > 1:
        return re.escape(keyword)
    whole = _beginning(pattern)
    return whole if pattern.startswith(whole) and len(whole) > place else _beginning(pattern[place:])


def _beginning(pattern: str) -> str:
    parts: list[str] = []
    place = 0
    while place < len(pattern):
        if pattern[place] == "(":
            end = _end_of_group(pattern, place)
            # A lookahead asks for more than the rest does, so a trigger may leave it out.
            if not pattern.startswith("(?=", place):
                count = re.compile(r"\{\d+\}").match(pattern, end)
                if _LOOSE.search(_NO_QUANTIFIER.sub("", pattern[place:end])) or (
                    pattern[end : end + 1] in _QUANTIFIERS and not count
                ):
                    break
                parts.append(pattern[place : count.end() if count else end])
                end = count.end() if count else end
            place = end
            continue
        unit = _UNIT.match(pattern, place)
        if unit is None:
            break
        place = unit.end()
        least = int(unit["least"] or "1")
        if unit["open"] in {"?", "*"} or least == 0:
            break
        parts.append(unit["one"] if least == 1 else f"{unit['one']}{{{min(least, _LONGEST_REPEAT)}}}")
        if unit["open"] is not None or unit["most"] is not None or least > _LONGEST_REPEAT:
            break
    return "".join(parts)


def _alternatives(pattern: str) -> list[str]:
    """The alternatives of a pattern outside of its groups."""
    depth = begin = 0
    found = []
    for unit in _BRACKET.finditer(pattern):
        depth += {"(": 1, ")": -1}.get(unit.group(), 0)
        if unit.group() == "|" and depth == 0:
            found.append(pattern[begin : unit.start()])
            begin = unit.end()
    return [*found, pattern[begin:]]


def _end_of_group(pattern: str, start: int) -> int:
    depth = 0
    for unit in _BRACKET.finditer(pattern, start):
        depth += {"(": 1, ")": -1}.get(unit.group(), 0)
        if depth == 0:
            return unit.end()
    raise ValueError("a group of a pattern has no end")


def _named(rows: tuple[Row, ...]) -> list[tuple[str, Row]]:
    """Each row with the name of its detector: the type, numbered where a type has several rows."""
    seen: Counter[str] = Counter()
    named = []
    for row in rows:
        seen[row[0]] += 1
        name = row[0].lower()
        named.append((name if seen[row[0]] == 1 else f"{name}_{seen[row[0]]}", row))
    return named


def _bounded(token: str, pattern: str) -> str:
    # A token is no part of a longer word; one whose alphabet has dashes may not go on with one either.
    after = r"[A-Za-z0-9_\-]" if r"\-]" in pattern[-12:] else "[A-Za-z0-9]"
    return rf"(?<![A-Za-z0-9_]){token}(?!{after})"


def _spellings(word: str) -> tuple[str, ...]:
    return tuple(word.replace("_", mark) for mark in ("", "_", "-", ".", " ")) if "_" in word else (word,)


def _beside(names: list[str], shape: str) -> LatePattern:
    spelled = "|".join(re.escape(name).replace("_", r"[_\-. ]?") for name in names)
    return LatePattern(
        # The name starts a word: after no letter, or as the capital in the middle of one (myAcmeKey).
        rf"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))(?i:{spelled})"
        rf"(?P<gap>[\s\S]{{0,{NAME_REACH_CHARS}}}?)(?<![A-Za-z0-9_])(?P<secret>{shape})(?![A-Za-z0-9])"
    )


def _is_varied_match(match: re.Match[str]) -> bool:
    return is_varied(match.group("body"))


def _is_name(value: str) -> bool:
    if _HEX.fullmatch(value):
        return False
    letters = "".join(character for character in value if character.isalpha())
    digits = sum(character.isdigit() for character in value)
    return bool(letters) and digits <= _NAME_DIGITS and len(value) <= _NAME_CHARS and not is_scrambled(letters)


def _is_credential_of_vendor(match: re.Match[str]) -> bool:
    gap = match.group("gap")
    value = match.group("secret")
    if _OTHER_WORD.search(gap) or not is_varied(value) or _is_name(value):
        return False
    before = match.string[max(0, match.start() - 16) : match.start()]
    return _OPERATOR_ONLY.fullmatch(gap) is not None or _CREDENTIAL_WORD.search(before + " " + gap) is not None
