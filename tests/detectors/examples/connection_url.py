from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (
    Positive("URL_PASSWORD", "postgres://", "app:h7Kp" + "2xQe", "@db.example.com:5432/orders"),
    Positive("URL_PASSWORD", "mongodb+srv://", "app:h7K@p" + "2xQe", "@cluster0.example.net"),
    Positive("URL_PASSWORD", "redis://", ":" + made_up(12), "@cache:6379/0"),
    Positive("AZURE_ACCOUNT_KEY", "the accountkey=", made_up(86) + "==", ";Suffix=x"),
    Positive("AZURE_CONNECTION_STRING", "use ", "AccountName=acme;AccountKey=" + made_up(86) + "==", ";Suffix=x"),
    Positive(
        "AZURE_CONNECTION_STRING",
        "",
        "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey=" + made_up(43) + "=",
        "\n",
    ),
    Positive("CONNECTION_STRING", '"', "Server=sql1;User Id=sa;Password=" + "Zr!" + "94kd", ';Pooling=true"'),
)
NEAR_MISSES = (
    "postgres://app:${DB_PASSWORD}@db.example.com/orders",
    "https://example.com:8443/path@version",
    "http://user:password@localhost:9200",
    "http://localhost:8080@example.com",
    "Server=sql1;Database=crm;Integrated Security=true",
    "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey=" + "x" * 43 + "=",
    "accountkey=" + "x" * 86 + "==",
)
