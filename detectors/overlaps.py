"""Which findings are reported where several detectors claim the same characters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from detectors.finding import Finding


class Strength(IntEnum):
    """How sure a detector is by construction; the stronger claim names the place."""

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

    # INVARIANT: a claim is dropped only when stronger ones cover every character of it, so the union of the winners is
    the union of all claims and redacting the winners redacts everything that was found.
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
    covered = bytearray(max(claim.finding.end for claim in cluster) - cluster[0].finding.start)
    base = cluster[0].finding.start
    winners = []
    for claim in ranked:
        start, end = claim.finding.start - base, claim.finding.end - base
        if covered.count(0, start, end) == 0:
            continue
        covered[start:end] = b"\x01" * (end - start)
        winners.append(claim.finding)
    return winners
