"""A file without its findings, in the form it had: `penstock scan --redact`.

# INVARIANT: what was not scanned in full is not printed. Text and JSON without a finding come out byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from detectors import Scanner, redact, redact_json
from detectors.errors import GateError
from penstock.scan_files import Format, NotScanned, Piece, format_of, read_pieces
from penstock.scanning import text_findings


class RedactionRefusedError(GateError):
    """A file, or a line of it, cannot be redacted, because it cannot be scanned (code NOT_REDACTED)."""

    code = "NOT_REDACTED"
    advice = "nothing of it was printed"


def redacted_pieces(scanner: Scanner, source: str, how: Format | None) -> Iterator[tuple[bytes, int]]:
    """The redacted bytes of a file in order, each with the number of findings in it.

    Raises:
        RedactionRefusedError: for what is not text, or too large.
        ScanError: for what exceeds the limits of a scan.
        ScanFileError: when the file cannot be read to its end.
    """
    how = how or format_of(source)
    is_empty = True
    for piece in read_pieces(source, how):
        is_empty = False
        if isinstance(piece, NotScanned):
            where = "" if piece.line is None else f" in line {piece.line}"
            raise RedactionRefusedError(f"{source}{where} is {piece.reason}")
        text, count = _redacted(scanner, piece)
        end = "\n" if how is Format.JSONL else ""
        yield f"{text}{end}".encode("utf-8", "surrogateescape"), count
    if is_empty and how is not Format.JSONL:
        raise RedactionRefusedError(f"{source} is not text")


def _redacted(scanner: Scanner, piece: Piece) -> tuple[str, int]:
    if not piece.is_json:
        findings = tuple(text_findings(scanner, piece.text))
        return redact(piece.text, findings).text, len(findings)
    findings = scanner.scan_json(piece.value, names=True)
    if not findings:
        return piece.text, 0
    has_lines = "\n" in piece.text.strip()
    value = redact_json(piece.value, findings).value
    return json.dumps(value, ensure_ascii=False, indent=2 if has_lines else None) + "\n" * has_lines, len(findings)
