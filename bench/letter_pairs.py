"""Counts which letters follow each other in English, for `detectors.credentials.letter_pairs`.

    python -m bench.letter_pairs > /tmp/table.txt

The corpus is the project's own documentation: each word once, so that frequent words do not outweigh the language. The
table need not follow every edit of it; write it anew when the measure in `tests/detectors/test_letter_pairs.py` falls.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from pathlib import Path

LETTERS = " abcdefghijklmnopqrstuvwxyz"
# Half bits, cut off where a corpus of some thousand words says nothing more.
LOWEST, HIGHEST = -6, 3


def table(text: str) -> str:
    """One letter from `a` (never) to `j` (often) for each pair, rows by the first letter; the space bounds a word."""
    pairs: Counter[tuple[str, str]] = Counter()
    for word in {word.lower() for word in re.findall(r"[A-Za-z]{3,}", text)}:
        bounded = f" {word} "
        pairs.update(itertools.pairwise(bounded))
    firsts: Counter[str] = Counter()
    for (first, _), count in pairs.items():
        firsts[first] += count
    return "".join(
        chr(ord("a") - LOWEST + _half_bits(pairs[first, second], firsts[first]))
        for first in LETTERS
        for second in LETTERS
    )


def _half_bits(count: int, total: int) -> int:
    """How much likelier than by chance, in half bits (add-half smoothing)."""
    likelihood = (count + 0.5) / (total + 0.5 * len(LETTERS)) * len(LETTERS)
    return max(LOWEST, min(HIGHEST, round(2 * math.log2(likelihood))))


def main() -> None:
    """Prints the table in lines of one first letter each."""
    root = Path(__file__).parents[1]
    pages = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]
    made = table("\n".join(page.read_text(encoding="utf-8") for page in pages))
    for start in range(0, len(made), len(LETTERS)):
        print(made[start : start + len(LETTERS)])


if __name__ == "__main__":
    main()
