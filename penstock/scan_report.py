"""What `penstock scan` prints: lines for people, JSON lines, SARIF. Never the value that was found.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html (sections in the comments)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from detectors import Family
from penstock.scan_files import STDIN
from penstock.scanning import Place, Problem, Scanned

SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_TEXTS: Final = {
    Family.CREDENTIAL: "a credential",
    Family.PII: "personal data",
    Family.INTERNAL: "internal data",
    Family.SUSPICIOUS: "suspicious content",
    Family.CUSTOM: "a term of a dictionary",
}


def place_json(place: Place) -> dict[str, Any]:
    """A finding as one JSON object."""
    found = place.finding
    return {
        "file": _writable(place.file),
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "field": None if found.field is None else _writable(found.field),
        "start": found.start,
        "end": found.end,
        "type": found.type,
        "family": found.family.value,
        "score": found.score,
        "detector": found.detector,
    }


def problem_json(problem: Problem) -> dict[str, Any]:
    """A part that was not scanned as one JSON object; `code` tells it from a finding."""
    return {"file": _writable(problem.file), "line": problem.line, "code": problem.code, "reason": problem.reason}


def rows(places: Sequence[Place]) -> list[tuple[str, ...]]:
    """Findings as the rows of a table."""
    found = [(place, place.finding) for place in places]
    return [
        (where(place), finding.type, finding.family.value, f"{finding.score:.2f}", finding.detector)
        for place, finding in found
    ]


def where(place: Place) -> str:
    """A place as people and editors read it: `file:line:column`, with the field of JSON."""
    parts = [place.file, *(str(number) for number in (place.line, place.column) if number is not None)]
    field = place.finding.field
    return ":".join(parts) + (f" {field}" if field is not None else "")


def problem_line(problem: Problem) -> str:
    """What was not scanned, in one line."""
    line = "" if problem.line is None else f":{problem.line}"
    return f"{problem.file}{line}: {problem.code} not scanned: {problem.reason}"


def summary(scanned: Scanned, shown: Sequence[Place], accepted: int) -> str:
    """A scan in one line."""
    files = len({place.file for place in shown})
    text = f"{len(shown)} findings in {files} of {scanned.files} files"
    kinds = Counter(place.finding.family.value for place in shown)
    if kinds:
        text += " (" + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) + ")"
    for count, what in (
        (accepted, "accepted by the baseline"),
        (scanned.binary, "files passed over that are not text"),
        (len(scanned.problems), "not scanned"),
    ):
        if count:
            text += f"; {count} {what}"
    return text


def sarif(places: Sequence[Place], problems: Sequence[Problem], *, version: str) -> dict[str, Any]:
    """Findings as a SARIF 2.1.0 log with one run."""
    kinds = {place.finding.type: place.finding.family for place in places}
    types = sorted(kinds)
    numbers = {kind: number for number, kind in enumerate(types)}
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "penstock",
                        "semanticVersion": version,
                        "rules": [_rule(kind, kinds[kind]) for kind in types],
                    }
                },
                # 3.14.17: columns count characters, not UTF-16 units.
                "columnKind": "unicodeCodePoints",
                # 3.20.14 and 3.20.21: a run that could not look at everything says so.
                "invocations": [
                    {
                        "executionSuccessful": not problems,
                        "toolExecutionNotifications": [_notification(problem) for problem in problems],
                    }
                ],
                "results": [_result(place, numbers[place.finding.type]) for place in places],
            }
        ],
    }


def _rule(kind: str, family: Family) -> dict[str, Any]:
    # 3.49: a reportingDescriptor
    return {
        "id": kind,
        "shortDescription": {"text": f"{kind}: {_TEXTS[family]}"},
        "defaultConfiguration": {"level": _level(family)},
        "properties": {"tags": ["security", family.value]},
    }


def _level(family: Family) -> str:
    return "error" if family is Family.CREDENTIAL else "warning"


def _result(place: Place, number: int) -> dict[str, Any]:
    found = place.finding
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}}}
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    if place.line is not None:
        location["physicalLocation"]["region"] = {name: value for name, value in region.items() if value is not None}
    if found.field is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": _writable(found.field), "kind": "member"}]
    return {
        "ruleId": found.type,
        "ruleIndex": number,
        "level": _level(found.family),
        "message": {"text": f"{_TEXTS[found.family]} ({found.type}), found by {found.detector}"},
        "locations": [location],
        "properties": {"score": found.score, "start": found.start, "end": found.end},
    }


def _notification(problem: Problem) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.file)}}
    if problem.line is not None:
        physical["region"] = {"startLine": problem.line}
    return {
        "descriptor": {"id": problem.code},
        "level": "error",
        "message": {"text": f"not scanned: {problem.reason}"},
        "locations": [{"physicalLocation": physical}],
    }


def _writable(text: str) -> str:
    """A name that may hold half a character (bytes that are no UTF-8, escapes in JSON) as JSON can carry it."""
    return text.encode("utf-8", "replace").decode()


def _uri(file: str) -> str:
    """The address of a file: relative as it was named, or `file:` for one from the root (3.4.3, RFC 8089)."""
    if file == STDIN:
        return "stdin"
    path = PurePath(file)
    text = quote(path.as_posix().encode("utf-8", "surrogateescape"))
    return f"file://{text}" if path.is_absolute() else text
