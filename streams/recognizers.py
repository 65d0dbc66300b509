"""Presidio's recognizers for the gate, out of the file that the operator names.

Presidio is imported here and only where there is such a file: it takes about a second and a hundred megabytes.
"""

from __future__ import annotations

from pathlib import Path

from detectors import Scanner
from detectors.declaration import Declaration
from detectors.errors import GateError
from streams.settings import Settings
from streams.terms import gate_scanner


class RecognizersError(GateError):
    """The file of recognizers cannot be read."""

    code = "FILE_UNREADABLE"


def read_recognizers(file: Path | None) -> tuple[Declaration, ...]:
    """The detectors that a file in Presidio's YAML describes; none without a file.

    Raises:
        RecognizersError: when the file cannot be read.
        PresidioError: when Presidio refuses what it says, or a model is not installed.
    """
    if file is None:
        return ()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise RecognizersError(f"cannot read {file}: {type(exc).__name__}") from None
    from detectors.presidio import configured

    return configured(text)


def scanner_of(settings: Settings, *, plan: bytes | None = None) -> Scanner:
    """The scanner of a gate with these settings: what it finds, this finds. `plan` is one compiled before.

    Raises:
        RecognizersError, PresidioError: see `read_recognizers`.
    """
    return gate_scanner(plan, extra=read_recognizers(settings.presidio_file))
