from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("ES_NIF", "cliente ", "48173026D"),
    Positive("ES_NIF", "DNI ", "48173026d"),
    Positive("ES_NIE", "cliente ", "Y4817302N"),
    Positive("IT_FISCAL_CODE", "assistito ", "RSSLRA88P57F205C"),
    Positive("FR_NIR", "", "2 88 09 75 041 730 89"),
    Positive("FR_NIR", "nir=", "288097504173089"),
    Positive("PT_NIF", "contribuinte ", "241730821"),
    Positive("HR_OIB", "OIB ", "48173026596"),
    Positive("GR_AMKA", "ΑΜΚΑ ", "17098804176"),
    Positive("TR_NATIONAL_ID", "TC kimlik ", "41730826584"),
)
NEAR_MISSES = (
    "48173026E",
    "Y4817302P",
    "RSSLRA88P57F205D",
    "2 88 09 75 041 730 88",
    "2 88 13 75 041 730 89",
    "contribuinte 241730822",
    "OIB 48173026597",
    "amka 17098804177",
    "TC kimlik 41730826585",
    "dni-id 48173026E",
)
