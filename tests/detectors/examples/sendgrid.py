from __future__ import annotations

from tests.detectors.examples.example import Positive, made_up

POSITIVES = (Positive("SENDGRID_API_KEY", "mail via ", "S" + "G." + made_up(22) + "." + made_up(43), " ok"),)
NEAR_MISSES = ("S" + "G." + made_up(22), "MSG.format.with.parts")
