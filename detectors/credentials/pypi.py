"""PyPI API tokens: a macaroon whose base64 begins with the location of the index or of its test instance.

Source: PyPI Help, "How can I use API tokens to authenticate with PyPI?".
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider(
        "pypi",
        "PYPI_TOKEN",
        keywords=("pypi-age",),
        pattern=r"pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[A-Za-z0-9_\-]{50,1000}",
    ),
)
