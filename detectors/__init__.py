"""Detectors: text or JSON in, findings out; findings and text in, redacted text out. Pure: no I/O, no clock."""

from __future__ import annotations

from detectors.errors import GateError
from detectors.finding import Family, Finding
from detectors.limits import Limits, ScanError, ScanLimitError, SensitiveKeyError
from detectors.redaction import Action, Redaction, RedactionDetail, RedactionError, redact
from detectors.redaction_json import RedactionJson, redact_json
from detectors.scanner import Profile, Scanner
from detectors.stream import StreamScanner, StreamState, StreamStep

__all__ = [
    "Action",
    "Family",
    "Finding",
    "GateError",
    "Limits",
    "Profile",
    "Redaction",
    "RedactionDetail",
    "RedactionError",
    "RedactionJson",
    "ScanError",
    "ScanLimitError",
    "Scanner",
    "SensitiveKeyError",
    "StreamScanner",
    "StreamState",
    "StreamStep",
    "redact",
    "redact_json",
]
