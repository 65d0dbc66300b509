"""Tables inside a text: the header of a column speaks for all of its cells, however far below they stand.

A table is lines with the same number of cells, apart by `|`, tab, `;` or `,`; its first line is the header. A table is
read once for each type that its header names: a line that continues a table is no header, so tables do not overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.declaration import Span

_DELIMITERS = "|\t;,"
_MARGIN = " \"'`*"
# A cell in quotes may hold the delimiter.
_QUOTED = re.compile(r'"(?:[^"\n]|"")*"')


def cells_below(text: str, words: Iterator[re.Match[str]]) -> Iterator[Span]:
    """The cells below the headers that hold one of `words` (matches in text order), without quotes around them.

    >>> text = "name,ssn\\nJane,1\\nJoe,22\\nthat is all"
    >>> [text[start:end] for start, end in cells_below(text, re.finditer("ssn", text))]
    ['1', '22']
    """
    line_end = -1
    places: list[int] = []
    for word in words:
        if word.start() > line_end:
            yield from _columns(text, places)
            line_end = text.find("\n", word.start())
            if line_end < 0:
                return
            places = []
        places.append(word.start())
    yield from _columns(text, places)


def _columns(text: str, places: list[int]) -> Iterator[Span]:
    if not places:
        return
    start, end = text.rfind("\n", 0, places[0]) + 1, text.find("\n", places[0])
    mark = next((mark for mark in _DELIMITERS if mark in text[start:end]), None)
    if mark is None:
        return
    header = _cells(text[start:end], mark)
    previous = text[text.rfind("\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)]
    if start and len(_cells(previous, mark)) == len(header):
        return  # a row of a table, not its header
    columns = {_column(header, place - start) for place in places}
    while end >= 0:
        start, end = end + 1, text.find("\n", end + 1)
        cells = _cells(text[start : end if end >= 0 else len(text)], mark)
        if len(cells) != len(header):
            return
        for column in sorted(columns):
            first, last = cells[column]
            cell = text[start + first : start + last]
            first += len(cell) - len(cell.lstrip(_MARGIN))
            last = start + first + len(cell.strip(_MARGIN))
            if start + first < last:
                yield start + first, last


def is_under_another_header(text: str, word: int, value: int) -> bool:
    """Whether a word stands in a line above a value, in another column of the same table.

    >>> text = "id,passport,offset\\n1,417308265,417308266"
    >>> is_under_another_header(text, 3, text.index("417308265"))
    False
    >>> is_under_another_header(text, 3, text.index("417308266"))
    True
    """
    row = text.rfind("\n", 0, value) + 1
    if word >= row:
        return False
    start, end = text.rfind("\n", 0, word) + 1, text.find("\n", word)
    mark = next((mark for mark in _DELIMITERS if mark in text[start:end]), None)
    if mark is None:
        return False
    row_end = text.find("\n", value)
    header, cells = _cells(text[start:end], mark), _cells(text[row : row_end if row_end >= 0 else len(text)], mark)
    # Two lines of prose may have a comma each.
    if len(header) != len(cells) or (mark == "," and len(cells) < 3):
        return False
    return _column(header, word - start) != _column(cells, value - row)


def _column(cells: list[Span], place: int) -> int:
    return sum(1 for first, _ in cells if first <= place) - 1


def _cells(line: str, mark: str) -> list[Span]:
    """The spans of the cells of a line."""
    if '"' in line:
        # What stands in quotes is hidden, character by character, so that places stay what they are.
        line = _QUOTED.sub(lambda quoted: "_" * len(quoted.group()), line)
    cells: list[Span] = []
    place = 0
    for cell in line.split(mark):
        cells.append((place, place + len(cell)))
        place += len(cell) + 1
    return cells
