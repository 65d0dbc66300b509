from __future__ import annotations

import base64

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (
    Positive("BEARER_TOKEN", "Authorization: Bearer ", made_up(32), "\n"),
    Positive("AUTHORIZATION_HEADER", "authorization: 'ApiKey ", made_up(12), "'"),
    Positive("AUTHORIZATION_HEADER", '"Authorization": "Token ', made_up(23) + "7", '"'),
    Positive("BASIC_AUTH", "Authorization: Basic ", base64.b64encode(b"alice:made-up-7").decode(), "\n"),
)
NEAR_MISSES = (
    "Authorization: Bearer ${TOKEN_FROM_VAULT}",
    "the bearer of-this-certificate-of-ownership may vote",
    "Basic requirements are listed below",
    "Basic " + base64.b64encode(b"no colon in it").decode(),
    "Authorization: Token expired-yesterday",
    "Authorization: Bearer <your-api-token-1>",
)
