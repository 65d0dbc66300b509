from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (
    Positive("GITHUB_TOKEN", "remote rejected ", "gh" + "p_" + made_up(36), " for push"),
    Positive("GITHUB_TOKEN", "GH_TOKEN=", "gh" + "s_" + made_up(36)),
    Positive("GITHUB_TOKEN", "https://", "github" + "_pat_" + made_up(22) + "_" + made_up(59), "@github.com/acme/site"),
)
NEAR_MISSES = (
    "see the " + "gh" + "p_" + "x" * 36 + " placeholder",
    "the prefix gh" + "p_ marks a classic token",
    "graph_" + "gh" + "p_short",
)
