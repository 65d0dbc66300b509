"""What commands print: data on standard output, notes on standard error, nothing that a terminal would obey."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def printable(text: str) -> str:
    """`text` with every character that is not printable as a JSON escape, so that no event can drive a terminal.

    JSON stays JSON: such characters stand only in its strings.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + (code - 0x10000 >> 10):04x}\\u{0xDC00 + (code - 0x10000 & 0x3FF):04x}"


def print_line(text: str) -> None:
    """One line of data."""
    sys.stdout.write(printable(text) + "\n")


def print_json(value: object) -> None:
    """One JSON object on a line of its own."""
    import orjson

    print_line(orjson.dumps(value).decode())


def note(text: str) -> None:
    """One line for the person who runs the command."""
    sys.stderr.write(f"penstock: {printable(text)}\n")


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines with aligned columns."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
