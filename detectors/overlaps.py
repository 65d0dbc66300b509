"""Which findings are reported where several detectors claim the same characters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from detectors.finding import Family, Finding


class Strength(IntEnum):
    """How sure a detector is by construction; the stronger claim names the place."""

    #: A link or a date: neither harm nor proof that nothing else stands there.
    MENTION = -1
    GENERIC = 0
    FORMAT = 1
    CONTEXT = 2
    CHECKSUM = 3
    CHECKSUM_AND_CONTEXT = 4
    PROVIDER = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """A finding with the strength of its evidence."""

    finding: Finding
    strength: Strength


def resolve(claims: Iterable[Claim]) -> list[Finding]:
    """The winners in text order: stronger first, then longer, then leftmost.

    # INVARIANT: a claim is dropped only when stronger ones that no policy treats more mildly cover every character of
    it: those of its own family, or credentials. So redacting the winners redacts everything that was found, and a
    policy that passes one family never passes what another one found in the same place.
    """
    winners: list[Finding] = []
    for cluster in _clusters(claims):
        winners.extend(_winners(cluster))
    return sorted(winners, key=lambda finding: (finding.start, finding.end, finding.type))


def _clusters(claims: Iterable[Claim]) -> list[list[Claim]]:
    clusters: list[list[Claim]] = []
    reach = -1
    for claim in sorted(claims, key=lambda claim: (claim.finding.start, claim.finding.end)):
        if claim.finding.start >= reach:
            clusters.append([])
        clusters[-1].append(claim)
        reach = max(reach, claim.finding.end)
    return clusters


def _winners(cluster: list[Claim]) -> list[Finding]:
    if len(cluster) == 1:
        return [cluster[0].finding]
    ranked = sorted(
        cluster,
        key=lambda claim: (
            -claim.strength,
            claim.finding.start - claim.finding.end,
            claim.finding.start,
            -claim.finding.score,
            claim.finding.type,
        ),
    )
    size = max(claim.finding.end for claim in cluster) - cluster[0].finding.start
    base = cluster[0].finding.start
    covers = {family: bytearray(size) for family in {claim.finding.family for claim in cluster}}
    winners = []
    for claim in ranked:
        start, end = claim.finding.start - base, claim.finding.end - base
        family = claim.finding.family
        if covers[family].count(0, start, end) == 0:
            continue
        mark = b"\x01" * (end - start)
        for other, covered in covers.items():
            # Terms of a policy's own dictionaries are told apart from everything else.
            if other is family or (family is Family.CREDENTIAL and other is not Family.CUSTOM):
                covered[start:end] = mark
        winners.append(claim.finding)
    return winners
