from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("FI_PERSONAL_IDENTITY_CODE", "asiakas ", "170988-204H"),
    Positive("SE_PERSONNUMMER", "personnummer ", "880917-2045"),
    Positive("SE_PERSONNUMMER", "personnr: ", "198809172045"),
    Positive("NO_FODSELSNUMMER", "fødselsnummer ", "170988 20477"),
    Positive("DK_CPR", "CPR-nummer ", "170988-2042"),
    Positive("EE_LT_PERSONAL_CODE", "isikukood ", "48809172041"),
)
NEAR_MISSES = (
    "170988-204J",
    "321388-204H",
    "personnummer 880917-2046",
    "personnummer 881317-2045",
    "order 880917-2045",
    "fødselsnummer 170988 20478",
    "CPR-nummer 321388-2042",
    "isikukood 48809172042",
)
