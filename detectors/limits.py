"""The budgets of a scan, and the errors that mean "do not call this clean"."""

from __future__ import annotations

from dataclasses import dataclass

from detectors.errors import GateError


class ScanError(GateError):
    """A scan could not be completed; the caller answers QUARANTINE.

    The message never quotes the scanned text, and the exception carries no cause that could.

    >>> ScanError("detector x failed").code
    'SCAN_FAILED'
    """

    code = "SCAN_FAILED"
    advice = "hold the output for review"


class ScanLimitError(ScanError):
    """A text or value exceeds a budget of `Limits`; the caller answers QUARANTINE.

    `code` is one of SCAN_TOO_LARGE, SCAN_TOO_DEEP, SCAN_TOO_MANY_LEAVES, SCAN_TOO_MANY_FINDINGS,
    SCAN_TOO_MANY_HITS.

    >>> ScanLimitError("nesting above 64 levels", code="SCAN_TOO_DEEP").code
    'SCAN_TOO_DEEP'
    """

    code = "SCAN_TOO_LARGE"


class SensitiveKeyError(ScanError):
    """The name of a JSON field holds a finding (code SCAN_SENSITIVE_KEY); the caller answers QUARANTINE.

    A path would quote the name, so it is an error unless the caller asks for such findings
    (`scan_json(value, names=True)`). `types` says what the name holds.

    >>> SensitiveKeyError("a field name holds a finding", types=("EMAIL_ADDRESS",)).types
    ('EMAIL_ADDRESS',)
    """

    code = "SCAN_SENSITIVE_KEY"

    def __init__(self, message: str, *, types: tuple[str, ...]) -> None:
        super().__init__(message)
        self.types = types


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one call may scan; each limit is inclusive.

    `max_bytes` counts UTF-8, over all leaves and keys of a JSON value. `max_depth` counts nested containers: 64,
    because JSON libraries themselves give up near 1,000.

    >>> Limits(max_bytes=10).max_depth
    64
    """

    # 1 MiB, the default message size of a broker: at the measured speed a few seconds of work at worst.
    max_bytes: int = 1_048_576
    # Levels; people and programs rarely nest beyond ten.
    max_depth: int = 64
    # Strings, numbers, booleans and nulls.
    max_leaves: int = 20_000
    # A text with more is data to hold, not prose to clean.
    max_findings: int = 1_000
    # Hits of triggers in one text: everyday text of 1 MiB has some ten thousand, one digit a million times over more.
    max_hits: int = 200_000

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_depth", "max_leaves", "max_findings", "max_hits"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
