"""Internal data: what shows an outsider how the house is built, although none of it is secret by itself."""

from __future__ import annotations

from detectors.internal.fields import INTERNAL_FIELD, is_internal_name
from detectors.internal.networks import PRIVATE_IP

__all__ = ["INTERNAL_FIELD", "PRIVATE_IP", "is_internal_name"]
