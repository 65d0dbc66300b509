from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("CREDIT_CARD", "charge ", "4417 3082 6519 0427"),
    Positive("CREDIT_CARD", "", "371482093641752", " was declined"),
    Positive("CREDIT_CARD", "amex ", "3714 820936 41752"),
    Positive("CREDIT_CARD", "123 ", "5417308265190424"),
    Positive("CREDIT_CARD", "card number ", "1173082651904283"),
)
NEAR_MISSES = (
    "charge 4417 3082 6519 0428",
    "order 1173082651904283",
    "charge 4417-3082 6519-0427",
    "card 0000 0000 0000 0000",
    "ts=1754173082651",
    "4417.3082.6519.0427",
    "id 44173082651904270001234",
)
