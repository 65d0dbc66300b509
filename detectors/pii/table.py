"""Every type of personal data, by module: adding one is a pattern in a module and its examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from detectors.declaration import Declaration
from detectors.finding import Family
from detectors.overlaps import Claim
from detectors.pii import (
    americas,
    asia,
    banking,
    cards,
    contact,
    crypto,
    dates,
    devices,
    documents,
    europe_east,
    europe_north,
    europe_south,
    europe_west,
    health,
    labels,
    middle_east_africa,
    network,
    pacific,
    uk,
    us,
)
from detectors.pii.network import is_private_address
from detectors.pii.pattern import PiiPattern

#: A search whose findings are claims.
ClaimFind = Callable[[str, int, int], Iterator[Claim]]

#: The examples of `name` are in tests/detectors/pii_examples/`name`.py.
MODULES: dict[str, tuple[PiiPattern, ...]] = {
    "americas": americas.PATTERNS,
    "asia": asia.PATTERNS,
    "banking": banking.PATTERNS,
    "cards": cards.PATTERNS,
    "contact": contact.PATTERNS,
    "crypto": crypto.PATTERNS,
    "dates": dates.PATTERNS,
    "devices": devices.PATTERNS,
    "documents": documents.PATTERNS,
    "europe_east": europe_east.PATTERNS,
    "europe_north": europe_north.PATTERNS,
    "europe_south": europe_south.PATTERNS,
    "europe_west": europe_west.PATTERNS,
    "health": health.PATTERNS,
    "labels": labels.PATTERNS,
    "middle_east_africa": middle_east_africa.PATTERNS,
    "network": network.PATTERNS,
    "pacific": pacific.PATTERNS,
    "uk": uk.PATTERNS,
    "us": us.PATTERNS,
}

PATTERNS: tuple[PiiPattern, ...] = tuple(pattern for module in MODULES.values() for pattern in module)

#: Types that any text may mention and that say nothing about a person by themselves.
INFORMATIONAL = frozenset({"URL", "DATE_TIME"})


def declarations(*, private_addresses: str | None = None) -> tuple[Declaration, ...]:
    """Every form of every type as a detector.

    `private_addresses` is the type that an address of a private network has, in the internal family: it belongs to
    nobody outside, it shows the house and not a person. None leaves it personal.
    """
    seen: Counter[str] = Counter()
    found = []
    for pattern in PATTERNS:
        declaration = pattern.declaration(seen[pattern.type])
        seen[pattern.type] += 1
        if pattern.type == "IP_ADDRESS" and private_addresses is not None:
            declaration = replace(declaration, find=_private_apart(pattern.find, private_addresses))
        found.append(declaration)
    return tuple(found)


def _private_apart(find: ClaimFind, kind: str) -> ClaimFind:
    def find_apart(text: str, start: int, end: int) -> Iterator[Claim]:
        for claim in find(text, start, end):
            finding = claim.finding
            if is_private_address(text[finding.start : finding.end]):
                claim = replace(claim, finding=replace(finding, type=kind, family=Family.INTERNAL))
            yield claim

    return find_apart
