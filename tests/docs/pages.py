"""The pages of the documentation, and the tables in them that come from the code.

A generated table stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->`. Its last columns may be written by
hand: they are kept by the row's first cells when the table is made anew, and may not be empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
_BLOCK: Final = re.compile(r"<!-- generated: ([\w-]+) -->\n(.*?)<!-- end: \1 -->", re.DOTALL)
_RULE: Final = re.compile(r"\|[-| ]+\|")


def pages() -> list[Path]:
    """Every page of ours, in order."""
    return [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")), *sorted(DOCS.rglob("*.md"))]


def text_of(page: Path) -> str:
    """A page's text."""
    return page.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Table:
    """A table from the code. `rows` hold the generated cells; the last `written` columns of `header` are by hand."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    written: int = 0

    def render(self, before: str) -> str:
        """The table as Markdown, with the hand-written cells of `before`, matched by all generated first cells."""
        kept = {row[0]: row[len(row) - self.written :] for row in cells(before)} if self.written else {}
        blank = ("",) * self.written
        lines = [_line(self.header), "|" + "---|" * len(self.header)]
        lines += [_line((*row, *kept.get(row[0], blank))) for row in self.rows]
        return "\n".join(lines) + "\n"


def _line(row: tuple[str, ...]) -> str:
    return "| " + " | ".join(row) + " |"


def cells(markdown: str) -> list[tuple[str, ...]]:
    """The rows of the Markdown tables in a text, without headers and rules."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    found = []
    for number, line in enumerate(lines):
        is_header = number + 1 < len(lines) and _RULE.fullmatch(lines[number + 1]) is not None
        if not is_header and _RULE.fullmatch(line) is None:
            found.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
    return found


def blocks(text: str) -> dict[str, str]:
    """The generated tables of a page by name."""
    return dict(_BLOCK.findall(text))


def with_block(text: str, name: str, body: str) -> str:
    """The page with one generated table replaced."""
    return _BLOCK.sub(
        lambda match: f"<!-- generated: {name} -->\n{body}<!-- end: {name} -->" if match[1] == name else match[0], text
    )
