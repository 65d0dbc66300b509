"""The compiled detectors in a file that the operator names: read at the start, written when it does not fit.

Nothing in it is trusted: it is data for the engine, which refuses what was made by another version or for other rules
(detectors.plan). It is written by nobody but who names it.
"""

from __future__ import annotations

from pathlib import Path

from detectors.errors import GateError


class PlanCacheError(GateError):
    """The file cannot be read or written."""

    code = "FILE_UNREADABLE"


def read_plan(file: Path) -> bytes | None:
    """What the file holds, None when there is none yet.

    Raises:
        PlanCacheError: when it is there and cannot be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise PlanCacheError(f"cannot read {file}: {exc.strerror}") from None


def write_plan(file: Path, plan: bytes, *, before: bytes | None) -> None:
    """Keep a plan, unless it is what the file holds already; the file appears whole or not at all.

    Raises:
        PlanCacheError: when it cannot be written.
    """
    if not plan or plan == before:
        return
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_bytes(plan)
        part.replace(file)
    except OSError as exc:
        raise PlanCacheError(f"cannot write {file}: {exc.strerror}") from None
