from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("AU_TFN", "TFN ", "481 730 264"),
    Positive("AU_ABN", "ABN ", "73 481 730 265"),
    Positive("AU_ACN", "ACN ", "048 173 020"),
    Positive("NZ_IRD", "IRD number ", "48-173-004"),
)
NEAR_MISSES = (
    "TFN 481 730 265",
    "case 481 730 264",
    "ABN 73 481 730 266",
    "ACN 048 173 021",
    "IRD number 48-173-005",
    "ird 48-173",
)
