from __future__ import annotations

from tests.detectors.examples.example import Positive, alnum

POSITIVES = (
    Positive("JSON_WEB_KEY", '{"kty":"EC","crv":"P-256","d":"', alnum(43), '"}'),
    Positive("JSON_WEB_KEY", '{"k": "', alnum(43), '", "kty": "oct"}'),
    Positive("JSON_WEB_KEY", '{\\"kty\\":\\"OKP\\",\\"d\\":\\"', alnum(43), '\\"}'),
)
NEAR_MISSES = (
    '{"kty":"RSA","n":"' + alnum(86) + '","e":"AQAB"}',
    '{"d": "' + alnum(43) + '"}',
    '{"kty":"oct","k":"' + "A" * 43 + '"}',
)
