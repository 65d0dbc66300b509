from __future__ import annotations

from detectors.credentials.checksummed import checksum
from tests.detectors.examples.example import NearMiss, Positive, made_up

_RANDOM = made_up(30)
_FITTING = _RANDOM + checksum(_RANDOM)
POSITIVES = (
    Positive("GITHUB_TOKEN", "leaked ", "gh" + "p_" + _FITTING, " here"),
    Positive("NPM_TOKEN", "leaked ", "np" + "m_" + _FITTING, " here"),
)
NEAR_MISSES = (
    NearMiss("GITHUB_TOKEN", "gh" + "p_" + _FITTING[:20]),
    NearMiss("NPM_TOKEN", "inp" + "m_" + _FITTING),
)
