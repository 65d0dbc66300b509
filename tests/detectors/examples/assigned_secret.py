from __future__ import annotations

from tests.detectors.examples.example import HEX, Positive, capital, made_up, uuid

POSITIVES = (
    Positive("ASSIGNED_SECRET", 'password = "', "correct" + "horse-9", '"'),
    Positive("ASSIGNED_SECRET", "DB_PASSWORD=", "h7Kp" + "2xQe91"),
    Positive("ASSIGNED_SECRET", '"api_key": "', made_up(24), '",'),
    Positive("ASSIGNED_SECRET", "client-secret: ", made_up(32, HEX), "\n"),
    Positive("ASSIGNED_SECRET", "export MAIL_PASSWORD=", "rosebud", "\n"),
    Positive("ASSIGNED_SECRET", "mail_password: ", "yfm" + "lowoi", "\n"),
    Positive("ASSIGNED_SECRET", '#define PASSWORD "', "h7Kp" + "2xQe91", '"'),
    Positive("ASSIGNED_SECRET", "\\set POSTGRES_PASS ", "h7Kp" + "2xQe91", "\n"),
    Positive("ASSIGNED_SECRET", 'val password = Secret("', "h7Kp" + "2xQe91", '")'),
    Positive("ASSIGNED_SECRET", 'builder.password("', "h7Kp" + "2xQe91", '")'),
    Positive("ASSIGNED_SECRET", 'if ("', "h7Kp" + "2xQe91", '" == password) {'),
    Positive("ASSIGNED_SECRET", "run --admin-password ", "h7Kp" + "2xQe91", " --yes"),
    Positive("ASSIGNED_SECRET", 'The password for the user "eve" is "', "h7Kp" + "2xQe", '".'),
    Positive("ASSIGNED_SECRET", "the password is ", "h7Kp" + "2xQe91!", " now"),
    Positive("ASSIGNED_SECRET", "acme token ", made_up(32, HEX), " leaked"),
    Positive("ASSIGNED_SECRET", "acme-secret-", uuid(), "\n"),
    Positive(
        "ASSIGNED_SECRET", "license key: ", "-".join(made_up(5, CAPITALS_AND_DIGITS, seed=n) for n in "abcde"), "\n"
    ),
    Positive("ASSIGNED_SECRET", "['auth_token'] => '", made_up(20), "'"),
)
NEAR_MISSES = (
    "password for the portal is required",
    "the password is weak",
    'password = prompt("the current password")',
    'token: "0123456789abcdef"',
    "slack_token = " + "xo" + "xb-cut-off-7f",
    "encrypted_password: " + made_up(24),
    "pods: auth-token-5d4f8c7b9d-x2x9z",
    "the access key rotation of 2024-01-15 is done",
    "if (mode == password) {",
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
