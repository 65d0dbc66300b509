from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("DATE_OF_BIRTH", "born on ", "17 September 1988"),
    Positive("DATE_OF_BIRTH", "dob: ", "1988-09-17"),
    Positive("DATE_OF_BIRTH", "geboren am ", "17.09.1988"),
    Positive("DATE_OF_BIRTH", "date of birth ", "9/17/88"),
    Positive("DATE_OF_BIRTH", '"birthDate": "', "19880917", '"'),
    Positive("DATE_OF_BIRTH", "née le ", "17 août 1988"),
    Positive("DATE_TIME", "It was ", "4/14/1962"),
    Positive("DATE_TIME", "Date: ", "2003-08-28 12:13:52"),
    Positive("DATE_TIME", "on ", "March 5, 2019", " they met"),
    Positive("DATE_TIME", "am ", "5. März 2019"),
)
NEAR_MISSES = (
    "born on 17 Smarch 1988",
    "2026-05-20T10:33:00Z started",
    "2026-05-20 10:33:00,123 INFO ready",
    "at 2026-05-20 10:33 UTC",
    "version 3.11.12",
    "call 2026-13-45",
    "1/2/3",
    "born free in 42 days",
)
