from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

_MARK = "T3Blbk" + "FJ"
POSITIVES = (
    Positive("OPENAI_API_KEY", "used ", "sk-" + made_up(20) + _MARK + made_up(20, seed="b"), " for the run"),
    Positive("OPENAI_API_KEY", "used ", "sk-proj-" + made_up(74) + _MARK + made_up(74, seed="b")),
)
NEAR_MISSES = ("sk-" + made_up(20), "the marker " + _MARK + " is base64", "sk-learn-version-one-point-four-is-out")
