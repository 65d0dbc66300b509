"""Files of events: lines whatever the chunks, bounded memory, damage named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.event_files import (
    MAX_LINE_BYTES,
    BadLine,
    EventFileError,
    Line,
    RecordedEvent,
    in_thread,
    lines_of,
    open_lines,
    parse_line,
)
from streams.events import Kind


def read(path: Path) -> list[Line]:
    """All lines of a file."""
    with open_lines(str(path)) as chunks:
        return [line for chunk in chunks for line in chunk]


@given(st.lists(st.text(alphabet="ab \t\r", max_size=9)), st.integers(1, 7), st.booleans())
def test_lines_do_not_depend_on_how_the_bytes_arrive(rows: list[str], size: int, ends: bool) -> None:
    raw = "\n".join(rows).encode() + (b"\n" if ends else b"")
    blocks = [raw[start : start + size] for start in range(0, len(raw), size)]

    def give(_size: int) -> bytes:
        return blocks.pop(0) if blocks else b""

    found = [(line.number, line.raw) for chunk in lines_of(give, "x") for line in chunk]
    assert found == [(number, row.strip().encode()) for number, row in enumerate(rows, 1) if row.strip()]


def test_plain_and_gzip_files_read_alike(tmp_path: Path) -> None:
    raw = b'{"a":1}\n\n {"b":2} \n{"c":3}'
    (tmp_path / "plain").write_bytes(raw)
    (tmp_path / "packed.gz").write_bytes(gzip.compress(raw))
    assert read(tmp_path / "plain") == read(tmp_path / "packed.gz")
    assert [line.number for line in read(tmp_path / "plain")] == [1, 3, 4]


def test_a_line_without_end_takes_bounded_memory_and_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * (3 * MAX_LINE_BYTES) + b'\n{"kind":"action"}\n')
    long, short = read(tmp_path / "long")
    assert len(long.raw) <= 2 * MAX_LINE_BYTES
    assert isinstance(bad := parse_line(long), BadLine)
    assert bad.code == "too_large"
    assert isinstance(parse_line(short), RecordedEvent)


@pytest.mark.parametrize("name", ["missing", "missing.gz", "."])
def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(EventFileError, match="cannot open"), open_lines(str(tmp_path / name)):
        pass


@pytest.mark.parametrize("name", ["damaged", "cut"])
def test_damage_is_an_error_that_says_how_far_it_went(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(b"x" * 1000)
    (tmp_path / "f.gz").write_bytes(packed[:-9] if name == "cut" else b"\x1f\x8b" + bytes(50))
    with pytest.raises(EventFileError, match="after line 0"):
        read(tmp_path / "f.gz")


async def test_a_thread_gives_the_same_lines_and_the_same_error(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"a\nb\n")
    with open_lines(str(tmp_path / "f")) as chunks:
        assert [line.raw async for chunk in in_thread(chunks) for line in chunk] == [b"a", b"b"]
    (tmp_path / "f.gz").write_bytes(b"\x1f\x8b" + bytes(50))
    with open_lines(str(tmp_path / "f.gz")) as chunks, pytest.raises(EventFileError):
        async for _ in in_thread(chunks):
            pass


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "not_json"),
        (b'{"kind": NaN}', "not_json"),
        (b"[1]", "not_object"),
        (b"{}", "unknown_kind"),
        (b'{"kind": ["action"]}', "unknown_kind"),
        (b'{"kind": null}', "unknown_kind"),
    ],
)
def test_what_is_no_event_has_a_code(raw: bytes, code: str) -> None:
    parsed = parse_line(Line(1, raw))
    assert isinstance(parsed, BadLine)
    assert parsed.code == code


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_known(kind: Kind) -> None:
    parsed = parse_line(Line(1, b'{"kind":"%s"}' % kind.value.encode()))
    assert isinstance(parsed, RecordedEvent)
    assert parsed.kind is kind
