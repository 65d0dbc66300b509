"""The root of every error that Penstock raises on purpose, in the lowest layer so that all can derive from it."""

from __future__ import annotations


class GateError(Exception):
    """An error with a stable code and advice for a person; its text never quotes payload.

    `code` is stable and documented; `advice` says what to do next.
    """

    code: str = "GATE_ERROR"
    advice: str = ""

    def __init__(self, message: str, *, code: str | None = None, advice: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        if advice is not None:
            self.advice = advice

    def __str__(self) -> str:
        text = f"{self.code}: {super().__str__()}"
        return f"{text}; {self.advice}" if self.advice else text
