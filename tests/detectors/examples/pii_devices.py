from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("IMEI", "IMEI ", "354173082651909"),
    Positive("IMEI", "imei: ", "35-417308-265190-9"),
    Positive("VIN", "the car ", "4T1BE46K57U417302", " was sold"),
    Positive("VIN", "VIN ", "WVWZZZ1JZXW417302"),
)
NEAR_MISSES = (
    "IMEI 354173082651908",
    "serial 354173082651909",
    "the car 4T1BE46K67U417302",
    "WVWZZZ1JZXW417302",
    "VIN 41730826519042811",
    "4T1BE46K57U41730",
)
