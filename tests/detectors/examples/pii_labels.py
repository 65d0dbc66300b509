from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("PERSON", "full_name: ", "Jane O'Neil", "\n"),
    Positive("PERSON", '"first_name": "', "Zoë", '"'),
    Positive("PERSON", "Cardholder name = ", "J. van der Berg", ", exp 12/29"),
    Positive("LOCATION", "Shipping address: ", "12 Elm Street, Springfield", "\nThanks"),
    Positive("LOCATION", '"home_address": "', "Hauptstr. 7, 10115 Berlin", '"'),
)
NEAR_MISSES = (
    "full_name: str",
    "first_name: Optional[str] = None",
    "last_name = CharField(max_length=30)",
    "file_name: Report",
    "company name: Acme",
    "shipping address: same as billing",
    "full name: {{ user.name }}",
    "mailing address: None",
)
