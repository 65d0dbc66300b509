"""The rules that ask a recognizer of Presidio: none of the built-in ones (`detectors.pii.table`) needs it."""

from __future__ import annotations

from detectors.pii import PiiRule

RULES: tuple[PiiRule, ...] = ()
