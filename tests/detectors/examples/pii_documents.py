from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("US_PASSPORT", "passport ", "417308265"),
    Positive("US_PASSPORT", "passport_number=", "A41730826"),
    Positive("PASSPORT", "Reisepass ", "C4173KT82"),
    Positive("PASSPORT", "pasaporte ", "XDA417308"),
    Positive("PASSPORT", "", "L41730CT87UTO8809173F3109177<<<<<<<<<<<<<<08"),
    Positive(
        "PASSPORT",
        "scan:\n",
        "P<UTODOE<<JANE<MARIA<<<<<<<<<<<<<<<<<<<<<<<<\nL41730CT87UTO8809173F3109177<<<<<<<<<<<<<<08",
    ),
    Positive("DE_FUEHRERSCHEIN", "Führerschein ", "B072RRE2I55"),
    Positive("IT_DRIVER_LICENSE", "patente ", "RM4173082X"),
)
NEAR_MISSES = (
    "the passport office opens in 2026",
    "passport control, order_id=417308265",
    "passport 111111111",
    "L41730CT87UTO8809173F3109177<<<<<<<<<<<<<<09",
    "code B072RRE2I55",
    "RM4173082X",
)
