from __future__ import annotations

import base64
import json

from tests.detectors.examples.example import Positive, made_up


def _part(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


_TOKEN = ".".join((_part({"alg": "HS256", "typ": "JWT"}), _part({"sub": "made up"}), made_up(43)))
POSITIVES = (
    Positive("JSON_WEB_TOKEN", "session ", _TOKEN, " expired"),
    Positive("JSON_WEB_TOKEN", "unsigned ", ".".join((_part({"alg": "none"}), _part({"sub": "made up"}), ""))),
    Positive("JSON_WEB_TOKEN", "no alg ", ".".join((_part({"kid": "k1"}), _part({"sub": "made up"}), made_up(43)))),
    Positive("ENCODED_JSON_WEB_TOKEN", "token: ", base64.b64encode(_TOKEN.encode()).decode(), "\n"),
)
NEAR_MISSES = (
    ".".join((_part({"alg": "HS256"}), _part({"sub": "made up"}), "not-a-signature-EXAMPLE")),
    base64.b64encode(("ey" + made_up(40)).encode()).decode(),
    base64.b64encode(b"eyJ no token in here, only words and more words").decode(),
    ".".join((_part({"no": "algorithm"}), _part({"sub": "made up"}), made_up(43))),
    ".".join((_part({"kid": "k1"}), made_up(40), made_up(43))),
    "ey" + made_up(20) + ".module.name",
    "they.are.here",
)
