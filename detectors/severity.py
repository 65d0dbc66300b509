"""How much harm a finding may do where it should not be: four levels, for policies that do not name types.

The level follows from what the value opens or says, and not from how sure the detector is; only a finding of which a
detector itself is not sure (a score below `SURE_SCORE`) is low. So a rule over `critical` and `high` also holds for
types that a later version adds.

Source: NIST SP 800-122, section 3 (the impact of a value: how well it identifies somebody, how sensitive it is by
itself, what it opens); OWASP Top 10 for LLM applications 2025, LLM02 and LLM07 (what systems say about themselves)
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

from detectors.finding import Family

#: A finding with a smaller score is low, whatever it is: mentions of links and dates, and guesses.
SURE_SCORE: Final = 0.5


class Severity(StrEnum):
    """How much harm a finding may do.

    - `critical`: opens something, or carries data to somebody else, as it stands.
    - `high`: names one person for good, opens an account in their name, or steers a model.
    - `medium`: reaches or describes a person, or tells how a system is built.
    - `low`: may be harmless.
    """

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Severe(Protocol):
    """The part of a finding that its severity follows from."""

    @property
    def type(self) -> str:
        """The type of the finding."""

    @property
    def family(self) -> str:
        """The family of the finding."""

    @property
    def score(self) -> float:
        """How sure the detector is, 0..1."""


_CRITICAL: Final = frozenset({"CROSS_TENANT_ID", "EXFILTRATION_LINK"})
_HIGH: Final = frozenset({"CONNECTION_STRING", "HIDDEN_TEXT", "INJECTED_INSTRUCTION", "SYSTEM_PROMPT"})
# What reaches or describes a person, and by itself neither proves who they are nor opens an account.
_MEDIUM_PERSONAL: Final = frozenset(
    {
        *("DATE_OF_BIRTH", "DATE_TIME", "EMAIL_ADDRESS", "IMEI", "IP_ADDRESS", "LOCATION", "MAC_ADDRESS"),
        *("PERSON", "PHONE_NUMBER", "SWIFT_CODE", "UK_POSTCODE", "URL", "VIN"),
        # Numbers of companies.
        *("AU_ABN", "AU_ACN", "BR_CNPJ", "US_NPI"),
    }
)


def severity_of(finding: Severe) -> Severity:
    """How much harm a finding may do.

    >>> from detectors.finding import Finding
    >>> severity_of(Finding("US_SSN", Family.PII, 0, 11, 0.85, "us_ssn")).value
    'high'
    >>> severity_of(Finding("URL", Family.PII, 0, 19, 0.3, "url")).value
    'low'
    """
    if finding.score < SURE_SCORE:
        return Severity.LOW
    if finding.type in _CRITICAL or finding.family == Family.CREDENTIAL:
        return Severity.CRITICAL
    if finding.type in _HIGH:
        return Severity.HIGH
    if finding.family == Family.PII and finding.type not in _MEDIUM_PERSONAL:
        return Severity.HIGH
    return Severity.MEDIUM
