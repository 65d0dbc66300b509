"""Stripe secret and restricted keys, and webhook signing secrets; publishable keys (`pk_`) are public by design.

Source: https://docs.stripe.com/keys and https://docs.stripe.com/webhooks/signature
"""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector, provider

DETECTORS: tuple[CredentialDetector, ...] = (
    provider(
        "stripe",
        "STRIPE_KEY",
        keywords=("sk_", "rk_", "whsec_"),
        pattern=r"(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{10,247}|whsec_[A-Za-z0-9+/=]{24,64}",
    ),
)
