from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("IBAN_CODE", "pay to ", "NL11KLBA0417308265"),
    Positive("IBAN_CODE", "to ", "GB16 KLBA 4081 7326 4195 08", " today"),
    Positive("IBAN_CODE", "iban: ", "nl11klba0417308265"),
    Positive("SWIFT_CODE", "SWIFT code ", "KLBANL2A"),
    Positive("SWIFT_CODE", "bic=", "KLBANL2AXXX"),
    Positive("ABA_ROUTING_NUMBER", "routing number ", "072104811"),
    Positive("ABA_ROUTING_NUMBER", "ABA ", "0721-0481-1"),
    Positive("US_BANK_NUMBER", "checking account ", "417308265190"),
    Positive("US_BANK_NUMBER", '{"bank_account_number": "', "4173082651", '"}'),
)
NEAR_MISSES = (
    "pay to NL12KLBA0417308265",
    "NL11KLBA04173082651",
    "the code is KLBANL2A",
    "swift PASSWORD",
    "routing number 072104812",
    "offset=072104811",
    "the account has 417308 entries",
    "account since partition=417308265190",
)
