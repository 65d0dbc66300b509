"""All built-in detectors as declarations, in whichever short form they were written.

Credentials are `CredentialDetector`s, personal data `PiiRule`s; the rest are declarations already. Each becomes
a `Declaration`, and from there on all are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from detectors import internal
from detectors.credentials.detector import CredentialDetector
from detectors.declaration import (
    TOKEN,
    WHOLE,
    Declaration,
    Find,
    Span,
    Trigger,
    matches_within,
    regex,
)
from detectors.families import declarations
from detectors.finding import Family, Finding
from detectors.overlaps import Claim
from detectors.pii import PiiRule
from detectors.pii import table as personal_data
from detectors.pii_rules import RULES
from detectors.pii_values import is_private_address

#: What Presidio finds of one rule in a text: start, end and score.
Ask = Callable[[str, PiiRule], Iterable[tuple[int, int, float]]]

# What a recognizer of Presidio sees on both sides of a window, so that its lookaround and word boundaries hold.
_PRESIDIO_MARGIN_CHARS = 64


def built_in(
    *,
    credentials: Iterable[CredentialDetector],
    ask: Ask,
    private_addresses: bool,
    allowed_hosts: frozenset[str] = frozenset(),
) -> Iterator[Declaration]:
    """Every built-in detector. With `private_addresses` an address of a private network is internal, not personal."""
    yield from map(of_credential, credentials)
    yield from personal_data.declarations(private_addresses=internal.PRIVATE_IP if private_addresses else None)
    for rule in RULES:
        yield of_rule(rule, ask=ask, private_addresses=private_addresses)
    yield from declarations(allowed_hosts)


def of_credential(detector: CredentialDetector) -> Declaration:
    """A credential detector, woken by its triggers, else by its keywords."""
    triggers: tuple[Trigger | str, ...] = getattr(detector, "triggers", ()) or detector.keywords
    return Declaration(
        name=detector.name,
        type=detector.type,
        family=Family.CREDENTIAL,
        triggers=tuple(trigger for trigger in triggers if trigger),
        also=getattr(detector, "also", ()),
        reach=getattr(detector, "reach", WHOLE),
        find=getattr(detector, "find_within", None) or _cut(detector.find),
        strength=detector.strength,
        score=detector.score,
    )


def _cut(find: Callable[[str], Iterator[Span]]) -> Find:
    """A search of a whole text as one of a part of it."""

    def find_within(text: str, start: int, end: int) -> Iterator[Span]:
        if start == 0 and end == len(text):
            yield from find(text)
            return
        for first, last in find(text[start:end]):
            yield first + start, last + start

    return find_within


def of_rule(rule: PiiRule, *, ask: Ask, private_addresses: bool) -> Declaration:
    """A rule about personal data: its trigger, and one of its words where it needs them."""
    also: tuple[Trigger | str, ...] = ()
    if rule.needs_words:
        bare = (regex(_plain(rule.bare_shape)),) if rule.bare_shape else ()
        also = (*sorted(rule.first_words), *bare)
    name = rule.recognizer or rule.entity.lower()

    def find(text: str, start: int, end: int) -> Iterator[Claim]:
        for first, last, score in _raw_hits(rule, ask, text, start, end):
            verdict = rule.judge(text, first, last, score=score)
            if verdict is None:
                continue
            kind, family = rule.entity, Family.PII
            if private_addresses and kind == "IP_ADDRESS" and is_private_address(text[first:last]):
                # An address of a private network belongs to nobody outside: it shows the house, not a person.
                kind, family = internal.PRIVATE_IP, Family.INTERNAL
            yield Claim(Finding(kind, family, first, last, verdict[0], name), verdict[1])

    return Declaration(
        name=name,
        type=rule.entity,
        family=Family.PII,
        triggers=(regex(_plain(rule.trigger)),),
        also=also,
        reach=getattr(rule, "reach", TOKEN),
        find=find,
    )


def _plain(pattern: str) -> str:
    # A backreference repeats what a group held; the engines know none, and any character there is a superset.
    return re.sub(r"\\[1-9]", ".", pattern)


def _raw_hits(rule: PiiRule, ask: Ask, text: str, start: int, end: int) -> Iterator[tuple[int, int, float]]:
    if rule.own_pattern is not None:
        for match in matches_within(rule.own_pattern, text, start, end):
            yield match.start(), match.end(), 1.0 if rule.validated else 0.5
        return
    base = max(0, start - _PRESIDIO_MARGIN_CHARS)
    for first, last, score in ask(text[base : end + _PRESIDIO_MARGIN_CHARS], rule):
        if start <= first + base < end:
            yield first + base, last + base, score
