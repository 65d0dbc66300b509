from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (
    Positive("URL_PASSWORD", "postgres://app:", "h7Kp" + "2xQe", "@db.example.com:5432/orders"),
    Positive("URL_PASSWORD", "redis://:", made_up(12), "@cache:6379/0"),
    Positive("AZURE_ACCOUNT_KEY", "AccountName=acme;AccountKey=", made_up(86) + "==", ";Suffix=x"),
    Positive(
        "CONNECTION_STRING_PASSWORD", "Server=sql1;Database=crm;User Id=sa;Password=", "Zr!" + "94kd", ";Pooling=true"
    ),
)
NEAR_MISSES = (
    "postgres://app:${DB_PASSWORD}@db.example.com/orders",
    "https://example.com:8443/path@version",
    "http://user:password@localhost:9200",
    "Server=sql1;Database=crm;Integrated Security=true",
)
