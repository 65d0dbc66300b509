from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (Positive("PYPI_TOKEN", "uploaded with ", "py" + "pi-AgEIcHlwaS5vcmc" + made_up(70), " today"),)
NEAR_MISSES = ("py" + "pi-AgEIcHlwaS5vcmc", "pypi-agent-of-the-month")
