"""Dictionaries that a caller gives: names, identifiers of other tenants, promises that nobody may make.

A dictionary of fifty thousand terms costs a scan what a small one costs: the words of the text are looked up in a hash
table, one look-up a word, and only where a term begins are the words that follow joined and looked up as well.

Terms are compared word by word: without case, with any white space between words, and folded as the text is
(detectors.folding), so look-alike letters and full-width forms do not help. A term is not found inside a longer word;
an underscore is a border, so `acme` is found in `acme_orders`. Scripts that do not put spaces between words are
compared character by character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from detectors.declaration import WHOLE, Declaration, Find
from detectors.errors import GateError
from detectors.finding import Family, Finding
from detectors.folding import fold
from detectors.overlaps import Claim, Strength

#: The type of another tenant's identifier.
CROSS_TENANT_ID = "CROSS_TENANT_ID"
#: The type of a promise that policy forbids.
FORBIDDEN_COMMITMENT = "FORBIDDEN_COMMITMENT"

# Terms and words of one term; more is a mistake in the data rather than a dictionary.
MAX_TERMS = 1_000_000
MAX_TERM_WORDS = 32
# Characters; shorter terms would be found in every text.
MIN_TERM_CHARS = 2

# Scripts that are written without spaces: Thai, Lao, Myanmar, Khmer, kana, ideographs, Hangul (for its particles).
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+|_|[^\w\s]")
# The same words, faster, where a text is ASCII.
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TYPE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


class DictionaryError(GateError):
    """A dictionary that cannot be used: no term, a term without a word, a bad name (code DICTIONARY_INVALID).

    The message says which term by its place, never the term itself.
    """

    code = "DICTIONARY_INVALID"
    advice = "correct the dictionary; a scanner without it would miss what it names"


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a term says: the type, family, score and name of its findings."""

    type: str
    family: Family
    score: float
    detector: str


class _Index:
    """All terms of one dictionary: by their words, and the lengths of the terms that begin with a word."""

    def __init__(self) -> None:
        self._terms: dict[str, _Entry] = {}
        self._lengths: dict[str, tuple[int, ...]] = {}
        self._has_marks = False

    def add(self, words: tuple[str, ...], entry: _Entry) -> None:
        """Takes a term in, as its words; the first entry for the same words stays."""
        known = self._lengths.get(words[0], ())
        self._has_marks = self._has_marks or not words[0].isalnum()
        if len(words) not in known:
            self._lengths[words[0]] = tuple(sorted((*known, len(words)), reverse=True))
        self._terms.setdefault("".join(words), entry)

    def __len__(self) -> int:
        return len(self._terms)

    def find(self, text: str) -> Iterator[tuple[int, int, _Entry]]:
        """The terms in a text, the longest at each place; none begins inside another."""
        lengths = self._lengths
        if text.isascii() and not self._has_marks and lengths.keys().isdisjoint(_ASCII_WORD.findall(text.lower())):
            return
        words = _words(text)
        place = 0
        while place < len(words):
            step = 1
            for length in lengths.get(words[place][0].strip(), ()):
                taken = words[place : place + length]
                entry = self._terms.get("".join(word for word, _, _ in taken).strip()) if len(taken) == length else None
                if entry is not None:
                    yield taken[0][1], taken[-1][2], entry
                    step = length
                    break
            place += step


def _words(text: str) -> list[tuple[str, int, int]]:
    """Each word or mark without case, with a space before it where the text has white space, and its place."""
    found: list[tuple[str, int, int]] = []
    reach = 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        word = match.group().casefold()
        found.append((f" {word}" if start > reach else word, start, end))
        reach = end
    return found


def term_problem(term: str) -> str | None:
    """What is wrong with a term of a dictionary, in words that do not quote it; None for a good one.

    >>> term_problem("Blue Heron"), term_problem(" ? ")
    (None, 'has no letter and no digit')
    """
    return _problem(_folded_words(term))


def _folded_words(term: str) -> tuple[str, ...]:
    words = tuple(word for word, _, _ in _words(fold(term).text.strip()))
    return (words[0].strip(), *words[1:]) if words else ()


def _problem(words: tuple[str, ...]) -> str | None:
    text = "".join(words)
    if not any(character.isalnum() for character in text):
        return "has no letter and no digit"
    if len(text) < MIN_TERM_CHARS:
        return f"has fewer than {MIN_TERM_CHARS} characters"
    return f"has more than {MAX_TERM_WORDS} words" if len(words) > MAX_TERM_WORDS else None


def _term_words(term: str, place: int) -> tuple[str, ...]:
    """A term as it is compared; `place` is its place for the message, counted from 1."""
    words = _folded_words(term)
    problem = _problem(words)
    if problem is not None:
        raise DictionaryError(f"term {place} {problem}")
    return words


def _declaration(name: str, index: _Index, entry: _Entry) -> Declaration:
    def find(text: str, start: int, end: int) -> Iterator[Claim]:
        for first, last, found in index.find(text):
            if start <= first < end:
                finding = Finding(found.type, found.family, first, last, found.score, found.detector)
                yield Claim(finding, Strength.CHECKSUM_AND_CONTEXT)

    whole: Find = find
    # Without triggers it is always awake: looking its words up costs less than a trigger for every term.
    return Declaration(
        name=name,
        type=entry.type,
        family=entry.family,
        triggers=(),
        find=whole,
        reach=WHOLE,
        strength=Strength.CHECKSUM_AND_CONTEXT,
        score=entry.score,
    )


def dictionary(
    name: str,
    terms: Iterable[str],
    *,
    type: str = "DICTIONARY_TERM",  # noqa: A002
    family: Family = Family.CUSTOM,
    score: float = 0.9,
) -> Declaration:
    """A detector of the terms, for `Scanner(extra=...)`; `name` stands in its findings as `dictionary_NAME`.

    >>> from detectors import Scanner
    >>> scanner = Scanner(extra=[dictionary("projects", ["Blue Heron", "Kestrel-7"], type="PROJECT_NAME")])
    >>> text = "the BLUE  heron budget"
    >>> [(finding.type, text[finding.start : finding.end]) for finding in scanner.scan(text)]
    [('PROJECT_NAME', 'BLUE  heron')]

    Raises:
        DictionaryError: for a bad name, type or term, too many terms or none.
    """
    if not _NAME.fullmatch(name) or not _TYPE.fullmatch(type):
        raise DictionaryError("a dictionary's name is lower_case and its type UPPER_CASE, 64 characters at most")
    entry = _Entry(type, family, score, f"dictionary_{name}")
    index = _Index()
    for place, term in enumerate(terms, 1):
        if place > MAX_TERMS:
            raise DictionaryError(f"more than {MAX_TERMS} terms")
        index.add(_term_words(term, place), entry)
    if len(index) == 0:
        raise DictionaryError("a dictionary has at least one term")
    return _declaration(entry.detector, index, entry)


def commitments(terms: Iterable[str]) -> Declaration:
    """A detector of promises that policy forbids, such as "guaranteed refund"; family suspicious.

    Raises:
        DictionaryError: as `dictionary`.
    """
    return dictionary("commitments", terms, type=FORBIDDEN_COMMITMENT, family=Family.SUSPICIOUS)


class Tenants:
    """The identifiers of each tenant: a text for one of them must not hold those of the others.

    One declaration finds the identifiers of all tenants; `foreign` then leaves out what belongs to the tenant that the
    text is for. Findings name the owner by a number alone.

    >>> from detectors import Scanner
    >>> tenants = Tenants({"acme": ["Acme Ltd", "cust-0017"], "globex": ["Globex", "cust-0042"]})
    >>> findings = Scanner(extra=[tenants.declaration]).scan("Acme Ltd and cust-0042")
    >>> [(finding.type, finding.start) for finding in tenants.foreign(findings, "acme")]
    [('CROSS_TENANT_ID', 13)]
    """

    def __init__(self, identifiers: Mapping[str, Iterable[str]]) -> None:
        """Takes the identifiers in; one that several tenants share is foreign to the rest alone.

        Raises:
            DictionaryError: for a bad identifier, too many or none.
        """
        owners: dict[tuple[str, ...], set[str]] = {}
        for tenant, terms in identifiers.items():
            for place, term in enumerate(terms, 1):
                owners.setdefault(_term_words(term, place), set()).add(tenant)
        if not owners or len(owners) > MAX_TERMS:
            raise DictionaryError(f"{len(owners)} identifiers, from 1 to {MAX_TERMS} are taken")
        groups: dict[frozenset[str], int] = {}
        index = _Index()
        for words, names in owners.items():
            number = groups.setdefault(frozenset(names), len(groups))
            index.add(words, _Entry(CROSS_TENANT_ID, Family.CUSTOM, 0.9, f"{_OWNER}{number}"))
        self._owners = {f"{_OWNER}{number}": names for names, number in groups.items()}
        #: The detector of all identifiers, for `Scanner(extra=...)`.
        self.declaration = _declaration("tenant", index, _Entry(CROSS_TENANT_ID, Family.CUSTOM, 0.9, "tenant"))

    def is_own(self, finding: Finding, tenant: str | None) -> bool:
        """Whether a finding is an identifier that belongs to `tenant`; with None no identifier is anybody's own."""
        return finding.type == CROSS_TENANT_ID and tenant in self._owners.get(finding.detector, ())

    def foreign(self, findings: Iterable[Finding], tenant: str | None) -> tuple[Finding, ...]:
        """The findings without the identifiers that belong to `tenant`; with None all identifiers are foreign."""
        return tuple(finding for finding in findings if not self.is_own(finding, tenant))


_OWNER = "tenant_"
