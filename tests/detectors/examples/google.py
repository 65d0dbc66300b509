from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (
    Positive("GOOGLE_API_KEY", "maps?id=", "AI" + "za" + made_up(35), "&q=Rome"),
    Positive("GOOGLE_CLIENT_SECRET", "oauth ", "GOC" + "SPX-" + made_up(28)),
    Positive("GOOGLE_ACCESS_TOKEN", "with ", "ya" + "29." + made_up(60)),
)
NEAR_MISSES = ("AI" + "za" + made_up(20), "GOC" + "SPX-short", "AI" + "za" + "x" * 35)
