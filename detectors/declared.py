"""All built-in detectors as declarations, in whichever short form they were written.

Credentials are `CredentialDetector`s, personal data `PiiPattern`s; the rest are declarations already. Each becomes a
`Declaration`, and from there on all are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from detectors import internal
from detectors.credentials.detector import CredentialDetector
from detectors.declaration import (
    WHOLE,
    Declaration,
    Find,
    Span,
    Trigger,
)
from detectors.families import declarations
from detectors.finding import Family
from detectors.pii import table as personal_data


def built_in(
    *,
    credentials: Iterable[CredentialDetector],
    private_addresses: bool,
    allowed_hosts: frozenset[str] = frozenset(),
) -> Iterator[Declaration]:
    """Every built-in detector. With `private_addresses` an address of a private network is internal, not personal."""
    yield from map(of_credential, credentials)
    yield from personal_data.declarations(private_addresses=internal.PRIVATE_IP if private_addresses else None)
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
