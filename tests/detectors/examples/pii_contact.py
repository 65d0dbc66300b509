from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("EMAIL_ADDRESS", "mail ", "jane.o'neil+orders@mail.acme.co.uk", "."),
    Positive("EMAIL_ADDRESS", "reply_to=", "jane@acme.io"),
    Positive("EMAIL_ADDRESS", "<", "jörg@müller.de", ">"),
    Positive("EMAIL_ADDRESS", "", "ops@build.internal"),
    Positive("PHONE_NUMBER", "", "+44 20 7946 0958", " rings"),
    Positive("PHONE_NUMBER", "or ", "(212) 555-0143", " at night"),
    Positive("PHONE_NUMBER", "or ", "212-555-0143x221"),
    Positive("PHONE_NUMBER", "Tel: ", "030 4173 0826"),
    Positive("PHONE_NUMBER", "", "28-64-66-98", " office"),
)
NEAR_MISSES = (
    "git@github.com:acme/site.git",
    "npm i lodash@4.17.21",
    "icon@2x.png",
    "jane@acme",
    "jane@@acme.com",
    "@dataclass.field",
    "+999 1234567890",
    "+1 (212 555",
    "call 2024-05-06",
    "Telephone Corporation 2017-2020",
    "part 037-4936-EQ",
    "phone support saw order_id=2125550143",
    "v212.555.0143.1",
    "call 1111111",
)
