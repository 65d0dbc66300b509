from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (Positive("NPM_TOKEN", "//registry.example/: ", "np" + "m_" + made_up(36), "\n"),)
NEAR_MISSES = ("npm_config_registry", "np" + "m_" + made_up(20), "np" + "m_" + "x" * 36)
