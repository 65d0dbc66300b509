from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("US_SSN", "", "417-30-8265"),
    Positive("US_SSN", "SSN ", "417308265"),
    Positive("US_SSN", "social security number ", "417 30 8265"),
    Positive("US_ITIN", "", "941-72-8265"),
    Positive("US_ITIN", "ITIN ", "941728265"),
    Positive("US_DRIVER_LICENSE", "driver's license number is ", "K4173082"),
    Positive("US_DRIVER_LICENSE", '{"dl_number": "', "417308265", '"}'),
)
NEAR_MISSES = (
    "666-30-8265",
    "417-00-8265",
    "417-30-0000",
    "000-30-8265",
    "417-30-82651",
    "941-69-8265",
    "tax code 941698265",
    "device driver 417.30.8265",
    "license: MIT 2024",
    "order_id=417308265",
)
