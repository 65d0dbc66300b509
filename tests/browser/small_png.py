"""A picture of a page in a third of its bytes: with a palette instead of three bytes for each point.

Source: Portable Network Graphics (PNG) Specification, third edition, W3C 2025: 5 (chunks), 9 (filters), 11.2 (PLTE).
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_TRUECOLOUR, _INDEXED = 2, 3
MAX_COLOURS: Final = 256


def small(png: bytes) -> bytes:
    """The same picture with at most 256 colours: the most frequent ones, and the nearest of them for the rest.

    Raises:
        ValueError: it is no PNG of 8-bit truecolour without interlacing, as browsers make them.
    """
    width, height, points = _read(png)
    colours = [points[at : at + 3] for at in range(0, len(points), 3)]
    counted = [colour for colour, _ in Counter(colours).most_common()]
    palette = counted[:MAX_COLOURS]
    numbers = {colour: _nearest(palette, colour) for colour in counted[MAX_COLOURS:]}
    numbers |= {colour: number for number, colour in enumerate(palette)}
    indices = bytes(numbers[colour] for colour in colours)
    rows = b"".join(b"\0" + indices[at : at + width] for at in range(0, len(indices), width))
    header = struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in parts)


def _nearest(palette: Sequence[bytes], colour: bytes) -> int:
    def distance(number: int) -> int:
        return sum((one - other) ** 2 for one, other in zip(palette[number], colour, strict=True))

    return min(range(len(palette)), key=distance)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not png.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    at = len(_SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12


def _read(png: bytes) -> tuple[int, int, bytes]:
    """Width, height, and three bytes for each point, row by row."""
    chunks = list(_chunks(png))
    width, height, *kind = struct.unpack(">IIBBBBB", chunks[0][1])
    if kind != [8, _TRUECOLOUR, 0, 0, 0]:
        raise ValueError("no 8-bit truecolour without interlacing")
    data = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    size, above, rows = 3 * width, bytes(3 * width), []
    for at in range(0, len(data), size + 1):
        above = _unfiltered(data[at], data[at + 1 : at + 1 + size], above)
        rows.append(above)
    return width, height, b"".join(rows)


def _unfiltered(kind: int, row: bytes, above: bytes) -> bytes:
    if kind == 0:
        return row
    made = bytearray(row)
    for at in range(len(made)):
        left = made[at - 3] if at >= 3 else 0
        up = above[at]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            guess = _paeth(left, up, above[at - 3] if at >= 3 else 0)
        made[at] = (made[at] + guess) & 255
    return bytes(made)


def _paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    return min((left, up, corner), key=lambda value: abs(estimate - value))
