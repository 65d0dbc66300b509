from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("UK_NINO", "staff ", "CK 41 73 08 C"),
    Positive("UK_NINO", "nino=", "CK417308C"),
    Positive("UK_POSTCODE", "postcode ", "SW1A 2AA"),
    Positive("UK_POSTCODE", '"postcode": "', "M1 1AE", '"'),
    Positive("UK_DRIVING_LICENCE", "driver ", "DOE99859178JM9KT"),
)
NEAR_MISSES = (
    "GB417308C",
    "CK417308E",
    "DK417308C",
    "area SW1A 2AA",
    "postcode SW1A 2CA",
    "DOE99863178JM9KT",
    "9DOE9859178JM9KT",
)
