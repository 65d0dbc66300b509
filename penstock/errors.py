"""What a command says when it cannot go on, and the exit code that goes with it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from detectors.errors import GateError


class ExitCode(IntEnum):
    """What the shell is told."""

    FINE = 0
    FINDINGS = 1
    USAGE = 2
    UNAVAILABLE = 3


class CommandError(GateError):
    """A command that was called in a way it cannot serve, or that was refused. `code` decides about the exit code."""

    code = "COMMAND_REFUSED"


# Error codes by exit code; the rest is a refusal. Codes of the embedded broker all start with `BROKER_`.
_USAGE: Final = frozenset(
    {
        "BASELINE_INVALID",
        "EVENT_UNREADABLE",
        "EXPORT_UNREADABLE",
        "FILE_UNREADABLE",
        "HOLD_AMBIGUOUS",
        "OUTPUT_AMBIGUOUS",
        "SAMPLE_AMBIGUOUS",
        "LOGINS_UNREADABLE",
        "PASSWORD_REFUSED",
        "PEOPLE_LOAD",
        "POLICY_LOAD",
        "POLICY_TOO_LARGE",
        "POLICY_UNREADABLE",
        "PRESIDIO_INVALID",
        "SETTINGS_INVALID",
        "SETTINGS_UNKNOWN",
        "USAGE",
    }
)
_UNAVAILABLE: Final = frozenset(
    {
        "HEALTH_PORT_UNAVAILABLE",
        "INPUT_LOST",
        "KAFKA_FAILED",
        "KAFKA_UNREACHABLE",
        "NO_ANSWER",
        "READ_STALLED",
        "TOPICS_WRONG",
        "WORKER_CRASHED",
        "WORKER_STALLED",
    }
)


def exit_code_of(error: GateError) -> ExitCode:
    """The exit code of a command that ends with `error`."""
    if error.code in _USAGE:
        return ExitCode.USAGE
    if error.code in _UNAVAILABLE or error.code.startswith("BROKER_"):
        return ExitCode.UNAVAILABLE
    return ExitCode.FINDINGS
