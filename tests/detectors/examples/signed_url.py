from __future__ import annotations

from tests.detectors.examples.example import BASE32, Positive, alnum, capital, hexa, made_up

_ID = "AK" + "IA" + made_up(16, BASE32)
POSITIVES = (
    Positive(
        "SIGNED_URL",
        "see ",
        f"https://acme-reports.s3.amazonaws.com/q3.pdf?X-Amz-Credential={_ID}%2F20260101&X-Amz-Signature={hexa(64)}",
        " today",
    ),
    Positive(
        "SIGNED_URL",
        '"',
        f"https://cdn.example.com/q3.pdf?Expires=1767225600&Signature={alnum(60)}~&Key-Pair-Id=K{capital(13)}",
        '"',
    ),
)
NEAR_MISSES = (
    "https://acme-reports.s3.amazonaws.com/q3.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=600",
    f"https://pay.example.com/return?order=7&Signature={alnum(60)}",
    "https://cdn.example.com/q3.pdf?Signature=pending&Key-Pair-Id=none",
)
