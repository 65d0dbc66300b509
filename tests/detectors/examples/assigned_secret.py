from __future__ import annotations

from tests.detectors.examples.example import HEX, Positive, made_up

POSITIVES = (
    Positive("ASSIGNED_SECRET", 'password = "', "correct" + "horse-9", '"'),
    Positive("ASSIGNED_SECRET", "DB_PASSWORD=", "h7Kp" + "2xQe91"),
    Positive("ASSIGNED_SECRET", '"api_key": "', made_up(24), '",'),
    Positive("ASSIGNED_SECRET", "client-secret: ", made_up(32, HEX), "\n"),
    Positive("ASSIGNED_SECRET", "['auth_token'] => '", made_up(20), "'"),
)
NEAR_MISSES = (
    "password = os.environ['DB_PASSWORD']",
    'password = "<your password>"',
    "password: ${DB_PASSWORD}",
    "api_key = load_key_from_vault(name)",
    "max_tokens: 4096000",
    "the password: please choose one",
    "token_type: bearer_access_1",
    'secret_name = "prod/db/credentials-2"',
    "password = [REDACTED]",
    "key: 1234567890",
)
