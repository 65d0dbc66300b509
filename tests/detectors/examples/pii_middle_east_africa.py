from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("AE_EMIRATES_ID", "holder ", "784-1988-4173082-7"),
    Positive("SA_NATIONAL_ID", "Iqama ", "2417308265"),
    Positive("IL_ID_NUMBER", "teudat zehut ", "417308269"),
    Positive("PK_CNIC", "CNIC ", "41730-8265190-4"),
    Positive("EG_NATIONAL_ID", "الرقم القومي ", "28809170104173"),
    Positive("ZA_ID_NUMBER", "South African ID ", "8809170417089"),
    Positive("NG_NIN", "NIN ", "48173026593"),
)
NEAR_MISSES = (
    "784-1988-4173082-8",
    "784-1788-4173082-7",
    "Iqama 2417308266",
    "teudat zehut 417308260",
    "code 41730-8265190-4",
    "egyptian 28813170104173",
    "South African ID 8809170417088",
    "offset 8809170417089",
    "NIN 48173026594",
)
