from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("US_NPI", "NPI ", "1748302654"),
    Positive("US_MBI", "member ", "4KT7-DE9-XC74"),
    Positive("US_MBI", "mbi=", "4KT7DE9XC74"),
    Positive("MEDICAL_LICENSE", "DEA number ", "BK4173023"),
    Positive("UK_NHS", "NHS number ", "417 308 2657"),
    Positive("AU_MEDICARE", "Medicare card ", "4173 08265 1"),
)
NEAR_MISSES = (
    "NPI 1748302655",
    "provider partition=1748302654",
    "4ST7-DE9-XC74",
    "DEA number BK4173024",
    "NHS number 417 308 2658",
    "417 308 2657",
    "Medicare card 4173 08275 1",
)
