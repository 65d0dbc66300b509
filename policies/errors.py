"""What can be wrong with policy documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from detectors.errors import GateError


class ProblemCode(StrEnum):
    """The kinds of load error; each has an entry in docs/policy.md."""

    UNKNOWN_KEY = "P001"
    UNKNOWN_WORD = "P002"
    BAD_GLOB = "P003"
    DUPLICATE_KEY = "P004"
    NOT_FINITE = "P005"
    DUPLICATE_ID = "P006"
    WRONG_TYPE = "P007"
    OUT_OF_RANGE = "P008"
    SYNTAX = "P009"
    REFUSED_YAML = "P010"
    LIMIT = "P011"
    MISSING_KEY = "P012"
    NOT_SUPPORTED = "P013"
    CONTRADICTION = "P014"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One load error; `line` and `column` count from 1, and are 0 where a document has no positions."""

    file: str
    line: int
    column: int
    code: ProblemCode
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.code.value} {self.message}"


class PolicyLoadError(GateError):
    """A bundle that does not load; `problems` says where and why, in the order of files and lines."""

    code = "POLICY_LOAD"
    advice = "correct the documents; the gate keeps to the policy it has"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = str(self.problems[0]) if self.problems else "no problem recorded"
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(first + more)
