from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("PL_PESEL", "PESEL ", "88091720414"),
    Positive("CZ_BIRTH_NUMBER", "rodné číslo ", "885917/2047"),
    Positive("RO_CNP", "CNP ", "2880917402181"),
    Positive("BG_EGN", "ЕГН ", "8809172046"),
)
NEAR_MISSES = (
    "PESEL 88091720415",
    "PESEL 88131720414",
    "id 88091720414",
    "rodné číslo 885917/2048",
    "CNP 2880917402182",
    "egn 8809172047",
)
