from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

STRING = "CONNECTION_STRING"
WORD = made_up(14)
POSITIVES = (
    Positive(STRING, "DATABASE_URL=", f"postgresql://orders:{WORD}@db.acme.com:5432/orders"),
    Positive(STRING, "uses ", f"mongodb+srv://orders:{WORD}@cluster0.x7f3a.mongodb.net/orders", " today"),
    Positive(STRING, "", f"redis://:{WORD}@cache.acme.com:6379/0"),
    Positive(STRING, "broker ", f"amqps://orders:{WORD}@mq.acme.com/vhost"),
    Positive(STRING, "url ", f"jdbc:postgresql://db.acme.com/orders?user=orders&password={WORD}", " end"),
    Positive(STRING, "url ", f"jdbc:oracle:thin:orders/{WORD}@//db.acme.com:1521/XE", " end"),
    Positive(STRING, "cs: ", f"Server=tcp:db.acme.com,1433;Database=orders;User ID=orders;Password={WORD};"),
    Positive(STRING, "dsn ", f"host=db.acme.com port=5432 dbname=orders user=orders password={WORD} sslmode=require"),
)
NEAR_MISSES = (
    "usql mysql://user:pass@host:port/dbname",
    "postgres://USER:PASSWORD@HOST:5432/DATABASE",
    "postgres://db.acme.com/orders has no password",
    "Server=localhost;Database=orders;Trusted_Connection=True;",
    "redis://cache.acme.com:6379/0",
)
