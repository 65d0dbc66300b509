"""Checks of personal data that other modules use."""

from __future__ import annotations

from detectors.pii.check_digits import digits_of
from detectors.pii.network import is_private_address

__all__ = ["digits_of", "is_private_address"]
