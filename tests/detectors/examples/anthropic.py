from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (
    Positive("ANTHROPIC_API_KEY", "x-api-key sent: ", "sk-" + "ant-api03-" + made_up(93) + "AA"),
    Positive("ANTHROPIC_API_KEY", "admin ", "sk-" + "ant-admin01-" + made_up(93) + "AA", "."),
)
NEAR_MISSES = ("keys begin with sk-" + "ant-api03-", "sk-" + "ant-short")
