"""Personal data: one module for each field, each with its patterns, check digits and number plans."""

from __future__ import annotations

from detectors.pii.rule import GATE, OWN, Hit, PiiRule

__all__ = ["GATE", "OWN", "Hit", "PiiRule"]
