from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("PERSON", "full_name: ", "Jane O'Neil", "\n"),
    Positive("PERSON", '"first_name": "', "Zoë", '"'),
    Positive("PERSON", "Cardholder name = ", "J. van der Berg", ", exp 12/29"),
    Positive("LOCATION", "Shipping address: ", "12 Elm Street, Springfield", "\nThanks"),
    Positive("LOCATION", '"home_address": "', "Hauptstr. 7, 10115 Berlin", '"'),
    Positive("PERSON", "id,full_name,plan\n7,", "Jane O'Neil", ",pro\n"),
    Positive("PERSON", 'id;surname\n7;"', "Doe, Jane", '"\n'),
    Positive("LOCATION", "| id | home address |\n|---|---|\n| 7 | ", "12 Elm Street", " |\n"),
)
NEAR_MISSES = (
    "full_name,plan\nnot a table at all\n",
    "file_name,street_count\nReport,12 of them\n",
    "full_name: str",
    "first_name: Optional[str] = None",
    "last_name = CharField(max_length=30)",
    "file_name: Report",
    "company name: Acme",
    "shipping address: same as billing",
    "full name: {{ user.name }}",
    "mailing address: None",
)
