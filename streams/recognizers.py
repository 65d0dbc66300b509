"""Presidio's recognizers for the gate, out of the file that the operator names.

Presidio is imported here and only where there is such a file: it takes about a second and a hundred megabytes.
"""

from __future__ import annotations

from pathlib import Path

from detectors.declaration import Declaration
from detectors.errors import GateError


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
