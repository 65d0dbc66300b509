from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("DE_TAX_ID", "Steuer-ID ", "48 173 026 002"),
    Positive("DE_SOCIAL_SECURITY", "Akte ", "65 170988 K 083"),
    Positive("DE_ID_CARD", "Personalausweis ", "L41730CT8"),
    Positive("AT_SSN", "SVNR ", "4178 170988"),
    Positive("CH_AHV", "Nr. ", "756.4817.3026.56"),
    Positive("NL_BSN", "BSN ", "417308267"),
    Positive("BE_NATIONAL_NUMBER", "klant ", "88.09.17-204.33"),
    Positive("BE_NATIONAL_NUMBER", "rijksregisternummer ", "88091720433"),
    Positive("IE_PPS", "PPSN ", "4817302G"),
)
NEAR_MISSES = (
    "Steuer-ID 48 173 026 003",
    "Rechnung 48 173 026 002",
    "Akte 65 170988 K 084",
    "Personalausweis 12",
    "SVNR 4179 170988",
    "Nr. 756.4817.3026.57",
    "BSN 417308268",
    "nummer 417308267",
    "88.09.17-204.34",
    "PPSN 4817302H",
)
