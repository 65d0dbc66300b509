from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (
    Positive("STRIPE_KEY", "charged with ", "sk" + "_live_" + made_up(24), "\n"),
    Positive("STRIPE_KEY", "endpoint ", "whsec" + "_" + made_up(32)),
)
NEAR_MISSES = ("pk" + "_live_" + made_up(24), "task_live_" + made_up(24), "risk_test_results_of_the_last_quarter")
