from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (
    Positive("SLACK_TOKEN", "posting as ", "xo" + "xb-" + "100000000001-100000000002-" + made_up(24)),
    Positive("SLACK_TOKEN", "socket mode ", "xa" + "pp-1-A" + made_up(10) + "-1000000000-" + made_up(40)),
    Positive(
        "SLACK_WEBHOOK",
        "notify ",
        "https://hooks.slack" + ".com/services/" + "T" + "0" * 8 + "/B" + "1" * 8 + "/" + made_up(24),
    ),
)
NEAR_MISSES = ("xo" + "xb-not-a", "https://hooks.slack" + ".com/services/", "the xoxo-campaign-of-2024")
