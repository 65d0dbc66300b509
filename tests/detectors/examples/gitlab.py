from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (
    Positive("GITLAB_TOKEN", "cloned with ", "gl" + "pat-" + made_up(20), "."),
    Positive("GITLAB_TOKEN", "runner ", "gl" + "rt-" + made_up(27) + ".01." + made_up(9).lower()),
)
NEAR_MISSES = ("gl" + "pat-short", "the glossary-of-terms-and-conditions page", "gl" + "pat-" + "x" * 20)
