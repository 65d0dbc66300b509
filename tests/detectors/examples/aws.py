from __future__ import annotations

from tests.detectors.examples.example import BASE32, HEX, Positive, made_up

_ID = "AK" + "IA" + made_up(16, BASE32)
POSITIVES = (
    Positive("AWS_ACCESS_KEY", "signed by ", _ID, " in eu-west-1"),
    Positive("AWS_ACCESS_KEY", "?X-Amz-Id=", "AS" + "IA" + made_up(16, BASE32), "%2F20260101"),
    Positive("AWS_SECRET_KEY", "aws_secret_access_" + "key = ", made_up(38) + "/7", "\n"),
    Positive("AWS_SECRET_KEY", "new pair, aws key id in the vault, ", made_up(38) + "+x"),
)
NEAR_MISSES = (
    "the asian" + "market",
    "AK" + "IA" + made_up(10, BASE32),
    "commit " + made_up(40, HEX) + " fixes the aws secret rotation",
    "digest of the build: " + made_up(40),
)
