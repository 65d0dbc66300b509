from __future__ import annotations

from tests.detectors.examples.example import Positive

MARKING = "CONFIDENTIALITY_MARKING"
POSITIVES = (
    Positive(MARKING, "", "TLP:AMBER+STRICT", "\nThe plan"),
    Positive(MARKING, "", "[TLP:RED]", " The plan"),
    Positive(MARKING, "", "CONFIDENTIAL - INTERNAL USE ONLY", " The plan"),
    Positive(MARKING, "This is ", "for internal use only", "."),
    Positive(MARKING, "The memo is ", "strictly confidential", "."),
    Positive(MARKING, "", "Company Confidential", " - 2026"),
    Positive(MARKING, "It is ", "proprietary and confidential", ", he said."),
    Positive(MARKING, "", "Do not distribute outside Acme", " The plan"),
    Positive(MARKING, "It is ", "company proprietary", ", he said."),
    Positive(MARKING, "", "do not share outside the team", " and keep it"),
    Positive(MARKING, "", "Not for external distribution", ". The plan"),
    Positive(MARKING, "Plan\n", "Classification: Internal", "\nThe plan"),
    Positive(MARKING, "", "[CONFIDENTIAL]", "\nThe plan"),
    Positive(MARKING, "", "STRENG VERTRAULICH", "\nDer Plan"),
    Positive(MARKING, "", "nur für den internen Gebrauch", ". Der Plan"),
    Positive(MARKING, "", "Attorney-Client Privileged", "\nThe plan"),
    Positive(MARKING, "", "SECRET//NOFORN", "\nThe plan"),
    Positive(MARKING, "", "Controlled Unclassified Information", "\nThe plan"),
    Positive(MARKING, "", "NATO RESTRICTED", "\nThe plan"),
)
NEAR_MISSES = (
    "The internal combustion engine was confidential to nobody in 1895.",
    "You may use it internally, and distribute it with or without changes.",
    "Otherwise you do not distribute the work in source form.",
    "TLP:CLEAR",
    "We treat what you tell us as confidential.",
    "a restricted area of the park, and a secret garden",
    "the classification of birds: internal organs",
)
