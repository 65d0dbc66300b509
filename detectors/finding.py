"""What a detector reports: where something lies and what it is, never the text itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """The five kinds of things that a detector can report.

    >>> Family("pii") is Family.PII
    True
    """

    CREDENTIAL = "credential"
    PII = "pii"
    INTERNAL = "internal"
    SUSPICIOUS = "suspicious"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in a text; it never holds the text.

    `start` and `end` are half-open character offsets (code points) in the scanned text, or in the leaf that `field`
    names. A leaf that is a number is counted in its JSON form. `score` is 0..1.

    A finding about a whole container (an internal field that holds an object) has `start == end == 0`.

    >>> finding = Finding("US_SSN", Family.PII, 4, 15, 0.9, "presidio", field="customer.ssn")
    >>> finding.end - finding.start
    11
    """

    type: str
    family: Family
    start: int
    end: int
    score: float
    detector: str
    field: str | None = None
